package dev.callcast.media.output.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Opening;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.media.output.mp4.Tools;
import dev.callcast.media.output.ogg.OpusFinisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed, with a lively call and with nobody in it. */
@Tag("media")
class KillTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;

  @Test
  void killedAndTakenUp() throws Exception {
    campaign(TestStreams.lively(), 3);
    campaign(TestStreams.dead(), 3);
  }

  @Test
  @Tag("long")
  void killedAndTakenUpTwentyTimes() throws Exception {
    campaign(TestStreams.lively(), 20);
    campaign(TestStreams.dead(), 20);
  }

  private void campaign(TestStreams streams, int kills) throws Exception {
    Path file = directory.resolve(streams.format().hashCode() + ".mp4");
    Path data = directory.resolve("streams");
    streams.save(data);
    var random = new Random(11);
    long from = 0;
    byte[] before = new byte[0];
    for (int kill = 0; kill < kills; kill++) {
      var child = start("record", file.toString(), data.toString(), "" + from, "2");
      long wanted = from + (long) (SECOND * (3 + 3 * random.nextDouble()));
      long handed = killAt(child, wanted);

      var summary = Mp4Inspector.inspect(file).orElseThrow();
      // At most 0.9 s are in memory: the open fragment and the sound that waits for its picture.
      // The
      // media runs at twice the speed of the wall, so the rest is 0.6 s for a busy machine.
      assertThat(handed - summary.endTime()).isLessThan(2_100_000_000L);
      assertThat(Tools.decodedPictures(file)).isGreaterThanOrEqualTo(summary.pictures());
      byte[] now = Files.readAllBytes(file);
      assertThat(now.length).isGreaterThan(before.length);
      assertThat(Arrays.equals(now, 0, before.length, before, 0, before.length))
          .as("bytes never change")
          .isTrue();
      before = Arrays.copyOf(now, (int) summary.completeLength());
      from = (summary.endTime() / SECOND + 3) * SECOND;
    }
    Mp4Finisher.finish(file, Mp4Finisher.Options.of(null));
    var summary = Mp4Inspector.inspect(file).orElseThrow();
    assertThat(summary.gaps()).hasSize(kills - 1);
    assertThat(Tools.decodedPictures(file)).isEqualTo(summary.pictures());
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
    // Every second of the composition is where it was, in sound as in picture.
    var sounds = Tools.times(file, "a");
    for (int i = 1; i < sounds.size(); i++) {
      assertThat(sounds.get(i) - sounds.get(i - 1)).isBetween(0.0106, 0.0321);
    }
    Files.delete(file);
  }

  @Test
  void soundAloneKilledAndTakenUp() throws Exception {
    for (String suffix : new String[] {".m4a", ".ogg"}) {
      sound(TestStreams.noisy(), suffix, "streams", 2);
      sound(TestStreams.dead(), suffix, "silent", 1);
    }
  }

  @Test
  @Tag("long")
  void soundAloneKilledAndTakenUpTwentyTimes() throws Exception {
    for (String suffix : new String[] {".m4a", ".ogg"}) {
      sound(TestStreams.noisy(), suffix, "streams", 20);
      sound(TestStreams.dead(), suffix, "silent", 20);
    }
  }

  private void sound(TestStreams streams, String suffix, String name, int kills) throws Exception {
    Path file = directory.resolve(name + suffix);
    Path data = directory.resolve(name);
    streams.save(data);
    boolean ogg = suffix.equals(".ogg");
    var random = new Random(12);
    long from = 0;
    byte[] before = new byte[0];
    for (int kill = 0; kill < kills; kill++) {
      var child = start("record", file.toString(), data.toString(), "" + from, "2");
      long handed = killAt(child, from + (long) (SECOND * (3 + 3 * random.nextDouble())));
      long complete =
          ogg ? OpusFinisher.completeLength(file, 0) : Mp4Inspector.completeLength(file);
      long end =
          ogg
              ? OpusFinisher.inspect(file).orElseThrow().kept().getLast().to()
              : Mp4Inspector.inspect(file).orElseThrow().endTime();
      // Half a second in memory, at twice the speed of the wall; the rest for a busy machine.
      assertThat(handed - end).isLessThan(2_100_000_000L);
      assertThat(Tools.decodedSounds(file)).isPositive();
      byte[] now = Files.readAllBytes(file);
      assertThat(Arrays.equals(now, 0, before.length, before, 0, before.length))
          .as("bytes never change")
          .isTrue();
      before = Arrays.copyOf(now, (int) complete);
      from = (end / SECOND + 2) * SECOND;
    }
    double end;
    if (ogg) {
      var finished = (OpusFinisher.Result.Finished) OpusFinisher.finish(file, "killed", List.of());
      assertThat(finished.summary().absences()).hasSize(kills - 1);
      end = finished.summary().kept().getLast().to() / 1e9;
      assertThat(Tools.tryRun("opusinfo", file.toString()).out()).doesNotContain("WARNING");
      Tools.playsSoundInGStreamer(file, "oggdemux", "opusdec");
    } else {
      Mp4Finisher.finish(file, Mp4Finisher.Options.of("killed"));
      var summary = Mp4Inspector.inspect(file).orElseThrow();
      assertThat(summary.absences()).hasSize(kills - 1);
      end = summary.duration() / 1e9;
      Tools.playsSoundInGStreamer(file, "qtdemux", "avdec_aac");
    }
    Tools.decodesCleanly(file);
    // Every second of the composition is where it was.
    assertThat(Tools.duration(file)).isCloseTo(end, within(0.01));
    Files.delete(file);
    Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".spans"));
  }

  @Test
  void finisherKilledAndRunAgain() throws Exception {
    finisherKills(4);
  }

  @Test
  @Tag("long")
  void finisherKilledAndRunAgainOften() throws Exception {
    finisherKills(30);
  }

  private void finisherKills(int kills) throws Exception {
    var streams = TestStreams.dead();
    Path grown = directory.resolve("grown.mp4");
    var opening =
        FragmentedMp4Writer.open(grown, streams.format(), FragmentedMp4Writer.Options.defaults());
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (long loop = 0; loop < 50; loop++) {
        for (Packet p : streams.interleaved(0, 12 * SECOND, 370_000_000L)) {
          writer.write(TestStreams.shifted(p, loop * 12 * SECOND));
        }
      }
      writer.end();
    }
    int pictures = Mp4Inspector.inspect(grown).orElseThrow().pictures();
    assertThat(pictures).isEqualTo(18_000);
    var random = new Random(5);
    for (int kill = 0; kill < kills; kill++) {
      Path file = directory.resolve("finish.mp4");
      Files.copy(grown, file, StandardCopyOption.REPLACE_EXISTING);
      var finisher = start("finish", file.toString());
      try (var out = finisher.inputReader()) {
        assertThat(out.readLine()).isEqualTo("finishing");
        finisher.waitFor(random.nextLong(400), TimeUnit.MILLISECONDS);
        finisher.toHandle().destroyForcibly();
        finisher.waitFor();
      }
      assertThat(Mp4Inspector.inspect(file).orElseThrow().pictures()).isEqualTo(pictures);
      Tools.run("ffprobe", "-v", "error", "-show_streams", file.toString());
      assertThat(Mp4Finisher.finish(file, Mp4Finisher.Options.of("killed")))
          .isInstanceOf(Mp4Finisher.Result.Finished.class);
      assertThat(Tools.times(file, "v")).hasSize(pictures);
    }
  }

  /**
   * Kills the child at that media time and gives the time of the last packet it had handed over.
   */
  private static long killAt(Process child, long mediaTime) throws Exception {
    long handed = Long.MIN_VALUE;
    try (var out = child.inputReader()) {
      String line;
      while (handed < mediaTime && (line = out.readLine()) != null) {
        assertThat(line).doesNotStartWith("ended");
        handed = Math.max(handed, handedOver(line));
      }
      child.toHandle().destroyForcibly(); // unlike the process' own, leaves its output to be read
      while ((line = out.readLine()) != null) {
        handed = Math.max(handed, handedOver(line));
      }
      child.waitFor();
    }
    assertThat(handed).isGreaterThanOrEqualTo(mediaTime);
    return handed;
  }

  private static long handedOver(String line) {
    return line.matches("P\\d+") ? Long.parseLong(line.substring(1)) : Long.MIN_VALUE;
  }

  private Process start(String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                KilledRecorder.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectError(directory.resolve("child.err").toFile())
        .start();
  }
}
