package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a crash at any byte leaves, and what a new worker makes of it. */
@Tag("media")
class CrashedFileTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;

  static Stream<TestStreams> streams() {
    return Stream.of(TestStreams.lively(), TestStreams.dead());
  }

  private static long moof(byte[] file, long start) {
    return type(file, start).equals("free") ? start + size(file, start) : start;
  }

  private static long mdat(byte[] file, long start, long end) {
    long moof = moof(file, start);
    assertThat(type(file, moof)).isEqualTo("moof");
    long mdat = moof + size(file, moof);
    assertThat(type(file, mdat)).isEqualTo("mdat");
    assertThat(mdat + size(file, mdat)).isEqualTo(end);
    return mdat;
  }

  private static String type(byte[] file, long at) {
    return new String(file, (int) at + 4, 4, StandardCharsets.ISO_8859_1);
  }

  private static long size(byte[] file, long at) {
    return ByteBuffer.wrap(file).getInt((int) at) & 0xffff_ffffL;
  }

  private record Fragments(List<Long> ends, List<Integer> picturesBefore, long headEnd) {}

  private static Fragments fragments(Path file) throws IOException {
    var ends = new ArrayList<Long>();
    var pictures = new ArrayList<Integer>();
    try (var channel = FileChannel.open(file)) {
      var scan =
          Mp4Scan.of(
              channel,
              new Mp4Scan.Visitor() {
                private int count;

                @Override
                public void fragment(long start, long end, Mp4Scan.Run video, Mp4Scan.Run audio) {
                  ends.add(end);
                  count += video == null ? 0 : video.sizes().length;
                  pictures.add(count);
                }

                @Override
                public void cut(Gap cut) {}
              });
      return new Fragments(ends, pictures, scan.header().end());
    }
  }

  /** Cut at every box boundary and at bytes between: all complete fragments decode. */
  @ParameterizedTest
  @MethodSource("streams")
  void everyPrefixIsPlayable(TestStreams streams) throws IOException {
    Path file = directory.resolve("whole.mp4");
    RecordingFileTest.write(
        file, streams, streams.interleaved(0, 4 * SECOND, RecordingFileTest.LOOKAHEAD));
    byte[] whole = Files.readAllBytes(file);
    var fragments = fragments(file);
    var cuts = new ArrayList<Long>();
    var random = new Random(7);
    for (int i = 0; i < fragments.ends.size(); i++) {
      cuts.add(fragments.ends.get(i));
      if (i > 0) {
        long start = fragments.ends.get(i - 1);
        long mdat = mdat(whole, start, fragments.ends.get(i));
        // Within a moof no kill can cut: it lies in one page.
        assertThat((mdat - 1) / 4096).isEqualTo(moof(whole, start) / 4096);
        cuts.add(start + 4);
        cuts.add(mdat);
        cuts.add(mdat + 1 + random.nextLong(fragments.ends.get(i) - mdat - 1));
      }
    }
    for (long cut : cuts) {
      Path torn = directory.resolve("torn.mp4");
      Files.write(torn, Arrays.copyOf(whole, (int) cut));
      int complete = 0;
      long length = 0;
      for (int i = 0; i < fragments.ends.size(); i++) {
        if (fragments.ends.get(i) <= cut) {
          complete = fragments.picturesBefore.get(i);
          length = fragments.ends.get(i);
        }
      }
      assertThat(Mp4Inspector.completeLength(torn)).isEqualTo(length);
      assertThat(Mp4Inspector.completeLength(torn, fragments.headEnd)).isEqualTo(length);
      assertThat(Tools.decodedPictures(torn)).as("cut at %d", cut).isGreaterThanOrEqualTo(complete);
      assertThat(Mp4Inspector.inspect(torn).orElseThrow().pictures()).isEqualTo(complete);
    }
    // What may be copied plays in GStreamer, too.
    Path copied = directory.resolve("copied.mp4");
    Files.write(copied, Arrays.copyOf(whole, fragments.ends.get(4).intValue()));
    Tools.playsInGStreamer(copied);
  }

  /** Taken up after a gap of 1.3 s: the gap stays, and sound and picture are in step behind it. */
  @ParameterizedTest
  @MethodSource("streams")
  void gapStaysInTheTimeline(TestStreams streams) throws IOException {
    Path file = directory.resolve("resumed.mp4");
    var first = RecordingFileTest.open(file, streams);
    for (Packet p : streams.interleaved(0, 5 * SECOND, RecordingFileTest.LOOKAHEAD)) {
      first.write(p);
    }
    first.close(); // as a kill leaves it: what was buffered is lost
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 777); // and the last write was torn
    }
    long end = Mp4Inspector.inspect(file).orElseThrow().endTime();
    assertThat(end).isBetween(4 * SECOND - 1, 4_600_000_000L);

    // The new worker's encoder starts at a tick of the composition; its sound is on another grid.
    long restart = 6 * SECOND + TestStreams.tick(9);
    var opening =
        FragmentedMp4Writer.open(file, streams.format(), FragmentedMp4Writer.Options.defaults());
    assertThat(opening)
        .isInstanceOfSatisfying(
            Mp4Opening.Resumed.class,
            r -> {
              assertThat(r.end()).isEqualTo(end);
              assertThat(r.torn()).isPositive();
            });
    try (var writer = ((Mp4Opening.Resumed) opening).writer()) {
      for (Packet p : streams.interleaved(-SECOND, 4 * SECOND, RecordingFileTest.LOOKAHEAD)) {
        writer.write(TestStreams.shifted(p, restart));
      }
      writer.end();
    }
    double origin = Mp4Inspector.inspect(file).orElseThrow().origin() / 1e9;
    check(file, streams, end / 1e9 - origin, restart / 1e9 - origin, 1);
    Tools.playsInGStreamer(file);

    var finished =
        (Mp4Finisher.Result.Finished) Mp4Finisher.finish(file, Mp4Finisher.Options.of(null));
    assertThat(finished.summary().gaps()).hasSize(1);
    assertThat(finished.summary().gaps().getFirst().length() / 1e9)
        .isCloseTo((restart - end) / 1e9, within(0.05));
    double start = finished.summary().start() / 1e9;
    check(file, streams, end / 1e9 - origin - start, restart / 1e9 - origin - start, 0);
    Tools.playsInGStreamer(file);
  }

  private static void check(
      Path file, TestStreams streams, double end, double restart, int priming) {
    Tools.decodesCleanly(file);
    var pictures = Tools.times(file, "v");
    assertThat(pictures).anyMatch(t -> Math.abs(t - restart) < 0.0005);
    assertThat(pictures).noneMatch(t -> t > end + 0.001 && t < restart - 0.001);
    var sounds = Tools.times(file, "a");
    // The sound has no hole in it: silence where nobody was.
    for (int i = 1; i < sounds.size(); i++) {
      assertThat(sounds.get(i) - sounds.get(i - 1)).isBetween(0.0106, 0.0321);
    }
    // The k-th packet of the new worker stands where the new worker said.
    var sizes = Tools.column(file, "a", "size");
    int last = sounds.size() - 1;
    int lastOfNew = (int) streams.audio().stream().filter(p -> p.pts() < 4 * SECOND).count() - 1;
    assertThat(sizes.get(last)).isEqualTo(streams.audio().get(lastOfNew).data().length);
    assertThat(sounds.get(last))
        .isCloseTo(restart + streams.audio().get(lastOfNew).pts() / 1e9, within(0.0005));
  }

  @Test
  void anotherConfigurationIsRefused() throws IOException {
    Path file = directory.resolve("changed.mp4");
    var streams = TestStreams.lively();
    RecordingFileTest.write(file, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
    byte[] before = Files.readAllBytes(file);
    var opening =
        FragmentedMp4Writer.open(
            file, TestStreams.larger().format(), FragmentedMp4Writer.Options.defaults());

    assertThat(opening)
        .isInstanceOfSatisfying(
            Mp4Opening.Refused.class,
            r -> assertThat(r.refusal()).isEqualTo(Mp4Opening.Refusal.FORMAT_CHANGED));
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void headWithoutFragmentsOrTornIsBegunAnew() throws IOException {
    var streams = TestStreams.lively();
    Path whole = directory.resolve("whole.mp4");
    RecordingFileTest.write(whole, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
    byte[] bytes = Files.readAllBytes(whole);
    for (int length : new int[] {0, 1, 35, 36, 51, 52, 60, 400}) {
      Path file = directory.resolve("head" + length);
      Files.write(file, Arrays.copyOf(bytes, length));
      RecordingFileTest.write(file, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
      assertThat(Mp4Inspector.inspect(file).orElseThrow().pictures()).isEqualTo(360);
    }
  }

  /**
   * The finisher, killed at each byte that it writes: playable then, complete after a second run.
   */
  @ParameterizedTest
  @MethodSource("streams")
  void finisherMayBeKilledAnywhere(TestStreams streams) throws IOException {
    Path file = directory.resolve("f.mp4");
    RecordingFileTest.write(
        file, streams, streams.interleaved(0, 4 * SECOND, RecordingFileTest.LOOKAHEAD));
    byte[] grown = Files.readAllBytes(file);
    Mp4Finisher.finish(file, Mp4Finisher.Options.of("t"));
    byte[] finished = Files.readAllBytes(file);
    byte[] unpatched = finished.clone();
    System.arraycopy(grown, 0, unpatched, 0, grown.length);
    var random = new Random(3);
    var lengths =
        new ArrayList<>(
            List.of(
                0,
                1,
                4,
                7,
                8,
                9,
                16,
                100,
                finished.length - grown.length - 1,
                finished.length - grown.length));
    for (int i = 0; i < 6; i++) {
      lengths.add(random.nextInt(finished.length - grown.length));
    }
    for (int more : lengths) {
      Path killed = directory.resolve("killed.mp4");
      Files.write(killed, Arrays.copyOf(unpatched, grown.length + more));
      assertThat(Tools.decodedPictures(killed)).as("killed after %d bytes", more).isEqualTo(120);
      Tools.playsInGStreamer(killed);
      assertThat(Mp4Inspector.inspect(killed).orElseThrow().pictures()).isEqualTo(120);
      Mp4Finisher.finish(killed, Mp4Finisher.Options.of("t"));
      assertThat(Files.readAllBytes(killed)).isEqualTo(finished);
    }
  }
}
