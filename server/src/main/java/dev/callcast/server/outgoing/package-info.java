/** Requests of the node to addresses that callers gave. */
@org.jspecify.annotations.NullMarked
package dev.callcast.server.outgoing;
