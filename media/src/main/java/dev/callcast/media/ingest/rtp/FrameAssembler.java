package dev.callcast.media.ingest.rtp;

import dev.callcast.protocol.Codec;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the frames of one stream together from its packets in order (RFC 7741, 9628, 6184, 7587,
 * 3551), without decoding. What is given out can be decoded whole: after a loss, or a frame that
 * makes no sense, everything is left out until the next key frame. Nothing here throws on bad bytes
 * from the network.
 *
 * <p>A frame ends at the marker, or where the timestamp changes. Both are looked at, for some
 * senders set no marker, and after a simulcast switch two frames can share a timestamp.
 *
 * <p>Owned by one thread.
 */
public abstract sealed class FrameAssembler
    permits Vp8Assembler, Vp9Assembler, H264Assembler, SoundAssembler {
  /** Bytes beyond which a frame is no frame: an uncompressed picture of 1080p is not larger. */
  static final int MAX_FRAME = 4 << 20;

  /** A timestamp that is further back is no other order but a new beginning: a second of video. */
  private static final int MAX_REORDER = 90_000;

  private byte[] buffer = new byte[16 << 10];
  private int size;
  private boolean open;
  private boolean waiting = true;
  private long timestamp;
  private boolean highestKnown;
  private long highest; // timestamp of the whole frames
  private long pts;
  private long dropped;

  FrameAssembler() {}

  /**
   * Makes an assembler.
   *
   * @param parameterSets what an H.264 stream has sent before, which may not come again
   */
  public static FrameAssembler of(Codec codec, H264ParameterSets parameterSets) {
    return switch (codec) {
      case VP8 -> new Vp8Assembler();
      case VP9 -> new Vp9Assembler();
      case H264 -> new H264Assembler(new H264ParameterSets(parameterSets));
      case OPUS, PCMU, PCMA -> new SoundAssembler();
    };
  }

  /**
   * Takes the next packet.
   *
   * @param lost whether packets before it are missing
   * @param frames is given what became complete
   */
  public final void take(RtpPacket packet, long pts, boolean lost, Consumer<EncodedFrame> frames) {
    if (lost) {
      lose();
    }
    int length = packet.payloadLength();
    if (length == 0) {
      return;
    }
    if (open && packet.timestamp() != timestamp) {
      complete(frames);
    }
    byte[] data = packet.data();
    int offset = packet.payloadOffset();
    if (!open) {
      if (!begins(data, offset, length)) {
        lose();
        return;
      }
      open = true;
      timestamp = packet.timestamp();
      this.pts = pts;
      size = 0;
    }
    if (!add(data, offset, length)) {
      lose();
      return;
    }
    if (packet.marker() || endsWithPacket()) {
      complete(frames);
    }
  }

  /** Something was left out that was no loss: what follows begins with a key frame. */
  public final void interrupt() {
    lose();
  }

  /** Whether nothing is given out until a key frame comes. */
  public final boolean waiting() {
    return waiting;
  }

  /** Frames that were left out because they were broken, or needed one that was. */
  public final long dropped() {
    return dropped;
  }

  private void complete(Consumer<EncodedFrame> frames) {
    open = false;
    if (!hasMedia()) {
      return;
    }
    int ahead = highestKnown ? RtpPacket.timestampDistance(highest, timestamp) : 0;
    boolean reordered = ahead < 0 && ahead > -MAX_REORDER;
    if (!reordered) {
      highestKnown = true;
      highest = timestamp;
    }
    EncodedFrame frame = finish(pts, reordered);
    if (frame == null) {
      lose();
    } else if (waiting && !frame.keyFrame()) {
      dropped++;
    } else {
      waiting = false;
      frames.accept(frame);
    }
  }

  private void lose() {
    if (open) {
      dropped++;
    }
    open = false;
    waiting = true;
    highestKnown = false; // the sender may have begun anew
    size = 0;
  }

  /** Whether a payload is the beginning of a frame. */
  abstract boolean begins(byte[] data, int offset, int length);

  /**
   * Adds a payload to the frame.
   *
   * @return false when it makes no sense
   */
  abstract boolean add(byte[] data, int offset, int length);

  /** Whether what was added is a frame, and not only news about those that follow. */
  boolean hasMedia() {
    return size > 0;
  }

  /** The frame as it was added, or null when it makes no sense. */
  abstract @Nullable EncodedFrame finish(long pts, boolean reordered);

  /** Whether each packet is a frame whatever its marker says. */
  boolean endsWithPacket() {
    return false;
  }

  /** The bytes of the frame at hand; valid until the next is appended. */
  final byte[] buffer() {
    return buffer;
  }

  final int size() {
    return size;
  }

  final byte[] bytes() {
    return Arrays.copyOf(buffer, size);
  }

  final boolean append(byte[] data, int offset, int length) {
    if (length < 0 || size + length > MAX_FRAME) {
      return false;
    }
    if (size + length > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + length));
    }
    System.arraycopy(data, offset, buffer, size, length);
    size += length;
    return true;
  }

  /** Appends a 32-bit number, big-endian. */
  final boolean appendU32(int value) {
    byte[] four = {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
    return append(four, 0, 4);
  }

  /** Adds to the 32-bit number that stands there. */
  final void addToU32(int at, int more) {
    RtpPacket.putU32(buffer, at, RtpPacket.u32(buffer, at) + more);
  }
}
