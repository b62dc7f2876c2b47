package dev.callcast.media.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.NativePicture;
import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.Frame;
import dev.callcast.media.mix.Mixer;
import dev.callcast.media.mix.TrackInput;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.scene.Scene;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the steps of the {@link Ladder} do to pictures, and what they leave alone. */
@Tag("media")
class LadderStepsTest {
  private static final int FPS = 30;
  private static final int BITRATE = 600_000;
  private static final Ladder.Second BAD = new Ladder.Second(5, 0.2, 0);
  private static final Ladder.Second GOOD = new Ladder.Second(0, 0.1, 0);

  private static final CompositionSpec SPEC =
      new CompositionSpec(
          "main",
          new CompositionSpec.Canvas(320, 180, FPS, "#000000"),
          new CompositionSpec.Layout("grid", Map.of()),
          new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
          new CompositionSpec.Video(BITRATE, 2, Latency.NORMAL, "superfast"),
          new CompositionSpec.Audio(64_000, 2),
          new CompositionSpec.Limits(0, 0),
          List.of(),
          1,
          false);

  private static final CallView VIEW =
      new CallView(
          List.of(
              new ParticipantSpec(
                  "ada",
                  "Ada",
                  false,
                  false,
                  1,
                  0,
                  List.of(
                      new TrackSpec(
                          "cam",
                          TrackKind.VIDEO,
                          TrackSource.CAMERA,
                          "e1",
                          1,
                          96,
                          Codec.VP8,
                          90_000,
                          0,
                          null,
                          false,
                          List.of())))),
          Set.of(),
          Map.of("ada/cam", new CallView.Video(200, 112, false)),
          Map.of(),
          null,
          List.of());

  private final List<NativePicture> noise = new ArrayList<>();

  @BeforeEach
  void makePictures() {
    Random random = new Random(7);
    byte[] samples = new byte[200 * 112 * 3 / 2];
    for (int i = 0; i < 8; i++) {
      random.nextBytes(samples);
      NativePicture picture = NativePicture.allocate(200, 112);
      picture.load(samples);
      noise.add(picture);
    }
  }

  @AfterEach
  void freePictures() {
    noise.forEach(NativePicture::close);
  }

  private FrameSource frames(long n) {
    return _ -> new Frame(noise.get((int) (n % noise.size())).view(), n, 0, n, () -> {});
  }

  /** Bad seconds, until there is one more step. */
  private static void down(Ladder ladder) {
    for (int level = ladder.level(); ladder.level() == level; ) {
      ladder.look(BAD);
    }
  }

  private static void up(Ladder ladder) {
    for (int level = ladder.level(); ladder.level() == level; ) {
      ladder.look(GOOD);
    }
  }

  private static final class Collected implements Encoder.Output {
    final List<StreamFormat> formats = Collections.synchronizedList(new ArrayList<>());
    final List<Packet> pictures = Collections.synchronizedList(new ArrayList<>());
    final List<Packet> sound = Collections.synchronizedList(new ArrayList<>());
    final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void started(StreamFormat format) {
      formats.add(format);
    }

    @Override
    public void packet(Packet packet) {
      (packet.kind() == Packet.Kind.VIDEO ? pictures : sound).add(packet);
    }

    @Override
    public void failed(String reason) {
      failures.add(reason);
    }

    /** Of pictures from one second to another. */
    private List<Packet> between(int from, int to) {
      return pictures.stream()
          .filter(picture -> picture.pts() >= from * 1_000_000_000L)
          .filter(picture -> picture.pts() < to * 1_000_000_000L)
          .toList();
    }

    double bitrate(int from, int to) {
      return between(from, to).stream().mapToDouble(picture -> 8.0 * picture.data().length).sum()
          / (to - from);
    }
  }

  /** Two seconds on each level, from 0 to 4 and back again; or all of them on 0. */
  private Collected encode(boolean steps) throws Exception {
    Ladder ladder = new Ladder();
    Collected collected = new Collected();
    TrackInput input = new TrackInput();
    float[] tone = new float[2 * 1600];
    try (CompositionEngine engine = new CompositionEngine(SPEC, collected)) {
      engine.mixer().sources(List.of(new Mixer.Source("ada", input, 1, 0, false)));
      for (long n = 0; n < 9 * 2 * FPS; n++) {
        if (steps && n > 0 && n % (2 * FPS) == 0) {
          if (n <= 4 * 2 * FPS) {
            down(ladder);
          } else {
            up(ladder);
          }
        }
        for (int i = 0; i < 1600; i++) {
          tone[2 * i] = (float) (0.4 * Math.sin((n * 1600 + i) / 17.0));
          tone[2 * i + 1] = -tone[2 * i];
        }
        input.pcm(engine.mediaTime(n), tone, 1600, 2);
        engine.sound(n * 1600, 1600, engine.mediaTime(n));
        if (ladder.has(Ladder.Step.FRAME_RATE) && n % 2 == 1) {
          continue;
        }
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .pollInSameThread()
            .pollInterval(Duration.ofMillis(1))
            .until(() -> engine.picturesInFlight() < 20);
        assertThat(engine.tick(n, false, SPEC, VIEW, frames(n), ladder)).isNotNull();
      }
      assertThat(engine.drain(20_000)).isTrue();
    }
    assertThat(ladder.level()).isZero();
    assertThat(collected.failures).isEmpty();
    assertThat(collected.formats).as("told once what it is").hasSize(1);
    return collected;
  }

  @Test
  void noStepChangesAParameterSetOrTheSound(@TempDir Path directory) throws Exception {
    Collected plain = encode(false);
    Collected stepped = encode(true);
    byte[] config = stepped.formats.getFirst().avcConfig();
    assertThat(config).isEqualTo(plain.formats.getFirst().avcConfig());

    assertThat(stepped.sound).hasSizeGreaterThan(800).hasSameSizeAs(plain.sound);
    for (int i = 0; i < plain.sound.size(); i++) {
      assertThat(stepped.sound.get(i).pts()).isEqualTo(plain.sound.get(i).pts());
      assertThat(stepped.sound.get(i).data()).isEqualTo(plain.sound.get(i).data());
    }

    // Levels 3, 4 and 3 again have every other picture.
    assertThat(plain.pictures).hasSize(540);
    assertThat(stepped.pictures).hasSize(540 - 90);
    assertThat(stepped.between(8, 10)).hasSize(30);
    assertThat(stepped.bitrate(6, 8)).isLessThan(0.6 * stepped.bitrate(4, 6));
    assertThat(stepped.bitrate(8, 10)).isLessThan(0.95 * stepped.bitrate(6, 8));
    assertThat(stepped.bitrate(16, 18)).isGreaterThan(0.9 * BITRATE);

    // With the SPS and PPS of the start alone all of it can be decoded.
    Path file = Files.write(directory.resolve("stepped.h264"), annexB(config, stepped.pictures));
    Process ffprobe =
        new ProcessBuilder(
                "ffprobe",
                "-v",
                "warning",
                "-count_frames",
                "-show_entries",
                "stream=nb_read_frames",
                "-of",
                "csv=p=0",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(ffprobe.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(said).as("decoded without a complaint").isEqualTo("450");
  }

  /** Without the SPS and PPS of key frames, each of which is the one of the start. */
  private static byte[] annexB(byte[] config, List<Packet> pictures) {
    ByteBuffer header = ByteBuffer.wrap(config);
    byte[] sps = Arrays.copyOfRange(config, 8, 8 + header.getShort(6));
    int second = 8 + sps.length + 1; // behind the number of PPS
    byte[] pps = Arrays.copyOfRange(config, second + 2, second + 2 + header.getShort(second));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    unit(stream, sps);
    unit(stream, pps);
    int seen = 0;
    for (Packet picture : pictures) {
      byte[] data = picture.data();
      for (int at = 0; at < data.length; ) {
        int length = ByteBuffer.wrap(data, at, 4).getInt();
        byte[] unit = Arrays.copyOfRange(data, at + 4, at + 4 + length);
        switch (unit[0] & 0x1f) {
          case 7 -> assertThat(unit).as("SPS at %d ns", picture.pts()).isEqualTo(sps);
          case 8 -> {
            assertThat(unit).as("PPS at %d ns", picture.pts()).isEqualTo(pps);
            seen++;
          }
          default -> unit(stream, unit);
        }
        at += 4 + length;
      }
    }
    assertThat(seen).as("key frames with an SPS and a PPS").isEqualTo(9);
    return stream.toByteArray();
  }

  private static void unit(ByteArrayOutputStream to, byte[] unit) {
    to.writeBytes(new byte[] {0, 0, 0, 1});
    to.writeBytes(unit);
  }

  @Test
  void graphicsMoveInEveryOtherPictureAndWhatIsWantedAnewAtOnce() throws Exception {
    Ladder ladder = new Ladder();
    down(ladder);
    down(ladder);
    try (CompositionEngine engine = new CompositionEngine(SPEC, new Collected())) {
      engine.react("🎉");
      List<Scene> scenes = new ArrayList<>();
      for (long n = 0; n < 8; n++) {
        scenes.add(engine.tick(n, false, SPEC, VIEW, frames(n), ladder));
      }
      for (int n = 0; n < 8; n += 2) {
        assertThat(scenes.get(n + 1)).isSameAs(scenes.get(n));
      }
      for (int n = 2; n < 8; n += 2) {
        assertThat(scenes.get(n)).isNotEqualTo(scenes.get(n - 1));
      }
      Scene last = engine.tick(8, false, SPEC, VIEW, frames(8), ladder);
      CompositionSpec other = SPEC.with(new CompositionSpec.Layout("single", Map.of()));
      assertThat(engine.tick(9, false, other, VIEW, frames(9), ladder)).isNotSameAs(last);
      engine.drain(5_000);
    }
  }
}
