package dev.callcast.server.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answers to requests that carried an {@code Idempotency-Key}, for 24 h, sealed. Written in the
 * transaction of the request itself, so that an answer is there exactly when its effect is. Safe
 * for any thread.
 */
public final class IdempotencyStore {
  private static final Duration KEPT = Duration.ofHours(24);

  private final Database database;
  private final NodeKey key;

  /** What was answered to the request of this hash. */
  public record Answer(String requestHash, int status, @Nullable String location, String body) {}

  public IdempotencyStore(Database database, NodeKey key) {
    this.database = database;
    this.key = key;
  }

  public Optional<Answer> find(String principal, String token) {
    return database.read(handle ->
        handle
            .createQuery(
                "select request_hash, status, location, body from idempotency"
                    + " where principal = :principal and token = :token"
                    + " and created_at > :oldest")
            .bind("principal", principal)
            .bind("token", token)
            .bind("oldest", Ids.time(Instant.now().minus(KEPT)))
            .map((row, context) ->
                new Answer(
                    row.getString("request_hash"),
                    row.getInt("status"),
                    row.getString("location"),
                    key.unseal(row.getString("body"), context(principal, token))))
            .findOne());
  }

  public void save(String principal, String token, Answer answer) {
    database.write(handle -> {
      handle
          .createUpdate("delete from idempotency where created_at <= :oldest")
          .bind("oldest", Ids.time(Instant.now().minus(KEPT)))
          .execute();
      return handle
          .createUpdate(
              "insert into idempotency (principal, token, request_hash, status, location, body,"
                  + " created_at) values (:principal, :token, :hash, :status, :location, :body,"
                  + " :now)")
          .bind("principal", principal)
          .bind("token", token)
          .bind("hash", answer.requestHash())
          .bind("status", answer.status())
          .bind("location", answer.location())
          .bind("body", key.seal(answer.body(), context(principal, token)))
          .bind("now", Ids.now())
          .execute();
    });
  }

  private static String context(String principal, String token) {
    return "idempotency/" + principal + "/" + token;
  }
}
