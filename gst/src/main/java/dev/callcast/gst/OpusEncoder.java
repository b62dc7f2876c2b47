package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * One libopus encoder (RFC 6716) for 48 kHz float PCM, tuned for music and voices mixed. One thread
 * at a time uses it; whoever made it closes it.
 */
public final class OpusEncoder implements AutoCloseable {
  /** Samples of each channel in a packet: 20 ms. */
  public static final int FRAME = 960;

  private static final int SAMPLE_RATE = 48_000;
  private static final int APPLICATION_AUDIO = 2049;
  private static final int SET_BITRATE = 4002;
  private static final int GET_LOOKAHEAD = 4027;

  /** The largest packet of 20 ms (RFC 6716 §3.2.1). */
  private static final int MAX_PACKET_BYTES = 1275;

  private final Arena arena;
  private final int channels;
  private final MemorySegment pcm;
  private final MemorySegment packet;
  private final MemorySegment encoder;
  private boolean closed;

  /**
   * Makes an encoder.
   *
   * @param channels 1 or 2
   * @param bitrate bit/s, 6000 to 510000
   * @throws IllegalStateException when libopus refuses
   */
  public OpusEncoder(int channels, int bitrate) {
    this.channels = channels;
    arena = Arena.ofShared();
    try {
      pcm = arena.allocate(JAVA_FLOAT, (long) FRAME * channels);
      packet = arena.allocate(MAX_PACKET_BYTES);
      MemorySegment error = arena.allocate(JAVA_INT);
      encoder =
          (MemorySegment)
              Native.CREATE.invokeExact(SAMPLE_RATE, channels, APPLICATION_AUDIO, error);
      if (encoder.address() == 0) {
        throw new IllegalStateException("opus_encoder_create: error " + error.get(JAVA_INT, 0));
      }
    } catch (Throwable t) {
      arena.close();
      throw rethrow(t);
    }
    try {
      check("OPUS_SET_BITRATE", (int) Native.CTL.invokeExact(encoder, SET_BITRATE, bitrate));
    } catch (Throwable t) {
      close();
      throw rethrow(t);
    }
  }

  /** Samples at 48 kHz by which what is decoded comes later than what was encoded. */
  public int lookahead() {
    requireOpen();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment value = call.allocate(JAVA_INT);
      check("OPUS_GET_LOOKAHEAD", (int) Native.CTL_GET.invokeExact(encoder, GET_LOOKAHEAD, value));
      return value.get(JAVA_INT, 0);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Encodes {@link #FRAME} samples of each channel.
   *
   * @param samples interleaved, -1 to 1
   */
  public byte[] encode(float[] samples) {
    requireOpen();
    MemorySegment.copy(samples, 0, pcm, JAVA_FLOAT, 0, FRAME * channels);
    try {
      int size = (int) Native.ENCODE.invokeExact(encoder, pcm, FRAME, packet, MAX_PACKET_BYTES);
      if (size < 0) {
        throw new IllegalStateException("opus_encode_float: error " + size);
      }
      byte[] encoded = new byte[size];
      MemorySegment.copy(packet, JAVA_BYTE, 0, encoded, 0, size);
      return encoded;
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Native.DESTROY.invokeExact(encoder);
    } catch (Throwable t) {
      throw rethrow(t);
    } finally {
      arena.close();
    }
  }

  private static void check(String what, int result) {
    if (result != 0) {
      throw new IllegalStateException(what + ": error " + result);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("Opus encoder used after its close");
    }
  }

  private static RuntimeException rethrow(Throwable t) {
    return switch (t) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(t);
    };
  }

  /** The functions; the library stays loaded for the process's life. */
  private static final class Native {
    static final MethodHandle CREATE;
    static final MethodHandle DESTROY;
    static final MethodHandle ENCODE;
    static final MethodHandle CTL;
    static final MethodHandle CTL_GET;

    static {
      SymbolLookup library = C.library("libopus.so.0");
      Linker linker = Linker.nativeLinker();
      CREATE =
          linker.downcallHandle(
              library.findOrThrow("opus_encoder_create"),
              FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
      DESTROY =
          linker.downcallHandle(
              library.findOrThrow("opus_encoder_destroy"), FunctionDescriptor.ofVoid(ADDRESS));
      ENCODE =
          linker.downcallHandle(
              library.findOrThrow("opus_encode_float"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
      CTL =
          linker.downcallHandle(
              library.findOrThrow("opus_encoder_ctl"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
              Linker.Option.firstVariadicArg(2));
      CTL_GET =
          linker.downcallHandle(
              library.findOrThrow("opus_encoder_ctl"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS),
              Linker.Option.firstVariadicArg(2));
    }

    private Native() {}
  }
}
