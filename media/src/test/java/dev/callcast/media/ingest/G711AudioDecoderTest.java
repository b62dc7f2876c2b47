package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.Codec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class G711AudioDecoderTest {
  @Test
  void knowsTheStandardsValues() {
    // ITU-T G.711, tables 1a and 2a, scaled to 16 bits.
    assertThat(G711AudioDecoder.muLaw(0xff)).isZero();
    assertThat(G711AudioDecoder.muLaw(0x7f)).isZero();
    assertThat(G711AudioDecoder.muLaw(0x80)).isEqualTo(32124);
    assertThat(G711AudioDecoder.muLaw(0x00)).isEqualTo(-32124);
    assertThat(G711AudioDecoder.muLaw(0xfe)).isEqualTo(8);
    assertThat(G711AudioDecoder.muLaw(0xef)).isEqualTo(132);
    assertThat(G711AudioDecoder.muLaw(0xf0)).isEqualTo(120);
    assertThat(G711AudioDecoder.aLaw(0xd5)).isEqualTo(8);
    assertThat(G711AudioDecoder.aLaw(0x55)).isEqualTo(-8);
    assertThat(G711AudioDecoder.aLaw(0xaa)).isEqualTo(32256);
    assertThat(G711AudioDecoder.aLaw(0x2a)).isEqualTo(-32256);
    assertThat(G711AudioDecoder.aLaw(0xc5)).isEqualTo(264);
    assertThat(G711AudioDecoder.aLaw(0xda)).isEqualTo(248);
  }

  @Test
  void bothLawsAreMonotonous() {
    int[] mu = new int[256];
    int[] a = new int[256];
    for (int code = 0; code < 256; code++) {
      mu[code] = G711AudioDecoder.muLaw(code);
      a[code] = G711AudioDecoder.aLaw(code);
    }
    assertThat(Arrays.stream(mu).distinct().count()).isEqualTo(255);
    assertThat(Arrays.stream(a).distinct().count()).isEqualTo(256);
    for (int code = 0x80; code < 0xff; code++) {
      assertThat(mu[code]).isGreaterThan(mu[code + 1]);
    }
  }

  @Test
  void aToneComesOutInTimeAndWithoutImages() {
    for (Codec codec : new Codec[] {Codec.PCMU, Codec.PCMA}) {
      Capture capture = new Capture(4800 * 10);
      try (AudioDecoder decoder = AudioDecoder.of(codec, 1)) {
        byte[] payload = new byte[160];
        for (int n = 0; n < 50; n++) {
          for (int i = 0; i < 160; i++) {
            double value = 0.5 * Math.sin(2 * Math.PI * 1000 * (n * 160 + i) / 8000);
            payload[i] = encode(codec, value);
          }
          assertThat(decoder.decode(n * 20_000_000L, payload, 0, 160, 0, capture)).isEqualTo(960);
        }
      }
      double error = 0;
      double power = 0;
      double images = 0;
      for (int at = 4800; at < 43_200; at++) {
        // The filter's delay is 95.5 frames: Capture rounds its PTS up by half a frame.
        double expected = 0.5 * Math.sin(2 * Math.PI * 1000 * (at - 0.5) / 48_000.0);
        error += Math.pow(capture.left[at] - expected, 2);
        power += expected * expected;
      }
      assertThat(10 * Math.log10(error / power)).as("%s, companding noise", codec).isLessThan(-33);
      assertThat(capture.right).isEqualTo(capture.left);
      for (double hertz : new double[] {7000, 9000, 15_000, 17_000, 23_000}) {
        images = Math.max(images, amplitude(capture.left, 4800, 38_400, hertz));
      }
      assertThat(20 * Math.log10(images / 0.5)).as("images").isLessThan(-60);
    }
  }

  @Test
  void theUpsamplerIsFlatBelowAndSixtyDecibelsDownAbove() {
    for (int hertz = 100; hertz <= 3300; hertz += 400) {
      SixfoldUpsampler upsampler = new SixfoldUpsampler(8000);
      float[] in = new float[8000];
      float[] left = new float[48_000];
      for (int i = 0; i < 8000; i++) {
        in[i] = (float) Math.sin(2 * Math.PI * hertz * i / 8000);
      }
      upsampler.process(in, 8000, left, 0, 1);
      assertThat(20 * Math.log10(amplitude(left, 2400, 43_200, hertz)))
          .as("%d Hz", hertz)
          .isCloseTo(0, within(0.05));
      for (int image = 8000; image <= 24_000; image += 8000) {
        assertThat(20 * Math.log10(amplitude(left, 2400, 43_200, image - hertz)))
            .as("image of %d Hz at %d", hertz, image - hertz)
            .isLessThan(-60);
      }
    }
  }

  @Test
  void stereoKeepsItsSides() {
    Capture capture = new Capture(9600);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.PCMA, 2)) {
      byte[] payload = new byte[320];
      for (int i = 0; i < 160; i++) {
        payload[2 * i] = encode(Codec.PCMA, 0.5);
        payload[2 * i + 1] = encode(Codec.PCMA, -0.25);
      }
      for (int n = 0; n < 5; n++) {
        assertThat(decoder.decode(n * 20_000_000L, payload, 0, 320, 0, capture)).isEqualTo(960);
      }
    }
    assertThat(capture.left[2400]).isCloseTo(0.5f, within(0.02f));
    assertThat(capture.right[2400]).isCloseTo(-0.25f, within(0.02f));
  }

  @Test
  void aShortLossIsSilenceInItsPlaceAndALongOneAGap() {
    Capture capture = new Capture(48_000);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.PCMU, 1)) {
      byte[] payload = new byte[160];
      Arrays.fill(payload, encode(Codec.PCMU, 0.5));
      decoder.decode(0, payload, 0, 160, 0, capture);
      decoder.decode(60_000_000L, payload, 0, 160, 2, capture);
      assertThat(capture.frames).isEqualTo(960 * 4);
      assertThat(capture.left[1920]).isZero();
      assertThat(capture.left[3600]).isCloseTo(0.5f, within(0.02f));
      decoder.decode(800_000_000L, payload, 0, 160, 36, capture);
      assertThat(capture.frames).isEqualTo(960 * 5);
      decoder.decode(900_000_000L, payload, 0, 160, Integer.MAX_VALUE, capture);
    }
  }

  @Test
  void whatIsNoPayloadIsCountedAndGivesNothing() {
    Capture capture = new Capture(960);
    try (AudioDecoder decoder = AudioDecoder.of(Codec.PCMU, 2)) {
      assertThat(decoder.decode(0, new byte[0], 0, 0, 0, capture)).isEqualTo(-1);
      assertThat(decoder.decode(0, new byte[3], 0, 3, 0, capture)).isEqualTo(-1);
      assertThat(decoder.decode(0, new byte[9000], 0, 9000, 0, capture)).isEqualTo(-1);
      assertThat(decoder.errors()).isEqualTo(3);
    }
    assertThat(capture.frames).isZero();
    assertThatThrownBy(() -> AudioDecoder.of(Codec.VP8, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The code whose value is nearest. */
  private static byte encode(Codec codec, double value) {
    int best = 0;
    double least = 2;
    for (int code = 0; code < 256; code++) {
      int decoded =
          codec == Codec.PCMU ? G711AudioDecoder.muLaw(code) : G711AudioDecoder.aLaw(code);
      double distance = Math.abs(decoded / 32768.0 - value);
      if (distance < least) {
        least = distance;
        best = code;
      }
    }
    return (byte) best;
  }

  private static double amplitude(float[] samples, int from, int frames, double hertz) {
    double s = 0;
    double c = 0;
    for (int i = 0; i < frames; i++) {
      double t = 2 * Math.PI * hertz * i / 48_000.0;
      s += samples[from + i] * Math.sin(t);
      c += samples[from + i] * Math.cos(t);
    }
    return 2 * Math.hypot(s, c) / frames;
  }

  /** Puts what comes where its PTS says, as the timeline would. */
  static final class Capture implements PcmSink {
    final float[] left;
    final float[] right;
    int frames;

    Capture(int length) {
      left = new float[length];
      right = new float[length];
    }

    @Override
    public void pcm(long pts, float[] samples, int count, int channels) {
      frames += count;
      int at = (int) Math.round(pts * 48e-6);
      for (int i = 0; i < count; i++) {
        if (at + i >= 0 && at + i < left.length) {
          left[at + i] = samples[channels * i];
          right[at + i] = samples[channels * i + channels - 1];
        }
      }
    }
  }
}
