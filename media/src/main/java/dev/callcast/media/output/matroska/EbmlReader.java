package dev.callcast.media.output.matroska;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads elements' headers and numbers of a file in order, through a window. One thread. */
final class EbmlReader {
  private static final int WINDOW = 64 << 10;

  private final FileChannel file;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);
  private final long size;
  private long windowStart;
  private long position;

  EbmlReader(FileChannel file) throws IOException {
    this.file = file;
    this.size = file.size();
  }

  /** Bytes of the file when this was made. */
  long size() {
    return size;
  }

  long position() {
    return position;
  }

  void seek(long to) {
    position = to;
  }

  /** Whether so many more bytes are there. */
  boolean has(long bytes) {
    return bytes >= 0 && size - position >= bytes;
  }

  /** The next byte, or -1 at the end. */
  int next() throws IOException {
    long at = position - windowStart;
    if (at < 0 || at >= window.limit()) {
      if (position >= size) {
        return -1;
      }
      window.clear();
      windowStart = position;
      while (window.hasRemaining()) {
        int read = file.read(window, windowStart + window.position());
        if (read <= 0) {
          break;
        }
      }
      window.flip();
      if (window.limit() == 0) {
        return -1;
      }
      at = 0;
    }
    position++;
    return window.get((int) at) & 0xFF;
  }

  /** An id with its marker, or -1 when there is none. */
  int id() throws IOException {
    int first = next();
    if (first <= 0) {
      return -1;
    }
    int length = Integer.numberOfLeadingZeros(first) - 23;
    if (length > 4) {
      return -1;
    }
    int id = first;
    for (int i = 1; i < length; i++) {
      int more = next();
      if (more < 0) {
        return -1;
      }
      id = id << 8 | more;
    }
    return id;
  }

  /** A size; {@link Ebml#UNKNOWN}, or -2 when there is none. */
  long elementSize() throws IOException {
    int first = next();
    if (first <= 0) {
      return -2;
    }
    int length = Integer.numberOfLeadingZeros(first) - 23;
    long value = first & (0xFF >>> length);
    boolean ones = value == 0xFF >>> length;
    for (int i = 1; i < length; i++) {
      int more = next();
      if (more < 0) {
        return -2;
      }
      ones &= more == 0xFF;
      value = value << 8 | more;
    }
    return ones ? Ebml.UNKNOWN : value;
  }

  /** A big-endian number of at most eight bytes. */
  long number(long bytes) throws IOException {
    long value = 0;
    for (long i = 0; i < bytes; i++) {
      value = value << 8 | Math.max(0, next());
    }
    return value;
  }
}
