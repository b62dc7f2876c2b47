package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.Gst;
import dev.callcast.media.worker.CallSession;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole calls that come and go, with participants of every codec who leave and return, a recording,
 * an RTMP output that nobody takes and a second composition, in a process under GStreamer's leaks
 * tracer: at the end no native object is alive.
 */
@Tag("media")
class SessionLeakTest {
  private static final int ROUNDS = 3;

  @TempDir Path directory;

  @Test
  void aCallLeavesNothingBehind() throws Exception {
    Path log = directory.resolve("gst.log");
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            SessionLeakTest.class.getName(),
            directory.toString());
    builder.environment().put("GST_TRACERS", "leaks");
    builder.environment().put("GST_DEBUG", "GST_TRACER:7,leaks:7");
    builder.environment().put("GST_DEBUG_FILE", log.toString());
    builder.environment().put("G_DEBUG", "fatal-criticals");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(() -> read(output)).isZero();
    assertThat(read(log)).as("the tracer ran").contains("new format string: object-alive");
    assertThat(read(log).lines())
        .filteredOn(line -> line.contains("object-alive, ") && !line.contains("new format string"))
        .isEmpty();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The process under test. */
  public static void main(String[] arguments) throws Exception {
    List<SyntheticParticipant> people =
        List.of(
            SyntheticParticipant.of(0, "P0", "e1", Codec.VP8, Codec.OPUS),
            SyntheticParticipant.of(1, "P1", "e1", Codec.VP9, Codec.PCMU),
            SyntheticParticipant.of(2, "P2", "e1", Codec.H264, Codec.PCMA));
    try (Senders senders = Senders.start()) {
      senders.prepare(people);
      for (int round = 0; round < ROUNDS; round++) {
        call(senders, people, Path.of(arguments[0], "round-" + round + ".mp4"));
      }
    }
    Gst.deinit();
  }

  private static void call(Senders senders, List<SyntheticParticipant> people, Path file)
      throws Exception {
    int port;
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    CallSession session = new CallSession("leak", 1, new NoEvents());
    senders.open(TransportSpec.of("e1", "127.0.0.1", port, null));
    State state = new State(port, file);
    session.apply(state.of(people, "grid", 1), List.of(), List.of());
    for (SyntheticParticipant participant : people) {
      senders.add(participant);
    }
    awaitDecoded(session, 3);
    session.snapshot("main", 320);
    // One leaves and returns, the others stay; another layout.
    session.apply(state.of(people.subList(0, 2), "dominant", 2), List.of(), List.of());
    LiveCall.await(Duration.ofSeconds(10), "two are left", () -> decoded(session) == 2);
    session.apply(state.of(people, "audio-only", 3), List.of(), List.of());
    session.apply(state.of(people, "grid", 4), List.of(), List.of());
    awaitDecoded(session, 3);
    people.forEach(participant -> senders.remove(participant.id()));
    session.shutdown();
    if (Files.size(file) < 10_000) {
      throw new IllegalStateException("next to nothing was recorded");
    }
  }

  private static void awaitDecoded(CallSession session, int wanted) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(20),
        wanted + " pictures and sounds",
        () -> decoded(session) == wanted && session.stats().compositions().size() == 2);
  }

  private static long decoded(CallSession session) {
    return session.stats().tracks().stream()
        .filter(CallStats.TrackStats::decoded)
        .filter(track -> track.width() > 0)
        .count();
  }

  /** A call with one endpoint and two compositions. */
  private record State(int port, Path file) {
    CallState of(List<SyntheticParticipant> people, String preset, long revision) {
      List<ParticipantSpec> participants = new ArrayList<>();
      people.forEach(participant -> participants.add(participant.toSpec()));
      return new CallState(
          "leak",
          revision,
          List.of(new EndpointSpec("e1", true, "127.0.0.1", port, null, List.of(), null, null)),
          participants,
          null,
          List.of(
              composition(
                  "main",
                  640,
                  360,
                  preset,
                  revision,
                  List.of(
                      new OutputSpec.Recording("rec", "r1", file.toString(), 0),
                      new OutputSpec.Rtmp("rtmp", "rtmp://127.0.0.1:9/app/key", null, true))),
              composition("upright", 360, 640, preset, revision, List.of())),
          null);
    }

    private static CompositionSpec composition(
        String id, int width, int height, String preset, long revision, List<OutputSpec> outputs) {
      return new CompositionSpec(
          id,
          new CompositionSpec.Canvas(width, height, 30, "#000000"),
          new CompositionSpec.Layout(preset, Map.of("videoSettings.showParticipantLabels", true)),
          new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
          new CompositionSpec.Video(500_000, 2, Latency.NORMAL, "ultrafast"),
          new CompositionSpec.Audio(64_000, 2),
          new CompositionSpec.Limits(0, 0),
          outputs,
          revision,
          false);
    }
  }

  /** What happens is of no interest here. */
  private static final class NoEvents implements WorkerEvents {
    @Override
    public void happened(String type, Double mediaTime, Map<String, Object> data) {}

    @Override
    public void rolledOver(String endpoint, long ssrc, long counter) {}

    @Override
    public void keyed(String endpoint, String remoteKey, String localKey) {}

    @Override
    public void suspect(String participant, String track, boolean entering) {}
  }
}
