package dev.callcast.media.output.matroska;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing byte array to build elements in. Sizes of masters are filled in when they end. Used by
 * one thread at a time; owns nothing but heap memory.
 */
final class EbmlBuffer {
  private static final int MASTER_SIZE = 4;

  private byte[] data = new byte[1024];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** A view of the bytes so far; valid until the next change. */
  ByteBuffer view() {
    return ByteBuffer.wrap(data, 0, size);
  }

  byte[] toBytes() {
    return Arrays.copyOf(data, size);
  }

  /** Starts a master of less than 256 MiB and gives the handle for {@link #end}. */
  int begin(int id) {
    id(id);
    int at = size;
    number(0, MASTER_SIZE);
    return at;
  }

  void end(int handle) {
    int content = size - handle - MASTER_SIZE;
    if (content >= 1 << 28) {
      throw new IllegalStateException("an element of " + content + " bytes");
    }
    int end = size;
    size = handle;
    number(1L << 28 | content, MASTER_SIZE);
    size = end;
  }

  /** A master whose size is not known: it has eight bytes, to be filled in later. */
  void beginUnknown(int id) {
    id(id);
    sizeOfEight(Ebml.UNKNOWN);
  }

  /** A size in eight bytes. */
  void sizeOfEight(long content) {
    long value = content == Ebml.UNKNOWN ? (1L << 56) - 1 : content;
    number(1L << 56 | value, 8);
  }

  void unsigned(int id, long value) {
    int bytes = Math.max(1, (64 - Long.numberOfLeadingZeros(value) + 7) / 8);
    unsigned(id, value, bytes);
  }

  /** With that many bytes of content. */
  void unsigned(int id, long value, int bytes) {
    id(id);
    size(bytes);
    number(value, bytes);
  }

  void real(int id, double value) {
    id(id);
    size(8);
    number(Double.doubleToLongBits(value), 8);
  }

  void text(int id, String value) {
    binary(id, value.getBytes(StandardCharsets.UTF_8));
  }

  void binary(int id, byte[] value) {
    id(id);
    size(value.length);
    bytes(value, 0, value.length);
  }

  /** An element that says nothing, of {@code total} bytes, 2 to 128. */
  void padding(int total) {
    id(Ebml.VOID);
    size(total - 2);
    for (int i = 2; i < total; i++) {
      number(0, 1);
    }
  }

  void id(int id) {
    number(id & 0xFFFF_FFFFL, Ebml.idLength(id));
  }

  /** The size of an element, in as many bytes as it needs. */
  void size(long content) {
    int bytes = 1;
    while (content >= (1L << (7 * bytes)) - 1) {
      bytes++;
    }
    number(1L << (7 * bytes) | content, bytes);
  }

  void number(long value, int bytes) {
    ensure(bytes);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      data[size++] = (byte) (value >>> shift);
    }
  }

  void bytes(byte[] source, int from, int length) {
    ensure(length);
    System.arraycopy(source, from, data, size, length);
    size += length;
  }

  private void ensure(int more) {
    if (data.length - size < more) {
      data = Arrays.copyOf(data, Math.max(Math.multiplyExact(data.length, 2), size + more));
    }
  }
}
