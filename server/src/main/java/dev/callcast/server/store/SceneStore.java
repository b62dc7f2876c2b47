package dev.callcast.server.store;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ProtocolJson;
import java.util.List;
import java.util.Optional;

/** Layouts under a name. Safe for any thread. */
public final class SceneStore {
  private final Database database;

  /** A layout with its name. */
  public record StoredScene(String name, CompositionSpec.Layout layout, String updatedAt) {}

  SceneStore(Database database) {
    this.database = database;
  }

  /** Stores a scene in place of the one of its name. Says whether it is new. */
  public boolean put(StoredScene scene) {
    return database.write(handle -> {
      boolean fresh = get(scene.name()).isEmpty();
      handle
          .createUpdate(
              "insert into scenes (name, layout, updated_at) values (:name, :layout, :now)"
                  + " on conflict (name) do update set layout = excluded.layout,"
                  + " updated_at = excluded.updated_at")
          .bind("name", scene.name())
          .bind("layout", ProtocolJson.MAPPER.writeValueAsString(scene.layout()))
          .bind("now", scene.updatedAt())
          .execute();
      return fresh;
    });
  }

  /** Says whether there was one. */
  public boolean delete(String name) {
    return database.write(handle ->
        handle.createUpdate("delete from scenes where name = :name").bind("name", name).execute()
            > 0);
  }

  public Optional<StoredScene> get(String name) {
    return list(name, name, 1).stream().findFirst();
  }

  /** Scenes by name, from after {@code after} on. */
  public List<StoredScene> list(String after, int limit) {
    return list(after, null, limit);
  }

  private List<StoredScene> list(
      String after, @org.jspecify.annotations.Nullable String exact, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                "select name, layout, updated_at from scenes where "
                    + (exact == null ? "name > :name" : "name = :name")
                    + " order by name limit :limit")
            .bind("name", after)
            .bind("limit", limit)
            .map((row, context) ->
                new StoredScene(
                    row.getString("name"),
                    ProtocolJson.MAPPER.readValue(
                        row.getString("layout"), CompositionSpec.Layout.class),
                    row.getString("updated_at")))
            .list());
  }
}
