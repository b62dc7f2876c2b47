package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes the bytes of a fragmented MP4, in order: the head, then fragments, and notes between them.
 * One thread uses it. Whoever opened it closes it.
 */
public interface Mp4Target extends AutoCloseable {
  /**
   * What a fragment holds.
   *
   * @param time ns on the composition's timeline of its first picture, or without pictures sound
   * @param duration ns, to the first of the next fragment
   * @param keyFrame whether it starts with a picture that needs none before it
   * @param beforeKeyFrame whether the next one is known to start so
   */
  record Fragment(long time, long duration, boolean keyFrame, boolean beforeKeyFrame) {}

  /**
   * The head ({@code ftyp} to {@code moov}), or a note.
   *
   * @param reserve bytes to leave free on the disk besides
   */
  void append(ByteBuffer bytes, long reserve) throws IOException;

  /** A fragment: {@code moof} and {@code mdat}, with padding and notes before them. */
  void append(ByteBuffer bytes, long reserve, Fragment fragment) throws IOException;

  /** Bytes that count. */
  long length();

  /** Bytes to leave free before a {@code moof} of that size. */
  int padding(int moof);

  /** Begins to put on the disk what was written; does not wait. */
  void sync() throws IOException;

  /** Puts everything on the disk and closes. */
  void finish() throws IOException;

  /** Closes it as it is. Does nothing the second time. */
  @Override
  void close() throws IOException;

  /** Whether neither {@link #finish} nor {@link #close} was called. */
  boolean isOpen();
}
