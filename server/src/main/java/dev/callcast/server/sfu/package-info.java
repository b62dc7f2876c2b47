/** Connectors: calls that follow a room of an SFU by themselves. */
@NullMarked
package dev.callcast.server.sfu;

import org.jspecify.annotations.NullMarked;
