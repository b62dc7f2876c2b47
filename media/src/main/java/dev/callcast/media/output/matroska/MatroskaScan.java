package dev.callcast.media.output.matroska;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Looks through a file that {@link MatroskaWriter} made, whole or cut off anywhere, without reading
 * its media.
 */
public final class MatroskaScan {
  /** Told of what is found, in the order of the file. */
  interface Visitor {
    /**
     * A whole cluster.
     *
     * @param position where it begins in the file
     * @param time ms of its first block
     * @param key whether that is a key frame
     */
    void cluster(long position, long time, boolean key);
  }

  /** Where a head's parts stand, from the file's beginning. */
  record Head(int length, int segmentSize, int segmentContent, int durationPadding) {}

  private final Head head;
  private final long completeLength;
  private final boolean finished;
  private final long lastTime;
  private final long lastStep;
  private final long frames;

  private MatroskaScan(
      Head head, long completeLength, boolean finished, long lastTime, long lastStep, long frames) {
    this.head = head;
    this.completeLength = completeLength;
    this.finished = finished;
    this.lastTime = lastTime;
    this.lastStep = lastStep;
    this.frames = frames;
  }

  /**
   * How much of a growing file is whole: its head and clusters, in bytes; 0 before the first
   * cluster. Grows, and what it covers never changes until the file is finished.
   *
   * @throws IOException when it cannot be read, or is no file of ours
   */
  public static long completeLength(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return of(file, (position, time, key) -> {}).completeLength;
    }
  }

  /**
   * The same of a file that is looked at again and again: only what is new is read.
   *
   * @param known what this gave before; 0 to start
   */
  public static long growth(FileChannel file, long known) throws IOException {
    EbmlReader reader = new EbmlReader(file);
    long complete = known;
    if (known > 0) {
      reader.seek(known);
    } else if (reader.size() == 0) {
      return 0;
    } else {
      reader.seek(head(reader).length());
    }
    while (reader.id() == Ebml.CLUSTER) {
      long size = reader.elementSize();
      if (size < 0 || !reader.has(size)) {
        break;
      }
      complete = reader.position() + size;
      reader.seek(complete);
    }
    return complete;
  }

  static MatroskaScan of(FileChannel file, Visitor visitor) throws IOException {
    EbmlReader reader = new EbmlReader(file);
    Head head = head(reader);
    boolean finished = head.segmentSize() < 0;
    head = finished ? new Head(head.length(), -head.segmentSize(), head.segmentContent(), 0) : head;
    long complete = 0;
    long lastTime = 0;
    long lastStep = 0;
    long frames = 0;
    reader.seek(head.length());
    while (true) {
      long position = reader.position();
      if (reader.id() != Ebml.CLUSTER) {
        break;
      }
      long size = reader.elementSize();
      if (size < 0 || !reader.has(size)) {
        break;
      }
      long end = reader.position() + size;
      long time = 0;
      boolean first = true;
      while (reader.position() < end) {
        int id = reader.id();
        long length = reader.elementSize();
        if (id < 0 || length < 0 || reader.position() + length > end) {
          throw new IOException("a broken cluster at byte " + position);
        }
        long next = reader.position() + length;
        if (id == Ebml.TIMESTAMP) {
          time = reader.number(length);
        } else if (id == Ebml.SIMPLE_BLOCK && length >= 4) {
          reader.next();
          long at = time + (short) reader.number(2);
          boolean key = (reader.next() & 0x80) != 0;
          if (first) {
            visitor.cluster(position, at, key);
            first = false;
          }
          if (at > lastTime) {
            lastStep = at - lastTime;
            lastTime = at;
          }
          frames++;
        }
        reader.seek(next);
      }
      complete = end;
    }
    return new MatroskaScan(head, complete, finished, lastTime, lastStep, frames);
  }

  /** Finds the head's parts; {@code segmentSize} is negative when the size is known. */
  private static Head head(EbmlReader reader) throws IOException {
    if (reader.id() != Ebml.EBML) {
      throw new IOException("no Matroska file");
    }
    long ebml = reader.elementSize();
    reader.seek(reader.position() + Math.max(0, ebml));
    if (reader.id() != Ebml.SEGMENT) {
      throw new IOException("a Matroska file without a segment");
    }
    int sizeAt = (int) reader.position();
    boolean known = reader.elementSize() != Ebml.UNKNOWN;
    int content = (int) reader.position();
    int duration = 0;
    while (true) {
      int at = (int) reader.position();
      int id = reader.id();
      long size = reader.elementSize();
      if (id == Ebml.CLUSTER || id < 0 || size < 0) {
        return new Head(at, known ? -sizeAt : sizeAt, content, duration);
      }
      long next = reader.position() + size;
      if (id == Ebml.INFO) {
        while (reader.position() < next) {
          int inner = (int) reader.position();
          int innerId = reader.id();
          long innerSize = reader.elementSize();
          if (innerId == Ebml.VOID || innerId == Ebml.DURATION) {
            duration = inner;
          }
          reader.seek(reader.position() + Math.max(0, innerSize));
        }
      }
      reader.seek(next);
    }
  }

  Head head() {
    return head;
  }

  /** Bytes up to the end of the last whole cluster; 0 when there is none. */
  long completeLength() {
    return completeLength;
  }

  /** Whether {@link MatroskaFinisher} has been there. */
  boolean finished() {
    return finished;
  }

  long frames() {
    return frames;
  }

  /**
   * ns from the file's time 0 to the end of its last frame, which lasts as long as the one before.
   */
  long duration() {
    return (lastTime + lastStep) * MatroskaHead.TICK;
  }
}
