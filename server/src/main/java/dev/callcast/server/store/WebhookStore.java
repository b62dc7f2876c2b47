package dev.callcast.server.store;

import dev.callcast.protocol.ProtocolJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/**
 * Webhooks, and what was and is to be delivered to them. The deliveries of an event and the mark up
 * to which events were looked at are one transaction, so no event is left out and none comes in
 * twice, whenever the node dies. Secrets are sealed. Safe for any thread.
 */
public final class WebhookStore {
  private static final TypeReference<List<String>> PATTERNS = new TypeReference<>() {};
  private static final String SELECT =
      "select id, url, events, calls, state, reason, previous_until, created_at from webhooks";
  private static final String SELECT_DELIVERY =
      "select d.id as delivery, d.webhook, d.lane, d.state, d.attempts, d.created_at, d.next_at,"
          + " d.last_at, d.status, d.millis, d.error, d.answer, e.id, e.instance, e.call,"
          + " e.sequence, e.type, e.at, e.media_time, e.data"
          + " from webhook_deliveries d join events e on e.id = d.event";

  private final Database database;
  private final EventLog events;
  private final NodeKey key;

  WebhookStore(Database database, EventLog events, NodeKey key) {
    this.database = database;
    this.events = events;
    this.key = key;
  }

  /** The secrets that sign at this moment, the newest first. */
  public record Secrets(List<String> all) {
    public Secrets {
      all = List.copyOf(all);
    }

    @Override
    public String toString() {
      return "Secrets[" + all.size() + "]";
    }
  }

  /**
   * What came of an attempt.
   *
   * @param state the delivery's from now on
   * @param nextAt when to try again; null unless pending
   */
  public record Outcome(
      StoredDelivery delivery,
      String state,
      @Nullable String nextAt,
      String at,
      @Nullable Integer status,
      long millis,
      @Nullable String error,
      @Nullable String answer) {}

  /**
   * What {@link #fanOut} did.
   *
   * @param webhooks that have something new
   * @param more whether there may be events beyond
   */
  public record FannedOut(Set<String> webhooks, boolean more) {}

  /** Adds a webhook; events from now on are its. */
  public StoredWebhook create(String url, List<String> types, List<String> calls, String secret) {
    return database.write(handle -> {
      String id = Ids.sortable("wh");
      long last = events.last();
      if (active().isEmpty()) {
        // Nobody has moved the mark while there was none; what lies behind is nobody's.
        handle
            .createUpdate("update webhook_dispatch set cursor = :last where cursor < :last")
            .bind("last", last)
            .execute();
      }
      handle
          .createUpdate(
              "insert into webhooks (id, url, events, calls, state, secret, first_event,"
                  + " created_at) values (:id, :url, :events, :calls, 'active', :secret, :first,"
                  + " :now)")
          .bind("id", id)
          .bind("url", url)
          .bind("events", ProtocolJson.MAPPER.writeValueAsString(types))
          .bind("calls", ProtocolJson.MAPPER.writeValueAsString(calls))
          .bind("secret", key.seal(secret, context(id)))
          .bind("first", last)
          .bind("now", Ids.now())
          .execute();
      return get(id).orElseThrow();
    });
  }

  public Optional<StoredWebhook> get(String id) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where id = :id")
            .bind("id", id)
            .map(WebhookStore::webhook)
            .findOne());
  }

  /** Webhooks in the order of their making. */
  public List<StoredWebhook> list(@Nullable String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT + (after == null ? "" : " where id > :after") + " order by id limit :limit")
            .bind("after", after)
            .bind("limit", limit)
            .map(WebhookStore::webhook)
            .list());
  }

  /** Those that are not disabled. */
  public List<StoredWebhook> active() {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where state = 'active' order by id")
            .map(WebhookStore::webhook)
            .list());
  }

  /** Stores a webhook's url, patterns and state; one that is made active hears from now on. */
  public void update(StoredWebhook webhook) {
    database.write(handle -> {
      boolean was = get(webhook.id()).map(StoredWebhook::active).orElse(false);
      if (webhook.active() && !was) {
        long last = events.last();
        if (active().isEmpty()) {
          handle
              .createUpdate("update webhook_dispatch set cursor = :last where cursor < :last")
              .bind("last", last)
              .execute();
        }
        handle
            .createUpdate("update webhooks set first_event = :last where id = :id")
            .bind("last", last)
            .bind("id", webhook.id())
            .execute();
      }
      if (!webhook.active()) {
        giveUp(handle, webhook.id());
      }
      return handle
          .createUpdate(
              "update webhooks set url = :url, events = :events, calls = :calls, state = :state,"
                  + " reason = :reason where id = :id")
          .bind("url", webhook.url())
          .bind("events", ProtocolJson.MAPPER.writeValueAsString(webhook.events()))
          .bind("calls", ProtocolJson.MAPPER.writeValueAsString(webhook.calls()))
          .bind("state", webhook.active() ? "active" : "disabled")
          .bind("reason", webhook.reason())
          .bind("id", webhook.id())
          .execute();
    });
  }

  private static void giveUp(Handle handle, String webhook) {
    handle
        .createUpdate(
            "update webhook_deliveries set state = 'failed', head = 0, next_at = null,"
                + " error = coalesce(error, 'the webhook was disabled before')"
                + " where webhook = :webhook and state = 'pending'")
        .bind("webhook", webhook)
        .execute();
  }

  /** Sets another secret; the one before signs as well until then. */
  public void rotate(String id, String secret, Instant previousUntil) {
    database.write(handle ->
        handle
            .createUpdate(
                "update webhooks set previous_secret = secret, previous_until = :until,"
                    + " secret = :secret where id = :id")
            .bind("until", Ids.time(previousUntil))
            .bind("secret", key.seal(secret, context(id)))
            .bind("id", id)
            .execute());
  }

  /** The secrets that sign; empty when the webhook is gone. */
  public Secrets secrets(String id, Instant now) {
    return database.read(handle ->
        handle
            .createQuery(
                "select secret, previous_secret, previous_until from webhooks where id = :id")
            .bind("id", id)
            .map((row, context) -> {
              List<String> all = new ArrayList<>();
              all.add(key.unseal(row.getString("secret"), context(id)));
              String previous = row.getString("previous_secret");
              if (previous != null
                  && row.getString("previous_until").compareTo(Ids.time(now)) > 0) {
                all.add(key.unseal(previous, context(id)));
              }
              return new Secrets(all);
            })
            .findOne()
            .orElse(new Secrets(List.of())));
  }

  private static String context(String id) {
    return "webhook/" + id;
  }

  /** Deletes a webhook with its deliveries; false when there is none. */
  public boolean delete(String id) {
    return database.write(handle -> {
      handle
          .createUpdate("delete from webhook_deliveries where webhook = :id")
          .bind("id", id)
          .execute();
      return handle.createUpdate("delete from webhooks where id = :id").bind("id", id).execute()
          > 0;
    });
  }

  /**
   * Makes the deliveries of the next events; done by the node that has the {@link #lease}.
   *
   * @param limit how many events to look at
   */
  public FannedOut fanOut(String incarnation, int limit) {
    if (active().isEmpty()) {
      return new FannedOut(Set.of(), false);
    }
    long seen = cursor();
    if (events.last() <= seen) {
      return new FannedOut(Set.of(), false); // The usual case takes no lock.
    }
    return database.write(handle -> {
      long cursor = cursor();
      List<StoredEvent> batch = events.after(cursor, null, null, limit);
      if (batch.isEmpty()) {
        return new FannedOut(Set.of(), false);
      }
      int moved =
          handle
              .createUpdate(
                  "update webhook_dispatch set cursor = :next"
                      + " where cursor = :cursor and incarnation = :incarnation")
              .bind("next", batch.getLast().id())
              .bind("cursor", cursor)
              .bind("incarnation", incarnation)
              .execute();
      if (moved == 0) {
        return new FannedOut(Set.of(), false); // Another node has taken over.
      }
      Set<String> touched = insert(handle, batch);
      return new FannedOut(touched, batch.size() == limit);
    });
  }

  private long cursor() {
    return database.read(handle ->
        handle.createQuery("select cursor from webhook_dispatch").mapTo(Long.class).one());
  }

  private record Listening(StoredWebhook webhook, long firstEvent) {}

  private static Set<String> insert(Handle handle, List<StoredEvent> batch) {
    List<Listening> listening =
        handle
            .createQuery(
                "select id, url, events, calls, state, reason, previous_until, created_at,"
                    + " first_event from webhooks where state = 'active' order by id")
            .map((row, context) -> new Listening(webhook(row, context), row.getLong("first_event")))
            .list();
    Set<String> touched = new TreeSet<>();
    String now = Ids.now();
    PreparedBatch inserts =
        handle.prepareBatch(
            "insert into webhook_deliveries (webhook, lane, event, state, head, attempts,"
                + " created_at, next_at) select :webhook, :lane, :event, 'pending',"
                + " case when exists (select 1 from webhook_deliveries where webhook = :webhook"
                + " and lane = :lane and state = 'pending') then 0 else 1 end, 0, :now, :now");
    for (StoredEvent event : batch) {
      for (Listening each : listening) {
        if (event.id() > each.firstEvent() && each.webhook().wants(event)) {
          touched.add(each.webhook().id());
          inserts
              .bind("webhook", each.webhook().id())
              .bind("lane", event.instance())
              .bind("event", event.id())
              .bind("now", now)
              .add();
        }
      }
    }
    if (inserts.size() > 0) {
      inserts.execute();
    }
    return touched;
  }

  /** The heads of lanes that are due, those that wait longest first. */
  public List<StoredDelivery> due(String webhook, Instant now, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT_DELIVERY
                    + " where d.webhook = :webhook and d.state = 'pending' and d.head = 1"
                    + " and d.next_at <= :now order by d.next_at, d.id limit :limit")
            .bind("webhook", webhook)
            .bind("now", Ids.time(now))
            .bind("limit", limit)
            .map(WebhookStore::toDelivery)
            .list());
  }

  /** When the next head after {@code now} is due, RFC 3339; null when none is. */
  public @Nullable String nextDue(String webhook, Instant now) {
    return database.read(handle ->
        handle
            .createQuery(
                "select min(next_at) from webhook_deliveries where webhook = :webhook"
                    + " and state = 'pending' and head = 1 and next_at > :now")
            .bind("webhook", webhook)
            .bind("now", Ids.time(now))
            .mapTo(String.class)
            .findOne()
            .orElse(null));
  }

  /** Stores what came of attempts, all at once, and lets the next of each lane come up. */
  public void record(List<Outcome> outcomes) {
    database.write(handle -> {
      for (Outcome outcome : outcomes) {
        StoredDelivery delivery = outcome.delivery();
        boolean pending = outcome.state().equals(StoredDelivery.PENDING);
        int changed =
            handle
                .createUpdate(
                    "update webhook_deliveries set state = :state, head = :head,"
                        + " attempts = attempts + 1, next_at = :next, last_at = :at,"
                        + " status = :status, millis = :millis, error = :error, answer = :answer"
                        + " where id = :id and state = 'pending'")
                .bind("state", outcome.state())
                .bind("head", pending ? 1 : 0)
                .bind("next", outcome.nextAt())
                .bind("at", outcome.at())
                .bind("status", outcome.status())
                .bind("millis", outcome.millis())
                .bind("error", outcome.error())
                .bind("answer", outcome.answer())
                .bind("id", delivery.id())
                .execute();
        if (changed > 0 && !pending) {
          handle
              .createUpdate(
                  "update webhook_deliveries set head = 1 where id = (select min(id) from"
                      + " webhook_deliveries where webhook = :webhook and lane = :lane"
                      + " and state = 'pending')")
              .bind("webhook", delivery.webhook())
              .bind("lane", delivery.lane())
              .execute();
        }
      }
      return null;
    });
  }

  /**
   * The deliveries of a webhook, the newest first.
   *
   * @param state only of this state, or null for all
   * @param before only of smaller ids, or null
   */
  public List<StoredDelivery> deliveries(
      String webhook, @Nullable String state, @Nullable Long before, int limit) {
    return database.read(handle ->
        handle
            .createQuery(
                SELECT_DELIVERY
                    + " where d.webhook = :webhook"
                    + (state == null ? "" : " and d.state = :state")
                    + (before == null ? "" : " and d.id < :before")
                    + " order by d.id desc limit :limit")
            .bind("webhook", webhook)
            .bind("state", state)
            .bind("before", before)
            .bind("limit", limit)
            .map(WebhookStore::toDelivery)
            .list());
  }

  public Optional<StoredDelivery> delivery(String webhook, long id) {
    return database.read(handle ->
        handle
            .createQuery(SELECT_DELIVERY + " where d.webhook = :webhook and d.id = :id")
            .bind("webhook", webhook)
            .bind("id", id)
            .map(WebhookStore::toDelivery)
            .findOne());
  }

  /** Delivers the event of a delivery once more, in no order with others. */
  public StoredDelivery redeliver(StoredDelivery old) {
    return database.write(handle -> {
      String now = Ids.now();
      long id =
          handle
              .createUpdate(
                  "insert into webhook_deliveries (webhook, lane, event, state, head, attempts,"
                      + " created_at, next_at) values (:webhook, :lane, :event, 'pending', 1, 0,"
                      + " :now, :now)")
              .bind("webhook", old.webhook())
              .bind("lane", Ids.sortable("again-"))
              .bind("event", old.event().id())
              .bind("now", now)
              .executeAndReturnGeneratedKeys("id")
              .mapTo(Long.class)
              .one();
      return delivery(old.webhook(), id).orElseThrow();
    });
  }

  /** How many deliveries wait, to all webhooks. */
  public long pending() {
    return database.read(handle ->
        handle
            .createQuery("select count(*) from webhook_deliveries where state = 'pending'")
            .mapTo(Long.class)
            .one());
  }

  /** Forgets deliveries that are over and were made before then. */
  public int forget(Instant before) {
    return database.write(handle ->
        handle
            .createUpdate(
                "delete from webhook_deliveries where state <> 'pending' and created_at < :before")
            .bind("before", Ids.time(before))
            .execute());
  }

  /**
   * Who delivers.
   *
   * @param node its name, or null for nobody
   * @param incarnation its process, or null for nobody
   * @param beats grows while it lives
   */
  public record Lease(@Nullable String node, @Nullable String incarnation, long beats) {}

  public Lease lease() {
    return database.read(handle ->
        handle
            .createQuery("select node, incarnation, beats from webhook_dispatch")
            .map((row, context) ->
                new Lease(
                    row.getString("node"), row.getString("incarnation"), row.getLong("beats")))
            .one());
  }

  /** Takes the lease, or holds it one beat longer; false when it is not any more as it was seen. */
  public boolean take(Lease seen, @Nullable String node, @Nullable String incarnation) {
    return database.write(handle ->
        handle
                .createUpdate(
                    "update webhook_dispatch set node = :node, incarnation = :incarnation,"
                        + " beats = beats + 1 where beats = :beats"
                        + " and coalesce(incarnation, '') = :before")
                .bind("node", node)
                .bind("incarnation", incarnation)
                .bind("beats", seen.beats())
                .bind("before", seen.incarnation() == null ? "" : seen.incarnation())
                .execute()
            > 0);
  }

  /** Whether other nodes may deliver in place of this one. */
  public boolean shared() {
    return database.postgresql();
  }

  private static StoredWebhook webhook(ResultSet row, StatementContext context)
      throws SQLException {
    return new StoredWebhook(
        row.getString("id"),
        row.getString("url"),
        ProtocolJson.MAPPER.readValue(row.getString("events"), PATTERNS),
        ProtocolJson.MAPPER.readValue(row.getString("calls"), PATTERNS),
        row.getString("state").equals("active"),
        row.getString("reason"),
        row.getString("previous_until"),
        row.getString("created_at"));
  }

  private static StoredDelivery toDelivery(ResultSet row, StatementContext context)
      throws SQLException {
    int status = row.getInt("status");
    boolean noStatus = row.wasNull();
    long millis = row.getLong("millis");
    boolean noMillis = row.wasNull();
    return new StoredDelivery(
        row.getLong("delivery"),
        row.getString("webhook"),
        row.getString("lane"),
        EventLog.event(row, context),
        row.getString("state"),
        row.getInt("attempts"),
        row.getString("created_at"),
        row.getString("next_at"),
        row.getString("last_at"),
        noStatus ? null : status,
        noMillis ? null : millis,
        row.getString("error"),
        row.getString("answer"));
  }
}
