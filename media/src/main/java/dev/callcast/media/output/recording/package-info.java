/** The output that records a composition to the local spool. */
@NullMarked
package dev.callcast.media.output.recording;

import org.jspecify.annotations.NullMarked;
