package dev.callcast.server.recordings;

import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.recording.FinishedFile;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.server.store.StoredRecording;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts together what is known of a finished recording: of its file, and of the notes that its
 * workers left beside it. Each worker counts from its own start, so the notes are runs, each from
 * where a worker began to the last line that it wrote; what a killed one had counted since is
 * missing. Notes begin before the file does and may end after it: of what was counted between two
 * of them the share counts that lies in the file. Times are seconds on the composition's timeline.
 */
final class RecordingReport {
  private static final double NANOS = 1e9;

  /** Spans that meet within this are one, s. */
  private static final double MEET = 0.05;

  private record Span(double from, double to) {}

  private static final class Track {
    private double packets;
    private double lost;
    private double recovered;
  }

  private static final class Person {
    private String name = "";
    private final List<Span> present = new ArrayList<>();
    private final Map<String, Track> tracks = new TreeMap<>();
    private final List<Double> offsets = new ArrayList<>();
    private @Nullable Double since;
  }

  private final double start;
  private final double end;
  private final Map<String, Person> people = new LinkedHashMap<>();
  private final Map<String, List<Span>> nothing = new LinkedHashMap<>();
  private double ticks;
  private double skipped;
  private int workers;

  // Of the run at hand.
  private double lastAt;
  private double countedAt;
  private ReportLine.@Nullable Counters counters;
  private List<ReportLine.Nothing> open = List.of();

  private RecordingReport(double start, double end) {
    this.start = start;
    this.end = end;
  }

  /** As JSON, without hashes. */
  static ObjectNode of(StoredRecording recording, FinishedFile file, List<ReportLine> lines) {
    RecordingReport report = new RecordingReport(file.start() / NANOS, file.end() / NANOS);
    lines.forEach(report::take);
    report.endRun();
    return report.json(recording, file);
  }

  private void take(ReportLine line) {
    if (line instanceof ReportLine.Begun run) {
      endRun();
      countedAt = run.at();
      counters = run.counters();
      workers++;
    }
    lastAt = Math.max(line.at(), line instanceof ReportLine.Nothing n ? n.to() : line.at());
    switch (line) {
      case ReportLine.Begun run -> {
        // Above.
      }
      case ReportLine.Joined joined -> {
        Person person = person(joined.participant());
        person.name = joined.name();
        if (person.since == null) {
          person.since = joined.at();
        }
      }
      case ReportLine.Left left -> leave(person(left.participant()), left.at());
      case ReportLine.Nothing one -> add(one);
      case ReportLine.Counted now -> {
        count(now);
        now.counters()
            .avOffsets()
            .forEach((participant, offset) -> person(participant).offsets.add(offset));
      }
    }
  }

  private void endRun() {
    people.values().forEach(person -> leave(person, lastAt));
    open.forEach(this::add);
    open = List.of();
    counters = null;
  }

  private void count(ReportLine.Counted now) {
    open = now.open();
    ReportLine.Counters before = counters;
    if (before != null) {
      double share = share(countedAt, now.at());
      ticks += share * (now.counters().ticks() - before.ticks());
      skipped += share * (now.counters().skipped() - before.skipped());
      for (ReportLine.TrackCount track : now.counters().tracks()) {
        Track sum =
            person(track.participant()).tracks.computeIfAbsent(track.track(), id -> new Track());
        ReportLine.TrackCount last =
            before.tracks().stream()
                .filter(one ->
                    one.participant().equals(track.participant())
                        && one.track().equals(track.track())
                        && one.packets() <= track.packets()) // else it was declared anew
                .findFirst()
                .orElse(new ReportLine.TrackCount("", "", 0, 0, 0));
        sum.packets += share * (track.packets() - last.packets());
        sum.lost += share * (track.lost() - last.lost());
        sum.recovered += share * (track.recovered() - last.recovered());
      }
    }
    countedAt = now.at();
    counters = now.counters();
  }

  /** How much of that time is in the file, 0 to 1. */
  private double share(double from, double to) {
    double within = Math.min(end, to) - Math.max(start, from);
    return to > from ? Math.max(0, within) / (to - from) : within >= 0 ? 1 : 0;
  }

  private static void leave(Person person, double at) {
    Double since = person.since;
    if (since != null) {
      person.present.add(new Span(since, at));
      person.since = null;
    }
  }

  private Person person(String id) {
    return people.computeIfAbsent(id, key -> new Person());
  }

  private void add(ReportLine.Nothing one) {
    nothing.computeIfAbsent(one.kind(), key -> new ArrayList<>()).add(new Span(one.at(), one.to()));
  }

  private ObjectNode json(StoredRecording recording, FinishedFile file) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("recording", recording.id())
            .put("call", recording.call())
            .put("composition", recording.composition())
            .put("storage", recording.storage())
            .put("key", recording.key())
            .put("start", seconds(start))
            .put("end", seconds(end))
            .put("duration", seconds(file.duration() / NANOS))
            .put("bytes", file.bytes());
    spans(json.putArray("segments"), shifted(file, file.kept()));
    spans(json.putArray("pauses"), pauses(file));
    spans(json.putArray("gaps"), shifted(file, file.absences()));
    json.put("workers", workers)
        .put("ticks", Math.round(ticks))
        .put("skippedTicks", Math.round(skipped));
    for (String kind : List.of("black", "frozen", "silent")) {
      spans(json.putArray(kind), nothing.getOrDefault(kind, List.of()));
    }
    ArrayNode list = json.putArray("participants");
    people.forEach((id, person) -> {
      ObjectNode one = list.addObject().put("id", id).put("name", person.name);
      spans(one.putArray("present"), person.present);
      ArrayNode tracks = one.putArray("tracks");
      person.tracks.forEach((track, sum) ->
          tracks
              .addObject()
              .put("id", track)
              .put("packets", Math.round(sum.packets))
              .put("lost", Math.round(sum.lost))
              .put("recovered", Math.round(sum.recovered)));
      List<Double> offsets = person.offsets.stream().sorted().toList();
      if (!offsets.isEmpty()) {
        double most = offsets.stream().mapToDouble(Math::abs).max().orElse(0);
        one.putObject("avOffset")
            .put("median", offsets.get(offsets.size() / 2))
            .put("largest", most);
      }
    });
    return json;
  }

  private static List<Span> shifted(FinishedFile file, List<Gap> gaps) {
    return gaps.stream()
        .map(gap ->
            new Span((file.origin() + gap.from()) / NANOS, (file.origin() + gap.to()) / NANOS))
        .toList();
  }

  /** What is not shown though a worker was there. */
  private static List<Span> pauses(FinishedFile file) {
    List<Gap> pauses = new ArrayList<>();
    for (int i = 1; i < file.kept().size(); i++) {
      Gap cut = new Gap(file.kept().get(i - 1).to(), file.kept().get(i).from());
      boolean absence =
          file.absences().stream()
              .anyMatch(gap -> gap.from() <= cut.from() && gap.to() >= cut.to());
      if (!absence) {
        pauses.add(cut);
      }
    }
    return shifted(file, pauses);
  }

  /** What of them is in the file, with those that meet as one. */
  private void spans(ArrayNode into, List<Span> spans) {
    Span at = null;
    for (Span span : spans.stream().sorted((a, b) -> Double.compare(a.from(), b.from())).toList()) {
      Span cut = new Span(Math.max(start, span.from()), Math.min(end, span.to()));
      if (cut.to() <= cut.from()) {
        continue;
      }
      if (at != null && cut.from() <= at.to() + MEET) {
        at = new Span(at.from(), Math.max(at.to(), cut.to()));
      } else {
        add(into, at);
        at = cut;
      }
    }
    add(into, at);
  }

  private static void add(ArrayNode into, @Nullable Span span) {
    if (span != null) {
      into.addObject().put("from", seconds(span.from())).put("to", seconds(span.to()));
    }
  }

  private static double seconds(double value) {
    return Math.rint(value * 1000) / 1000;
  }
}
