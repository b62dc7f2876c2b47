package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.send.SyntheticParticipant;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A thousand reads a second of a call's state: within one core, and no picture is late for it. */
@Tag("long")
class ApiLoadTest {
  private static final Logger log = LoggerFactory.getLogger(ApiLoadTest.class);
  private static final int RATE = 1_000; // requests a second
  private static final int CLIENTS = 100; // at once; a worker takes some 40 ms to answer
  private static final int WARM = 60; // s, until C2 has compiled what a read runs
  private static final int SECONDS = 15;

  /** As the kernel counts a process's time, ticks a second. */
  private static final double HERTZ = 100;

  @Test
  void aThousandReadsASecondCostLessThanOneCore() throws Exception {
    try (LiveNode node = LiveNode.serve();
        HttpClient http = HttpClient.newHttpClient()) {
      LiveCall call = node.call("read");
      call.endpoint("e1");
      call.joinAll(
          IntStream.range(0, 4).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList());
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 3);
      HttpRequest read = HttpRequest.newBuilder(URI.create(node.url() + call.path())).build();
      ask(http, read, WARM);

      long skipped = skipped(node, call);
      double before = cpu(node.pid());
      double took = ask(http, read, SECONDS);
      double cores = (cpu(node.pid()) - before) / took;
      log.info(
          "{} reads a second: {} cores of the node",
          Math.round(SECONDS * RATE / took),
          "%.2f".formatted(cores));
      assertThat(SECONDS * RATE / took).as("reads a second").isGreaterThan(RATE * 0.98);
      assertThat(cores).isLessThan(1);
      assertThat(skipped(node, call)).as("skipped ticks").isEqualTo(skipped);
    }
  }

  private static long skipped(LiveNode node, LiveCall call) throws Exception {
    JsonNode composition = node.api().get(call.path() + "/compositions/main");
    return composition.path("stats").get("skippedTicks").asLong();
  }

  /** User and system time so far, s. */
  private static double cpu(long pid) throws Exception {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / HERTZ;
  }

  /** Asks at the rate for so long, and says how long it took, s. */
  private static double ask(HttpClient http, HttpRequest read, int seconds) throws Exception {
    long began = System.nanoTime();
    long pause = TimeUnit.SECONDS.toNanos(1) * CLIENTS / RATE;
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        long first = began + pause * client / CLIENTS;
        Callable<Integer> asks =
            () -> {
              for (int i = 0; i < seconds * RATE / CLIENTS; i++) {
                TimeUnit.NANOSECONDS.sleep(first + i * pause - System.nanoTime());
                int status = http.send(read, HttpResponse.BodyHandlers.discarding()).statusCode();
                if (status != 200) {
                  return status;
                }
              }
              return 200;
            };
        all.add(clients.submit(asks));
      }
      for (Future<Integer> one : all) {
        assertThat(one.get()).isEqualTo(200);
      }
    }
    return (System.nanoTime() - began) / 1e9;
  }
}
