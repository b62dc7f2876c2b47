package dev.callcast.media.output.ogg;

import dev.callcast.media.output.mp4.Gap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which moment of the composition a moment of an Ogg file is. An MP4 says so itself; Ogg has no
 * place for it, so it stands beside the file, a line for each span that was written without a
 * break: samples from the file's start, ns on the composition's timeline, and what it is. Lines are
 * only appended.
 */
final class OpusSpans {
  private OpusSpans() {}

  /** What a span is. */
  enum Kind {
    /** Recorded. */
    SPAN,
    /** Recorded, after a time without a worker that was left out. */
    AFTER_ABSENCE,
    /** Silence that stands for a time without a worker. */
    SILENCE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Where a span starts.
   *
   * @param sample at 48 kHz, in the file
   * @param mediaTime ns on the composition's timeline
   */
  record Start(long sample, long mediaTime, Kind kind) {}

  static Path fileFor(Path recording) {
    return recording.resolveSibling(recording.getFileName() + ".spans");
  }

  static void append(Path recording, Start start) throws IOException {
    Files.writeString(
        fileFor(recording),
        start.sample + " " + start.mediaTime + " " + start.kind.word() + "\n",
        StandardCharsets.US_ASCII,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /**
   * Reads what stands beside a file. Without it all is taken for one span.
   *
   * @param origin ns on the composition's timeline at which the file starts
   */
  static List<Start> load(Path recording, long origin) throws IOException {
    var starts = new ArrayList<Start>();
    Path file = fileFor(recording);
    if (Files.exists(file)) {
      for (String line : Files.readString(file, StandardCharsets.US_ASCII).split("\n", -1)) {
        String[] words = line.split(" ", -1);
        for (Kind kind : Kind.values()) {
          // Not so the last line where a kill has torn it.
          if (words.length == 3 && words[2].equals(kind.word())) {
            starts.add(new Start(Long.parseLong(words[0]), Long.parseLong(words[1]), kind));
          }
        }
      }
    }
    if (starts.isEmpty() || starts.getFirst().sample > 0) {
      starts.addFirst(new Start(0, origin, Kind.SPAN));
    }
    return starts;
  }

  /** The recorded spans, in ns from the first one's start on the composition's timeline. */
  static List<Gap> kept(List<Start> starts, long samples) {
    var kept = new ArrayList<Gap>();
    long origin = starts.getFirst().mediaTime;
    for (int i = 0; i < starts.size(); i++) {
      Start start = starts.get(i);
      long end = Math.min(samples, i + 1 < starts.size() ? starts.get(i + 1).sample : samples);
      if (end <= start.sample) {
        continue;
      }
      long from = start.mediaTime - origin;
      long to = from + OpusFile.nanos(end - start.sample);
      if (!kept.isEmpty() && from - kept.getLast().to() < 1_000_000) {
        kept.set(kept.size() - 1, new Gap(kept.getLast().from(), to));
      } else {
        kept.add(new Gap(from, to));
      }
    }
    return kept;
  }

  /** The spans between those, in which no worker was alive. */
  static List<Gap> absences(List<Start> starts) {
    var absences = new ArrayList<Gap>();
    long origin = starts.getFirst().mediaTime;
    for (int i = 1; i < starts.size(); i++) {
      Start before = starts.get(i - 1);
      Start start = starts.get(i);
      long from = before.mediaTime + OpusFile.nanos(start.sample - before.sample) - origin;
      if (start.kind == Kind.AFTER_ABSENCE && start.mediaTime - origin > from) {
        absences.add(new Gap(from, start.mediaTime - origin));
      } else if (before.kind == Kind.SILENCE) {
        absences.add(new Gap(before.mediaTime - origin, start.mediaTime - origin));
      }
    }
    return absences;
  }

  /** The moment on the composition's timeline of a sample, ns. */
  static long mediaTime(List<Start> starts, long sample) {
    Start last = starts.getFirst();
    for (Start start : starts) {
      if (start.sample <= sample) {
        last = start;
      }
    }
    return last.mediaTime + OpusFile.nanos(sample - last.sample);
  }
}
