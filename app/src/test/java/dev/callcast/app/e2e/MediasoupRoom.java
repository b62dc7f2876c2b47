package dev.callcast.app.e2e;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A real mediasoup in a Node.js process, with a router that the client of {@code clients/mediasoup}
 * attaches to a call. Synthetic participants send to it instead of to Callcast; each has a
 * transport of its own. Used by the test's thread, which closes it.
 */
final class MediasoupRoom implements AutoCloseable {
  private static final Path CLIENT =
      Path.of("..", "clients", "mediasoup").toAbsolutePath().normalize();

  private final LiveNode node;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private int requests;

  /** Starts it on a call, which is opened if it is not; options are those of {@code attach}. */
  MediasoupRoom(LiveNode node, String call, Map<String, Object> options)
      throws IOException, InterruptedException {
    this.node = node;
    ProcessBuilder builder =
        new ProcessBuilder(
            "node",
            CLIENT.resolve("test/room.mjs").toString(),
            node.url(),
            call,
            ProtocolJson.MAPPER.writeValueAsString(options));
    builder.environment().put("MEDIASOUP_WORKER_BIN", worker());
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the room did not start; its words are above");
    }
  }

  /** The worker that {@code ./test} has built; built now where it was not. */
  private static String worker() throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(CLIENT.resolve("../../bin/mediasoup.sh").normalize().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String path = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (build.waitFor() != 0) {
      throw new IOException("mediasoup's worker cannot be built");
    }
    return path.strip();
  }

  private JsonNode ask(String command, Map<String, Object> arguments) throws IOException {
    Map<String, Object> message = new LinkedHashMap<>(arguments);
    message.put("command", command);
    message.put("request", ++requests);
    commands.write(ProtocolJson.MAPPER.writeValueAsString(message) + "\n");
    commands.flush();
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the room has ended");
    }
    JsonNode answer = ProtocolJson.MAPPER.readTree(line);
    if (answer.has("error")) {
      throw new IOException(command + ": " + answer.get("error").asString());
    }
    return answer;
  }

  /**
   * A participant joins the room and sends to it. Further cameras are simulcast layers of the
   * first, each smaller than the one before.
   */
  void join(SyntheticParticipant participant) throws IOException, InterruptedException {
    JsonNode transport = ask("transport", Map.of());
    String id = "to-" + participant.id();
    node.senders()
        .open(
            TransportSpec.of(
                id, transport.get("ip").asString(), transport.get("port").asInt(), null));
    SyntheticParticipant sender =
        participant.withTracks(
            participant.tracks().stream().map(track -> through(track, id)).toList());
    ask(
        "join",
        Map.of(
            "transport", transport.get("id").asString(),
            "participant", participant.id(),
            "name", participant.name(),
            "tracks", producers(sender)));
    node.senders().add(sender);
  }

  private static SyntheticTrack through(SyntheticTrack track, String transport) {
    return new SyntheticTrack(
        track.id(),
        track.source(),
        transport,
        track.ssrc(),
        track.rtx(),
        track.layers(),
        track.headerExtensions(),
        track.firstSequence(),
        track.firstTimestamp(),
        track.faults());
  }

  private static List<Map<String, Object>> producers(SyntheticParticipant participant) {
    List<Map<String, Object>> producers = new ArrayList<>();
    List<SyntheticTrack> cameras =
        participant.tracks().stream()
            .filter(track -> track.source() == TrackSource.CAMERA)
            .sorted(Comparator.comparing(MediasoupRoom::width))
            .toList();
    for (SyntheticTrack track : participant.tracks()) {
      boolean camera = track.source() == TrackSource.CAMERA;
      if (!camera || track.id().equals("cam")) {
        producers.add(
            Map.of(
                "id", track.id(),
                "kind", track.codec().kind() == TrackKind.VIDEO ? "video" : "audio",
                "source", track.source().json(),
                "payloadType", track.layers().getFirst().payloadType(),
                "headerExtensions", track.toApi().getOrDefault("headerExtensions", List.of()),
                "ssrcs",
                    camera
                        ? cameras.stream().map(SyntheticTrack::ssrc).toList()
                        : List.of(track.ssrc())));
      }
    }
    return producers;
  }

  private static int width(SyntheticTrack track) {
    var clip = track.layers().getFirst().video();
    return clip == null ? 0 : clip.width();
  }

  /** A producer, {@code p0/cam}, is paused, by whoever moderates. */
  void pause(String producer) throws IOException {
    ask("pause", Map.of("track", producer));
  }

  void resume(String producer) throws IOException {
    ask("resume", Map.of("track", producer));
  }

  void closeProducer(String producer) throws IOException {
    ask("closeProducer", Map.of("track", producer));
  }

  void leave(String participant) throws IOException {
    ask("leave", Map.of("participant", participant));
  }

  /** The room's transport to Callcast is closed. */
  void dropTransport() throws IOException {
    ask("dropTransport", Map.of());
  }

  /** What the client knows: see room.mjs. */
  JsonNode state() throws IOException {
    return ask("state", Map.of());
  }

  /** What the client knows of a track. */
  JsonNode track(String participant, String track) throws IOException {
    for (JsonNode one : state().get("participants")) {
      if (one.get("id").asString().equals(participant)) {
        for (JsonNode candidate : one.get("tracks")) {
          if (candidate.get("id").asString().equals(track)) {
            return candidate;
          }
        }
      }
    }
    throw new IllegalArgumentException("no track " + participant + "/" + track);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    commands.close();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
  }

  /** Whether the client was built: {@code ./test} does. */
  static boolean isBuilt() {
    return Files.isRegularFile(CLIENT.resolve("dist/index.js"));
  }
}
