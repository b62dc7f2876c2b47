package dev.callcast.testkit.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A stretch of the file's timeline, in seconds. */
public record Span(double from, double to) {
  public double seconds() {
    return to - from;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.2f–%.2f s", from, to);
  }

  /** Joins moments at which something was so into spans; confined to one thread. */
  static final class Collector {
    private final double shortest;
    private final List<Span> spans = new ArrayList<>();
    private double from = Double.NaN;
    private double last;

    /** Keeps spans of at least {@code shortest} seconds. */
    Collector(double shortest) {
      this.shortest = shortest;
    }

    /** From {@code at} on it is so, or not. */
    void add(double at, boolean so) {
      if (so && Double.isNaN(from)) {
        from = at;
      } else if (!so && !Double.isNaN(from)) {
        close(at);
      }
      last = at;
    }

    private void close(double to) {
      if (to - from >= shortest - 1e-6) {
        spans.add(new Span(from, to));
      }
      from = Double.NaN;
    }

    /** All spans, the open one up to {@code end}. */
    List<Span> finish(double end) {
      if (!Double.isNaN(from)) {
        close(Math.max(end, last));
      }
      return List.copyOf(spans);
    }
  }
}
