package dev.callcast.server.webhooks;

import dev.callcast.server.outgoing.OutgoingHttp;
import dev.callcast.server.store.EventLog;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredWebhook;
import dev.callcast.server.store.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to webhooks: at least once, in order per call. One thread reads the log and notes
 * in the store what is to be delivered to whom; each webhook has a {@link WebhookSender} of its
 * own, so that one that is dead or hangs delays no other. What was delivered is durable before the
 * next event of the same call goes out: whenever the node dies, the next one goes on where it was,
 * and the event under way comes twice with the same id.
 *
 * <p>Owned and closed by the node.
 */
public final class Webhooks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private static final int BATCH = 500;

  /** Other nodes append to the log and change webhooks too, and nobody wakes us for that. */
  private static final long LOOK_MILLIS = 1000;

  private static final long TIDY_NANOS = Duration.ofHours(1).toNanos();

  private final EventLog log;
  private final WebhookStore store;
  private final WebhookTimers timers;
  private final OutgoingHttp http;
  private final DispatchLease lease;
  private final String incarnation = UUID.randomUUID().toString();
  private final Outcomes outcomes;
  private final Map<String, WebhookSender> senders = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean changed = true;

  public Webhooks(Store store, String node, WebhookTimers timers, OutgoingHttp http) {
    this.log = store.events();
    this.store = store.webhooks();
    this.timers = timers;
    this.http = http;
    this.lease = new DispatchLease(store.webhooks(), node, incarnation);
    this.outcomes = new Outcomes(store.webhooks());
    this.thread = Thread.ofVirtual().name("webhooks").unstarted(this::run);
  }

  public void start() {
    outcomes.start();
    thread.start();
  }

  /** A webhook was made, changed or deleted, or asked to deliver again. */
  public void changed() {
    changed = true;
    log.wake();
  }

  private void run() {
    long tidied = System.nanoTime() - TIDY_NANOS;
    while (!closing) {
      long seen = log.appends();
      boolean more = false;
      try {
        if (lease.held()) {
          if (changed || store.shared()) {
            changed = false;
            adjust();
          }
          more = fanOut();
          if (System.nanoTime() - tidied >= TIDY_NANOS) {
            tidied = System.nanoTime();
            store.forget(Instant.now().minus(timers.kept()));
          }
        } else {
          stopSenders();
          changed = true;
        }
        if (!more && !closing) {
          log.await(seen, LOOK_MILLIS);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.error("webhooks: the store does not take or give what is to be delivered", e);
        changed = true;
        pause();
      }
    }
  }

  private boolean fanOut() {
    WebhookStore.FannedOut done = store.fanOut(incarnation, BATCH);
    for (String webhook : done.webhooks()) {
      WebhookSender sender = senders.get(webhook);
      if (sender != null) {
        sender.wake();
      } else {
        changed = true;
      }
    }
    return done.more() || (changed && !done.webhooks().isEmpty());
  }

  /** Gives each active webhook its sender, and looks again at those that have one. */
  private void adjust() {
    List<StoredWebhook> active = store.active();
    Set<String> gone = new HashSet<>(senders.keySet());
    for (StoredWebhook webhook : active) {
      gone.remove(webhook.id());
      senders
          .computeIfAbsent(webhook.id(), id -> new WebhookSender(id, store, timers, http, outcomes))
          .wake();
    }
    for (String id : gone) {
      WebhookSender sender = senders.remove(id);
      if (sender != null) {
        sender.close();
      }
    }
  }

  private void stopSenders() {
    senders.values().forEach(WebhookSender::close);
    senders.clear();
  }

  private void pause() {
    try {
      Thread.sleep(Duration.ofMillis(LOOK_MILLIS));
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /** Breaks off what is under way: the next node delivers it. The HTTP client is closed before. */
  @Override
  public void close() {
    closing = true;
    log.wake();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopSenders();
    outcomes.close();
    try {
      lease.release();
    } catch (RuntimeException e) {
      LOG.warn("the next node delivers webhooks a little later: {}", e.getMessage());
    }
  }
}
