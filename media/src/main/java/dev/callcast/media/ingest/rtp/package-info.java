/**
 * RTP and RTCP on the wire: views of packets, building of feedback, key frames in payloads. Pure
 * Java, no I/O; nothing here throws on bad bytes from the network.
 */
@NullMarked
package dev.callcast.media.ingest.rtp;

import org.jspecify.annotations.NullMarked;
