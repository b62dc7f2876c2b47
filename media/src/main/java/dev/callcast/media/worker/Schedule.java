package dev.callcast.media.worker;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Layout;
import dev.callcast.protocol.CompositionSpec.Scheduled;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a composition's layout that wait for their moment: each takes effect with the
 * first picture that is not before it, and stays in effect until the node has made it part of the
 * spec. Owned by the composition's tick thread.
 */
final class Schedule {
  /** Media times are told to a tenth of a millisecond; that must find its own tick again. */
  private static final long TOLERANCE = TimeUnit.MICROSECONDS.toNanos(500);

  private final LongUnaryOperator mediaTimeOf;
  private final Map<Long, Long> due = new HashMap<>(); // by revision, ns of media time
  private final Set<Long> begun = new HashSet<>();
  private List<Scheduled> fresh = List.of();
  private @Nullable CompositionSpec spec;
  private @Nullable CompositionSpec effective;
  private long until;

  /**
   * Makes one.
   *
   * @param mediaTimeOf media time in ns of a wall time in ms since 1970
   */
  Schedule(LongUnaryOperator mediaTimeOf) {
    this.mediaTimeOf = mediaTimeOf;
  }

  /** The spec as it is in effect at a moment of media time, ns, which never goes back. */
  @SuppressWarnings("ReferenceEquality") // the very same spec for most ticks
  CompositionSpec at(CompositionSpec wanted, long mediaTime) {
    if (wanted.scheduled().isEmpty()) {
      fresh = List.of();
      due.clear();
      begun.clear();
      spec = null;
      return wanted;
    }
    CompositionSpec known = effective;
    if (known == null || wanted != spec || mediaTime >= until) {
      known = compute(wanted, mediaTime);
      spec = wanted;
      effective = known;
    } else {
      fresh = List.of();
    }
    return known;
  }

  private CompositionSpec compute(CompositionSpec wanted, long mediaTime) {
    List<Scheduled> inOrder = new ArrayList<>(wanted.scheduled());
    inOrder.sort(Comparator.comparingLong(this::dueOf).thenComparingLong(Scheduled::revision));
    Layout layout = wanted.layout();
    List<Scheduled> begins = new ArrayList<>();
    until = Long.MAX_VALUE;
    for (Scheduled change : inOrder) {
      long moment = dueOf(change);
      if (moment <= mediaTime) {
        layout = change.onto(layout);
        if (begun.add(change.revision())) {
          begins.add(change);
        }
      } else {
        until = Math.min(until, moment);
      }
    }
    fresh = begins;
    return wanted.with(layout);
  }

  /** Once it is known it stays: the wall's clock may be set, and an effect is not taken back. */
  private long dueOf(Scheduled change) {
    return due.computeIfAbsent(change.revision(), _ -> computeDue(change));
  }

  private long computeDue(Scheduled change) {
    Double seconds = change.mediaTime();
    Long wall = change.wallTime();
    long moment =
        seconds != null
            ? Math.round(seconds * TimeUnit.SECONDS.toNanos(1))
            : wall != null ? mediaTimeOf.applyAsLong(wall) : 0;
    return moment - TOLERANCE;
  }

  /** What takes effect with the spec that was asked for last, in order. */
  List<Scheduled> fresh() {
    return fresh;
  }

  /** The layouts that a spec is to have in turn, as far as that can be known. */
  static List<CompositionSpec> variants(CompositionSpec spec) {
    List<CompositionSpec> variants = new ArrayList<>(List.of(spec));
    for (Scheduled change : spec.scheduled()) {
      variants.add(spec.with(change.onto(variants.getLast().layout())));
    }
    return variants;
  }

  /** The newest revision that does not wait. */
  static long revision(CompositionSpec spec) {
    long revision = spec.revision();
    Set<Long> waiting = new HashSet<>();
    spec.scheduled().forEach(change -> waiting.add(change.revision()));
    while (waiting.contains(revision)) {
      revision--;
    }
    return revision;
  }
}
