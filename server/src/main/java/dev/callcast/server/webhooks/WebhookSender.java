package dev.callcast.server.webhooks;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.outgoing.OutgoingHttp;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.StoredDelivery;
import dev.callcast.server.store.StoredWebhook;
import dev.callcast.server.store.WebhookStore;
import dev.callcast.server.store.WebhookStore.Outcome;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers to one webhook. One virtual thread looks for lanes whose head is due, each attempt has
 * another: up to {@link #AT_ONCE} calls at a time, one event of each. Nothing is kept in memory but
 * what is under way, so a webhook that is dead for a day costs rows and no more. Made and closed by
 * {@link Webhooks}.
 */
final class WebhookSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
  private static final int AT_ONCE = 8;
  private static final int GONE = 410;

  /** Of an answer, in bytes; what is kept of it for the log, in characters. */
  private static final int MOST_READ = 64 << 10;

  private static final int MOST_KEPT = 500;

  private static final long IDLE_MILLIS = 60_000;
  private static final long STORE_AWAY_MILLIS = 1000;

  private final String webhook;
  private final WebhookStore store;
  private final WebhookTimers timers;
  private final OutgoingHttp http;
  private final Outcomes outcomes;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private final Set<String> busy = new HashSet<>(); // lanes under way; guarded by lock
  private boolean again; // guarded by lock
  private volatile boolean closing;

  WebhookSender(
      String webhook,
      WebhookStore store,
      WebhookTimers timers,
      OutgoingHttp http,
      Outcomes outcomes) {
    this.webhook = webhook;
    this.store = store;
    this.timers = timers;
    this.http = http;
    this.outcomes = outcomes;
    Thread.ofVirtual().name("webhook-" + webhook).start(this::run);
  }

  /** There may be something to do. */
  void wake() {
    lock.lock();
    try {
      again = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!closing) {
      long wait;
      try {
        wait = look();
      } catch (RuntimeException e) {
        LOG.error("webhook {}: its deliveries cannot be read; tried again", webhook, e);
        wait = STORE_AWAY_MILLIS;
      }
      await(wait);
    }
  }

  /** Starts what is due; returns for how many ms nothing will be. */
  private long look() {
    int under;
    lock.lock();
    try {
      again = false;
      under = busy.size();
    } finally {
      lock.unlock();
    }
    if (under >= AT_ONCE) {
      return IDLE_MILLIS; // The end of an attempt wakes us.
    }
    Instant now = Instant.now();
    // Those under way are still due in the store.
    for (StoredDelivery delivery : store.due(webhook, now, AT_ONCE + under)) {
      begin(delivery);
    }
    String next = store.nextDue(webhook, now);
    return next == null
        ? IDLE_MILLIS
        : Math.clamp(
            Duration.between(Instant.now(), Instant.parse(next)).toMillis(), 1, IDLE_MILLIS);
  }

  private void begin(StoredDelivery delivery) {
    lock.lock();
    try {
      if (busy.size() >= AT_ONCE || !busy.add(delivery.lane())) {
        return;
      }
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual()
        .name("webhook-" + webhook + "-" + delivery.id())
        .start(() -> {
          try {
            deliver(delivery);
          } finally {
            lock.lock();
            try {
              busy.remove(delivery.lane());
              again = true;
              woken.signalAll();
            } finally {
              lock.unlock();
            }
          }
        });
  }

  private void await(long millis) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lock();
    try {
      while (!again && !closing && nanos > 0) {
        nanos = woken.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      closing = true;
    } finally {
      lock.unlock();
    }
  }

  private void deliver(StoredDelivery delivery) {
    try {
      Optional<StoredWebhook> current = store.get(webhook).filter(StoredWebhook::active);
      // Another attempt may have been stored since the look that found this one due.
      Optional<StoredDelivery> fresh =
          store
              .delivery(webhook, delivery.id())
              .filter(found -> found.attempts() == delivery.attempts())
              .filter(found -> found.state().equals(StoredDelivery.PENDING));
      if (current.isEmpty() || fresh.isEmpty() || closing) {
        return;
      }
      Outcome outcome = attempt(current.get(), delivery);
      if (closing && outcome.status() == null) {
        return; // Broken off by the node's end: that says nothing about the webhook.
      }
      outcomes.store(outcome);
      if (outcome.status() != null && outcome.status() == GONE) {
        disable(current.get());
      }
    } catch (InterruptedException e) {
      closing = true;
    } catch (RuntimeException | ExecutionException e) {
      // It stays pending, and comes twice: so much is promised.
      LOG.error("webhook {}: what came of a delivery cannot be stored", webhook, e);
      try {
        Thread.sleep(STORE_AWAY_MILLIS);
      } catch (InterruptedException interrupted) {
        closing = true;
      }
    }
  }

  private Outcome attempt(StoredWebhook to, StoredDelivery delivery) {
    Instant now = Instant.now();
    long began = System.nanoTime();
    String id = Long.toString(delivery.event().id());
    byte[] body = ProtocolJson.MAPPER.writeValueAsBytes(delivery.event().json());
    long timestamp = now.getEpochSecond();
    Integer status = null;
    String answer = null;
    String error = null;
    int retryAfter = 0;
    try {
      List<String> secrets = store.secrets(webhook, now).all();
      OutgoingHttp.Response response =
          http.post(
              URI.create(to.url()),
              Map.of(
                  "webhook-id", id,
                  "webhook-timestamp", Long.toString(timestamp),
                  "webhook-signature", Signature.of(secrets, id, timestamp, body)),
              body,
              timers.timeout(),
              MOST_READ);
      status = response.status();
      answer = shortened(response.body());
      retryAfter = response.retryAfter();
      if (status < 200 || status >= 300) {
        error =
            status >= 300 && status < 400
                ? "redirects are not followed"
                : "the answer was " + status;
      }
    } catch (IOException e) {
      error = shortened(e.getMessage() == null ? e.toString() : e.getMessage());
    } catch (IllegalStateException e) {
      // The secret is sealed with another node's key, or the client is closed.
      error = shortened(String.valueOf(e.getMessage()));
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    String state = StoredDelivery.DELIVERED;
    String nextAt = null;
    if (error != null) {
      Instant end = Instant.parse(delivery.createdAt()).plus(timers.giveUpAfter());
      boolean over = !Instant.now().isBefore(end) || (status != null && status == GONE);
      state = over ? StoredDelivery.FAILED : StoredDelivery.PENDING;
      nextAt = over ? null : Ids.time(next(delivery.attempts() + 1, retryAfter, end));
      LOG.info(
          "webhook {}: {} of call {} not delivered ({}), {}",
          webhook,
          delivery.event().type(),
          delivery.event().call(),
          error,
          over ? "given up" : "again at " + nextAt);
    }
    return new Outcome(delivery, state, nextAt, Ids.time(now), status, millis, error, answer);
  }

  /** When to try again, once more at the very end at the latest. */
  private Instant next(int attempts, int retryAfter, Instant end) {
    Duration delay = timers.delay(attempts);
    Duration asked = Duration.ofSeconds(retryAfter);
    if (asked.compareTo(delay) > 0) {
      delay = asked.compareTo(timers.slowestRetry()) < 0 ? asked : timers.slowestRetry();
    }
    Instant next = Instant.now().plus(delay);
    return next.isBefore(end) ? next : end;
  }

  private void disable(StoredWebhook gone) {
    LOG.warn("webhook {} answered 410 Gone: it is disabled", webhook);
    store.update(
        new StoredWebhook(
            gone.id(),
            gone.url(),
            gone.events(),
            gone.calls(),
            false,
            "it answered 410 Gone",
            gone.previousUntil(),
            gone.createdAt()));
  }

  private static String shortened(@Nullable String text) {
    String clean = text == null ? "" : text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return clean.length() <= MOST_KEPT ? clean : clean.substring(0, MOST_KEPT) + "…";
  }

  @Override
  public void close() {
    closing = true;
    wake();
  }
}
