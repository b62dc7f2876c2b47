package dev.callcast.media.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A new file that only grows, readable by its owner alone, and locked while it is open (POSIX:
 * another close of it in the same process drops that lock). One thread appends; any may sync.
 */
public final class AppendOnlyFile implements AutoCloseable {
  private final Path path;
  private final FileChannel file;
  private final FileStore store;
  private final long kept;
  private long length;

  private AppendOnlyFile(Path path, FileChannel file, FileStore store, long kept) {
    this.path = path;
    this.file = file;
    this.store = store;
    this.kept = kept;
  }

  /**
   * Makes it.
   *
   * @param reserve bytes that are left free on its disk, besides what is others'
   * @throws IOException when there is one already, or the file system refuses
   */
  public static AppendOnlyFile create(Path path, long reserve) throws IOException {
    FileChannel file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (file.tryLock() == null) {
        throw new IOException(path + " is locked");
      }
      FileStore store = Files.getFileStore(path.toAbsolutePath().resolveSibling("."));
      return new AppendOnlyFile(path, file, store, reserve + DiskSpace.spare(store));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Appends in one write where the kernel takes it in one.
   *
   * @throws DiskFullException when there is no room; the file is as it was
   * @throws IOException where the disk fails otherwise; the file may have a torn end
   */
  public void append(ByteBuffer bytes) throws IOException {
    long position = length;
    if (store.getUsableSpace() < bytes.remaining() + kept) {
      throw new DiskFullException("no room on the disk of " + path);
    }
    try {
      while (bytes.hasRemaining()) {
        position += file.write(bytes, position);
      }
    } catch (IOException e) {
      cutBack(e);
      if (DiskSpace.isExhausted(e)) {
        throw new DiskFullException("no room on the disk of " + path);
      }
      throw e;
    }
    length = position;
  }

  private void cutBack(IOException cause) {
    try {
      file.truncate(length);
    } catch (IOException e) {
      cause.addSuppressed(e); // a torn end does no harm: readers stop before it
    }
  }

  /** Bytes that were appended. */
  public long length() {
    return length;
  }

  /** Has the kernel put on the disk what was written. */
  public void sync() throws IOException {
    file.force(false);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
