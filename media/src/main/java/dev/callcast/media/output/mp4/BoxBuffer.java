package dev.callcast.media.output.mp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing byte array to build boxes in, big-endian as all of ISO/IEC 14496-12. Sizes are filled
 * in when a box ends. Used by one thread at a time; owns nothing but heap memory.
 */
final class BoxBuffer {
  private static final int MOST_KEPT = 1 << 16;

  private byte[] data = new byte[1024];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Forgets all, and gives back what a large box has taken. */
  void release() {
    size = 0;
    if (data.length > MOST_KEPT) {
      data = new byte[1024];
    }
  }

  /** Starts a box and gives the handle for {@link #end}. */
  int begin(String type) {
    int start = size;
    u32(0);
    fourcc(type);
    return start;
  }

  /** Starts a full box: with version and 24 bits of flags. */
  int begin(String type, int version, int flags) {
    int start = begin(type);
    u32(((long) version << 24) | flags);
    return start;
  }

  void end(int start) {
    putInt(start, size - start);
  }

  /** Overwrites four bytes that were written before. */
  void putInt(int at, int value) {
    data[at] = (byte) (value >>> 24);
    data[at + 1] = (byte) (value >>> 16);
    data[at + 2] = (byte) (value >>> 8);
    data[at + 3] = (byte) value;
  }

  void u8(int value) {
    ensure(1);
    data[size++] = (byte) value;
  }

  void u16(int value) {
    u8(value >>> 8);
    u8(value);
  }

  void u32(long value) {
    ensure(4);
    putInt(size, (int) value);
    size += 4;
  }

  void u64(long value) {
    u32(value >>> 32);
    u32(value);
  }

  /** 32 or 64 bits, as the version of the box wants. */
  void time(int version, long value) {
    if (version == 0) {
      u32(value);
    } else {
      u64(value);
    }
  }

  void fourcc(String type) {
    byte[] ascii = type.getBytes(StandardCharsets.ISO_8859_1);
    if (ascii.length != 4) {
      throw new IllegalArgumentException("not a box type: " + type);
    }
    bytes(ascii);
  }

  void bytes(byte[] source) {
    bytes(source, 0, source.length);
  }

  void bytes(byte[] source, int from, int length) {
    ensure(length);
    System.arraycopy(source, from, data, size, length);
    size += length;
  }

  /** UTF-8 with a zero behind it. */
  void string(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
    u8(0);
  }

  void zeros(int count) {
    ensure(count);
    Arrays.fill(data, size, size + count, (byte) 0);
    size += count;
  }

  byte[] toBytes() {
    return Arrays.copyOf(data, size);
  }

  /** A view of the bytes so far; valid until the next change. */
  ByteBuffer view() {
    return ByteBuffer.wrap(data, 0, size);
  }

  private void ensure(int more) {
    if (data.length - size < more) {
      data = Arrays.copyOf(data, Math.max(Math.multiplyExact(data.length, 2), size + more));
    }
  }
}
