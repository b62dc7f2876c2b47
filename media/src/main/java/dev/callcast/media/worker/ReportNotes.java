package dev.callcast.media.worker;

import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.report.ReportLine;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes beside each recording of a composition who was there, what was counted and when there was
 * nothing to see or hear, for the recording's report. It has a thread of its own, so that no disk
 * holds up a picture. Made and closed by the {@link CompositionRunner}.
 *
 * <p>A recording is known only when its first fragment is written, and its media begins well before
 * that: what the encoder held, or even the key frame before it was asked for. So what was noted in
 * the last {@link #REMEMBERED} seconds is kept, and a recording's notes begin with it. The node
 * cuts the report to what is in the file.
 */
final class ReportNotes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReportNotes.class);
  private static final double NANOS = 1e9;

  /** Between two counts, in looks of one second each: what a kill takes of them. */
  private static final int COUNT_EVERY = 2;

  /** The longest that a recording's media begins before it is known, s: a GOP, and to spare. */
  private static final double REMEMBERED = 15;

  private static final long WAIT_SECONDS = 2;

  /**
   * How it is now.
   *
   * @param mediaTime s
   * @param recordings files that grow, with the media time of their first sample, ns
   * @param present names by participant
   */
  record Now(
      double mediaTime,
      Map<Path, Long> recordings,
      Map<String, String> present,
      ReportLine.Counters counters) {}

  private final String composition;
  private final ContentWatch content;
  private final Supplier<Now> look;
  private final ScheduledExecutorService thread;

  // Owned by the thread.
  private final Map<Path, ReportJournal> journals = new HashMap<>();
  private final Map<String, ReportLine.Joined> present = new LinkedHashMap<>();
  private final Deque<ReportLine.Counted> counts = new ArrayDeque<>();
  private final Deque<ReportLine> recent = new ArrayDeque<>(); // who left, and of what was nothing
  private final Set<Path> done = new HashSet<>();
  private int looks;

  ReportNotes(String composition, ContentWatch content, Supplier<Now> look) {
    this.composition = composition;
    this.content = content;
    this.look = look;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("report-" + composition).daemon().factory());
  }

  /** Looks once a second from now on. */
  void start() {
    var _ =
        thread.scheduleWithFixedDelay(
            () -> note(looks++ % COUNT_EVERY == 0, file -> false), 0, 1, TimeUnit.SECONDS);
  }

  /**
   * Looks once more.
   *
   * @param count whether recordings that go on get the counts
   * @param ended which recordings have ended
   */
  private void note(boolean count, Predicate<Path> ended) {
    try {
      Now now = look.get();
      presence(now);
      for (ContentWatch.Stretch stretch : content.take()) {
        happened(line(stretch));
      }
      counts.add(counted(now));
      forget(now.mediaTime() - REMEMBERED);
      now.recordings().forEach(this::begin);
      for (Map.Entry<Path, ReportJournal> one : Map.copyOf(journals).entrySet()) {
        boolean ends = ended.test(one.getKey());
        if (count || ends) {
          one.getValue().append(counts.getLast());
        }
        if (ends) {
          journals.remove(one.getKey());
          done.add(one.getKey());
          one.getValue().close();
        }
      }
    } catch (RuntimeException e) {
      log.error("noting for the report of composition {} failed", composition, e);
    }
  }

  private void forget(double before) {
    while (counts.getFirst().at() < before) {
      counts.removeFirst();
    }
    recent.removeIf(line -> (line instanceof ReportLine.Nothing n ? n.to() : line.at()) < before);
  }

  private void begin(Path file, long start) {
    if (journals.containsKey(file) || done.contains(file)) {
      return;
    }
    ReportJournal journal = ReportJournal.open(file);
    journals.put(file, journal);
    ReportLine.Counted base = counts.getFirst();
    for (ReportLine.Counted one : counts) {
      base = one.at() * NANOS <= start ? one : base;
    }
    journal.append(new ReportLine.Begun(base.at(), base.counters()));
    recent.forEach(journal::append);
    present.values().forEach(journal::append);
    for (ReportLine.Counted one : counts) {
      if (one.at() > base.at()) {
        journal.append(one);
      }
    }
  }

  private void presence(Now now) {
    now.present()
        .forEach((id, name) -> {
          ReportLine.Joined before = present.get(id);
          if (before == null || !name.equals(before.name())) {
            double since = before == null ? now.mediaTime() : before.at();
            ReportLine.Joined joined = new ReportLine.Joined(since, id, name);
            present.put(id, joined);
            append(joined);
          }
        });
    for (ReportLine.Joined one : List.copyOf(present.values())) {
      if (!now.present().containsKey(one.participant())) {
        present.remove(one.participant());
        ReportLine.Left left = new ReportLine.Left(now.mediaTime(), one.participant());
        recent.add(one);
        recent.add(left);
        append(left);
      }
    }
  }

  private ReportLine.Counted counted(Now now) {
    List<ReportLine.Nothing> open = new ArrayList<>();
    content.open(Math.round(now.mediaTime() * NANOS)).forEach(stretch -> open.add(line(stretch)));
    return new ReportLine.Counted(now.mediaTime(), now.counters(), open);
  }

  private static ReportLine.Nothing line(ContentWatch.Stretch stretch) {
    return new ReportLine.Nothing(
        stretch.from() / NANOS,
        stretch.kind().name().toLowerCase(Locale.ROOT),
        stretch.to() / NANOS);
  }

  private void happened(ReportLine line) {
    recent.add(line);
    append(line);
  }

  private void append(ReportLine line) {
    journals.values().forEach(journal -> journal.append(line));
  }

  /** Notes the last of a recording that has ended, and waits for that, two seconds at the most. */
  void ended(Path file) {
    look(file::equals);
  }

  /** Looks soon: who is there has changed. */
  void changed() {
    try {
      thread.execute(() -> note(false, file -> false));
    } catch (RejectedExecutionException e) {
      log.debug("the composition has ended", e);
    }
  }

  /** Looks now, between the seconds. */
  void look() {
    look(file -> false);
  }

  private void look(Predicate<Path> ended) {
    try {
      thread.submit(() -> note(false, ended)).get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("the composition has ended", e);
    } catch (TimeoutException | ExecutionException e) {
      log.warn("a report of composition {} lacks something: the disk is slow", composition, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notes the last of all, and waits for that, two seconds at the most. */
  @Override
  public void close() {
    thread.execute(() -> note(true, file -> true));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the report of composition {} lacks its end: the disk is slow", composition);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
