package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.gst.Opus;
import dev.callcast.protocol.Codec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Packets from ffmpeg's libopus, two seconds of a 440 Hz tone that pulses. */
class OpusAudioDecoderTest {
  private static final int FRAMES = 960;
  private static List<byte[]> packets = List.of();

  @BeforeAll
  static void encode() throws IOException, InterruptedException {
    packets =
        encode(
            "0.4*sin(880*PI*t)*(0.6+0.4*sin(6*PI*t))",
            "-b:a 32k -application voip -fec 1 -packet_loss 20");
  }

  private static List<byte[]> encode(String sound, String options)
      throws IOException, InterruptedException {
    Process ffmpeg =
        new ProcessBuilder(
                ("ffmpeg -v error -f lavfi -i aevalsrc=%s:s=48000:d=2 -c:a libopus %s"
                        + " -page_duration 20000 -f ogg -")
                    .formatted(sound, options)
                    .split(" "))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<byte[]> encoded;
    try (InputStream ogg = ffmpeg.getInputStream()) {
      encoded = packets(ogg.readAllBytes());
    }
    assertThat(ffmpeg.waitFor()).isZero();
    assertThat(encoded).hasSizeGreaterThanOrEqualTo(100);
    return encoded;
  }

  /** To the last bit; what libopus makes up for a loss is rounded differently. */
  @Test
  void monoIsWhatAStereoDecoderGivesOnBothSides() {
    assertMonoIsLikeStereo(Losses.NONE, 0);
    assertMonoIsLikeStereo(Losses.DOUBLE, 1e-5f);
  }

  private static void assertMonoIsLikeStereo(Losses losses, float tolerance) {
    float[] pcm = new float[2 * Opus.MAX_FRAMES];
    Deque<float[]> expected = new ArrayDeque<>();
    try (Opus stereo = new Opus(2);
        OpusAudioDecoder decoder = new OpusAudioDecoder()) {
      int lost = 0;
      for (int n = 0; n < 100; n++) {
        if (losses.lost(n)) {
          lost++;
          continue;
        }
        byte[] packet = packets.get(n);
        if (lost > 0) {
          assertThat(stereo.conceal(pcm, FRAMES)).isEqualTo(FRAMES);
          expected.add(pcm.clone());
          assertThat(stereo.decodeFec(packet, 0, packet.length, pcm, FRAMES)).isEqualTo(FRAMES);
          expected.add(pcm.clone());
        }
        assertThat(stereo.decode(packet, 0, packet.length, pcm)).isEqualTo(FRAMES);
        expected.add(pcm.clone());
        decoder.decode(
            0,
            packet,
            0,
            packet.length,
            lost,
            (_, samples, count, channels) -> {
              float[] both = expected.remove();
              assertThat(channels).isEqualTo(1);
              assertThat(count).isEqualTo(FRAMES);
              for (int i = 0; i < count; i++) {
                assertThat(samples[i]).isCloseTo(both[2 * i], within(tolerance));
                assertThat(samples[i]).isCloseTo(both[2 * i + 1], within(tolerance));
              }
            });
        assertThat(expected).isEmpty();
        lost = 0;
      }
    }
  }

  @Test
  void aStreamThatBecomesStereoGoesOnWithoutASeam() throws IOException, InterruptedException {
    List<byte[]> stream = new ArrayList<>(packets.subList(0, 40));
    stream.addAll(
        encode("0.4*sin(880*PI*t)|0.3*sin(1320*PI*t)", "-b:a 96k -ac 2").subList(40, 100));
    double[] error = new double[100];
    double[] power = new double[100];
    int[] channels = new int[100];
    float[] whole = new float[2 * Opus.MAX_FRAMES];
    try (Opus stereo = new Opus(2);
        OpusAudioDecoder decoder = new OpusAudioDecoder()) {
      for (int n = 0; n < 100; n++) {
        byte[] packet = stream.get(n);
        stereo.decode(packet, 0, packet.length, whole);
        int at = n;
        decoder.decode(
            0,
            packet,
            0,
            packet.length,
            0,
            (_, samples, count, sides) -> {
              channels[at] = sides;
              for (int i = 0; i < 2 * count; i++) {
                float sample = sides == 2 ? samples[i] : samples[i / 2];
                error[at] += Math.pow(sample - whole[i], 2);
                power[at] += Math.pow(whole[i], 2);
              }
            });
      }
    }
    assertThat(channels[39]).isEqualTo(1);
    assertThat(channels[40]).isEqualTo(2);
    for (int n = 1; n < 100; n++) {
      assertThat(10 * Math.log10(error[n] / power[n] + 1e-12))
          .as("packet %d, dB of the sound", n)
          .isLessThan(-30);
    }
  }

  @Test
  void comesOutAtThePtsWithoutThePreSkip() {
    G711AudioDecoderTest.Capture sound = decode(Losses.NONE);
    // Opus keeps no waveforms at this rate, but it keeps their place to a fraction of a ms.
    int bestLag = 0;
    double best = 0;
    for (int lag = -50; lag <= 50; lag++) {
      double correlation = 0;
      for (int i = 9600; i < 86_400; i++) {
        double t = i / 48_000.0;
        correlation +=
            sound.left[i + lag]
                * Math.sin(880 * Math.PI * t)
                * (0.6 + 0.4 * Math.sin(6 * Math.PI * t));
      }
      if (correlation > best) {
        best = correlation;
        bestLag = lag;
      }
    }
    assertThat(bestLag).as("frames too late").isBetween(-12, 12);
  }

  @Test
  void fillsLossesWithSomethingBetterThanSilence() {
    float[] whole = decode(Losses.NONE).left;
    assertThat(errorAt(Losses.SINGLE, whole, decode(Losses.SINGLE).left)).isLessThan(-6);
    assertThat(errorAt(Losses.DOUBLE, whole, decode(Losses.DOUBLE).left)).isLessThan(-3);
  }

  @Test
  void aLongLossEndsInAGap() {
    G711AudioDecoderTest.Capture sound = new G711AudioDecoderTest.Capture(96_000);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.OPUS, 2)) {
      for (int n = 0; n < 100; n++) {
        if (n < 20 || n >= 70) {
          byte[] packet = packets.get(n);
          decoder.decode(n * 20_000_000L, packet, 0, packet.length, n == 70 ? 50 : 0, sound);
        }
      }
      assertThat(decoder.concealedFrames()).isEqualTo(4 * FRAMES);
    }
    for (int i = 24 * FRAMES; i < 68 * FRAMES; i++) {
      assertThat(sound.left[i]).isZero();
    }
  }

  @Test
  void garbageIsCountedAndTheNextPacketsDecode() {
    Random random = new Random(11);
    G711AudioDecoderTest.Capture sound = new G711AudioDecoderTest.Capture(96_000);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.OPUS, 2)) {
      assertThat(decoder.decode(0, new byte[0], 0, 0, 3, sound)).isEqualTo(-1);
      for (int n = 0; n < 500; n++) {
        byte[] garbage = new byte[random.nextInt(1500)];
        random.nextBytes(garbage);
        decoder.decode(0, garbage, 0, garbage.length, random.nextInt(10), sound);
      }
      assertThat(decoder.errors()).isGreaterThan(1);
      long before = decoder.errors();
      decoder.reset();
      for (byte[] packet : packets) {
        assertThat(decoder.decode(0, packet, 0, packet.length, 0, sound)).isEqualTo(FRAMES);
      }
      assertThat(decoder.errors()).isEqualTo(before);
    }
  }

  private enum Losses {
    NONE,
    SINGLE,
    DOUBLE;

    boolean lost(int n) {
      return switch (this) {
        case NONE -> false;
        case SINGLE -> n % 10 == 5;
        case DOUBLE -> n % 10 == 5 || n % 10 == 6;
      };
    }
  }

  private static G711AudioDecoderTest.Capture decode(Losses losses) {
    G711AudioDecoderTest.Capture sound = new G711AudioDecoderTest.Capture(96_000);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.OPUS, 2)) {
      int lost = 0;
      for (int n = 0; n < 100; n++) {
        if (losses.lost(n)) {
          lost++;
        } else {
          byte[] packet = packets.get(n);
          int frames = decoder.decode(n * 20_000_000L, packet, 0, packet.length, lost, sound);
          assertThat(frames).isEqualTo(FRAMES);
          lost = 0;
        }
      }
    }
    return sound;
  }

  /** Error within the lost packets, in dB of the signal there. */
  private static double errorAt(Losses losses, float[] whole, float[] other) {
    double error = 0;
    double power = 0;
    for (int i = 10 * FRAMES; i < 90 * FRAMES; i++) {
      if (losses.lost((i + 312) / FRAMES)) {
        error += Math.pow(whole[i] - other[i], 2);
        power += Math.pow(whole[i], 2);
      }
    }
    return 10 * Math.log10(error / power);
  }

  /** The packets of an Ogg stream (RFC 3533), without its two headers. */
  private static List<byte[]> packets(byte[] ogg) {
    List<byte[]> packets = new ArrayList<>();
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    for (int page = 0; page < ogg.length; ) {
      int segments = ogg[page + 26] & 0xff;
      int at = page + 27 + segments;
      for (int i = 0; i < segments; i++) {
        int lace = ogg[page + 27 + i] & 0xff;
        packet.writeBytes(Arrays.copyOfRange(ogg, at, at + lace));
        at += lace;
        if (lace < 255) {
          packets.add(packet.toByteArray());
          packet.reset();
        }
      }
      page = at;
    }
    return packets.subList(2, packets.size());
  }
}
