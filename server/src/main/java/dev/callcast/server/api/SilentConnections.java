package dev.callcast.server.api;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;

/**
 * Cuts off who connects and does not come to the end of the headers of a first request: the
 * server's idle timeout begins anew with each byte. Owned and closed by the node.
 */
final class SilentConnections implements Connection.Listener, AutoCloseable {
  private final Duration limit;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("silent-connections").factory());

  SilentConnections(Duration limit) {
    this.limit = limit;
  }

  @Override
  public void onOpened(Connection connection) {
    if (timer.isShutdown()) {
      return;
    }
    var _ =
        timer.schedule(
            () -> {
              if (connection.getMessagesIn() == 0) {
                connection.getEndPoint().close();
              }
            },
            limit.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void onClosed(Connection connection) {
    // What is scheduled for it finds it closed.
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
