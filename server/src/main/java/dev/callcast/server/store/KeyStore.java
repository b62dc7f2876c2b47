package dev.callcast.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.ProtocolJson;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/**
 * API keys: {@code cck_<id>_<secret>}, the secret 256 random bits, of which only the SHA-256 is
 * stored. (A random key of that size needs no slow hash.) Safe for any thread.
 */
public final class KeyStore {
  private static final String SELECT =
      "select id, name, hash, scopes, calls, created_at, revoked_at from api_keys";
  private static final String PREFIX = "cck_";
  private static final TypeReference<List<String>> CALLS = new TypeReference<>() {};

  private final Database database;

  /**
   * A stored key; {@code scopes} as in the API.
   *
   * @param calls patterns of the ids of calls that it is for; empty for all
   */
  public record StoredKey(
      String id,
      String name,
      List<String> scopes,
      List<String> calls,
      String createdAt,
      @Nullable String revokedAt) {
    public StoredKey {
      scopes = List.copyOf(scopes);
      calls = List.copyOf(calls);
    }
  }

  /** A key that was just made: {@code secret} is the whole key, never shown again. */
  public record NewKey(StoredKey key, String secret) {
    @Override
    public String toString() {
      return "NewKey[" + key.id() + "]";
    }
  }

  public KeyStore(Database database) {
    this.database = database;
  }

  /** A key for all calls. */
  public NewKey create(String name, List<String> scopes) {
    return create(name, scopes, List.of());
  }

  /** A key; {@code calls} are patterns of ids, empty for all. */
  public NewKey create(String name, List<String> scopes, List<String> calls) {
    String id = Ids.random("");
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(Ids.randomBytes(32));
    String now = Ids.now();
    database.write(handle ->
        handle
            .createUpdate(
                "insert into api_keys (id, name, hash, scopes, calls, created_at)"
                    + " values (:id, :name, :hash, :scopes, :calls, :now)")
            .bind("id", id)
            .bind("name", name)
            .bind("hash", hash(secret))
            .bind("scopes", String.join(",", scopes))
            .bind("calls", calls.isEmpty() ? null : ProtocolJson.MAPPER.writeValueAsString(calls))
            .bind("now", now)
            .execute());
    return new NewKey(
        new StoredKey(id, name, scopes, calls, now, null), PREFIX + id + "_" + secret);
  }

  /** The key that this text is, unless it is unknown or revoked. Compares in constant time. */
  public Optional<StoredKey> find(String text) {
    int end = text.indexOf('_', PREFIX.length());
    if (!text.startsWith(PREFIX) || end < 0) {
      return Optional.empty();
    }
    String id = text.substring(PREFIX.length(), end);
    byte[] given = hash(text.substring(end + 1)).getBytes(UTF_8);
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where id = :id and revoked_at is null")
            .bind("id", id)
            .map((row, context) ->
                MessageDigest.isEqual(given, row.getString("hash").getBytes(UTF_8))
                    ? Optional.of(key(row, context))
                    : Optional.<StoredKey>empty())
            .findOne()
            .flatMap(found -> found));
  }

  public List<StoredKey> list(@Nullable String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT + (after == null ? "" : " where id > :after") + " order by id limit :limit")
            .bind("after", after)
            .bind("limit", limit)
            .map(KeyStore::key)
            .list());
  }

  /** Revokes a key for good; false when there is no such active key. */
  public boolean revoke(String id) {
    return database.write(handle ->
        handle
                .createUpdate(
                    "update api_keys set revoked_at = :now"
                        + " where id = :id and revoked_at is null")
                .bind("now", Ids.now())
                .bind("id", id)
                .execute()
            > 0);
  }

  /** Whether a key that may administer exists. */
  public boolean hasAdmin() {
    return list(null, 10_000).stream()
        .anyMatch(key -> key.revokedAt() == null && key.scopes().contains("admin"));
  }

  private static StoredKey key(ResultSet row, StatementContext context) throws SQLException {
    String calls = row.getString("calls");
    return new StoredKey(
        row.getString("id"),
        row.getString("name"),
        List.of(row.getString("scopes").split(",", -1)),
        calls == null ? List.of() : ProtocolJson.MAPPER.readValue(calls, CALLS),
        row.getString("created_at"),
        row.getString("revoked_at"));
  }

  private static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
