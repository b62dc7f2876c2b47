/**
 * Sessions with browsers as the node sees them: offers and answers in SDP (RFC 8866, 3264, 9143).
 * What flows then is the worker's.
 */
@NullMarked
package dev.callcast.server.webrtc;

import org.jspecify.annotations.NullMarked;
