package dev.callcast.server.store;

import java.io.IOException;

/** A PostgreSQL server for tests of other packages. */
public final class PostgresDatabases implements AutoCloseable {
  private final PostgresServer server;

  public PostgresDatabases() throws Exception {
    server = new PostgresServer();
  }

  /** The URL of a new, empty database. */
  public String create() throws Exception {
    return server.database();
  }

  @Override
  public void close() throws IOException {
    try {
      server.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
