package dev.callcast.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The HLS streams of outputs, also of those that are long over. Safe for any thread. */
public final class HlsStore {
  private static final String SELECT =
      "select id, instance, call, composition, output, node, storage, directory, key, playlist,"
          + " segment_millis, part_millis, window_size, bandwidth, state, contiguous, published,"
          + " deleted, created_at, ended_at from hls_streams";

  private final Database database;
  private final RecordingPlaces places;
  private final String node;

  HlsStore(Database database, RecordingPlaces places, String node) {
    this.database = database;
    this.places = places;
    this.node = node;
  }

  /**
   * What a stream is to be.
   *
   * @param storage a configured one
   * @param partMillis 0 for no low latency
   * @param window segments of a live playlist; 0 for all
   * @param bandwidth bit/s that no segment is going to be beyond
   */
  public record Wanted(
      String storage,
      HlsPlaylistType playlist,
      int segmentMillis,
      int partMillis,
      int window,
      long bandwidth) {}

  /** Makes a stream for an output. In a write transaction. */
  public StoredHlsStream add(StoredCall call, String composition, String output, Wanted wanted) {
    String id = Ids.secret("h");
    RecordingPlaces.Place place =
        places.place(wanted.storage(), call.id() + "/" + composition + "-" + id, id);
    StoredHlsStream stream =
        new StoredHlsStream(
            id,
            call.instance(),
            call.id(),
            composition,
            output,
            node,
            wanted.storage(),
            place.file().toString(),
            place.key(),
            wanted.playlist(),
            wanted.segmentMillis(),
            wanted.partMillis(),
            wanted.window(),
            wanted.bandwidth(),
            false,
            0,
            0,
            0,
            Ids.now(),
            null);
    database.write(handle ->
        handle
            .createUpdate(
                "insert into hls_streams (id, instance, call, composition, output, node, storage,"
                    + " directory, key, playlist, segment_millis, part_millis, window_size,"
                    + " bandwidth, state, contiguous, published, deleted, created_at) values (:id,"
                    + " :instance, :call, :composition, :output, :node, :storage, :directory, :key,"
                    + " :playlist, :segmentMillis, :partMillis, :window, :bandwidth, 'live', 0, 0,"
                    + " 0, :createdAt)")
            .bind("id", stream.id())
            .bind("instance", stream.instance())
            .bind("call", stream.call())
            .bind("composition", stream.composition())
            .bind("output", stream.output())
            .bind("node", stream.node())
            .bind("storage", stream.storage())
            .bind("directory", stream.directory())
            .bind("key", stream.key())
            .bind("playlist", stream.playlist().json())
            .bind("segmentMillis", stream.segmentMillis())
            .bind("partMillis", stream.partMillis())
            .bind("window", stream.window())
            .bind("bandwidth", stream.bandwidth())
            .bind("createdAt", stream.createdAt())
            .execute());
    return stream;
  }

  public Optional<StoredHlsStream> get(String id) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where id = :id")
            .bind("id", id)
            .map((row, context) -> stream(row))
            .findOne());
  }

  /**
   * Streams, newest first.
   *
   * @param call of calls of this id, or null
   * @param instance of this run of a call, or null
   * @param after the {@link StoredHlsStream#cursor} after which to go on, or null
   */
  public List<StoredHlsStream> list(
      @Nullable String call, @Nullable String instance, @Nullable String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where 1 = 1"
                    + (call == null ? "" : " and call = :call")
                    + (instance == null ? "" : " and instance = :instance")
                    + (after == null ? "" : " and created_at || '-' || id < :after")
                    + " order by created_at desc, id desc limit :limit")
            .bind("call", call)
            .bind("instance", instance)
            .bind("after", after)
            .bind("limit", limit)
            .map((row, context) -> stream(row))
            .list());
  }

  /** This node's streams that have not ended. */
  public List<StoredHlsStream> live() {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where node = :node and state = 'live' order by created_at")
            .bind("node", node)
            .map((row, context) -> stream(row))
            .list());
  }

  /** This node's streams in a storage that ended before {@code limit}, RFC 3339. */
  public List<StoredHlsStream> endedBefore(String storage, String limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where node = :node and storage = :storage and state = 'ended'"
                    + " and ended_at < :limit order by ended_at")
            .bind("node", node)
            .bind("storage", storage)
            .bind("limit", limit)
            .map((row, context) -> stream(row))
            .list());
  }

  /** Notes which segments S3 has. */
  public void published(String id, long contiguous, long published, long deleted) {
    database.write(handle ->
        handle
            .createUpdate(
                "update hls_streams set contiguous = :contiguous, published = :published,"
                    + " deleted = :deleted where id = :id")
            .bind("id", id)
            .bind("contiguous", contiguous)
            .bind("published", published)
            .bind("deleted", deleted)
            .execute());
  }

  /** Notes that nothing more comes, and everything is published. Says whether that is new. */
  public boolean ended(String id) {
    return database.write(handle ->
        handle
                .createUpdate(
                    "update hls_streams set state = 'ended', ended_at = :now"
                        + " where id = :id and state = 'live'")
                .bind("id", id)
                .bind("now", Ids.now())
                .execute()
            > 0);
  }

  /** Forgets a stream; says whether it was known. */
  public boolean delete(String id) {
    return database.write(handle ->
        handle.createUpdate("delete from hls_streams where id = :id").bind("id", id).execute() > 0);
  }

  private static StoredHlsStream stream(ResultSet row) throws SQLException {
    return new StoredHlsStream(
        row.getString("id"),
        row.getString("instance"),
        row.getString("call"),
        row.getString("composition"),
        row.getString("output"),
        row.getString("node"),
        row.getString("storage"),
        row.getString("directory"),
        row.getString("key"),
        HlsPlaylistType.valueOf(row.getString("playlist").toUpperCase(Locale.ROOT)),
        row.getInt("segment_millis"),
        row.getInt("part_millis"),
        row.getInt("window_size"),
        row.getLong("bandwidth"),
        row.getString("state").equals("ended"),
        row.getLong("contiguous"),
        row.getLong("published"),
        row.getLong("deleted"),
        row.getString("created_at"),
        row.getString("ended_at"));
  }
}
