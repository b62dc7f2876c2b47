package dev.callcast.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The journal of uploads. What a storage is going to be asked for, or has answered, is durable here
 * before it is relied upon. Whoever writes for an upload names the epoch that it was given: after
 * another node has taken the upload, it is refused. Safe for any thread.
 */
public final class UploadStore {
  private static final String SELECT =
      "select id, recording, instance, call, node, epoch, state, file, format, content_type,"
          + " storage, storage_key, part_size, upload_id, final_length, rewritten, tail_offset,"
          + " tail_length, tail_etag, tail_at, object_etag, error, created_at from uploads";
  private static final String FENCE = " where id = :id and epoch = :epoch";

  private final Database database;

  UploadStore(Database database) {
    this.database = database;
  }

  /** Adds an upload in its state {@code intended} or {@code active}. */
  public void add(StoredUpload upload) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into uploads (id, recording, instance, call, node, epoch, state, file,"
                    + " format, content_type, storage, storage_key, part_size, upload_id,"
                    + " rewritten, created_at) values (:id, :recording, :instance, :call, :node,"
                    + " :epoch, :state, :file, :format, :contentType, :storage, :key, :partSize,"
                    + " :uploadId, 0, :createdAt)")
            .bind("id", upload.id())
            .bind("recording", upload.recording())
            .bind("instance", upload.instance())
            .bind("call", upload.call())
            .bind("node", upload.node())
            .bind("epoch", upload.epoch())
            .bind("state", upload.state().text())
            .bind("file", upload.file())
            .bind("format", upload.format())
            .bind("contentType", upload.contentType())
            .bind("storage", upload.storage())
            .bind("key", upload.key())
            .bind("partSize", upload.partSize())
            .bind("uploadId", upload.uploadId())
            .bind("createdAt", upload.createdAt())
            .execute());
  }

  public Optional<StoredUpload> get(String id) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where id = :id")
            .bind("id", id)
            .map(UploadStore::upload)
            .findOne());
  }

  /** All of a recording, in the order of their making. */
  public List<StoredUpload> of(String recording) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where recording = :recording order by created_at, id")
            .bind("recording", recording)
            .map(UploadStore::upload)
            .list());
  }

  /** Those in one of these states, oldest first. */
  public List<StoredUpload> in(StoredUpload.State... states) {
    List<String> names = java.util.Arrays.stream(states).map(StoredUpload.State::text).toList();
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where state in (<states>) order by id")
            .bindList("states", names)
            .map(UploadStore::upload)
            .list());
  }

  /** Every upload that has, or had, an object of this key. */
  public List<StoredUpload> ofKey(String storage, String key) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where storage = :storage and storage_key = :key")
            .bind("storage", storage)
            .bind("key", key)
            .map(UploadStore::upload)
            .list());
  }

  /** The parts in the journal, by number. */
  public List<StoredUpload.Part> parts(String id) {
    return database.read(handle ->
        handle
            .createQuery(
                "select number, size, etag, sha256 from upload_parts where upload = :id"
                    + " order by number")
            .bind("id", id)
            .map((row, context) ->
                new StoredUpload.Part(
                    row.getInt("number"),
                    row.getLong("size"),
                    row.getString("etag"),
                    row.getString("sha256")))
            .list());
  }

  /** Its recording exists from now on. In the transaction that adds the recording. */
  public void activate(String id) {
    database.write(handle ->
        handle
            .createUpdate("update uploads set state = 'active' where id = :id")
            .bind("id", id)
            .execute());
  }

  /** The storage gave an upload id. */
  public boolean began(String id, long epoch, String uploadId) {
    return fenced("upload_id = :uploadId", id, epoch, Map.of("uploadId", uploadId));
  }

  /** A part is with the storage; it replaces one of the same number. */
  public boolean part(String id, long epoch, StoredUpload.Part part) {
    return database.write(handle -> {
      // Writing the row makes a node that takes the upload at this moment wait, or us.
      if (!fenced("error = null", id, epoch, Map.of())) {
        return false;
      }
      handle
          .createUpdate(
              "insert into upload_parts (upload, number, size, etag, sha256) values"
                  + " (:id, :number, :size, :etag, :sha256) on conflict (upload, number) do update"
                  + " set size = excluded.size, etag = excluded.etag, sha256 = excluded.sha256")
          .bind("id", id)
          .bind("number", part.number())
          .bind("size", part.size())
          .bind("etag", part.etag())
          .bind("sha256", part.sha256())
          .execute();
      return true;
    });
  }

  /** The side object has these bytes. */
  public boolean tail(String id, long epoch, StoredUpload.Tail tail) {
    return fenced(
        "tail_offset = :offset, tail_length = :length, tail_etag = :etag, tail_at = :at",
        id,
        epoch,
        Map.of(
            "offset", tail.offset(),
            "length", tail.length(),
            "etag", tail.etag(),
            "at", tail.at()));
  }

  /** The file grows no more. */
  public void ended(String id, long length, long rewritten) {
    database.write(handle ->
        handle
            .createUpdate(
                "update uploads set final_length = :length, rewritten = :rewritten where id = :id")
            .bind("length", length)
            .bind("rewritten", rewritten)
            .bind("id", id)
            .execute());
  }

  /** All parts are in the journal. */
  public boolean completing(String id, long epoch) {
    return fenced("state = 'completing'", id, epoch, Map.of());
  }

  /** The object was looked at and is what it should be. */
  public boolean verified(String id, long epoch, String etag) {
    return fenced(
        "state = 'verified', object_etag = :etag, error = null", id, epoch, Map.of("etag", etag));
  }

  /** Nothing is left to do. In the transaction that says so of the recording. */
  public void done(String id) {
    database.write(handle ->
        handle
            .createUpdate(
                "update uploads set state = 'done', error = null,"
                    + " tail_at = case when tail_at is null then null else :now end where id = :id")
            .bind("now", Ids.now())
            .bind("id", id)
            .execute());
  }

  /** Those of a storage that were done before a time, and whose side object may be there still. */
  public List<StoredUpload> withTail(String storage, String time, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where state = 'done' and storage = :storage and tail_at < :time"
                    + " order by id limit :limit")
            .bind("storage", storage)
            .bind("time", time)
            .bind("limit", limit)
            .map(UploadStore::upload)
            .list());
  }

  /** There is no side object, and none will come. */
  public void withoutTail(String id) {
    database.write(handle ->
        handle
            .createUpdate(
                "update uploads set tail_offset = null, tail_length = null, tail_etag = null,"
                    + " tail_at = null where id = :id and state = 'done'")
            .bind("id", id)
            .execute());
  }

  /**
   * One that was given up, or taken back, is tried again; all that the storage has still counts.
   */
  public boolean revive(String id, long epoch) {
    return fenced("state = 'active', error = null", id, epoch, Map.of());
  }

  /** Given up. */
  public boolean failed(String id, long epoch, String error) {
    return fenced("state = 'failed', error = :error", id, epoch, Map.of("error", error));
  }

  /** Why it does not get on. */
  public boolean error(String id, long epoch, String error) {
    return fenced("error = :error", id, epoch, Map.of("error", error));
  }

  /**
   * Forgets parts and upload id: all of the file is sent again.
   *
   * @return the new epoch, or 0 where another node has taken it
   */
  public long restart(String id, long epoch) {
    return database.write(handle -> {
      if (!fenced(
          "state = 'active', epoch = epoch + 1, upload_id = null, object_etag = null",
          id,
          epoch,
          Map.of())) {
        return 0L;
      }
      deleteParts(id);
      return epoch + 1;
    });
  }

  /**
   * Gives an upload to another node.
   *
   * @return the new epoch, or 0 where somebody was faster
   */
  public long take(StoredUpload upload, String node) {
    return fenced(
            "node = :node, epoch = epoch + 1", upload.id(), upload.epoch(), Map.of("node", node))
        ? upload.epoch() + 1
        : 0;
  }

  /** Where its file is, or will be, on the node that has taken it. */
  public boolean moved(String id, long epoch, String file) {
    return fenced("file = :file", id, epoch, Map.of("file", file));
  }

  /** Its file is made anew, and is going to be finished anew. */
  public boolean grows(String id, long epoch) {
    return fenced("final_length = null, rewritten = 0", id, epoch, Map.of());
  }

  public void delete(String id) {
    database.write(handle -> {
      deleteParts(id);
      return handle.createUpdate("delete from uploads where id = :id").bind("id", id).execute();
    });
  }

  private void deleteParts(String id) {
    database.write(handle ->
        handle
            .createUpdate("delete from upload_parts where upload = :id")
            .bind("id", id)
            .execute());
  }

  private boolean fenced(String set, String id, long epoch, Map<String, ?> values) {
    return database.write(handle ->
        handle
                .createUpdate("update uploads set " + set + FENCE)
                .bindMap(values)
                .bind("id", id)
                .bind("epoch", epoch)
                .execute()
            > 0);
  }

  private static StoredUpload upload(ResultSet row, StatementContext context) throws SQLException {
    return new StoredUpload(
        row.getString("id"),
        row.getString("recording"),
        row.getString("instance"),
        row.getString("call"),
        row.getString("node"),
        row.getLong("epoch"),
        StoredUpload.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        row.getString("file"),
        row.getString("format"),
        row.getString("content_type"),
        row.getString("storage"),
        row.getString("storage_key"),
        row.getLong("part_size"),
        row.getString("upload_id"),
        optionalLong(row, "final_length"),
        row.getLong("rewritten"),
        tail(row),
        row.getString("object_etag"),
        row.getString("error"),
        row.getString("created_at"));
  }

  private static StoredUpload.@Nullable Tail tail(ResultSet row) throws SQLException {
    Long offset = optionalLong(row, "tail_offset");
    return offset == null
        ? null
        : new StoredUpload.Tail(
            offset,
            row.getLong("tail_length"),
            row.getString("tail_etag"),
            row.getString("tail_at"));
  }

  private static @Nullable Long optionalLong(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
