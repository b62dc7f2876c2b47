/** HLS streams: playlists of what workers cut, served, written beside it, or sent to S3. */
@NullMarked
package dev.callcast.server.hls;

import org.jspecify.annotations.NullMarked;
