package dev.callcast.media.worker;

import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.report.ReportLine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes beside each recording of a composition who was there, what was counted and when there was
 * nothing to see or hear, for the recording's report. It has a thread of its own, so that no disk
 * holds up a picture. Made and closed by the {@link CompositionRunner}.
 */
final class ReportNotes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReportNotes.class);
  private static final double NANOS = 1e9;

  /** Between two counts, in looks of one second each: what a kill takes of them. */
  private static final int COUNT_EVERY = 2;

  /**
   * How it is now.
   *
   * @param mediaTime s
   * @param recordings files that grow
   * @param present names by participant
   */
  record Now(
      double mediaTime,
      Set<Path> recordings,
      Map<String, String> present,
      ReportLine.Counters counters) {}

  private final String composition;
  private final ContentWatch content;
  private final Supplier<Now> look;
  private final ScheduledExecutorService thread;

  // Owned by the thread.
  private final Map<Path, ReportJournal> journals = new HashMap<>();
  private Map<String, String> present = new LinkedHashMap<>();
  private int looks;

  ReportNotes(String composition, ContentWatch content, Supplier<Now> look) {
    this.composition = composition;
    this.content = content;
    this.look = look;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("report-" + composition).daemon().factory());
    var _ = thread.scheduleWithFixedDelay(() -> note(false), 0, 1, TimeUnit.SECONDS);
  }

  private void note(boolean last) {
    try {
      Now now = look.get();
      presence(now);
      for (ContentWatch.Stretch stretch : content.take()) {
        append(line(stretch));
      }
      boolean count = looks++ % COUNT_EVERY == 0;
      for (Map.Entry<Path, ReportJournal> one : Map.copyOf(journals).entrySet()) {
        boolean ended = last || !now.recordings().contains(one.getKey());
        if (count || ended) {
          one.getValue().append(counted(now));
        }
        if (ended) {
          journals.remove(one.getKey());
          one.getValue().close();
        }
      }
      if (!last) {
        now.recordings().forEach(file -> begin(file, now));
      }
    } catch (RuntimeException e) {
      log.error("noting for the report of composition {} failed", composition, e);
    }
  }

  private void begin(Path file, Now now) {
    if (!journals.containsKey(file)) {
      ReportJournal journal = ReportJournal.open(file);
      journals.put(file, journal);
      journal.append(new ReportLine.Begun(now.mediaTime(), now.counters()));
      present.forEach(
          (id, name) -> journal.append(new ReportLine.Joined(now.mediaTime(), id, name)));
    }
  }

  private void presence(Now now) {
    now.present()
        .forEach((id, name) -> {
          if (!name.equals(present.get(id))) {
            append(new ReportLine.Joined(now.mediaTime(), id, name));
          }
        });
    present.keySet().stream()
        .filter(id -> !now.present().containsKey(id))
        .forEach(id -> append(new ReportLine.Left(now.mediaTime(), id)));
    present = new LinkedHashMap<>(now.present());
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

  private void append(ReportLine line) {
    journals.values().forEach(journal -> journal.append(line));
  }

  /** Notes the last, and waits for that, two seconds at the most. */
  @Override
  public void close() {
    thread.execute(() -> note(true));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(2, TimeUnit.SECONDS)) {
        log.warn("the report of composition {} lacks its end: the disk is slow", composition);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
