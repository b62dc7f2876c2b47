package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scan of a whole recording with all its samples: what the inspector and the finisher share.
 *
 * @param cuts pauses that are noted in it
 * @param absences spans, also noted, in which no worker was alive
 */
record Mp4Contents(
    Mp4Scan scan, @Nullable Tables tables, int fragments, List<Gap> cuts, List<Gap> absences) {

  /** The tracks' samples; {@code video} is null without a picture. */
  record Tables(Mp4Scan.Header header, @Nullable SampleTable video, SampleTable audio) {
    /** What the presentation goes by: the pictures, or the sound where there are none. */
    SampleTable lead() {
      return video == null ? audio : video;
    }

    /** ns on the file's timeline at which the presentation starts. */
    long start() {
      return lead().track().nanos(lead().firstPresented());
    }

    /** ns on the file's timeline at which it ends. */
    long end() {
      return Math.max(
          lead().track().nanos(lead().end()),
          audio.samples() == 0 ? 0 : audio.track().nanos(audio.end()));
    }
  }

  static Mp4Contents of(FileChannel file) throws IOException {
    var collector = new Collector();
    var scan = Mp4Scan.of(file, collector);
    var header = scan.header();
    var audio = collector.audio;
    Tables tables =
        header == null
            ? null
            : new Tables(
                header, collector.video, audio == null ? new SampleTable(header.audio()) : audio);
    return new Mp4Contents(
        scan,
        tables,
        collector.fragments,
        List.copyOf(collector.cuts),
        List.copyOf(collector.absences));
  }

  /** What of a span is left when the cuts are taken out, in order. */
  static List<Gap> kept(long start, long end, List<Gap> cuts) {
    var kept = new ArrayList<Gap>();
    long from = start;
    var ordered = cuts.stream().sorted(Comparator.comparingLong(Gap::from)).toList();
    for (Gap cut : ordered) {
      if (cut.from() > from) {
        kept.add(new Gap(from, Math.min(cut.from(), end)));
      }
      from = Math.max(from, Math.min(cut.to(), end));
      if (from >= end) {
        return kept;
      }
    }
    kept.add(new Gap(from, end));
    return kept;
  }

  private static final class Collector implements Mp4Scan.Visitor {
    private @Nullable SampleTable video;
    private @Nullable SampleTable audio;
    private int fragments;
    private final List<Gap> cuts = new ArrayList<>();
    private final List<Gap> absences = new ArrayList<>();

    @Override
    public void fragment(long start, long end, Mp4Scan.@Nullable Run v, Mp4Scan.@Nullable Run a) {
      fragments++;
      video = add(video, v);
      audio = add(audio, a);
    }

    private static @Nullable SampleTable add(
        @Nullable SampleTable table, Mp4Scan.@Nullable Run run) {
      if (run == null) {
        return table;
      }
      var known = table == null ? new SampleTable(run.track()) : table;
      known.add(run);
      return known;
    }

    @Override
    public void cut(Gap cut) {
      cuts.add(cut);
    }

    @Override
    public void gap(Gap gap) {
      absences.add(gap);
    }
  }
}
