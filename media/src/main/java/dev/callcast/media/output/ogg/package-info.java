/**
 * Ogg Opus (RFC 3533, RFC 7845) as a recording: append-only, page by page, taken up again after a
 * crash, and in the end given its last page and its tags. Pure Java but for libopus; the worker
 * writes, the node finishes.
 */
@NullMarked
package dev.callcast.media.output.ogg;

import org.jspecify.annotations.NullMarked;
