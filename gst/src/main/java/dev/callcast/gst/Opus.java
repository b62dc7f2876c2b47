package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * One libopus decoder (RFC 6716) that gives 48 kHz float PCM. One thread at a time uses it; whoever
 * made it closes it. Nothing is allocated per packet: the packet and the samples pass through two
 * native buffers of the decoder's own.
 *
 * <p>libopus is called directly and not through {@code opusdec}: concealment and in-band FEC need
 * to know how many packets are missing, which the caller learns from sequence numbers.
 */
public final class Opus implements AutoCloseable {
  /** The longest packet, 120 ms, in frames at 48 kHz (RFC 6716 §2.1.4). */
  public static final int MAX_FRAMES = 5760;

  /** The largest packet taken, in bytes: 48 frames of 1275 bytes never occur on a network path. */
  public static final int MAX_PACKET_BYTES = 8192;

  /** What {@code opus_decode} answers to a packet that is not Opus. */
  public static final int INVALID_PACKET = -4;

  private static final int BAD_ARGUMENT = -1;
  private static final int SAMPLE_RATE = 48_000;
  private static final int RESET_STATE = 4028;

  private final Arena arena;
  private final int channels;
  private final MemorySegment packet;
  private final MemorySegment pcm;
  private final long decoder;
  private boolean closed;

  /**
   * Makes a decoder.
   *
   * @param channels 1 or 2: what comes out, whatever is sent; libopus mixes down or doubles
   * @throws IllegalStateException when libopus refuses
   */
  public Opus(int channels) {
    if (channels != 1 && channels != 2) {
      throw new IllegalArgumentException("channels: " + channels);
    }
    this.channels = channels;
    arena = Arena.ofShared();
    try {
      packet = arena.allocate(MAX_PACKET_BYTES);
      pcm = arena.allocate(JAVA_FLOAT, (long) MAX_FRAMES * channels);
      MemorySegment error = arena.allocate(JAVA_INT);
      decoder =
          (long) Native.CREATE.invokeExact((long) SAMPLE_RATE, (long) channels, error.address());
      if (decoder == 0) {
        throw new IllegalStateException("opus_decoder_create: error " + error.get(JAVA_INT, 0));
      }
    } catch (Throwable t) {
      arena.close();
      throw C.thrown(t);
    }
  }

  /**
   * Decodes a packet.
   *
   * @param out takes interleaved samples, room for {@link #MAX_FRAMES}
   * @return frames decoded, or one of libopus' negative error codes
   */
  public int decode(byte[] payload, int offset, int length, float[] out) {
    if (!accepts(length)) {
      return INVALID_PACKET;
    }
    return decode(payload, offset, length, out, MAX_FRAMES, 0);
  }

  /**
   * Restores the packet <em>before</em> the given one from the given one's in-band FEC (RFC 6716
   * §2.1.7), or conceals it when there is none in it.
   *
   * @param frames length of the lost packet, a multiple of 2.5 ms
   * @return frames made, or one of libopus' negative error codes
   */
  public int decodeFec(byte[] payload, int offset, int length, float[] out, int frames) {
    if (!accepts(length)) {
      return INVALID_PACKET;
    }
    return decode(payload, offset, length, out, frames, 1);
  }

  /**
   * Conceals a lost packet by going on from what was heard before it.
   *
   * @param frames length of the lost packet, a multiple of 2.5 ms
   * @return frames made, or one of libopus' negative error codes
   */
  public int conceal(float[] out, int frames) {
    return decode(null, 0, 0, out, frames, 0);
  }

  /** Forgets what was heard: the next packet is decoded as a stream's first. */
  public void reset() {
    requireOpen();
    try {
      int result = (int) (long) Native.CTL.invokeExact(decoder, (long) RESET_STATE);
      if (result != 0) {
        throw new IllegalStateException("OPUS_RESET_STATE: error " + result);
      }
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
      C.ignore((long) Native.DESTROY.invokeExact(decoder));
    } catch (Throwable t) {
      throw C.thrown(t);
    } finally {
      arena.close();
    }
  }

  private static boolean accepts(int length) {
    // A length of 0 would mean "lost" to libopus.
    return length > 0 && length <= MAX_PACKET_BYTES;
  }

  private int decode(
      byte @Nullable [] payload, int offset, int length, float[] out, int frames, int fec) {
    requireOpen();
    if (frames <= 0 || frames > MAX_FRAMES) {
      return BAD_ARGUMENT;
    }
    long data = 0;
    if (payload != null) {
      MemorySegment.copy(payload, offset, packet, JAVA_BYTE, 0, length);
      data = packet.address();
    }
    int made;
    try {
      made =
          (int)
              (long)
                  Native.DECODE.invokeExact(
                      decoder, data, (long) length, pcm.address(), (long) frames, (long) fec);
    } catch (Throwable t) {
      throw C.thrown(t);
    }
    if (made > 0) {
      MemorySegment.copy(pcm, JAVA_FLOAT, 0, out, 0, made * channels);
    }
    return made;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("Opus decoder used after its close");
    }
  }

  /** The functions; the library stays loaded for the process's life. */
  private static final class Native {
    static final MethodHandle CREATE;
    static final MethodHandle DESTROY;
    static final MethodHandle DECODE;
    static final MethodHandle CTL;

    static {
      SymbolLookup library = C.library("libopus.so.0");
      CREATE = C.handle(library, "opus_decoder_create", 3);
      DESTROY = C.handle(library, "opus_decoder_destroy", 1);
      DECODE = C.handle(library, "opus_decode_float", 6);
      CTL = C.variadic(library, "opus_decoder_ctl", 2, 2);
    }

    private Native() {}
  }
}
