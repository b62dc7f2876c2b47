/** Events on their way to those who want to be told by HTTP. */
@org.jspecify.annotations.NullMarked
package dev.callcast.server.webhooks;
