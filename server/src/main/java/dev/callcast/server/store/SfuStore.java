package dev.callcast.server.store;

import java.util.Optional;

/**
 * What SFU a call follows by itself, as text that only the connector understands; sealed, for it
 * holds the SFU's secrets. Safe for any thread.
 */
public final class SfuStore {
  private final Database database;
  private final NodeKey key;

  SfuStore(Database database, NodeKey key) {
    this.database = database;
    this.key = key;
  }

  /** Keeps the SFU of one run of a call. */
  public void put(String instance, String config) {
    database.write(handle ->
        handle
            .createUpdate("insert into sfus (instance, config) values (:instance, :config)")
            .bind("instance", instance)
            .bind("config", key.seal(config, instance))
            .execute());
  }

  /** The SFU of one run of a call, if it follows any. Never log it. */
  public Optional<String> get(String instance) {
    return database
        .read(handle ->
            handle
                .createQuery("select config from sfus where instance = :instance")
                .bind("instance", instance)
                .mapTo(String.class)
                .findOne())
        .map(sealed -> key.unseal(sealed, instance));
  }
}
