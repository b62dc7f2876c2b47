package dev.callcast.media.output.hls;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the lines of an index say, taken together. One thread at a time. */
public final class HlsListing {
  private static final class Building {
    final HlsLine.Run run;
    final long wallMillis;
    long bytes;
    double seconds;
    List<HlsSegment.Part> parts = new ArrayList<>();
    boolean whole;

    Building(HlsLine.Run run, long wallMillis) {
      this.run = run;
      this.wallMillis = wallMillis;
    }

    HlsSegment segment(long number) {
      return new HlsSegment(number, run, wallMillis, bytes, seconds, parts, whole);
    }
  }

  private final Map<Integer, HlsLine.Run> runs = new HashMap<>();
  private final TreeMap<Long, Building> segments = new TreeMap<>();
  private boolean ended;

  void take(HlsLine line) {
    ended = line instanceof HlsLine.Ended;
    switch (line) {
      case HlsLine.Run run -> runs.put(run.run(), run);
      case HlsLine.Opened opened -> open(opened.segment(), opened.run(), opened.wallMillis());
      case HlsLine.Part part -> {
        Building segment = segments.get(part.segment());
        if (segment != null) {
          segment.parts.add(
              new HlsSegment.Part(segment.bytes, part.bytes(), part.seconds(), part.independent()));
          segment.bytes += part.bytes();
          segment.seconds += part.seconds();
        }
      }
      case HlsLine.Closed closed -> {
        Building segment = segments.get(closed.segment());
        if (segment != null) {
          segment.whole = true;
        }
      }
      case HlsLine.Whole whole -> {
        Building segment = open(whole.segment(), whole.run(), whole.wallMillis());
        if (segment != null) {
          segment.bytes = whole.bytes();
          segment.seconds = whole.seconds();
          segment.whole = true;
        }
      }
      case HlsLine.Ended _ -> {
        // Noted above.
      }
    }
  }

  private @Nullable Building open(long number, int run, long wallMillis) {
    HlsLine.Run known = runs.get(run);
    if (known == null) {
      return null; // its line was lost: nobody could play it
    }
    Building segment = new Building(known, wallMillis);
    segments.put(number, segment);
    return segment;
  }

  /** All segments, by number; the last one may not be whole. */
  public List<HlsSegment> segments() {
    return segments.entrySet().stream().map(one -> one.getValue().segment(one.getKey())).toList();
  }

  /** Those from a number on. */
  public List<HlsSegment> from(long number) {
    return segments.tailMap(number).entrySet().stream()
        .map(one -> one.getValue().segment(one.getKey()))
        .toList();
  }

  /** The newest segment, whole or not; null where there is none. */
  public @Nullable HlsSegment last() {
    Map.Entry<Long, Building> last = segments.lastEntry();
    return last == null ? null : last.getValue().segment(last.getKey());
  }

  /** The segment of that number, or null. */
  public @Nullable HlsSegment get(long number) {
    Building segment = segments.get(number);
    return segment == null ? null : segment.segment(number);
  }

  /** The number of the oldest segment; 0 where there is none. */
  public long first() {
    return segments.isEmpty() ? 0 : segments.firstKey();
  }

  /** Whether a writer ended the stream in order and none has gone on with it. */
  public boolean ended() {
    return ended;
  }

  /** Forgets segments before a number. */
  void forgetBefore(long number) {
    segments.headMap(number).clear();
  }

  /** Forgets the parts of whole segments before a number. */
  void forgetPartsBefore(long number) {
    segments
        .headMap(number)
        .values()
        .forEach(segment -> {
          if (segment.whole) {
            segment.parts = List.of();
          }
        });
  }

  /** The lines that say the same. */
  List<HlsLine> lines() {
    List<HlsLine> lines = new ArrayList<>();
    int run = 0;
    for (Map.Entry<Long, Building> one : segments.entrySet()) {
      Building segment = one.getValue();
      if (segment.run.run() != run) {
        run = segment.run.run();
        lines.add(segment.run);
      }
      if (segment.whole && segment.parts.isEmpty()) {
        lines.add(
            new HlsLine.Whole(
                one.getKey(), run, segment.wallMillis, segment.bytes, segment.seconds));
        continue;
      }
      lines.add(new HlsLine.Opened(one.getKey(), run, segment.wallMillis));
      for (HlsSegment.Part part : segment.parts) {
        lines.add(new HlsLine.Part(one.getKey(), part.bytes(), part.seconds(), part.independent()));
      }
      if (segment.whole) {
        lines.add(new HlsLine.Closed(one.getKey()));
      }
    }
    if (ended) {
      lines.add(new HlsLine.Ended());
    }
    return lines;
  }
}
