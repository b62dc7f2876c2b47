/**
 * Matroska and WebM files with one track (RFC 9559, RFC 8794): written append-only, playable
 * whenever they are cut off, and finished into seekable ones.
 */
@NullMarked
package dev.callcast.media.output.matroska;

import org.jspecify.annotations.NullMarked;
