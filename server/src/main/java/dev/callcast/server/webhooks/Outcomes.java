package dev.callcast.server.webhooks;

import dev.callcast.server.store.WebhookStore;
import dev.callcast.server.store.WebhookStore.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Stores what came of attempts: all that are there at a time in one transaction, for a commit costs
 * an fsync, and a hundred webhooks hear of the same event at the same moment. One thread of its
 * own; any thread may {@link #store}.
 */
final class Outcomes implements AutoCloseable {
  private record Waiting(@Nullable Outcome outcome, CompletableFuture<Boolean> stored) {}

  private final WebhookStore store;
  private final LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
  private final Thread thread = Thread.ofVirtual().name("webhook-outcomes").unstarted(this::run);

  Outcomes(WebhookStore store) {
    this.store = store;
  }

  void start() {
    thread.start();
  }

  /** Returns when it is durable; throws what the store threw. */
  void store(Outcome outcome) throws InterruptedException, ExecutionException {
    Waiting waiting = new Waiting(outcome, new CompletableFuture<>());
    queue.add(waiting);
    var _ = waiting.stored().get();
  }

  private void run() {
    List<Waiting> batch = new ArrayList<>();
    while (true) {
      try {
        batch.add(queue.take());
      } catch (InterruptedException e) {
        return;
      }
      queue.drainTo(batch);
      List<Outcome> outcomes = new ArrayList<>();
      boolean last = false;
      for (Waiting waiting : batch) {
        if (waiting.outcome() == null) {
          last = true;
        } else {
          outcomes.add(waiting.outcome());
        }
      }
      try {
        store.record(outcomes);
        batch.forEach(waiting -> waiting.stored().complete(true));
      } catch (RuntimeException e) {
        batch.forEach(waiting -> waiting.stored().completeExceptionally(e));
      }
      batch.clear();
      if (last) {
        return;
      }
    }
  }

  /** Stores what is there, and ends. */
  @Override
  public void close() {
    queue.add(new Waiting(null, new CompletableFuture<>()));
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
