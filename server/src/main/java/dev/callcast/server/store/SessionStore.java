package dev.callcast.server.store;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * On whose behalf sessions by WHIP and WHEP were opened: a key, which may be revoked, or a token,
 * which expires. Safe for any thread.
 */
public final class SessionStore {
  private final Database database;

  SessionStore(Database database) {
    this.database = database;
  }

  /** A session whose opener may not come in any more. */
  public record Overdue(String instance, String call, String endpoint, String reason) {}

  /** Notes that a session was opened with a key. */
  public void openedByKey(StoredCall call, String endpoint, String key) {
    add(call, endpoint, "api_key", key);
  }

  /** Notes that a session was opened with a token. */
  public void openedByToken(StoredCall call, String endpoint, Instant expires) {
    add(call, endpoint, "expires_at", Ids.time(expires));
  }

  private void add(StoredCall call, String endpoint, String column, String value) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into sessions (instance, endpoint, "
                    + column
                    + ") values (:instance, :endpoint, :value)")
            .bind("instance", call.instance())
            .bind("endpoint", endpoint)
            .bind("value", value)
            .execute());
  }

  /** Sessions of open calls whose token has expired by then, or whose key was revoked. */
  public List<Overdue> overdue(Instant now) {
    return database.read(handle ->
        handle
            .createQuery(
                "select sessions.instance, calls.id, endpoint, api_key from sessions"
                    + " join calls on calls.instance = sessions.instance"
                    + " left join api_keys on api_keys.id = api_key"
                    + " where calls.state = 'open'"
                    + " and (expires_at <= :now or revoked_at is not null)")
            .bind("now", Ids.time(now))
            .map((row, context) ->
                new Overdue(
                    row.getString("instance"),
                    row.getString("id"),
                    row.getString("endpoint"),
                    row.getString("api_key") == null
                        ? "its token has expired"
                        : "its key was revoked"))
            .list());
  }

  /** Forgets a session; within a transaction. */
  static void forget(Handle handle, String instance, String endpoint) {
    handle
        .createUpdate("delete from sessions where instance = :instance and endpoint = :endpoint")
        .bind("instance", instance)
        .bind("endpoint", endpoint)
        .execute();
  }

  /** Forgets all sessions of a call; within a transaction. */
  static void forget(Handle handle, String instance) {
    handle
        .createUpdate("delete from sessions where instance = :instance")
        .bind("instance", instance)
        .execute();
  }
}
