package dev.callcast.server.store;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.RecordingOptions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** The recordings: one row each from the moment its output is added. Safe for any thread. */
public final class RecordingStore {
  private static final TypeReference<List<StoredRecording.Segment>> SEGMENTS =
      new TypeReference<>() {};
  private static final TypeReference<List<StoredRecording.TrackFile>> FILES =
      new TypeReference<>() {};
  private static final String SELECT =
      "select id, instance, call, composition, output, state, ending, file, storage, storage_key,"
          + " bytes, duration, segments, reason, created_at, started_at, ended_at, node, kind,"
          + " files, options, previous, next from recordings";

  private final Database database;

  public RecordingStore(Database database) {
    this.database = database;
  }

  /** Adds a recording that is about to begin. */
  public void add(
      String id,
      StoredCall call,
      String composition,
      String output,
      String file,
      String storage,
      String key,
      String node,
      String kind,
      RecordingOptions options) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into recordings (id, instance, call, composition, output, state, file,"
                    + " storage, storage_key, bytes, duration, segments, created_at, node, kind,"
                    + " options) values"
                    + " (:id, :instance, :call, :composition, :output, 'recording', :file,"
                    + " :storage, :key, 0, 0, '[]', :now, :node, :kind, :options)")
            .bind("id", id)
            .bind("instance", call.instance())
            .bind("call", call.id())
            .bind("composition", composition)
            .bind("output", output)
            .bind("file", file)
            .bind("storage", storage)
            .bind("key", key)
            .bind("node", node)
            .bind("kind", kind)
            .bind("now", Ids.now())
            .bind("options", ProtocolJson.MAPPER.writeValueAsString(options))
            .execute());
  }

  /** One recording goes on for another. */
  public void follows(String previous, String next) {
    database.write(handle -> {
      handle
          .createUpdate("update recordings set next = :next where id = :previous")
          .bind("next", next)
          .bind("previous", previous)
          .execute();
      return handle
          .createUpdate("update recordings set previous = :previous where id = :next")
          .bind("next", next)
          .bind("previous", previous)
          .execute();
    });
  }

  /** A recording's markers, by time. */
  public List<StoredRecording.Marker> markers(String recording) {
    return database.read(handle ->
        handle
            .createQuery(
                "select id, label, media_time, at, place from markers"
                    + " where recording = :recording order by media_time, id")
            .bind("recording", recording)
            .map((row, context) -> {
              double place = row.getDouble("place");
              Double known = row.wasNull() ? null : place;
              return new StoredRecording.Marker(
                  row.getString("id"),
                  row.getString("label"),
                  row.getDouble("media_time"),
                  row.getString("at"),
                  known);
            })
            .list());
  }

  /** Where a marker is in what a player shows, s. */
  public void placed(String recording, String marker, double place) {
    database.write(handle ->
        handle
            .createUpdate(
                "update markers set place = :place where recording = :recording and id = :id")
            .bind("place", place)
            .bind("recording", recording)
            .bind("id", marker)
            .execute());
  }

  /** A marker that is in another recording. */
  public void unmark(String recording, String marker) {
    database.write(handle ->
        handle
            .createUpdate("delete from markers where recording = :recording and id = :id")
            .bind("recording", recording)
            .bind("id", marker)
            .execute());
  }

  /** Adds a marker to every recording of a composition that has not ended. */
  void mark(
      Handle handle,
      String instance,
      String composition,
      String marker,
      String label,
      double mediaTime,
      String at) {
    List<String> recordings =
        handle
            .createQuery(
                "select id from recordings where instance = :instance"
                    + " and composition = :composition and state = 'recording'"
                    + " and ending is null")
            .bind("instance", instance)
            .bind("composition", composition)
            .mapTo(String.class)
            .list();
    for (String recording : recordings) {
      handle
          .createUpdate(
              "insert into markers (recording, id, label, media_time, at)"
                  + " values (:recording, :id, :label, :mediaTime, :at)"
                  + " on conflict do nothing")
          .bind("recording", recording)
          .bind("id", marker)
          .bind("label", label)
          .bind("mediaTime", mediaTime)
          .bind("at", at)
          .execute();
    }
  }

  public Optional<StoredRecording> get(String id) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where id = :id")
            .bind("id", id)
            .map(RecordingStore::recording)
            .findOne());
  }

  /**
   * Recordings, newest first.
   *
   * @param call only of calls of this id, or null
   * @param instance only of this run of a call, or null
   * @param after the id after which to go on, or null
   */
  public List<StoredRecording> list(
      @Nullable String call, @Nullable String instance, @Nullable String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where 1 = 1"
                    + (call == null ? "" : " and call = :call")
                    + (instance == null ? "" : " and instance = :instance")
                    + (after == null ? "" : " and id < :after")
                    + " order by id desc limit :limit")
            .bind("call", call)
            .bind("instance", instance)
            .bind("after", after)
            .bind("limit", limit)
            .map(RecordingStore::recording)
            .list());
  }

  /** Those that are neither ready nor failed, oldest first. */
  public List<StoredRecording> unfinished() {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT + " where state in ('recording', 'finishing', 'uploading') order by id")
            .map(RecordingStore::recording)
            .list());
  }

  /** Those that ended before a time, oldest first: of one storage, ready or failed. */
  public List<StoredRecording> endedBefore(String storage, String time, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where storage = :storage and state in ('ready', 'failed')"
                    + " and ended_at < :time order by id limit :limit")
            .bind("storage", storage)
            .bind("time", time)
            .bind("limit", limit)
            .map(RecordingStore::recording)
            .list());
  }

  /** Nothing is appended any more since now; false when that was known. */
  public boolean ending(String id) {
    return database.write(handle ->
        handle
                .createUpdate(
                    "update recordings set ending = :now where id = :id and ending is null")
                .bind("now", Ids.now())
                .bind("id", id)
                .execute()
            > 0);
  }

  /** The file was finished. */
  public void ready(
      String id, long bytes, double duration, List<StoredRecording.Segment> segments) {
    database.write(handle ->
        handle
            .createUpdate(
                "update recordings set state = 'ready', bytes = :bytes, duration = :duration,"
                    + " segments = :segments, ended_at = coalesce(ended_at, ending, :now)"
                    + " where id = :id")
            .bind("segments", ProtocolJson.MAPPER.writeValueAsString(segments))
            .bind("now", Ids.now())
            .bind("bytes", bytes)
            .bind("duration", duration)
            .bind("id", id)
            .execute());
  }

  /** Its file is complete, and is being written anew. */
  public void finishing(String id) {
    database.write(handle ->
        handle
            .createUpdate("update recordings set state = 'finishing' where id = :id")
            .bind("id", id)
            .execute());
  }

  /** The file was finished and is on its way to its storage. */
  public void uploading(
      String id, long bytes, double duration, List<StoredRecording.Segment> segments) {
    database.write(handle -> {
      ready(id, bytes, duration, segments);
      return handle
          .createUpdate("update recordings set state = 'uploading', reason = null where id = :id")
          .bind("id", id)
          .execute();
    });
  }

  /** The storage has it. */
  public void uploaded(String id, long bytes) {
    database.write(handle ->
        handle
            .createUpdate("update recordings set state = 'ready', bytes = :bytes where id = :id")
            .bind("bytes", bytes)
            .bind("id", id)
            .execute());
  }

  /** Its upload was given up, and is tried again. */
  public void retry(String id) {
    database.write(handle ->
        handle
            .createUpdate("update recordings set state = 'uploading', reason = null where id = :id")
            .bind("id", id)
            .execute());
  }

  /** It ends, and this node has it now, with a file of this name. */
  public void take(String id, String node, String file) {
    database.write(handle ->
        handle
            .createUpdate(
                "update recordings set node = :node, file = :file, state = 'recording',"
                    + " reason = null, ending = coalesce(ending, :now) where id = :id")
            .bind("node", node)
            .bind("file", file)
            .bind("now", Ids.now())
            .bind("id", id)
            .execute());
  }

  /** The files of a recording of tracks are final. In the transaction that tells so. */
  public void files(String id, List<StoredRecording.TrackFile> files) {
    database.write(handle ->
        handle
            .createUpdate("update recordings set files = :files where id = :id")
            .bind("files", ProtocolJson.MAPPER.writeValueAsString(files))
            .bind("id", id)
            .execute());
  }

  /** It came to nothing, or could not be finished. */
  public void failed(String id, String reason) {
    database.write(handle ->
        handle
            .createUpdate(
                "update recordings set state = 'failed', reason = :reason,"
                    + " ended_at = coalesce(ended_at, ending, :now) where id = :id")
            .bind("now", Ids.now())
            .bind("reason", reason)
            .bind("id", id)
            .execute());
  }

  /** Keeps a recording's report, in place of the one before. */
  public void report(String id, String json) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into recording_reports (recording, report) values (:id, :json)"
                    + " on conflict (recording) do update set report = excluded.report")
            .bind("id", id)
            .bind("json", json)
            .execute());
  }

  /** A recording's report, as JSON; empty before it is finished. */
  public Optional<String> report(String id) {
    return database.read(handle ->
        handle
            .createQuery("select report from recording_reports where recording = :id")
            .bind("id", id)
            .mapTo(String.class)
            .findOne());
  }

  /** Those that are ready and whose report says nothing of hashes. */
  public List<StoredRecording> withoutHashes() {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where state = 'ready' and exists (select 1 from recording_reports r"
                    + " where r.recording = id and r.report not like '%\"hashes\"%')")
            .map(RecordingStore::recording)
            .list());
  }

  public void delete(String id) {
    database.write(handle -> {
      handle.createUpdate("delete from markers where recording = :id").bind("id", id).execute();
      handle
          .createUpdate("delete from recording_reports where recording = :id")
          .bind("id", id)
          .execute();
      return handle.createUpdate("delete from recordings where id = :id").bind("id", id).execute();
    });
  }

  void started(Handle handle, String id, String at) {
    handle
        .createUpdate("update recordings set started_at = coalesce(started_at, :at) where id = :id")
        .bind("at", at)
        .bind("id", id)
        .execute();
  }

  void segment(Handle handle, String id, double start, double end) {
    Optional<StoredRecording> stored = get(id);
    if (stored.isEmpty()) {
      return; // Deleted in the meantime.
    }
    List<StoredRecording.Segment> segments = new ArrayList<>(stored.get().segments());
    segments.add(new StoredRecording.Segment(start, end));
    handle
        .createUpdate("update recordings set segments = :segments where id = :id")
        .bind("segments", ProtocolJson.MAPPER.writeValueAsString(segments))
        .bind("id", id)
        .execute();
  }

  void ending(
      Handle handle, String id, String at, long bytes, double duration, @Nullable String reason) {
    handle
        .createUpdate(
            "update recordings set ending = coalesce(ending, :at), ended_at = :at, bytes = :bytes,"
                + " duration = :duration, reason = :reason"
                + " where id = :id and state = 'recording'")
        .bind("at", at)
        .bind("bytes", bytes)
        .bind("duration", duration)
        .bind("reason", reason)
        .bind("id", id)
        .execute();
  }

  /** Ends what an instance recorded and is not wanted any more; returns the ids. */
  List<String> endUnwanted(Handle handle, String instance, List<String> wanted) {
    List<String> left =
        handle
            .createQuery(
                "select id from recordings where instance = :instance and state = 'recording'"
                    + " and ending is null")
            .bind("instance", instance)
            .mapTo(String.class)
            .list()
            .stream()
            .filter(id -> !wanted.contains(id))
            .toList();
    left.forEach(this::ending);
    return left;
  }

  private static RecordingOptions options(@Nullable String json) {
    return json == null
        ? RecordingOptions.DEFAULT
        : ProtocolJson.MAPPER.readValue(json, RecordingOptions.class);
  }

  private static StoredRecording recording(ResultSet row, StatementContext context)
      throws SQLException {
    return new StoredRecording(
        row.getString("id"),
        row.getString("instance"),
        row.getString("call"),
        row.getString("composition"),
        row.getString("output"),
        row.getString("state"),
        row.getString("ending"),
        row.getString("file"),
        row.getString("storage"),
        row.getString("storage_key"),
        row.getLong("bytes"),
        row.getDouble("duration"),
        ProtocolJson.MAPPER.readValue(row.getString("segments"), SEGMENTS),
        row.getString("reason"),
        row.getString("created_at"),
        row.getString("started_at"),
        row.getString("ended_at"),
        row.getString("node"),
        row.getString("kind"),
        ProtocolJson.MAPPER.readValue(row.getString("files"), FILES),
        options(row.getString("options")),
        row.getString("previous"),
        row.getString("next"));
  }
}
