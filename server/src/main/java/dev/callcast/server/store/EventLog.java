package dev.callcast.server.store;

import dev.callcast.protocol.ProtocolJson;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/**
 * The durable log of events: one global order, one sequence per run of a call. Readers keep the id
 * that they read last and come back with it. Safe for any thread.
 */
public final class EventLog {
  private static final TypeReference<Map<String, Object>> DATA = new TypeReference<>() {};

  /** Of PostgreSQL's advisory lock under which events are appended: any constant. */
  private static final long APPEND_LOCK = 0x43414c4c43415354L;

  private final Database database;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition appended = lock.newCondition();
  private long appends;

  EventLog(Database database) {
    this.database = database;
  }

  /** Appends within the transaction of {@code handle}; false when a worker's event is there. */
  boolean append(
      Handle handle,
      String instance,
      String call,
      @Nullable Long epoch,
      @Nullable Long workerSequence,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data) {
    if (database.postgresql()) {
      // Ids have to become visible in their order, or a reader misses the one committed late.
      handle
          .createQuery("select 1 from (select pg_advisory_xact_lock(:key)) as locked")
          .bind("key", APPEND_LOCK)
          .mapTo(Integer.class)
          .one();
    }
    int added =
        handle
            .createUpdate(
                "insert into events (instance, call, sequence, epoch, worker_sequence, type, at,"
                    + " media_time, data) values (:instance, :call, (select event_sequence + 1 from"
                    + " calls where instance = :instance), :epoch, :workerSequence, :type, :at,"
                    + " :mediaTime, :data)"
                    + " on conflict (instance, epoch, worker_sequence) do nothing")
            .bind("instance", instance)
            .bind("call", call)
            .bind("epoch", epoch)
            .bind("workerSequence", workerSequence)
            .bind("type", type)
            .bind("at", at)
            .bind("mediaTime", mediaTime)
            .bind("data", ProtocolJson.MAPPER.writeValueAsString(data))
            .execute();
    if (added == 0) {
      return false;
    }
    handle
        .createUpdate(
            "update calls set event_sequence = event_sequence + 1 where instance = :instance")
        .bind("instance", instance)
        .execute();
    database.afterCommit(this::wake);
    return true;
  }

  /**
   * Events after one, oldest first.
   *
   * @param after the id read last; 0 for all
   * @param call only of this id, or null for all
   * @param instance only of this run of a call, or null for all
   */
  public List<StoredEvent> after(
      long after, @Nullable String call, @Nullable String instance, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                "select id, instance, call, sequence, type, at, media_time, data from events"
                    + " where id > :after"
                    + (call == null ? "" : " and call = :call")
                    + (instance == null ? "" : " and instance = :instance")
                    + " order by id limit :limit")
            .bind("after", after)
            .bind("call", call)
            .bind("instance", instance)
            .bind("limit", limit)
            .map(EventLog::event)
            .list());
  }

  /**
   * What to give {@link #after} so that the newest events come.
   *
   * @param count so many of them, or as many as there are
   * @param call only of this id, or null for all
   * @param instance only of this run of a call, or null for all
   */
  public long beforeNewest(int count, @Nullable String call, @Nullable String instance) {
    return database.read(handle ->
        handle
            .createQuery(
                "select id from events where id > 0"
                    + (call == null ? "" : " and call = :call")
                    + (instance == null ? "" : " and instance = :instance")
                    + " order by id desc limit 1 offset :count")
            .bind("call", call)
            .bind("instance", instance)
            .bind("count", count)
            .mapTo(Long.class)
            .findOne()
            .orElse(0L));
  }

  /** The id of the newest event; 0 when there is none. */
  public long last() {
    return database.read(handle ->
        handle.createQuery("select coalesce(max(id), 0) from events").mapTo(Long.class).one());
  }

  /** How often something was appended in this process: give it to {@link #await}. */
  public long appends() {
    lock.lock();
    try {
      return appends;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something was appended since {@code seen}, or for that many ms. */
  public void await(long seen, long millis) throws InterruptedException {
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lockInterruptibly();
    try {
      while (appends == seen && nanos > 0) {
        nanos = appended.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Wakes all readers. */
  public void wake() {
    lock.lock();
    try {
      appends++;
      appended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  static StoredEvent event(java.sql.ResultSet row, StatementContext context)
      throws java.sql.SQLException {
    double mediaTime = row.getDouble("media_time");
    boolean noMediaTime = row.wasNull();
    return new StoredEvent(
        row.getLong("id"),
        row.getString("instance"),
        row.getString("call"),
        row.getLong("sequence"),
        row.getString("type"),
        row.getString("at"),
        noMediaTime ? null : mediaTime,
        ProtocolJson.MAPPER.readValue(row.getString("data"), DATA));
  }
}
