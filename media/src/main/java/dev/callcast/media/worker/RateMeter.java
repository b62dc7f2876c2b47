package dev.callcast.media.worker;

/** Bits of the last whole second. Any thread. */
final class RateMeter {
  private static final long SECOND = 1_000_000_000L;

  private long windowStart = System.nanoTime(); // guarded by this
  private long bytes; // guarded by this
  private long rate; // guarded by this

  synchronized void add(int count) {
    roll();
    bytes += count;
  }

  synchronized long bitsPerSecond() {
    roll();
    return rate;
  }

  private void roll() {
    long elapsed = System.nanoTime() - windowStart;
    if (elapsed >= SECOND) {
      rate = elapsed > 2 * SECOND ? 0 : Math.round(bytes * 8.0 * SECOND / elapsed);
      bytes = 0;
      windowStart = System.nanoTime();
    }
  }
}
