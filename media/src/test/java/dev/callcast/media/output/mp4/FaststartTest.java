package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index in front, in the reserve and by writing anew. */
@Tag("media")
class FaststartTest {
  private static final Mp4Finisher.Options OPTIONS =
      Mp4Finisher.Options.of("front")
          .withChapters(List.of(new Mp4Finisher.Chapter(3_000_000_000L, "one")));

  @TempDir Path directory;

  private Path grown(String name, int reserve) throws IOException {
    Path file = directory.resolve(name);
    var streams = TestStreams.lively();
    var opening =
        FragmentedMp4Writer.open(
            file, streams.format(), FragmentedMp4Writer.Options.defaults().withReserve(reserve));
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (var packet : streams.interleaved(RecordingFileTest.LOOKAHEAD)) {
        writer.write(packet);
      }
      writer.end();
    }
    return file;
  }

  private static List<String> boxes(byte[] file) {
    var boxes = new ArrayList<String>();
    var bytes = ByteBuffer.wrap(file);
    for (long at = 0; at < file.length; ) {
      long size = bytes.getInt((int) at) & 0xffff_ffffL;
      boxes.add(new String(file, (int) at + 4, 4, StandardCharsets.ISO_8859_1));
      at += size == 1 ? bytes.getLong((int) at + 8) : size;
    }
    return boxes;
  }

  private static void assertPlays(Path file, Path reference) {
    assertThat(Tools.pictureHashes(file)).isEqualTo(Tools.pictureHashes(reference));
    assertThat(Tools.soundsShown(file)).isEqualTo(Tools.soundsShown(reference));
    assertThat(Tools.chapters(file)).isEqualTo(Tools.chapters(reference));
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
  }

  @Test
  void theIndexGoesIntoItsReserve() throws IOException {
    Path plain = grown("plain.mp4", 0);
    Mp4Finisher.finish(plain, OPTIONS);
    Path file = grown("front.mp4", Mp4Faststart.reserve(30, 60));
    byte[] growing = Files.readAllBytes(file);
    assertThat(Tools.decodedPictures(file)).isEqualTo(360);
    Tools.decodesCleanly(file);
    var result = Mp4Finisher.finish(file, OPTIONS);

    byte[] finished = Files.readAllBytes(file);
    assertThat(boxes(finished)).containsExactly("ftyp", "free", "moov", "free", "mdat");
    // Nothing but the head has changed.
    int head = 52 + Mp4Faststart.reserve(30, 60);
    assertThat(Arrays.copyOfRange(finished, head, growing.length))
        .isEqualTo(Arrays.copyOfRange(growing, head, growing.length));
    assertPlays(file, plain);
    assertThat(result)
        .isInstanceOfSatisfying(
            Mp4Finisher.Result.Finished.class,
            f -> {
              assertThat(f.summary().finished()).isTrue();
              assertThat(f.summary().pictures()).isEqualTo(360);
              assertThat(f.summary().duration() / 1e9).isCloseTo(12, within(0.03));
            });
    assertThat(Mp4Faststart.plan(file)).isEmpty();
    assertThat(Mp4Inspector.completeLength(file)).isEqualTo(finished.length);
    Mp4Finisher.finish(file, OPTIONS);
    assertThat(Files.readAllBytes(file)).isEqualTo(finished);
    assertThat(
            FragmentedMp4Writer.open(
                file, TestStreams.lively().format(), FragmentedMp4Writer.Options.defaults()))
        .isInstanceOfSatisfying(
            Mp4Opening.Refused.class,
            r -> assertThat(r.refusal()).isEqualTo(Mp4Opening.Refusal.FINISHED));
  }

  /** Killed between any two of its writes, the file plays, and the next run ends it. */
  @Test
  void bringingItForwardMayBeKilledAnywhere() throws IOException {
    int reserve = Mp4Faststart.reserve(30, 60);
    Path plain = grown("plain.mp4", 0);
    Mp4Finisher.finish(plain, OPTIONS);
    Path file = grown("front.mp4", reserve);
    byte[] growing = Files.readAllBytes(file);
    Mp4Finisher.finish(file, OPTIONS);
    byte[] front = Files.readAllBytes(file);

    // As it is with the index at the end, before the reserve is touched.
    Path atEnd = directory.resolve("end.mp4");
    int indexSize = ByteBuffer.wrap(front).getInt(52);
    byte[] ordinary = Arrays.copyOf(front, front.length + indexSize);
    System.arraycopy(growing, 0, ordinary, 0, 52 + reserve);
    Mp4Boxes.hidingMdat(front.length - 36L).get(ordinary, 36, 16);
    System.arraycopy(front, 52, ordinary, front.length, indexSize);
    List<byte[]> states = new ArrayList<>();
    states.add(ordinary);
    for (int written : new int[] {1, 100, indexSize / 2, indexSize, reserve - 8}) {
      byte[] state = ordinary.clone();
      System.arraycopy(front, 60, state, 60, written);
      states.add(state);
    }
    byte[] patched = ordinary.clone();
    System.arraycopy(front, 0, patched, 0, front.length);
    states.add(patched);
    for (byte[] state : states) {
      Files.write(atEnd, state);
      assertThat(Tools.decodedPictures(atEnd)).isEqualTo(360);
      Tools.playsInGStreamer(atEnd);
      assertThat(Mp4Inspector.inspect(atEnd).orElseThrow().pictures()).isEqualTo(360);
      Mp4Finisher.finish(atEnd, OPTIONS);
      assertThat(Files.readAllBytes(atEnd)).isEqualTo(front);
    }
  }

  @Test
  void whatDoesNotFitIsWrittenAnew() throws IOException {
    Path plain = grown("plain.mp4", 0);
    Mp4Finisher.finish(plain, OPTIONS);
    for (int reserve : new int[] {0, 600}) {
      Path file = grown("small" + reserve + ".mp4", reserve);
      Mp4Finisher.finish(file, OPTIONS);
      assertThat(boxes(Files.readAllBytes(file))).containsExactly("ftyp", "mdat", "moov");
      assertPlays(file, plain);
      var plan = Mp4Faststart.plan(file).orElseThrow();
      Path target = directory.resolve("target.mp4");
      Mp4Faststart.rewrite(file, plan, target);

      assertThat(Files.size(target)).isEqualTo(plan.size());
      assertThat(boxes(Files.readAllBytes(target))).containsExactly("ftyp", "moov", "mdat");
      assertPlays(target, plain);
    }
  }

  /** A store that copies parts wants none under a size; together they are the whole file. */
  @Test
  void piecesAreWithinLimitsAndWhole() {
    long least = 5 << 20;
    long most = 64 << 20;
    for (long length :
        new long[] {1, least - 1000, least, least + 1, most, most + least + 1, 3 * most + 7}) {
      var plan = new Mp4Faststart.Plan(new byte[1000], 900, 900 + length);
      var pieces = plan.pieces(least, most);
      long at = 900;
      for (int i = 0; i < pieces.size(); i++) {
        var piece = pieces.get(i);
        assertThat(piece.from()).isEqualTo(at);
        at = piece.to();
        long size = piece.to() - piece.from() + (i == 0 ? 1000 : 0);
        if (i < pieces.size() - 1) {
          assertThat(size).isGreaterThanOrEqualTo(least);
        }
        assertThat(size).isLessThanOrEqualTo(Math.max(most, least));
      }
      assertThat(at).isEqualTo(900 + length);
    }
  }

  /** What is kept is enough: the index of a long recording of small pictures. */
  @Test
  void theReserveIsLargeEnough() throws IOException {
    Path file = directory.resolve("long.mp4");
    var streams = TestStreams.dead();
    int seconds = 600;
    var opening =
        FragmentedMp4Writer.open(
            file,
            streams.format(),
            FragmentedMp4Writer.Options.defaults().withReserve(Mp4Faststart.reserve(30, seconds)));
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (long loop = 0; loop < seconds / 12; loop++) {
        for (var p : streams.interleaved(RecordingFileTest.LOOKAHEAD)) {
          writer.write(TestStreams.shifted(p, loop * 12_000_000_000L));
        }
      }
      writer.end();
    }
    Mp4Finisher.finish(file, OPTIONS);
    assertThat(Mp4Faststart.plan(file)).as("the index is in front").isEmpty();
    int index = ByteBuffer.wrap(Files.readAllBytes(file)).getInt(52);
    assertThat(index - 1500).isLessThan(Mp4Faststart.reserve(30, seconds) - 60 * 1024);
  }
}
