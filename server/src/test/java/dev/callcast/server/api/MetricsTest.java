package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionStatus;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.protocol.ProtocolJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class MetricsTest {
  @TempDir Path data;

  @Test
  void whatWorkersMeasureIsShownAndGoneWithTheirCalls() throws Exception {
    try (TestNode node =
        new TestNode(TestNode.config(data, true).withCapacity(new CapacityConfig(100, true)))) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      node.post("/v1/calls", "{\"id\":\"quiet\"}").is(201);
      node.gateway.stats.put(
          "a",
          new CallStats(
              12.5,
              70_000_000,
              null,
              List.of(new CallStats.EndpointStats("e1", 100, 1, 2, 3, 4, null)),
              List.of(
                  new CallStats.TrackStats(
                      "ada", "cam", 90, 9000, 2, 1, 3.5, 0, 5, 640, 360, 29.9, 0, true, false, true,
                      "640x360")),
              List.of(
                  new CallStats.CompositionStats(
                      "main",
                      CompositionStatus.LIVE,
                      1,
                      300,
                      7,
                      4.5,
                      10.0,
                      3_100_000,
                      List.of("scaling", "graphics"),
                      List.of(
                          new CallStats.OutputStats(
                              "yt",
                              "rtmp",
                              OutputStatus.RETRYING,
                              "gone",
                              "x",
                              5000,
                              150,
                              3,
                              2))))));
      TestNode.Answered answer = node.get("/metrics").is(200);
      assertThat(answer.response().headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/plain");
      String text = new String(answer.body(), UTF_8);
      checkDashboard(text);
      assertThat(text.lines())
          .contains(
              "callcast_composition_degraded{call=\"a\",composition=\"main\"} 2.0",
              "# TYPE callcast_composition_skipped_ticks_total counter",
              "callcast_composition_skipped_ticks_total{call=\"a\",composition=\"main\"} 7.0",
              "callcast_composition_bitrate{call=\"a\",composition=\"main\"} 3100000.0",
              "callcast_track_lost_packets_total{call=\"a\",participant=\"ada\",track=\"cam\"} 2.0",
              "callcast_track_jitter_seconds{call=\"a\",participant=\"ada\",track=\"cam\"} 0.0035",
              "callcast_endpoint_refused_packets_total"
                  + "{call=\"a\",endpoint=\"e1\",reason=\"authentication\"} 4.0",
              "callcast_output_state"
                  + "{call=\"a\",composition=\"main\",output=\"yt\",state=\"retrying\",type=\"rtmp\"} 1.0",
              "callcast_output_state"
                  + "{call=\"a\",composition=\"main\",output=\"yt\",state=\"live\",type=\"rtmp\"} 0.0",
              "callcast_worker_cpu_seconds_total{call=\"a\"} 12.5",
              "callcast_worker_reachable{call=\"a\"} 1.0",
              "callcast_worker_reachable{call=\"quiet\"} 0.0",
              "callcast_webhook_deliveries_pending{node=\"n1\"} 0.0");
      node.delete("/v1/calls/a").is(204);
      assertThat(new String(node.get("/metrics").is(200).body(), UTF_8))
          .doesNotContain("call=\"a\"");
      node.key = null;
      node.get("/metrics").problem(401, null);
    }
  }

  /** What {@code docs/grafana.json} asks for is what is told, by name and label. */
  private static void checkDashboard(String metrics) throws Exception {
    String dashboard = Files.readString(Path.of("..", "docs", "grafana.json"));
    JsonNode json = ProtocolJson.MAPPER.readTree(dashboard);
    List<String> queries = new ArrayList<>();
    for (JsonNode panel : json.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(target.get("expr").asString());
      }
    }
    assertThat(queries).hasSizeGreaterThan(20);
    queries.add(json.at("/templating/list/1/query").asString());
    for (String query : queries) {
      Matcher series = Pattern.compile("(callcast_\\w+)(?:\\{([^}]*)})?").matcher(query);
      assertThat(series.find()).as(query).isTrue();
      do {
        String name = series.group(1);
        List<String> told = metrics.lines().filter(line -> line.startsWith(name + "{")).toList();
        assertThat(told).as("%s of %s", name, query).isNotEmpty();
        Matcher labels =
            Pattern.compile("(\\w+)=~?\"").matcher(series.group(2) == null ? "" : series.group(2));
        while (labels.find()) {
          assertThat(told).as(query).allMatch(line -> line.contains(labels.group(1) + "=\""));
        }
      } while (series.find());
    }
  }
}
