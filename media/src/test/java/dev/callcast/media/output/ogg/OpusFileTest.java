package dev.callcast.media.output.ogg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.RecordingFile;
import dev.callcast.media.output.RecordingOpening;
import dev.callcast.media.output.mp4.Tools;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ogg Opus as players see it: growing, torn, taken up again, finished; loud and silent. */
@Tag("media")
class OpusFileTest {
  private static final int RATE = 48_000;
  private static final int BLOCK = 960;
  private static final long SECOND = 1_000_000_000L;

  /** Ten seconds of a noise that swells, of which no two places are alike. */
  private static final float[] NOISE = noise();

  @TempDir Path directory;

  private static float[] noise() {
    var random = new Random(3);
    float[] noise = new float[10 * RATE];
    float low = 0;
    for (int i = 0; i < noise.length; i++) {
      low += 0.3f * ((float) random.nextGaussian() * 0.5f - low);
      noise[i] = low * (0.3f + 0.2f * (float) Math.sin(i * 0.0003));
    }
    return noise;
  }

  private static Packet block(float[] mono, long sample, int channels, long mediaTime) {
    var data = ByteBuffer.allocate(BLOCK * channels * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < BLOCK; i++) {
      for (int c = 0; c < channels; c++) {
        data.putFloat(mono[(int) (sample + i)]);
      }
    }
    return new Packet(
        Packet.Kind.AUDIO, data.array(), mediaTime, mediaTime, BLOCK * SECOND / RATE, true);
  }

  private static RecordingFile open(Path path, OpusFile.Options options) throws IOException {
    return switch (OpusFile.open(path, options)) {
      case RecordingOpening.Created(var file) -> file;
      case RecordingOpening.Resumed(var file, long _, long _) -> file;
      case RecordingOpening.Refused refused -> throw new AssertionError(refused);
    };
  }

  /**
   * Writes samples {@code from} to {@code to} of the signal, {@code late} ns after its own time.
   */
  private static void write(RecordingFile file, float[] mono, long from, long to, int channels)
      throws IOException {
    for (long at = from; at + BLOCK <= to; at += BLOCK) {
      assertThat(file.write(block(mono, at, channels, at * SECOND / RATE)).isEnd()).isFalse();
    }
  }

  private float[] decode(Path file) throws IOException {
    Path raw = directory.resolve("raw.f32");
    Tools.run(
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        file.toString(),
        "-ac",
        "1",
        "-f",
        "f32le",
        raw.toString());
    var floats =
        ByteBuffer.wrap(Files.readAllBytes(raw)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] samples = new float[floats.remaining()];
    floats.get(samples);
    return samples;
  }

  /** By how many samples what is at {@code place} lies behind where the signal has it. */
  private static int offset(float[] decoded, int place, float[] signal, int expected) {
    int best = Integer.MAX_VALUE;
    double most = -1;
    for (int shift = -400; shift <= 400; shift++) {
      double sum = 0;
      double energy = 1e-9;
      for (int i = 0; i < 2400; i++) {
        float x = signal[expected + i - shift];
        sum += decoded[place + i] * x;
        energy += x * x;
      }
      double likeness = sum / Math.sqrt(energy);
      if (likeness > most) {
        most = likeness;
        best = shift;
      }
    }
    return best;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void soundIsWhereItWasToTheSample(int channels) throws IOException {
    Path file = directory.resolve("whole.ogg");
    try (var opus = open(file, OpusFile.Options.of(channels, 96_000))) {
      write(opus, NOISE, 0, 4 * RATE + 480, channels);
      assertThat(opus.end()).isEqualTo(RecordingFile.Outcome.WRITTEN);
      assertThat(opus.length()).isEqualTo(Files.size(file));
    }
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    OpusFinisher.finish(file, "Stand-up", List.of());
    float[] decoded = decode(file);
    int written = (4 * RATE + 480) / BLOCK * BLOCK;
    assertThat(decoded.length).isEqualTo(written);
    for (int place : new int[] {4800, RATE, 3 * RATE}) {
      assertThat(offset(decoded, place, NOISE, place)).isZero();
    }
    assertPlays(file);
    assertThat(Tools.run("opusinfo", file.toString())).contains("TITLE=Stand-up");
    assertThat(Tools.duration(file)).isCloseTo(written / (double) RATE, within(0.007));
  }

  private static void assertPlays(Path file) {
    Tools.decodesCleanly(file);
    Tools.playsSoundInGStreamer(file, "oggdemux", "opusdec");
    var info = Tools.tryRun("opusinfo", file.toString());
    assertThat(info.out() + info.err()).doesNotContain("WARNING");
  }

  @Test
  void everyPrefixPlays() throws IOException {
    for (float[] signal : new float[][] {NOISE, new float[10 * RATE]}) {
      Path file = directory.resolve("prefix.ogg");
      Files.deleteIfExists(file);
      Files.deleteIfExists(OpusSpans.fileFor(file));
      try (var opus = open(file, OpusFile.Options.of(2, 96_000))) {
        write(opus, signal, 0, 5 * RATE, 2);
      } // as a kill leaves it
      byte[] all = Files.readAllBytes(file);
      assertThat(decode(file).length).isBetween(9 * RATE / 2 - 400, 5 * RATE);
      var random = new Random(5);
      for (int i = 0; i < 12; i++) {
        int length = OpusHeaders.LENGTH + random.nextInt(all.length - OpusHeaders.LENGTH);
        Path torn = directory.resolve("torn.ogg");
        Files.deleteIfExists(OpusSpans.fileFor(torn));
        Files.write(torn, Arrays.copyOf(all, length));
        long whole = OpusFinisher.completeLength(torn, 0);
        assertThat(whole).isLessThanOrEqualTo(length).isGreaterThan(length - 20_000);
        assertThat(OpusFinisher.completeLength(torn, whole)).isEqualTo(whole);
        if (whole == OpusHeaders.LENGTH) {
          assertThat(OpusFinisher.finish(torn, "t", List.of()))
              .isInstanceOf(OpusFinisher.Result.Empty.class);
          continue;
        }
        Tools.playsSoundInGStreamer(torn, "oggdemux", "opusdec");
        assertThat(decode(torn).length).isPositive();
        OpusFinisher.finish(torn, "t", List.of());
        assertPlays(torn);
      }
    }
  }

  /** A kill, three seconds without a worker, and another one: kept or cut. */
  @Test
  void takenUpAgainWithTheGapKeptOrCut() throws IOException {
    for (boolean cut : new boolean[] {false, true}) {
      Path file = directory.resolve("gap" + cut + ".ogg");
      var options = OpusFile.Options.of(2, 96_000).withCutGaps(cut);
      try (var opus = open(file, options)) {
        write(opus, NOISE, 0, 2 * RATE, 2);
      }
      byte[] before = Files.readAllBytes(file);
      try (var torn = Files.newOutputStream(file, java.nio.file.StandardOpenOption.APPEND)) {
        torn.write(new byte[] {'O', 'g', 'g', 'S', 0, 0, 1});
      }
      // Somewhere within a packet, as another process' clock has it.
      long from = 5 * RATE + 64;
      try (var opus = open(file, options)) {
        write(opus, NOISE, from, from + 3 * RATE, 2);
        opus.end();
      }
      assertThat(Arrays.copyOf(Files.readAllBytes(file), before.length)).isEqualTo(before);
      var finished =
          (OpusFinisher.Result.Finished)
              OpusFinisher.finish(
                  file, "t", List.of(Map.entry(SECOND, "one"), Map.entry(6 * SECOND, "six")));
      float[] decoded = decode(file);
      int end = (int) (finished.summary().absences().getFirst().from() * RATE / SECOND);
      assertThat(2 * RATE - end).isBetween(0, RATE / 2 + BLOCK);
      int shift = cut ? (int) from - end : 0;
      assertThat(decoded.length).isEqualTo((int) from + 3 * RATE - shift);
      assertThat(offset(decoded, RATE, NOISE, RATE)).isZero();
      for (int place : new int[] {(int) from + RATE / 2, (int) from + 2 * RATE}) {
        assertThat(offset(decoded, place - shift, NOISE, place)).isZero();
      }
      if (!cut) {
        for (int i = end + 2000; i < from - 2000; i++) {
          assertThat(Math.abs(decoded[i])).isLessThan(0.01f);
        }
      }
      assertPlays(file);
      var chapters = Tools.chapters(file);
      assertThat(chapters).extracting(Tools.Chapter::title).containsExactly("one", "six");
      assertThat(chapters.get(1).start()).isCloseTo(6 - shift / (double) RATE, within(0.002));
      assertThat(finished.summary().kept()).hasSize(cut ? 2 : 1);
    }
  }

  @Test
  void pausesAreLeftOut() throws IOException {
    Path file = directory.resolve("paused.ogg");
    try (var opus = open(file, OpusFile.Options.of(1, 64_000))) {
      write(opus, NOISE, 0, RATE, 1);
      opus.pause(SECOND);
    } // killed in the pause
    try (var opus = open(file, OpusFile.Options.of(1, 64_000))) {
      opus.pause(Long.MIN_VALUE / 4);
      opus.cut(Long.MIN_VALUE / 4, 3 * SECOND);
      write(opus, NOISE, 3 * RATE, 5 * RATE, 1);
      opus.pause(5 * SECOND);
      opus.cut(5 * SECOND, 7 * SECOND);
      write(opus, NOISE, 7 * RATE, 8 * RATE, 1);
      opus.end();
    }
    var finished =
        (OpusFinisher.Result.Finished)
            OpusFinisher.finish(file, "t", List.of(Map.entry(6 * SECOND, "in the pause")));
    float[] decoded = decode(file);
    assertThat(decoded.length).isEqualTo(4 * RATE);
    assertThat(offset(decoded, RATE / 2, NOISE, RATE / 2)).isZero();
    assertThat(offset(decoded, 2 * RATE, NOISE, 4 * RATE)).isZero();
    assertThat(offset(decoded, 3 * RATE + RATE / 2, NOISE, 7 * RATE + RATE / 2)).isZero();
    assertThat(finished.summary().kept()).hasSize(3);
    assertThat(finished.summary().absences()).isEmpty();
    assertThat(Tools.chapters(file).getFirst().start()).isCloseTo(3, within(0.002));
    assertPlays(file);
  }

  @Test
  void quotaEndsItWhole() throws IOException {
    Path file = directory.resolve("quota.ogg");
    var options = OpusFile.Options.of(2, 96_000).withQuota(60_000);
    RecordingFile.Outcome last = RecordingFile.Outcome.BUFFERED;
    try (var opus = open(file, options)) {
      for (int at = 0; !last.isEnd() && at + BLOCK < NOISE.length; at += BLOCK) {
        last = opus.write(block(NOISE, at, 2, (long) at * SECOND / RATE));
      }
    }
    assertThat(last).isEqualTo(RecordingFile.Outcome.QUOTA);
    OpusFinisher.finish(file, "t", List.of());
    assertThat(Files.size(file)).isLessThanOrEqualTo(60_000);
    assertPlays(file);
  }

  @Test
  void nobodyWritesWhatIsWrittenOrForeignOrFinished() throws IOException {
    Path file = directory.resolve("busy.ogg");
    var options = OpusFile.Options.of(1, 64_000);
    try (var opus = open(file, options)) {
      write(opus, NOISE, 0, RATE, 1);
      assertThat(OpusFile.open(file, options)).isInstanceOf(RecordingOpening.Refused.class);
      assertThat(OpusFinisher.finish(file, "t", List.of()))
          .isInstanceOf(OpusFinisher.Result.InUse.class);
      opus.end();
    }
    assertThat(OpusFile.open(file, options))
        .isInstanceOfSatisfying(
            RecordingOpening.Refused.class, refused -> assertThat(refused.wantsAnother()).isTrue());
    Path notes = Files.writeString(directory.resolve("notes.txt"), "no recording at all");
    assertThat(OpusFile.open(notes, options))
        .isInstanceOfSatisfying(
            RecordingOpening.Refused.class,
            refused -> assertThat(refused.wantsAnother()).isFalse());
    assertThat(Files.readString(notes)).startsWith("no recording");
  }
}
