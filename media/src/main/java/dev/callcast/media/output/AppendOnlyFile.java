package dev.callcast.media.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that only grows, and locked while it is open (POSIX: another close of it in the same
 * process drops that lock). One thread appends; any may sync.
 */
public final class AppendOnlyFile implements AutoCloseable {
  private final Path path;
  private final FileChannel file;
  private final FileStore store;
  private final long kept;
  private long length;

  private AppendOnlyFile(Path path, FileChannel file, long reserve) throws IOException {
    this.path = path;
    this.file = file;
    this.store = Files.getFileStore(path.toAbsolutePath().resolveSibling("."));
    this.kept = reserve + DiskSpace.spare(store);
  }

  /** One that is open and locked already, with nothing in it that counts. */
  public static AppendOnlyFile of(Path path, FileChannel file) throws IOException {
    return new AppendOnlyFile(path, file, 0);
  }

  /** Takes the lock that lasts as long as the channel; false where another has it. */
  public static boolean lock(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another channel of this process
    }
  }

  /**
   * Makes a new one, readable by its owner alone.
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
      if (!lock(file)) {
        throw new IOException(path + " is locked");
      }
      return new AppendOnlyFile(path, file, reserve);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** What is behind these bytes does not count: the next are written there. */
  public void startAt(long complete) {
    length = complete;
  }

  /** As {@link #append(ByteBuffer, long)}, with nothing more kept free. */
  public void append(ByteBuffer bytes) throws IOException {
    append(bytes, 0);
  }

  /**
   * Appends in one write where the kernel takes it in one.
   *
   * @param reserve bytes to leave free on the disk besides
   * @throws DiskFullException when there is no room; the file is as it was
   * @throws IOException where the disk fails otherwise; the file may have a torn end
   */
  public void append(ByteBuffer bytes, long reserve) throws IOException {
    long position = length;
    int size = bytes.remaining();
    if (store.getUsableSpace() < size + reserve + kept) {
      throw new DiskFullException("no room on the disk of " + path);
    }
    try {
      while (bytes.hasRemaining()) {
        position += file.write(bytes, position);
      }
    } catch (IOException e) {
      cutBack(e);
      if (DiskSpace.isExhausted(e) || store.getUsableSpace() < size) {
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

  /** Bytes of it that count. */
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
