package dev.callcast.media.output;

import java.io.IOException;

/**
 * A growing file of one encoded stream, playable at any moment. One thread uses it, but for {@link
 * #sync}; whoever made it closes it.
 */
public abstract class TrackFile implements AutoCloseable {
  protected final AppendOnlyFile file;
  private long end;
  private long frames;

  protected TrackFile(AppendOnlyFile file) {
    this.file = file;
  }

  /**
   * Adds a frame.
   *
   * @param time ns from the file's time 0, when it is shown or heard
   * @param duration ns, as far as it is known
   * @throws DiskFullException when there is no room; the file is whole up to {@link #length}
   * @throws IOException where the disk fails otherwise
   */
  public abstract void write(byte[] data, long time, long duration, boolean keyFrame)
      throws IOException;

  /** A frame was added that lasts until then, ns from the file's time 0. */
  protected final void added(long until) {
    end = Math.max(end, until);
    frames++;
  }

  /** Writes what is buffered, however little: nothing more may come for a while. */
  public abstract void flush() throws IOException;

  /** Bytes that a kill would lose. */
  public abstract int buffered();

  /** Has the kernel put on the disk what was written. Any thread. */
  public final void sync() throws IOException {
    file.sync();
  }

  /** Bytes of the file up to the end of what is whole; 0 before there is anything. */
  public final long length() {
    return file.length();
  }

  /** ns from the file's time 0 to the end of the last frame. */
  public final long endTime() {
    return end;
  }

  /** Frames so far, those that are buffered too. */
  public final long frames() {
    return frames;
  }

  /** Closes the file as it is: what is buffered is lost. Does nothing the second time. */
  @Override
  public final void close() throws IOException {
    file.close();
  }
}
