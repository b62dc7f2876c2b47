package dev.callcast.server.store;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerEvent;
import dev.callcast.server.workers.WorkerStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The calls with their whole desired state, their epochs, and what their workers told. Safe for any
 * thread. After each commit the {@link CallListener} is told.
 */
public final class CallStore implements WorkerStore {
  private static final String SELECT =
      "select instance, id, state, revision, created_at, closed_at, document,"
          + " coalesce((select max(epoch) from epochs where epochs.call = calls.id), 0) as epoch"
          + " from calls";

  private final Database database;
  private final EventLog events;
  private final CallStates states;
  private final RecordingStore recordings;
  private final WorkerProjection projection;
  private @Nullable CallListener listener;

  public CallStore(
      Database database,
      EventLog events,
      CallStates states,
      RecordingStore recordings,
      RecordingFiles files) {
    this.database = database;
    this.events = events;
    this.states = states;
    this.recordings = recordings;
    this.projection = new WorkerProjection(this, recordings, files);
    files.listen(id -> tell(told -> told.recordingBegan(id)));
  }

  /** Sets who is told; once, before the first write. */
  public void listen(CallListener listener) {
    this.listener = listener;
  }

  /**
   * Opens a call with nothing in it.
   *
   * @throws DuplicateIdException when a call of this id is open
   */
  public StoredCall create(String id) {
    return database.write(handle -> {
      if (open(id).isPresent()) {
        throw new DuplicateIdException("a call " + id + " is open already");
      }
      String instance = Ids.sortable("");
      int inserted =
          handle
              .createUpdate(
                  "insert into calls (instance, id, state, revision, event_sequence,"
                      + " created_at, document) values (:instance, :id, 'open', 1, 0, :now,"
                      + " :document) on conflict do nothing")
              .bind("instance", instance)
              .bind("id", id)
              .bind("now", Ids.now())
              .bind("document", ProtocolJson.MAPPER.writeValueAsString(CallDocument.EMPTY))
              .execute();
      if (inserted == 0) {
        throw new DuplicateIdException("a call " + id + " is open already");
      }
      append(handle, instance, id, "call.opened", Map.of());
      tell(told -> told.opened(id));
      return newest(id).orElseThrow();
    });
  }

  /** The open call of this id. */
  public Optional<StoredCall> open(String id) {
    return newest(id).filter(StoredCall::open);
  }

  /** The newest call of this id, open or closed. */
  public Optional<StoredCall> newest(String id) {
    return database.read(handle -> newest(handle, id, false));
  }

  /** One run of a call, open or closed. */
  public Optional<StoredCall> run(String instance) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where instance = :instance")
            .bind("instance", instance)
            .map(CallStore::call)
            .findOne());
  }

  /**
   * Calls, newest first.
   *
   * @param open true for open ones, false for closed ones, null for all
   * @param after the instance after which to go on, or null
   */
  public List<StoredCall> list(@Nullable Boolean open, @Nullable String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT
                    + " where 1 = 1"
                    + (open == null ? "" : " and state = :state")
                    + (after == null ? "" : " and instance < :after")
                    + " order by instance desc limit :limit")
            .bind("state", Boolean.TRUE.equals(open) ? "open" : "closed")
            .bind("after", after)
            .bind("limit", limit)
            .map(CallStore::call)
            .list());
  }

  /**
   * Changes the desired state of an open call; its revision grows by one.
   *
   * @param change may throw: then nothing has happened
   * @throws NoSuchElementException when no such call is open
   */
  public StoredCall change(String id, UnaryOperator<CallDocument> change) {
    return database.write(handle -> {
      StoredCall call = openForUpdate(handle, id);
      save(handle, call.instance(), change.apply(call.document()), true);
      tell(told -> told.changed(id));
      return newest(id).orElseThrow();
    });
  }

  /**
   * Closes a call: everything on it stops.
   *
   * @throws NoSuchElementException when no such call is open
   */
  public void close(String id) {
    database.write(handle -> {
      StoredCall call = openForUpdate(handle, id);
      handle
          .createUpdate(
              "update calls set state = 'closed', closed_at = :now where instance = :instance")
          .bind("now", Ids.now())
          .bind("instance", call.instance())
          .execute();
      SessionStore.forget(handle, call.instance());
      append(handle, call.instance(), id, "call.closed", Map.of());
      tell(told -> told.closed(id));
      if (call.epoch() == 0 || !ranWorker(handle, call.instance())) {
        finishUnwanted(handle, call.instance(), List.of());
      }
      return null;
    });
  }

  /** The last known states of a call's compositions and outputs. */
  public List<KnownState> states(String instance) {
    return database.read(handle ->
        handle
            .createQuery(
                "select composition, output, state, reason, since from states"
                    + " where instance = :instance")
            .bind("instance", instance)
            .map((row, context) ->
                new KnownState(
                    row.getString("composition"),
                    row.getString("output"),
                    row.getString("state"),
                    row.getString("reason"),
                    row.getString("since")))
            .list());
  }

  /** Forgets the states of a composition and its outputs, or of one output. */
  public void forgetStates(String instance, String composition, @Nullable String output) {
    database.write(handle ->
        handle
            .createUpdate(
                "delete from states where instance = :instance and composition = :composition"
                    + (output == null ? "" : " and output = :output"))
            .bind("instance", instance)
            .bind("composition", composition)
            .bind("output", output)
            .execute());
  }

  @Override
  public CallState loadState(String call) {
    return database.read(handle -> {
      StoredCall stored = newest(handle, call, false).orElseThrow(() -> unknown(call));
      Map<String, List<EndpointSpec.Rollover>> rollovers = new LinkedHashMap<>();
      handle
          .createQuery(
              "select endpoint, ssrc, counter from rollovers where instance = :instance"
                  + " order by ssrc")
          .bind("instance", stored.instance())
          .map((row, context) ->
              rollovers
                  .computeIfAbsent(row.getString("endpoint"), e -> new ArrayList<>())
                  .add(new EndpointSpec.Rollover(row.getLong("ssrc"), row.getLong("counter"))))
          .list();
      return states.of(stored, rollovers);
    });
  }

  @Override
  public long nextEpoch(String call) {
    return database.write(handle -> {
      StoredCall stored = newest(handle, call, true).orElseThrow(() -> unknown(call));
      long epoch = stored.epoch() + 1;
      // Whoever ran before on this instance is gone, and the new one never heard of what was
      // deleted before it.
      if (ranWorker(handle, stored.instance())) {
        finishUnwanted(
            handle,
            stored.instance(),
            stored.open() ? stored.document().wantedRecordings() : List.of());
      }
      if (!stored.document().departing().isEmpty()) {
        save(handle, stored.instance(), stored.document().allDeparted(), false);
      }
      handle
          .createUpdate(
              "insert into epochs (call, epoch, instance, started_at)"
                  + " values (:call, :epoch, :instance, :now)")
          .bind("call", call)
          .bind("epoch", epoch)
          .bind("instance", stored.instance())
          .bind("now", Ids.now())
          .execute();
      return epoch;
    });
  }

  @Override
  public long currentEpoch(String call) {
    return newest(call).orElseThrow(() -> unknown(call)).epoch();
  }

  @Override
  public List<String> openCalls() {
    return database.read(handle ->
        handle
            .createQuery("select id from calls where state = 'open' order by instance")
            .mapTo(String.class)
            .list());
  }

  @Override
  public boolean appendWorkerEvent(
      String call,
      long epoch,
      long sequence,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data) {
    WorkerEvent.Happened event =
        new WorkerEvent.Happened(epoch, sequence, type, at, mediaTime, data);
    return database.write(
        handle -> append(handle, instance(handle, call, epoch), call, epoch, event));
  }

  @Override
  public void appendWorkerEvents(String call, long epoch, List<WorkerEvent.Happened> events) {
    database.write(handle -> {
      String instance = instance(handle, call, epoch);
      events.forEach(event -> append(handle, instance, call, epoch, event));
      return null;
    });
  }

  @Override
  public void workerEnded(String call, long epoch) {
    database.write(handle -> {
      String instance = instance(handle, call, epoch);
      StoredCall newest = newest(handle, call, true).orElseThrow(() -> unknown(call));
      boolean current = newest.instance().equals(instance) && newest.open();
      if (current && newest.epoch() != epoch) {
        return null; // A newer worker runs.
      }
      finishUnwanted(handle, instance, current ? newest.document().wantedRecordings() : List.of());
      return null;
    });
  }

  @Override
  public void appendEvent(String call, String type, Map<String, Object> data) {
    database.write(handle -> {
      StoredCall stored = newest(handle, call, true).orElseThrow(() -> unknown(call));
      append(handle, stored.instance(), call, type, data);
      return null;
    });
  }

  /** Stores an event that the node tells about one run of a call. */
  public void appendEvent(String instance, String call, String type, Map<String, Object> data) {
    database.write(handle -> {
      append(handle, instance, call, type, data);
      return null;
    });
  }

  @Override
  public void saveRollover(String call, String endpoint, long ssrc, long counter) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into rollovers (instance, endpoint, ssrc, counter)"
                    + " values (:instance, :endpoint, :ssrc, :counter)"
                    + " on conflict (instance, endpoint, ssrc)"
                    + " do update set counter = excluded.counter")
            .bind("instance", newest(call).orElseThrow(() -> unknown(call)).instance())
            .bind("endpoint", endpoint)
            .bind("ssrc", ssrc)
            .bind("counter", counter)
            .execute());
  }

  @Override
  public void saveKeys(String call, String endpoint, String remoteKey, String localKey) {
    database.write(handle -> {
      newest(handle, call, true)
          .filter(StoredCall::open)
          .ifPresent(stored ->
              stored
                  .document()
                  .endpoint(endpoint)
                  .filter(known -> known.transport() != null && known.srtp() == null)
                  .ifPresent(known -> {
                    EndpointSpec keyed =
                        known.with(
                            new EndpointSpec.Srtp(
                                EndpointSpec.Srtp.AES_CM_128_HMAC_SHA1_80,
                                states.seal(stored.instance(), remoteKey),
                                states.seal(stored.instance(), localKey),
                                List.of()));
                    save(handle, stored.instance(), stored.document().with(keyed), true);
                    tell(told -> told.changed(call));
                  }));
      return null;
    });
  }

  @Override
  public List<String> excludedTracks(String call) {
    return database.read(handle ->
        handle
            .createQuery(
                "select track from excluded_tracks where instance = :instance order by track")
            .bind("instance", newest(call).orElseThrow(() -> unknown(call)).instance())
            .mapTo(String.class)
            .list());
  }

  @Override
  public void excludeTrack(String call, String track) {
    database.write(handle ->
        handle
            .createUpdate(
                "insert into excluded_tracks (instance, track) values (:instance, :track)"
                    + " on conflict do nothing")
            .bind("instance", newest(call).orElseThrow(() -> unknown(call)).instance())
            .bind("track", track)
            .execute());
  }

  /** Lets the tracks of a participant be tried again: it was declared anew. */
  public void includeTracks(String instance, String participant) {
    database.write(handle -> {
      List<String> tracks =
          handle
              .createQuery("select track from excluded_tracks where instance = :instance")
              .bind("instance", instance)
              .mapTo(String.class)
              .list();
      for (String track : tracks) {
        if (track.startsWith(participant + "/")) {
          handle
              .createUpdate(
                  "delete from excluded_tracks where instance = :instance and track = :track")
              .bind("instance", instance)
              .bind("track", track)
              .execute();
        }
      }
      return null;
    });
  }

  /** Lets what is to come be recorded into another file, as this one is out of reach. */
  public void replaceRecording(String instance, String call, String recording) {
    database.write(handle -> {
      projection.replaceRecording(handle, instance, call, recording);
      return null;
    });
  }

  /** Ends a session by WHIP or WHEP, with what came on it, and tells who has left. */
  public void endSession(StoredCall call, String endpoint, @Nullable String reason) {
    database.write(handle -> {
      endSession(handle, call.instance(), call.id(), endpoint, reason);
      return null;
    });
  }

  /** Ends a session by WHIP or WHEP, if there is one on this endpoint; within a transaction. */
  void endSession(
      Handle handle, String instance, String call, String endpoint, @Nullable String reason) {
    List<String> left = new ArrayList<>();
    SessionStore.forget(handle, instance, endpoint);
    changeInstance(
        handle,
        instance,
        call,
        document -> {
          if (document.endpoint(endpoint).filter(known -> known.transport() != null).isEmpty()) {
            return document;
          }
          CallDocument changed = document.withoutSession(endpoint);
          document.participants().stream()
              .map(ParticipantSpec::id)
              .filter(id -> changed.participant(id).isEmpty())
              .forEach(left::add);
          return changed;
        });
    for (String participant : left) {
      Map<String, Object> told = new LinkedHashMap<>(Map.of("participant", participant));
      if (reason != null) {
        told.put("reason", reason);
      }
      append(handle, instance, call, "participant.left", told);
    }
  }

  /** Changes the document of an open run of a call, if it still is one. */
  void changeInstance(
      Handle handle, String instance, String call, UnaryOperator<CallDocument> change) {
    Optional<StoredCall> stored =
        newest(handle, call, true)
            .filter(newest -> newest.open() && newest.instance().equals(instance));
    if (stored.isEmpty()) {
      return;
    }
    CallDocument document = stored.get().document();
    CallDocument changed = change.apply(document);
    if (!changed.equals(document)) {
      save(handle, instance, changed, true);
      tell(told -> told.changed(call));
    }
  }

  /** Keeps a composition's state that follows from a request. */
  public void saveState(String instance, String composition, String state) {
    database.write(handle -> {
      saveState(handle, instance, composition, "", state, null, Ids.now());
      return null;
    });
  }

  void saveState(
      Handle handle,
      String instance,
      String composition,
      String output,
      String state,
      @Nullable String reason,
      String at) {
    handle
        .createUpdate(
            "insert into states (instance, composition, output, state, reason, since)"
                + " values (:instance, :composition, :output, :state, :reason, :at)"
                + " on conflict (instance, composition, output) do update set"
                + " state = excluded.state, reason = excluded.reason, since = excluded.since")
        .bind("instance", instance)
        .bind("composition", composition)
        .bind("output", output)
        .bind("state", state)
        .bind("reason", reason)
        .bind("at", at)
        .execute();
  }

  void tell(java.util.function.Consumer<CallListener> what) {
    database.afterCommit(() -> {
      CallListener told = listener;
      if (told != null) {
        what.accept(told);
      }
    });
  }

  private void finishUnwanted(Handle handle, String instance, List<String> wanted) {
    for (String recording : recordings.endUnwanted(handle, instance, wanted)) {
      tell(told -> told.recordingEnding(recording));
    }
  }

  /** False when it is there already. */
  private boolean append(
      Handle handle, String instance, String call, long epoch, WorkerEvent.Happened event) {
    boolean fresh =
        events.append(
            handle,
            instance,
            call,
            epoch,
            event.sequence(),
            event.type(),
            event.at(),
            event.mediaTime(),
            event.data());
    if (fresh) {
      projection.apply(
          handle, instance, call, event.type(), event.at(), event.mediaTime(), event.data());
    }
    return fresh;
  }

  private void append(
      Handle handle, String instance, String call, String type, Map<String, Object> data) {
    events.append(handle, instance, call, null, null, type, Ids.now(), null, data);
  }

  private void save(Handle handle, String instance, CallDocument document, boolean revise) {
    handle
        .createUpdate(
            "update calls set document = :document"
                + (revise ? ", revision = revision + 1" : "")
                + " where instance = :instance")
        .bind("document", ProtocolJson.MAPPER.writeValueAsString(document))
        .bind("instance", instance)
        .execute();
  }

  private StoredCall openForUpdate(Handle handle, String id) {
    return newest(handle, id, true).filter(StoredCall::open).orElseThrow(() -> unknown(id));
  }

  private Optional<StoredCall> newest(Handle handle, String id, boolean forUpdate) {
    return handle
        .createQuery(
            SELECT
                + " where id = :id order by instance desc limit 1"
                + (forUpdate && database.postgresql() ? " for update of calls" : ""))
        .bind("id", id)
        .map(CallStore::call)
        .findOne();
  }

  private static boolean ranWorker(Handle handle, String instance) {
    return handle
            .createQuery("select count(*) from epochs where instance = :instance")
            .bind("instance", instance)
            .mapTo(Long.class)
            .one()
        > 0;
  }

  private static String instance(Handle handle, String call, long epoch) {
    return handle
        .createQuery("select instance from epochs where call = :call and epoch = :epoch")
        .bind("call", call)
        .bind("epoch", epoch)
        .mapTo(String.class)
        .findOne()
        .orElseThrow(() -> new NoSuchElementException("call " + call + " has no epoch " + epoch));
  }

  private static NoSuchElementException unknown(String call) {
    return new NoSuchElementException("there is no call " + call);
  }

  private static StoredCall call(ResultSet row, StatementContext context) throws SQLException {
    return new StoredCall(
        row.getString("instance"),
        row.getString("id"),
        row.getString("state").equals("open"),
        row.getLong("revision"),
        row.getLong("epoch"),
        row.getString("created_at"),
        row.getString("closed_at"),
        ProtocolJson.MAPPER.readValue(row.getString("document"), CallDocument.class));
  }
}
