package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.RecordingFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files as players see them: growing, finished, sought. */
@Tag("media")
class RecordingFileTest {
  @TempDir Path directory;

  static Stream<TestStreams> streams() {
    return Stream.of(TestStreams.lively(), TestStreams.dead(), TestStreams.withBFrames());
  }

  static final long LOOKAHEAD = 370_000_000L;

  static FragmentedMp4Writer open(Path file, TestStreams streams) throws IOException {
    return switch (FragmentedMp4Writer.open(
        file, streams.format(), FragmentedMp4Writer.Options.defaults())) {
      case Mp4Opening.Created(var writer) -> writer;
      case Mp4Opening.Resumed(var writer, long _, long _) -> writer;
      case Mp4Opening.Refused refused -> throw new AssertionError(refused);
    };
  }

  static void write(Path file, TestStreams streams, List<Packet> packets) throws IOException {
    try (var writer = open(file, streams)) {
      for (Packet packet : packets) {
        writer.write(packet);
      }
      assertThat(writer.end()).isEqualTo(RecordingFile.Outcome.WRITTEN);
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void growingFileHasEveryPacketAtItsTime(TestStreams streams) throws IOException {
    Path file = directory.resolve("growing.mp4");
    write(file, streams, streams.interleaved(LOOKAHEAD));

    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Tools.decodedPictures(file)).isEqualTo(360);
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
    var pictures = Tools.times(file, "v").stream().sorted().toList();
    var sounds = Tools.times(file, "a");
    double origin = Mp4Inspector.inspect(file).orElseThrow().origin() / 1e9;
    for (int n = 0; n < 360; n++) {
      assertThat(pictures.get(n) + origin).isCloseTo(n / 30.0, within(0.0001));
    }
    // The priming frame, which lies before the first picture, is left out.
    for (int n = 0; n < sounds.size(); n++) {
      assertThat(sounds.get(n) + origin).isCloseTo(n * 1024 / 48000.0, within(0.0001));
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void finishedFileIsOrdinary(TestStreams streams) throws IOException {
    Path file = directory.resolve("finished.mp4");
    // From the middle of the call: at the key frame of 2 s, with the sound that is on then.
    write(file, streams, streams.interleaved(1_000_000_000L, 12_000_000_000L, LOOKAHEAD));
    var result = Mp4Finisher.finish(file, Mp4Finisher.Options.of("Stand-up"));

    assertThat(result).isInstanceOf(Mp4Finisher.Result.Finished.class);
    String format =
        Tools.run(
            "ffprobe",
            "-v",
            "error",
            "-show_entries",
            "format=duration,start_time:format_tags=title,encoder",
            "-of",
            "default=nk=0:nw=1",
            file.toString());
    assertThat(format).contains("start_time=0.000000", "duration=10.0", "TAG:title=Stand-up");
    assertThat(Tools.decodedPictures(file)).isEqualTo(300);
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
    var pictures = Tools.times(file, "v").stream().sorted().toList();
    assertThat(pictures.getFirst()).isEqualTo(0.0);
    assertThat(pictures.getLast()).isCloseTo(299 / 30.0, within(0.0001));
    // The picture of 2 s is at 0: so must be the sound of 2 s.
    double firstWhole = Math.ceil(2 * 48000 / 1024.0) * 1024 / 48000 - 2;
    assertThat(Tools.times(file, "a")).anyMatch(t -> Math.abs(t - firstWhole) < 0.0002);
    for (String at : List.of("0.5", "3.9", "7.03", "9.9")) {
      String out =
          Tools.run(
              "ffmpeg",
              "-v",
              "error",
              "-ss",
              at,
              "-i",
              file.toString(),
              "-frames:v",
              "1",
              "-f",
              "framemd5",
              "-");
      assertThat(out.lines().filter(line -> !line.startsWith("#"))).isNotEmpty();
    }
  }

  @Test
  void finishingTwiceChangesNothing() throws IOException {
    var streams = TestStreams.lively();
    Path file = directory.resolve("twice.mp4");
    write(file, streams, streams.interleaved(LOOKAHEAD));
    Mp4Finisher.finish(file, Mp4Finisher.Options.of(null));
    byte[] once = Files.readAllBytes(file);
    var again = Mp4Finisher.finish(file, Mp4Finisher.Options.of(null));

    assertThat(again)
        .isInstanceOfSatisfying(
            Mp4Finisher.Result.Finished.class, f -> assertThat(f.already()).isTrue());
    assertThat(Files.readAllBytes(file)).isEqualTo(once);
  }
}
