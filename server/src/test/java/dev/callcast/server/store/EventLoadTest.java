package dev.callcast.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WorkerEvent;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many events a second the log takes, of several calls at once, each durable. */
@Tag("long")
class EventLoadTest {
  private static final Logger log = LoggerFactory.getLogger(EventLoadTest.class);
  private static final int CALLS = 10;
  private static final int SECONDS = 10;
  private static final int RATE = 5_000;
  private static final int AT_ONCE = 100;

  @TempDir Path data;

  @Test
  void fiveThousandASecondGoIntoTheLog() throws Exception {
    try (Store store = open()) {
      for (int call = 0; call < CALLS; call++) {
        store.calls().create("c" + call);
        store.calls().nextEpoch("c" + call);
      }
      append(store, 0); // until it is compiled
      long before = cpu();
      double took = append(store, SECONDS * RATE / CALLS);
      log.info(
          "{} events a second, {} cores",
          Math.round(SECONDS * RATE / took),
          "%.2f".formatted((cpu() - before) / 1e9 / took));
      assertThat(SECONDS * RATE / took).as("events a second").isGreaterThan(RATE);
      assertThat(store.events().last()).isEqualTo(2L * SECONDS * RATE + CALLS);
    }
  }

  private Store open() throws Exception {
    return Store.open(
        "jdbc:sqlite:" + data.resolve("callcast.db"),
        NodeKey.open(data.resolve("node.key")),
        RecordingPlaces.directory(data.resolve("recordings")),
        "n1",
        data.resolve("assets"),
        NetworkPolicy.LOOPBACK,
        null);
  }

  /** Appends as many as that takes, and says how long, s. */
  private static double append(Store store, long from) throws Exception {
    long began = System.nanoTime();
    try (ExecutorService workers = Executors.newFixedThreadPool(CALLS)) {
      List<Future<?>> all =
          IntStream.range(0, CALLS)
              .<Future<?>>mapToObj(call -> workers.submit(() -> append(store, "c" + call, from)))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private static void append(Store store, String call, long from) {
    for (long done = from; done < from + SECONDS * RATE / CALLS; done += AT_ONCE) {
      store
          .calls()
          .appendWorkerEvents(
              call,
              1,
              LongStream.rangeClosed(done + 1, done + AT_ONCE)
                  .mapToObj(number ->
                      new WorkerEvent.Happened(
                          1,
                          number,
                          "track.live",
                          "2026-01-01T00:00:00.000Z",
                          1.25,
                          Map.of("participant", "ada", "track", "camera")))
                  .toList());
    }
  }

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
