package dev.callcast.media.output.mp4;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.DiskSync;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A recording's one file. */
final class GrowingMp4 implements Mp4Target {
  /** What the page cache takes whole or not at all of a write that a kill interrupts. */
  private static final int PAGE = 4096;

  private final FileChannel file;
  private final AppendOnlyFile growing;
  private final DiskSync disk = new DiskSync();

  /** Goes on in an open, locked file; {@code path} is for messages. */
  GrowingMp4(Path path, FileChannel file) throws IOException {
    this.file = file;
    this.growing = AppendOnlyFile.of(path, file);
  }

  /** What is behind these bytes does not count, and is cut off. */
  void startAt(long complete) throws IOException {
    growing.startAt(complete);
    if (file.size() > complete) {
      file.truncate(complete);
      file.force(true);
    }
  }

  @Override
  public void append(ByteBuffer bytes, long reserve) throws IOException {
    growing.append(bytes, reserve);
  }

  @Override
  public void append(ByteBuffer bytes, long reserve, Fragment fragment) throws IOException {
    growing.append(bytes, reserve);
  }

  @Override
  public long length() {
    return growing.length();
  }

  @Override
  public int padding(int moof) {
    return padding(growing.length(), moof);
  }

  /**
   * Bytes to leave free before a {@code moof} so that it lies within one page. Players pass over a
   * torn {@code mdat}, but ffmpeg refuses a whole file for a torn {@code moof}; and a kill tears a
   * write only between pages.
   */
  static int padding(long position, int head) {
    int into = (int) (position % PAGE);
    if (head > PAGE || into + head <= PAGE) {
      return 0;
    }
    int pad = PAGE - into;
    return pad >= 8 ? pad : pad + PAGE;
  }

  @Override
  public void sync() throws IOException {
    disk.force(file);
  }

  @Override
  public void finish() throws IOException {
    disk.await();
    file.force(true);
    file.close();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  @Override
  public boolean isOpen() {
    return file.isOpen();
  }
}
