package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.fault.PacketCounter;
import dev.callcast.testkit.fault.PacketCounter.Seen;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the API and the metrics say of tracks is what a counter on the way there saw, packet by
 * packet and byte by byte: with a camera whose packets get lost and come again, and one that has
 * nothing sent again.
 */
@Tag("media")
class PacketCounterTest {
  private static final Logger log = LoggerFactory.getLogger(PacketCounterTest.class);
  private static final int EACH = 40;

  @Test
  void apiAndMetricsAgreeWithWhatPassed() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("counted");
      TransportSpec endpoint = call.declareEndpoint(Map.of("id", "e1", "rtcpMux", true), null);
      SyntheticParticipant again = SyntheticParticipant.of(0, "P0", "e1").withStay(0, 6);
      SyntheticParticipant never = SyntheticParticipant.of(1, "P1", "e1").withStay(0, 6);
      never = never.withTracks(never.tracks().stream().map(SyntheticTrack::withoutRtx).toList());
      SyntheticTrack repeated = again.tracks().getFirst();
      SyntheticTrack unrepeated = never.tracks().getFirst();
      try (PacketCounter counter =
          new PacketCounter(
              endpoint.port(), Map.of(repeated.ssrc(), EACH, unrepeated.ssrc(), EACH))) {
        node.senders().open(TransportSpec.of("e1", "127.0.0.1", counter.port(), null));
        node.senders().prepare(List.of(again, never));
        call.compose(LiveCall.composition("main", 320, 180, 10, "grid"));
        for (SyntheticParticipant one : List.of(again, never)) {
          call.declare(one);
          LiveCall.await(
              Duration.ofSeconds(10),
              one.id() + " is expected",
              () -> call.track(one.id(), "cam").has("packets"));
          node.senders().add(one);
        }
        for (SyntheticParticipant one : List.of(again, never)) {
          for (SyntheticTrack track : one.tracks()) {
            LiveCall.await(
                Duration.ofSeconds(20),
                one.id() + "/" + track.id() + " has stopped, and all of it is counted",
                () ->
                    !call.track(one.id(), track.id()).get("live").asBoolean()
                        && agree(counter, track, call.track(one.id(), track.id())));
          }
        }
        JsonNode state = call.state();
        String metrics = metrics(node);
        for (SyntheticParticipant one : List.of(again, never)) {
          for (SyntheticTrack track : one.tracks()) {
            JsonNode said = LiveCall.track(state, one.id(), track.id());
            Seen seen = counter.seen(track.ssrc());
            log.info("{}/{}: {}, and the API {}", one.id(), track.id(), seen, said);
            assertThat(seen.passed()).isGreaterThan(200);
            for (String name : List.of("packets", "bytes")) {
              assertThat(metric(metrics, name, one.id(), track.id()))
                  .isEqualTo(said.get(name).asLong());
            }
            assertThat(metric(metrics, "lost_packets", one.id(), track.id()))
                .isEqualTo(said.get("lost").asLong());
            assertThat(metric(metrics, "recovered_packets", one.id(), track.id()))
                .isEqualTo(said.get("recovered").asLong());
          }
        }
        long lost = counter.seen(repeated.ssrc()).lost();
        assertThat(lost).isGreaterThan(5);
        assertThat(LiveCall.track(state, "p0", "cam").get("recovered").asLong()).isPositive();
        assertThat(LiveCall.track(state, "p1", "cam").get("recovered").asLong()).isZero();
      }
    }
  }

  /** Nothing that passed is missing, and each that was lost was lost or recovered, not both. */
  private static boolean agree(PacketCounter counter, SyntheticTrack track, JsonNode said) {
    Seen itself = counter.seen(track.ssrc());
    long bytes = itself.bytes();
    if (track.rtx() != null) {
      bytes += counter.seen(track.rtx().ssrc()).bytes();
    }
    long gone = said.get("lost").asLong() + said.get("recovered").asLong();
    return said.get("packets").asLong() == itself.passed()
        && said.get("bytes").asLong() == bytes
        // Behind the last that came nobody knows of another.
        && (gone == itself.lost() || gone == itself.lost() - 1);
  }

  private static String metrics(LiveNode node) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create(node.url() + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static long metric(String metrics, String name, String participant, String track) {
    var matcher =
        Pattern.compile(
                "callcast_track_"
                    + name
                    + "(?:_total)?\\{[^}]*participant=\""
                    + participant
                    + "\",track=\""
                    + track
                    + "\"[^}]*} (\\d+)")
            .matcher(metrics);
    assertThat(matcher.find()).as(name + " of " + participant + "/" + track + metrics).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
