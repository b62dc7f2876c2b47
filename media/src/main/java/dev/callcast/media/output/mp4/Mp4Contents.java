package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scan of a whole recording with all its samples: what the inspector and the finisher share. */
record Mp4Contents(Mp4Scan scan, @Nullable Tables tables, int fragments, List<Gap> cuts) {

  /** Both tracks' samples. */
  record Tables(Mp4Scan.Header header, SampleTable video, SampleTable audio) {
    /** ns on the file's timeline at which the presentation starts. */
    long start() {
      return video.samples() > 0
          ? video.track().nanos(video.firstPresented())
          : audio.track().nanos(audio.first());
    }

    /** ns on the file's timeline at which it ends. */
    long end() {
      return Math.max(video.track().nanos(video.end()), audio.track().nanos(audio.end()));
    }
  }

  static Mp4Contents of(FileChannel file) throws IOException {
    var collector = new Collector();
    var scan = Mp4Scan.of(file, collector);
    var header = scan.header();
    var video = collector.video;
    var audio = collector.audio;
    Tables tables =
        header == null
            ? null
            : new Tables(
                header,
                video == null ? new SampleTable(header.video()) : video,
                audio == null ? new SampleTable(header.audio()) : audio);
    return new Mp4Contents(scan, tables, collector.fragments, List.copyOf(collector.cuts));
  }

  private static final class Collector implements Mp4Scan.Visitor {
    private @Nullable SampleTable video;
    private @Nullable SampleTable audio;
    private int fragments;
    private final List<Gap> cuts = new ArrayList<>();

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
  }
}
