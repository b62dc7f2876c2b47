/**
 * The append-only fragmented MP4 of a recording: written fragment by fragment, taken up again after
 * a crash, and in the end made an ordinary seekable MP4 by one appended {@code moov} and one patch
 * of 16 bytes. Pure Java; the worker writes, the node inspects and finishes.
 *
 * <pre>
 *   while it grows                 finished
 *   ftyp  (36 bytes)               ftyp
 *   free  (16 bytes)               mdat, 64-bit size: covers all down to the last moov
 *   moov  (mvex, no samples)         (moov)
 *   moof mdat                        (moof mdat)
 *   moof mdat                        (moof mdat)
 *   ...                            moov  (all samples, edit lists, tags)
 * </pre>
 *
 * Boxes are those of ISO/IEC 14496-12 (base format), -14 (MP4, {@code esds}) and -15 ({@code
 * avcC}).
 */
@NullMarked
package dev.callcast.media.output.mp4;

import org.jspecify.annotations.NullMarked;
