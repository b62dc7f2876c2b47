package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The time without a worker, shown or cut out, with pictures and without. */
@Tag("media")
class GapsTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;

  /** Two workers: 0 to 4 s, and 7 to 11 s of media time. */
  private Path interrupted(TestStreams streams, boolean video) throws IOException {
    Path file = directory.resolve("gap" + video + streams.hashCode() + ".mp4");
    var format = video ? streams.format() : streams.format().withoutVideo();
    for (long from : new long[] {0, 7 * SECOND}) {
      var writer =
          switch (FragmentedMp4Writer.open(file, format, FragmentedMp4Writer.Options.defaults())) {
            case Mp4Opening.Created(var created) -> created;
            case Mp4Opening.Resumed(var resumed, long _, long _) -> resumed;
            case Mp4Opening.Refused refused -> throw new AssertionError(refused);
          };
      try (writer) {
        for (Packet p : streams.interleaved(0, 4 * SECOND, RecordingFileTest.LOOKAHEAD)) {
          writer.write(TestStreams.shifted(p, from));
        }
        writer.flush();
      } // closed without an end, as a kill leaves it
    }
    return file;
  }

  @Test
  void shownAsTheyWereOrCutOut() throws IOException {
    for (var streams : new TestStreams[] {TestStreams.noisy(), TestStreams.dead()}) {
      Path kept = interrupted(streams, true);
      Path cut = directory.resolve("cut.mp4");
      Files.deleteIfExists(cut);
      Files.copy(kept, cut);
      var summary = Mp4Inspector.inspect(kept).orElseThrow();
      assertThat(summary.absences()).hasSize(1);
      assertThat(summary.absences().getFirst().length() / 1e9).isCloseTo(3, within(0.05));

      Mp4Finisher.finish(kept, Mp4Finisher.Options.of(null));
      assertThat(Tools.duration(kept)).isCloseTo(11, within(0.03));
      assertThat(Tools.decodedPictures(kept)).isEqualTo(240);

      var finished =
          (Mp4Finisher.Result.Finished)
              Mp4Finisher.finish(cut, Mp4Finisher.Options.of(null).withCutGaps(true));
      assertThat(Tools.duration(cut)).isCloseTo(8, within(0.03));
      assertThat(finished.summary().kept()).hasSize(2);
      assertThat(finished.summary().gaps()).isEmpty();
      assertThat(finished.summary().duration() / 1e9).isCloseTo(8, within(0.03));
      var pictures = Tools.pictureHashes(cut);
      assertThat(pictures).hasSize(240);
      assertThat(pictures.subList(120, 240)).isEqualTo(pictures.subList(0, 120));
      var shown = Tools.soundsShown(cut);
      for (int i = 1; i < shown.size(); i++) {
        assertThat(shown.get(i).seconds() - shown.get(i - 1).seconds())
            .isCloseTo(1024 / 48000.0, within(0.00003));
      }
      if (streams.equals(TestStreams.noisy())) {
        // The same frame again, 4 s later, to half a frame.
        String first = shown.get(40).md5();
        var again = shown.stream().filter(s -> s.md5().equals(first)).toList();
        assertThat(again).hasSize(2);
        assertThat(again.get(1).seconds() - again.get(0).seconds()).isCloseTo(4, within(0.0108));
      }
      Tools.decodes(cut, "error");
      Tools.playsInGStreamer(cut);
      Files.delete(kept);
    }
  }

  @Test
  void ofSoundAlone() throws IOException {
    for (var streams : new TestStreams[] {TestStreams.noisy(), TestStreams.dead()}) {
      Path kept = interrupted(streams, false);
      Path cut = directory.resolve("cut.m4a");
      Files.deleteIfExists(cut);
      Files.copy(kept, cut);
      assertThat(Tools.decodedPictures(kept)).isZero();
      assertThat(Mp4Inspector.inspect(kept).orElseThrow().absences()).hasSize(1);
      Tools.decodesCleanly(kept);

      Mp4Finisher.finish(kept, Mp4Finisher.Options.of("sound"));
      assertThat(Tools.duration(kept)).isCloseTo(11, within(0.03));
      Mp4Finisher.finish(cut, Mp4Finisher.Options.of("sound").withCutGaps(true));
      assertThat(Tools.duration(cut)).isCloseTo(8, within(0.03));
      Tools.decodesCleanly(cut);
      Tools.playsSoundInGStreamer(cut, "qtdemux", "avdec_aac");
      assertThat(
              Tools.run(
                  "ffprobe",
                  "-v",
                  "error",
                  "-show_entries",
                  "format_tags=major_brand,title",
                  "-of",
                  "csv=p=0",
                  cut.toString()))
          .contains("M4A", "sound");
      Files.delete(kept);
    }
  }
}
