package dev.callcast.media.output;

import java.io.IOException;

/**
 * A growing file of one encoded stream, playable at any moment. One thread uses it, but for {@link
 * #sync}; whoever made it closes it.
 */
public interface TrackFile extends AutoCloseable {
  /**
   * Adds a frame.
   *
   * @param time ns from the file's time 0, when it is shown or heard
   * @param duration ns, as far as it is known
   * @throws DiskFullException when there is no room; the file is whole up to {@link #length}
   * @throws IOException where the disk fails otherwise
   */
  void write(byte[] data, long time, long duration, boolean keyFrame) throws IOException;

  /** Writes what is buffered, however little: nothing more may come for a while. */
  void flush() throws IOException;

  /** Has the kernel put on the disk what was written. Any thread. */
  void sync() throws IOException;

  /** Bytes of the file up to the end of what is whole; 0 before there is anything. */
  long length();

  /** Bytes that a kill would lose. */
  int buffered();

  /** ns from the file's time 0 to the end of the last frame. */
  long endTime();

  /** Frames so far, those that are buffered too. */
  long frames();

  /** Closes the file as it is: what is buffered is lost. Does nothing the second time. */
  @Override
  void close() throws IOException;
}
