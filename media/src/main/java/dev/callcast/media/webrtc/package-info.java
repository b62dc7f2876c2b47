/**
 * The transport of browsers: ICE, of which this end is the lite one, DTLS, whose passive end it is,
 * and the keys of SRTP that come out of it (RFC 8445, 5764, 7983). What is in the packets is no
 * matter of this package.
 */
@NullMarked
package dev.callcast.media.webrtc;

import org.jspecify.annotations.NullMarked;
