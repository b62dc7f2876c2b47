package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chapters as players list them, over cuts, and with sound alone. */
@Tag("media")
class ChaptersTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;

  private static Mp4Finisher.Chapter at(double seconds, String title) {
    return new Mp4Finisher.Chapter((long) (seconds * SECOND), title);
  }

  @Test
  void chaptersAreListedWhereTheyAreAfterTheCuts() throws IOException {
    var streams = TestStreams.lively();
    Path file = directory.resolve("chapters.mp4");
    // The file starts at 2 s of the composition; 4 s to 6 s are cut out.
    RecordingFileTest.write(
        file, streams, streams.interleaved(SECOND, 12 * SECOND, RecordingFileTest.LOOKAHEAD));
    long origin = Mp4Inspector.inspect(file).orElseThrow().origin();
    var options =
        new Mp4Finisher.Options(
            "Stand-up",
            "Callcast",
            List.of(new Gap(4 * SECOND - origin, 6 * SECOND - origin)),
            false,
            List.of(
                at(9, "Käse, \"日本\" & 🎉"),
                at(0.5, "before the start"),
                at(3.25, "early"),
                at(5, "in the cut"),
                at(6, "where it goes on"),
                at(100, "behind the end")));
    Mp4Finisher.finish(file, options);

    var chapters = Tools.chapters(file);
    assertThat(chapters)
        .extracting(Tools.Chapter::title)
        .containsExactly(
            "before the start",
            "early",
            "in the cut",
            "where it goes on",
            "Käse, \"日本\" & 🎉",
            "behind the end");
    double[] starts = {0, 1.25, 2, 2.001, 5, 8};
    for (int i = 0; i < starts.length; i++) {
      assertThat(chapters.get(i).start()).isCloseTo(starts[i], within(0.03));
    }
    assertThat(Tools.duration(file)).isCloseTo(8, within(0.03));
    assertThat(Tools.decodedPictures(file)).isGreaterThanOrEqualTo(240);
    Tools.decodes(file, "error");
    Tools.playsInGStreamer(file);
    // Both forms, each by itself.
    for (String form : List.of("chpl", "chap")) {
      Path other = directory.resolve(form + ".mp4");
      byte[] bytes = Files.readAllBytes(file);
      int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(form);
      bytes[at] = 'x';
      Files.write(other, bytes);
      assertThat(Tools.chapters(other))
          .extracting(chapter -> chapter.start() + chapter.title())
          .isEqualTo(chapters.stream().map(chapter -> chapter.start() + chapter.title()).toList());
    }
  }

  @Test
  void theFirstChapterMayComeLater() throws IOException {
    var streams = TestStreams.dead();
    Path file = directory.resolve("later.mp4");
    RecordingFileTest.write(file, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
    Mp4Finisher.finish(
        file, Mp4Finisher.Options.of(null).withChapters(List.of(at(3, "one"), at(7.5, "two"))));
    var chapters =
        Tools.chapters(file).stream().filter(chapter -> !chapter.title().isEmpty()).toList();
    assertThat(chapters).extracting(Tools.Chapter::title).containsExactly("one", "two");
    assertThat(chapters.get(0).start()).isCloseTo(3, within(0.01));
    assertThat(chapters.get(1).start()).isCloseTo(7.5, within(0.01));
    assertThat(chapters.get(0).end()).isCloseTo(7.5, within(0.01));
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
  }

  /** Nero's list ends at 255; the text track does not. */
  @Test
  void manyChapters() throws IOException {
    var streams = TestStreams.dead();
    Path file = directory.resolve("many.mp4");
    RecordingFileTest.write(file, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
    var many = new ArrayList<Mp4Finisher.Chapter>();
    for (int i = 0; i < 300; i++) {
      many.add(at(i * 0.03, "a rather long title with the number " + i + " " + "x".repeat(250)));
    }
    Mp4Finisher.finish(file, Mp4Finisher.Options.of(null).withChapters(many));
    var chapters = Tools.chapters(file);
    assertThat(chapters).hasSize(300);
    assertThat(chapters.get(299).title()).contains("number 299");
    assertThat(chapters.get(299).start()).isCloseTo(8.97, within(0.01));
    Tools.decodesCleanly(file);
  }
}
