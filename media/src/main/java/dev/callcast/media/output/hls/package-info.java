/** Segments for HTTP Live Streaming, and the index by which others publish them. */
@NullMarked
package dev.callcast.media.output.hls;

import org.jspecify.annotations.NullMarked;
