package dev.callcast.server.store;

import java.nio.file.Path;

/** The whole store of a node, put together. Safe for any thread; owned and closed by the node. */
public final class Store implements AutoCloseable {
  private final Database database;
  private final EventLog events;
  private final CallStates states;
  private final CallStore calls;
  private final RecordingStore recordings;
  private final RecordingFiles files;
  private final KeyStore keys;
  private final IdempotencyStore idempotency;

  private Store(Database database, NodeKey key, Path recordingDirectory) {
    this.database = database;
    this.events = new EventLog(database);
    this.states = new CallStates(key);
    this.recordings = new RecordingStore(database);
    this.files = new RecordingFiles(recordingDirectory, recordings);
    this.calls = new CallStore(database, events, states, recordings, files);
    this.keys = new KeyStore(database);
    this.idempotency = new IdempotencyStore(database, key);
  }

  /**
   * Opens the store.
   *
   * @param url a JDBC URL: see {@link Database#open}
   * @param recordingDirectory where recordings are put
   */
  public static Store open(String url, NodeKey key, Path recordingDirectory) {
    return new Store(Database.open(url), key, recordingDirectory);
  }

  public Database database() {
    return database;
  }

  public EventLog events() {
    return events;
  }

  public CallStates states() {
    return states;
  }

  public CallStore calls() {
    return calls;
  }

  public RecordingStore recordings() {
    return recordings;
  }

  public RecordingFiles files() {
    return files;
  }

  public KeyStore keys() {
    return keys;
  }

  public IdempotencyStore idempotency() {
    return idempotency;
  }

  @Override
  public void close() {
    database.close();
  }
}
