package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
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
  private final long encoder;
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
          (long)
              Native.CREATE.invokeExact(
                  (long) SAMPLE_RATE, (long) channels, (long) APPLICATION_AUDIO, error.address());
      if (encoder == 0) {
        throw new IllegalStateException("opus_encoder_create: error " + error.get(JAVA_INT, 0));
      }
    } catch (Throwable t) {
      arena.close();
      throw C.thrown(t);
    }
    try {
      control("OPUS_SET_BITRATE", SET_BITRATE, bitrate);
    } catch (Throwable t) {
      close();
      throw C.thrown(t);
    }
  }

  /** Samples at 48 kHz by which what is decoded comes later than what was encoded. */
  public int lookahead() {
    requireOpen();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment value = call.allocate(JAVA_INT);
      control("OPUS_GET_LOOKAHEAD", GET_LOOKAHEAD, value.address());
      return value.get(JAVA_INT, 0);
    } catch (Throwable t) {
      throw C.thrown(t);
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
      int size =
          (int)
              (long)
                  Native.ENCODE.invokeExact(
                      encoder,
                      pcm.address(),
                      (long) FRAME,
                      packet.address(),
                      (long) MAX_PACKET_BYTES);
      if (size < 0) {
        throw new IllegalStateException("opus_encode_float: error " + size);
      }
      byte[] encoded = new byte[size];
      MemorySegment.copy(packet, JAVA_BYTE, 0, encoded, 0, size);
      return encoded;
    } catch (Throwable t) {
      throw C.thrown(t);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      C.ignore((long) Native.DESTROY.invokeExact(encoder));
    } catch (Throwable t) {
      throw C.thrown(t);
    } finally {
      arena.close();
    }
  }

  private void control(String what, int request, long argument) throws Throwable {
    int result = (int) (long) Native.CTL.invokeExact(encoder, (long) request, argument);
    if (result != 0) {
      throw new IllegalStateException(what + ": error " + result);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("Opus encoder used after its close");
    }
  }

  /** The functions; the library stays loaded for the process's life. */
  private static final class Native {
    static final MethodHandle CREATE;
    static final MethodHandle DESTROY;
    static final MethodHandle ENCODE;
    static final MethodHandle CTL;

    static {
      SymbolLookup library = C.library("libopus.so.0");
      CREATE = C.handle(library, "opus_encoder_create", 4);
      DESTROY = C.handle(library, "opus_encoder_destroy", 1);
      ENCODE = C.handle(library, "opus_encode_float", 5);
      CTL = C.variadic(library, "opus_encoder_ctl", 3, 2);
    }

    private Native() {}
  }
}
