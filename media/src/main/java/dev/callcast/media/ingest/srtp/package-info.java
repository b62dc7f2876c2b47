/** SRTP and SRTCP (RFC 3711) with rollover counters that outlive the process. */
@NullMarked
package dev.callcast.media.ingest.srtp;

import org.jspecify.annotations.NullMarked;
