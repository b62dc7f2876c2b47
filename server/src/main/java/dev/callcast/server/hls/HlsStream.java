package dev.callcast.server.hls;

import dev.callcast.media.output.hls.HlsIndex;
import dev.callcast.media.output.hls.HlsLine;
import dev.callcast.media.output.hls.HlsListing;
import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.StoredHlsStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One stream as far as its index was read: playlists of it, and who waits for more. Safe for any
 * thread; {@code lock} guards the index.
 */
public final class HlsStream {
  private final StoredHlsStream row;
  private final Path directory;
  private final HlsIndex index;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean ended;
  private volatile @Nullable String error;

  HlsStream(StoredHlsStream row) {
    this.row = row;
    this.directory = Path.of(row.directory());
    this.index = new HlsIndex(directory);
    this.ended = row.ended();
  }

  /** As it was stored when the node first looked at it. */
  public StoredHlsStream row() {
    return row;
  }

  /** Where its segments are, as long as they are on this machine. */
  public Path directory() {
    return directory;
  }

  /** Why it is not published now, or null. */
  public @Nullable String error() {
    return error;
  }

  void error(@Nullable String what) {
    error = what;
  }

  /** Reads what its writer told since; says whether that was anything. */
  boolean look() throws IOException {
    lock.lock();
    try {
      boolean more = index.look();
      if (more) {
        changed.signalAll();
      }
      return more;
    } finally {
      lock.unlock();
    }
  }

  /** Whether its writer ended it in order. */
  boolean writerEnded() {
    lock.lock();
    try {
      return index.listing().ended();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more comes. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public boolean ended() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /** What can be listed from a number on; the last one whole unless that is awaited. */
  List<HlsSegment> segments(long from) {
    lock.lock();
    try {
      return index.listing().from(from);
    } finally {
      lock.unlock();
    }
  }

  /** How far it is. */
  public Progress progress() {
    lock.lock();
    try {
      HlsListing listing = index.listing();
      HlsSegment last = listing.last();
      long segments = last == null ? 0 : last.number() + (last.whole() ? 1 : 0);
      return new Progress(segments, listing.first(), ended);
    } finally {
      lock.unlock();
    }
  }

  /**
   * How far a stream is.
   *
   * @param segments that are whole, with those that were deleted
   * @param first the oldest that is there
   */
  public record Progress(long segments, long first, boolean ended) {}

  /** The multivariant playlist; null before there is anything. */
  public @Nullable String main() {
    List<HlsSegment> all = segments(0);
    return all.isEmpty() ? null : main(row, all);
  }

  static String main(StoredHlsStream row, List<HlsSegment> all) {
    long peak = row.bandwidth();
    double bits = 0;
    double seconds = 0;
    for (HlsSegment segment : all) {
      bits += 8.0 * segment.bytes();
      seconds += segment.seconds();
      // A last one of some pictures is none by which a player should choose.
      if (segment.whole() && segment.seconds() * 2000 >= row.segmentMillis()) {
        peak = Math.max(peak, (long) Math.ceil(8.0 * segment.bytes() / segment.seconds()));
      }
    }
    HlsLine.Run run = all.getLast().run();
    return HlsPlaylist.main(run, peak, seconds == 0 ? peak : Math.round(bits / seconds));
  }

  /** The media playlist as it is now; null before there is anything, and of a VOD its end. */
  public @Nullable String media() {
    lock.lock();
    try {
      List<HlsSegment> all = index.listing().segments();
      if (all.isEmpty() || (row.playlist() == HlsPlaylistType.VOD && !ended)) {
        return null;
      }
      double partTarget = row.lowLatency() ? all.getLast().run().partTarget() : 0;
      return HlsPlaylist.media(options(row, partTarget), all, ended);
    } finally {
      lock.unlock();
    }
  }

  static HlsPlaylist.Options options(StoredHlsStream row, double partTarget) {
    return new HlsPlaylist.Options(
        row.playlist(), Math.ceilDiv(row.segmentMillis(), 1000), row.window(), partTarget);
  }

  /** What came of waiting. */
  public enum Waited {
    THERE,
    /** It is so far ahead that nobody can have been told of it. */
    TOO_FAR,
    /** It did not come in three target durations. */
    TIMEOUT
  }

  /**
   * Waits for a segment, or for a part of it, at most three target durations; no longer than to the
   * stream's end.
   *
   * @param part null for all of the segment
   */
  public Waited await(long segment, @Nullable Integer part) throws InterruptedException {
    lock.lock();
    try {
      HlsSegment last = index.listing().last();
      long next = last == null ? 0 : last.number() + (last.whole() ? 1 : 0);
      if (segment > next + 1 && !ended) {
        return Waited.TOO_FAR;
      }
      long nanos = 3 * TimeUnit.MILLISECONDS.toNanos(row.segmentMillis());
      while (!ended && !isThere(segment, part)) {
        if (nanos <= 0) {
          return Waited.TIMEOUT;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return Waited.THERE;
    } finally {
      lock.unlock();
    }
  }

  private boolean isThere(long number, @Nullable Integer part) {
    HlsSegment last = index.listing().last();
    if (last == null || last.number() < number) {
      return false;
    }
    HlsSegment segment = index.listing().get(number);
    if (segment == null || last.number() > number + 1) {
      return true;
    }
    if (part == null) {
      return segment.whole();
    }
    if (segment.parts().size() > part) {
      return true;
    }
    // A segment that has fewer parts: what was meant is the first part of the next one.
    HlsSegment next = index.listing().get(number + 1);
    return segment.whole() && next != null && !next.parts().isEmpty();
  }

  /** A segment that is listed or was, or null. */
  public @Nullable HlsSegment segment(long number) {
    lock.lock();
    try {
      return index.listing().get(number);
    } finally {
      lock.unlock();
    }
  }
}
