package dev.callcast.server.store;

import java.util.HashMap;
import java.util.Map;

/**
 * Which nodes live: each counts up its beats. Whoever watches looks whether a count moves, by its
 * own monotonic clock, so no wall clock matters. Safe for any thread.
 */
public final class NodeStore {
  private final Database database;

  NodeStore(Database database) {
    this.database = database;
  }

  /** A process takes the name; one that had it before learns so at its next beat. */
  public void started(String name, String incarnation) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into nodes (name, incarnation, beats, started_at) values"
                    + " (:name, :incarnation, 0, :now) on conflict (name) do update set"
                    + " incarnation = excluded.incarnation, beats = nodes.beats + 1,"
                    + " started_at = excluded.started_at")
            .bind("name", name)
            .bind("incarnation", incarnation)
            .bind("now", Ids.now())
            .execute());
  }

  /** One beat; false where another process has the name. */
  public boolean beat(String name, String incarnation) {
    return database.write(handle ->
        handle
                .createUpdate(
                    "update nodes set beats = beats + 1"
                        + " where name = :name and incarnation = :incarnation")
                .bind("name", name)
                .bind("incarnation", incarnation)
                .execute()
            > 0);
  }

  /** The beats of all nodes by name. */
  public Map<String, Long> beats() {
    return database.read(handle -> {
      Map<String, Long> beats = new HashMap<>();
      handle
          .createQuery("select name, beats from nodes")
          .map((row, context) -> beats.put(row.getString("name"), row.getLong("beats")))
          .list();
      return beats;
    });
  }

  /** Whether other nodes may write to the store. */
  public boolean shared() {
    return database.postgresql();
  }
}
