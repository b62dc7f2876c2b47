package dev.callcast.media.output.tracks;

/** Times as the manifest has them: seconds to the microsecond. Stateless. */
final class Seconds {
  private Seconds() {}

  static double of(long nanos) {
    return Math.round(nanos / 1e3) / 1e6;
  }
}
