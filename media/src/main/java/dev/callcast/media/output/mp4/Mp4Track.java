package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import java.util.Arrays;

/**
 * What is fixed of a track: its id, its ticks and its sample entry. Two files, or a file and a
 * format, can go on in one another exactly when their tracks are equal.
 *
 * @param timescale ticks per second: 1000 per frame for video, so that every frame of a steady
 *     clock lasts the same whole number; the sample rate for audio
 * @param stsd the whole {@code stsd} box
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode look into it
record Mp4Track(Packet.Kind kind, int id, int timescale, byte[] stsd) {

  /** Ticks for a duration or a time, to the nearest. */
  long ticks(long nanos) {
    long seconds = Math.floorDiv(nanos, 1_000_000_000L);
    long rest = Math.floorMod(nanos, 1_000_000_000L);
    return seconds * timescale + (rest * timescale + 500_000_000L) / 1_000_000_000L;
  }

  /** Nanoseconds for ticks, to the nearest. */
  long nanos(long ticks) {
    return rescale(ticks, timescale, 1_000_000_000L);
  }

  /** {@code value} of one timescale in another, to the nearest, without overflow in between. */
  static long rescale(long value, long from, long to) {
    long whole = Math.floorDiv(value, from);
    long rest = Math.floorMod(value, from);
    return whole * to + (rest * to + from / 2) / from;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mp4Track track
        && kind == track.kind
        && id == track.id
        && timescale == track.timescale
        && Arrays.equals(stsd, track.stsd);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(stsd) + 31 * id;
  }
}
