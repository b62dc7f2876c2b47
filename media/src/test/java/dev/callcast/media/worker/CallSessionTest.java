package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class CallSessionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private record Event(String type, Map<String, Object> data) {}

  /** Keeps what a session tells. */
  private static final class Told implements WorkerEvents {
    final List<Event> events = new CopyOnWriteArrayList<>();

    @Override
    public void happened(String type, @Nullable Double mediaTime, Map<String, Object> data) {
      events.add(new Event(type, data));
    }

    @Override
    public void rolledOver(String endpoint, long ssrc, long counter) {}

    @Override
    public void keyed(String endpoint, String remoteKey, String localKey) {}

    @Override
    public void suspect(String participant, String track, boolean entering) {}

    List<Event> of(String type) {
      return events.stream().filter(event -> event.type().equals(type)).toList();
    }
  }

  private static EndpointSpec endpoint(String id, int port) {
    return new EndpointSpec(id, true, "127.0.0.1", port, null, List.of(), null, null);
  }

  private static CompositionSpec composition(long revision, String... seen) {
    return new CompositionSpec(
        "main",
        new CompositionSpec.Canvas(320, 180, 30, "#000000"),
        new CompositionSpec.Layout("grid", Map.of()),
        new CompositionSpec.Selection(List.of(seen), List.of("*"), "joined"),
        new CompositionSpec.Video(500_000, 2, Latency.NORMAL, "superfast"),
        new CompositionSpec.Audio(128_000, 2),
        new CompositionSpec.Limits(0, 0),
        List.of(),
        revision,
        false);
  }

  private static CallState state(long revision, List<EndpointSpec> endpoints) {
    return new CallState(
        "c", revision, endpoints, List.of(), null, List.of(composition(revision, "*")), null);
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
      return socket.getLocalPort();
    }
  }

  /** Nothing else waits for an endpoint whose port is taken, and it is opened when it is free. */
  @Test
  void aTakenPortIsNamedEverythingElseGoesOnAndItIsTriedAgain() throws Exception {
    Told told = new Told();
    int good = freePort();
    CallSession session = new CallSession("c", 1, told);
    try {
      int port;
      List<EndpointSpec> endpoints = new ArrayList<>();
      try (DatagramSocket taken = new DatagramSocket(0, HERE)) {
        port = taken.getLocalPort();
        endpoints.add(endpoint("bad", port));
        endpoints.add(endpoint("good", good));
        session.apply(state(1, endpoints), List.of(), List.of());
        await().atMost(PATIENCE).until(() -> !told.of("composition.live").isEmpty());
        assertThat(told.of("endpoint.failed"))
            .singleElement()
            .satisfies(event -> {
              assertThat(event.data()).containsEntry("endpoint", "bad");
              assertThat((String) event.data().get("reason")).contains("UDP port " + port);
            });
        // Changes are taken all the same.
        session.apply(state(2, endpoints), List.of(), List.of());
        await().atMost(PATIENCE).until(() -> !told.of("composition.updated").isEmpty());
        await().atMost(PATIENCE).until(() -> packets(session, "good", good) > 0);
        assertThat(told.of("endpoint.failed")).as("told once").hasSize(1);
        assertThat(told.of("endpoint.recovered")).isEmpty();
      }
      await().atMost(PATIENCE).until(() -> !told.of("endpoint.recovered").isEmpty());
      assertThat(told.of("endpoint.recovered").getFirst().data()).containsEntry("endpoint", "bad");
      await().atMost(PATIENCE).until(() -> packets(session, "bad", port) > 0);
    } finally {
      session.shutdown();
    }
    assertThat(told.of("composition.stopped")).hasSize(1);
  }

  private static ParticipantSpec participant(String id, long ssrc) {
    return new ParticipantSpec(
        id,
        id,
        false,
        false,
        1,
        0,
        List.of(
            new TrackSpec(
                "cam",
                TrackKind.VIDEO,
                TrackSource.CAMERA,
                "e",
                ssrc,
                101,
                Codec.VP8,
                90_000,
                0,
                null,
                false,
                List.of())));
  }

  /** An SFU may stop sending what is hidden; so that does not stall, and what does is awaited. */
  @Test
  void hintsSayWhatIsWantedAlsoOfWhatDoesNotCome() throws Exception {
    Told told = new Told();
    List<EndpointSpec> endpoints = List.of(endpoint("e", freePort()));
    List<ParticipantSpec> participants = List.of(participant("p", 1000), participant("q", 2000));
    CallSession session = new CallSession("c", 1, told);
    try {
      session.apply(
          new CallState("c", 1, endpoints, participants, null, List.of(composition(1, "p")), null),
          List.of(),
          List.of());
      await().atMost(PATIENCE).until(() -> told.of("layer.hint").size() == 2);
      await().atMost(PATIENCE).until(() -> !told.of("track.stalled").isEmpty());
      // In its place is a placeholder from now on; it would never come if the SFU were told so.
      await().during(Duration.ofMillis(500)).until(() -> told.of("layer.hint").size() == 2);
      Map<String, Object> p =
          Map.of(
              "participant",
              "p",
              "track",
              "cam",
              "visible",
              true,
              "width",
              320,
              "height",
              180,
              "recorded",
              false);
      Map<String, Object> q =
          Map.of("participant", "q", "track", "cam", "visible", false, "recorded", false);
      assertThat(told.of("layer.hint")).extracting(Event::data).containsExactlyInAnyOrder(p, q);
      session.apply(
          new CallState(
              "c", 2, endpoints, participants, null, List.of(composition(2, "p", "q")), null),
          List.of(),
          List.of());
      await()
          .atMost(PATIENCE)
          .until(() ->
              told.of("layer.hint").stream()
                  .anyMatch(event ->
                      event.data().get("participant").equals("q")
                          && event.data().get("visible").equals(true)));
      assertThat(told.of("track.stalled"))
          .extracting(event -> event.data().get("participant"))
          .containsExactly("p");
    } finally {
      session.shutdown();
    }
  }

  private static long packets(CallSession session, String endpoint, int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
      socket.send(new DatagramPacket(new byte[20], 20, HERE, port));
    }
    return session.stats().endpoints().stream()
        .filter(one -> one.id().equals(endpoint))
        .mapToLong(CallStats.EndpointStats::packets)
        .sum();
  }
}
