/**
 * A composition sent to viewers by WebRTC (WHEP), as it is encoded for everybody. Times in ns
 * unless said otherwise.
 */
@NullMarked
package dev.callcast.media.whep;

import org.jspecify.annotations.NullMarked;
