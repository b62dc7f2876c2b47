/**
 * Recordings of each participant's media as it came: a file for each track and stretch, and a
 * manifest that says where each belongs on the call's timeline.
 */
@NullMarked
package dev.callcast.media.output.tracks;

import org.jspecify.annotations.NullMarked;
