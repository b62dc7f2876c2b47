package dev.callcast.server.store;

import dev.callcast.protocol.ProtocolJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Layouts in JavaScript under a name. Safe for any thread. */
public final class LayoutStore {
  private static final String SELECT = "select name, source, rate, assets, updated_at from layouts";

  private final Database database;

  /**
   * A layout with its name.
   *
   * @param rate how often a second it wants to be asked, 0 for on changes
   * @param assets names of the images that it may show
   */
  public record StoredLayout(
      String name, String source, double rate, List<String> assets, String updatedAt) {
    public StoredLayout {
      assets = List.copyOf(assets);
    }
  }

  LayoutStore(Database database) {
    this.database = database;
  }

  /** Stores a layout in place of the one of its name. Says whether it is new. */
  public boolean put(StoredLayout layout) {
    return database.write(handle -> {
      boolean fresh = get(layout.name()).isEmpty();
      handle
          .createUpdate(
              "insert into layouts (name, source, rate, assets, updated_at)"
                  + " values (:name, :source, :rate, :assets, :now)"
                  + " on conflict (name) do update set source = excluded.source,"
                  + " rate = excluded.rate, assets = excluded.assets,"
                  + " updated_at = excluded.updated_at")
          .bind("name", layout.name())
          .bind("source", layout.source())
          .bind("rate", layout.rate())
          .bind("assets", ProtocolJson.MAPPER.writeValueAsString(layout.assets()))
          .bind("now", layout.updatedAt())
          .execute();
      return fresh;
    });
  }

  /** Says whether there was one. */
  public boolean delete(String name) {
    return database.write(handle ->
        handle.createUpdate("delete from layouts where name = :name").bind("name", name).execute()
            > 0);
  }

  public Optional<StoredLayout> get(String name) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where name = :name")
            .bind("name", name)
            .map((row, context) -> layout(row))
            .findOne());
  }

  /** Layouts by name, from after {@code after} on. */
  public List<StoredLayout> list(String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where name > :after order by name limit :limit")
            .bind("after", after)
            .bind("limit", limit)
            .map((row, context) -> layout(row))
            .list());
  }

  /** How many there are. */
  public long count() {
    return database.read(
        handle -> handle.createQuery("select count(*) from layouts").mapTo(Long.class).one());
  }

  private static StoredLayout layout(ResultSet row) throws SQLException {
    return new StoredLayout(
        row.getString("name"),
        row.getString("source"),
        row.getDouble("rate"),
        Arrays.asList(ProtocolJson.MAPPER.readValue(row.getString("assets"), String[].class)),
        row.getString("updated_at"));
  }
}
