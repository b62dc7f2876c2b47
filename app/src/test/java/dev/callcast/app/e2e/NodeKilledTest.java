package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The node is killed and restarted under running calls, alone or together with its workers. */
@Tag("media")
class NodeKilledTest {
  @Test
  void workersGoOnWithoutIt() throws Exception {
    try (LiveNode node = LiveNode.serve()) {
      List<TriedCall> calls = TriedCall.startAll(node, List.of());
      Map<TriedCall, Long> workers = workers(calls);

      for (TriedCall tried : calls) {
        tried.declareLate();
      }
      node.kill();
      for (TriedCall tried : calls) {
        tried.lateSends();
      }
      node.restart();
      for (TriedCall tried : calls) {
        tried.awaitLateEvent();
      }
      commandsWork(calls, "split");
      node.terminate();
      node.restart();
      commandsWork(calls, "grid");

      assertThat(workers(calls)).isEqualTo(workers);
      List<Path> files = TriedCall.stopAll(calls);
      for (TriedCall tried : calls) {
        assertThat(tried.call().recordings()).hasSize(1);
        assertThat(tried.call().events("worker.started")).hasSize(1);
        assertThat(tried.call().events("worker.died")).isEmpty();
        tried.check(files.get(calls.indexOf(tried)), 0);
        tried.checkEvents();
      }
    }
  }

  @Test
  @Tag("long")
  void allDieTogether() throws Exception {
    try (LiveNode node = LiveNode.serve()) {
      List<TriedCall> calls = TriedCall.startAll(node, List.of());
      Map<TriedCall, TriedCall.Death> deaths = new HashMap<>();
      node.kill();
      for (TriedCall tried : calls) {
        deaths.put(tried, tried.killWorker());
      }
      node.restart();
      for (TriedCall tried : calls) {
        tried.awaitLive(deaths.get(tried), "rec");
      }
      commandsWork(calls, "grid");
      for (TriedCall tried : calls) {
        tried.record(3);
      }
      List<Path> files = TriedCall.stopAll(calls);
      for (TriedCall tried : calls) {
        assertThat(tried.call().recordings()).hasSize(1);
        assertThat(tried.call().events("worker.started")).hasSize(2);
        assertThat(tried.call().events("worker.died")).hasSize(1);
        tried.checkCopy(deaths.get(tried));
        tried.check(files.get(calls.indexOf(tried)), 1);
        tried.checkEvents();
      }
    }
  }

  private static Map<TriedCall, Long> workers(List<TriedCall> calls) throws Exception {
    Map<TriedCall, Long> workers = new HashMap<>();
    for (TriedCall tried : calls) {
      workers.put(tried, tried.call().workerPid());
    }
    return workers;
  }

  /** A layout takes effect in every call, and two seconds are recorded with it. */
  private static void commandsWork(List<TriedCall> calls, String preset) throws Exception {
    for (TriedCall tried : calls) {
      tried.layout(preset);
    }
    for (TriedCall tried : calls) {
      tried.record(1.5);
    }
  }
}
