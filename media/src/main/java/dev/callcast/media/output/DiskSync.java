package dev.callcast.media.output;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Has a file synced while its writer goes on: {@code fdatasync} may take a second on a busy disk,
 * and a fragment that waits for it in memory is lost by a kill, while one in the page cache is not.
 * Used by the writer's thread; each sync has a short-lived thread of its own, one at a time.
 */
public final class DiskSync {
  private @Nullable Thread running;
  private volatile @Nullable IOException failure;

  /** Starts a sync unless one is still under way. Throws what an earlier one failed with. */
  public void force(FileChannel file) throws IOException {
    rethrow();
    if (running == null || !running.isAlive()) {
      running = Thread.ofPlatform().name("disk-sync").daemon().start(() -> sync(file));
    }
  }

  /** Waits for the sync that is under way. */
  public void await() throws IOException {
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the channel sees it and closes
      }
    }
    rethrow();
  }

  private void sync(FileChannel file) {
    try {
      file.force(false);
    } catch (ClosedChannelException _) {
      // The writer gave the file up meanwhile: nobody wants this sync any more.
    } catch (IOException e) {
      failure = e;
    }
  }

  private void rethrow() throws IOException {
    if (failure != null) {
      throw new IOException("sync failed", failure);
    }
  }
}
