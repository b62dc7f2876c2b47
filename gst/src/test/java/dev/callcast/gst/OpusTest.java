package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OpusTest {
  private static final int FRAMES = 960;
  private static final int PRE_SKIP = 312;

  @Test
  void decodesWhatWasEncodedAtItsOwnPlace() {
    float[] tone = tone(50 * FRAMES, 1000, 0.5);
    List<byte[]> packets = Encoder.encode(tone, false);
    float[] decoded = new float[packets.size() * FRAMES * 2];
    float[] block = new float[Opus.MAX_FRAMES * 2];
    try (Opus opus = new Opus(2)) {
      for (int n = 0; n < packets.size(); n++) {
        byte[] packet = packets.get(n);
        assertThat(opus.decode(packet, 0, packet.length, block)).isEqualTo(FRAMES);
        System.arraycopy(block, 0, decoded, n * FRAMES * 2, FRAMES * 2);
      }
    }
    double error = 0;
    double power = 0;
    for (int i = 10 * FRAMES; i < 40 * FRAMES; i++) {
      double left = decoded[2 * (i + PRE_SKIP)];
      error += square(left - tone[i]);
      power += square(tone[i]);
      assertThat(decoded[2 * (i + PRE_SKIP) + 1]).isCloseTo((float) left, within(1e-3f));
    }
    assertThat(10 * Math.log10(error / power)).isLessThan(-20);
  }

  @Test
  void concealmentAndForwardErrorCorrectionBeatSilence() {
    float[] voice = voice(100 * FRAMES);
    List<byte[]> packets = Encoder.encode(voice, true);
    float[] whole = decode(packets, Loss.NONE);
    double silence = errorOfLosses(whole, decode(packets, Loss.SILENCE));
    double concealed = errorOfLosses(whole, decode(packets, Loss.CONCEAL));
    double corrected = errorOfLosses(whole, decode(packets, Loss.FEC));
    assertThat(concealed).isLessThan(silence - 3);
    assertThat(corrected).isLessThan(concealed - 3);
  }

  @Test
  void answersGarbageWithAnErrorAndGoesOn() {
    Random random = new Random(7);
    float[] block = new float[Opus.MAX_FRAMES * 2];
    List<byte[]> packets = Encoder.encode(tone(10 * FRAMES, 440, 0.5), false);
    int refused = 0;
    try (Opus opus = new Opus(2)) {
      for (int n = 0; n < 2000; n++) {
        byte[] garbage = new byte[1 + random.nextInt(1400)];
        random.nextBytes(garbage);
        int frames = opus.decode(garbage, 0, garbage.length, block);
        assertThat(frames).isNotZero().isLessThanOrEqualTo(Opus.MAX_FRAMES);
        refused += frames < 0 ? 1 : 0;
      }
      assertThat(refused).isPositive();
      assertThat(opus.decode(new byte[0], 0, 0, block)).isEqualTo(Opus.INVALID_PACKET);
      byte[] huge = new byte[Opus.MAX_PACKET_BYTES + 1];
      assertThat(opus.decode(huge, 0, huge.length, block)).isEqualTo(Opus.INVALID_PACKET);
      assertThat(opus.conceal(block, Opus.MAX_FRAMES + 1)).isNegative();
      opus.reset();
      for (byte[] packet : packets) {
        assertThat(opus.decode(packet, 0, packet.length, block)).isEqualTo(FRAMES);
      }
    }
  }

  @Test
  void refusesToBeUsedAfterItsClose() {
    Opus opus = new Opus(1);
    opus.close();
    opus.close();
    assertThatThrownBy(() -> opus.decode(new byte[3], 0, 3, new float[Opus.MAX_FRAMES]))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Opus(3)).isInstanceOf(IllegalArgumentException.class);
  }

  private enum Loss {
    NONE,
    SILENCE,
    CONCEAL,
    FEC
  }

  private static boolean lost(int n) {
    return n % 10 == 5;
  }

  private static float[] decode(List<byte[]> packets, Loss loss) {
    float[] out = new float[packets.size() * FRAMES];
    float[] block = new float[Opus.MAX_FRAMES];
    try (Opus opus = new Opus(1)) {
      for (int n = 0; n < packets.size(); n++) {
        byte[] packet = packets.get(n);
        if (loss != Loss.NONE && lost(n)) {
          byte[] next = packets.get(n + 1);
          int frames =
              switch (loss) {
                case NONE, SILENCE -> 0;
                case CONCEAL -> opus.conceal(block, FRAMES);
                case FEC -> opus.decodeFec(next, 0, next.length, block, FRAMES);
              };
          System.arraycopy(block, 0, out, n * FRAMES, frames);
        } else {
          opus.decode(packet, 0, packet.length, block);
          System.arraycopy(block, 0, out, n * FRAMES, FRAMES);
        }
      }
    }
    return out;
  }

  /** Error within the lost packets, in dB of the signal there. */
  private static double errorOfLosses(float[] whole, float[] other) {
    double error = 0;
    double power = 0;
    for (int i = 20 * FRAMES; i < 90 * FRAMES; i++) {
      if (lost(i / FRAMES)) {
        error += square(whole[i] - other[i]);
        power += square(whole[i]);
      }
    }
    return 10 * Math.log10(error / power);
  }

  private static float[] tone(int frames, double hertz, double amplitude) {
    float[] tone = new float[frames];
    for (int i = 0; i < frames; i++) {
      tone[i] = (float) (amplitude * Math.sin(2 * Math.PI * hertz * i / 48_000));
    }
    return tone;
  }

  /** A gliding tone with overtones, like a vowel. */
  private static float[] voice(int frames) {
    float[] voice = new float[frames];
    double phase = 0;
    for (int i = 0; i < frames; i++) {
      phase += 2 * Math.PI * (150 + 20 * Math.sin(2 * Math.PI * 0.5 * i / 48_000)) / 48_000;
      double loudness = 0.55 + 0.45 * Math.sin(2 * Math.PI * 3 * i / 48_000);
      for (int k = 1; k <= 12; k++) {
        voice[i] += (float) (0.3 * loudness / (k * k) * Math.sin(k * phase));
      }
    }
    return voice;
  }

  private static double square(double x) {
    return x * x;
  }

  private static org.assertj.core.data.Offset<Float> within(float offset) {
    return org.assertj.core.api.Assertions.within(offset);
  }

  /** libopus' own encoder, mono, 20 ms. */
  private static final class Encoder {
    private static final int VOIP = 2048;
    private static final int AUDIO = 2049;
    private static final int SET_BITRATE = 4002;
    private static final int SET_BANDWIDTH = 4008;
    private static final int WIDEBAND = 1103;
    private static final int SET_INBAND_FEC = 4012;
    private static final int SET_SIGNAL = 4024;
    private static final int VOICE = 3001;
    private static final int SET_PACKET_LOSS = 4014;

    static List<byte[]> encode(float[] samples, boolean fec) {
      SymbolLookup library = SymbolLookup.libraryLookup("libopus.so.0", Arena.global());
      Linker linker = Linker.nativeLinker();
      try (Arena arena = Arena.ofConfined()) {
        MethodHandle create =
            linker.downcallHandle(
                library.findOrThrow("opus_encoder_create"),
                FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
        MethodHandle encode =
            linker.downcallHandle(
                library.findOrThrow("opus_encode_float"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
        MethodHandle control =
            linker.downcallHandle(
                library.findOrThrow("opus_encoder_ctl"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle destroy =
            linker.downcallHandle(
                library.findOrThrow("opus_encoder_destroy"), FunctionDescriptor.ofVoid(ADDRESS));
        MemorySegment encoder =
            (MemorySegment) create.invokeExact(48_000, 1, fec ? VOIP : AUDIO, MemorySegment.NULL);
        control(control, encoder, SET_BITRATE, fec ? 32_000 : 96_000);
        if (fec) {
          control(control, encoder, SET_BANDWIDTH, WIDEBAND);
          control(control, encoder, SET_SIGNAL, VOICE);
          control(control, encoder, SET_INBAND_FEC, 1);
          control(control, encoder, SET_PACKET_LOSS, 20);
        }
        MemorySegment in = arena.allocate(JAVA_FLOAT, FRAMES);
        MemorySegment out = arena.allocate(1500);
        List<byte[]> packets = new ArrayList<>();
        for (int at = 0; at + FRAMES <= samples.length; at += FRAMES) {
          MemorySegment.copy(samples, at, in, JAVA_FLOAT, 0, FRAMES);
          int length = (int) encode.invokeExact(encoder, in, FRAMES, out, 1500);
          assertThat(length).isPositive();
          packets.add(out.asSlice(0, length).toArray(JAVA_BYTE));
        }
        destroy.invokeExact(encoder);
        return packets;
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
    }

    private static void control(MethodHandle handle, MemorySegment encoder, int request, int value)
        throws Throwable {
      assertThat((int) handle.invokeExact(encoder, request, value)).isZero();
    }
  }
}
