/**
 * The native layer: hand-written bindings to GStreamer, libyuv, zimg and libopus, and the only
 * package that imports {@code java.lang.foreign}. Everything native has one owner, who closes it;
 * nothing is left to the garbage collector.
 */
@NullMarked
package dev.callcast.gst;

import org.jspecify.annotations.NullMarked;
