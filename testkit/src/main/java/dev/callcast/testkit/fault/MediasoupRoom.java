package dev.callcast.testkit.fault;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackSource;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.Senders;
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
 * A real mediasoup in a Node.js process ({@code clients/mediasoup/test/room.mjs}) to which
 * synthetic participants send instead of to Callcast, each by a transport of its own. Its media
 * goes to a call, by the npm package, or to a browser. Its methods may be called by any thread;
 * whoever started it closes it.
 */
public final class MediasoupRoom implements AutoCloseable {
  private final Senders senders;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final long worker;
  private int requests;

  /**
   * Starts it.
   *
   * @param senders by which participants send
   * @param address at which browsers reach it
   */
  public MediasoupRoom(Senders senders, String address) throws IOException, InterruptedException {
    if (!isBuilt()) {
      throw new IOException(client() + " is not built: npm ci && npm run build there");
    }
    this.senders = senders;
    ProcessBuilder builder =
        new ProcessBuilder("node", client().resolve("test/room.mjs").toString(), address);
    builder.environment().put("MEDIASOUP_WORKER_BIN", builtWorker());
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("mediasoup did not start; its words are above");
    }
    worker = ProtocolJson.MAPPER.readTree(line).get("worker").asLong();
  }

  /** Whether the npm package is built. */
  public static boolean isBuilt() {
    return Files.isRegularFile(client().resolve("dist/index.js"));
  }

  private static Path home() {
    return Path.of(System.getProperty("callcast.home", "")).toAbsolutePath();
  }

  private static Path client() {
    return home().resolve("clients/mediasoup");
  }

  /** The worker that {@code ./test} has built; built now where it was not. */
  private static String builtWorker() throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(home().resolve("bin/mediasoup.sh").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String path = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (build.waitFor() != 0) {
      throw new IOException("mediasoup's worker cannot be built");
    }
    return path.strip();
  }

  /** The process of mediasoup that forwards packets. */
  public long worker() {
    return worker;
  }

  private synchronized JsonNode ask(String command, Map<String, Object> arguments)
      throws IOException {
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
   * A participant joins and begins to send. Further cameras are layers of simulcast of the first,
   * under whose id they are produced.
   */
  public void join(SyntheticParticipant participant) throws IOException, InterruptedException {
    JsonNode transport = ask("transport", Map.of());
    String id = "to-" + participant.id();
    senders.open(
        TransportSpec.of(id, transport.get("ip").asString(), transport.get("port").asInt(), null));
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
    senders.add(sender);
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
        participant.tracks().stream().filter(MediasoupRoom::isCamera).toList();
    for (SyntheticTrack track : participant.tracks()) {
      if (!isCamera(track) || track.equals(cameras.getFirst())) {
        List<SyntheticTrack> encodings =
            isCamera(track)
                ? cameras.stream().sorted(Comparator.comparingInt(MediasoupRoom::width)).toList()
                : List.of(track);
        producers.add(
            Map.of(
                "id", track.id(),
                "kind", track.codec().kind().json(),
                "source", track.source().json(),
                "payloadType", track.layers().getFirst().payloadType(),
                "headerExtensions", track.toApi().getOrDefault("headerExtensions", List.of()),
                "ssrcs", encodings.stream().map(SyntheticTrack::ssrc).toList()));
      }
    }
    return producers;
  }

  private static boolean isCamera(SyntheticTrack track) {
    return track.source() == TrackSource.CAMERA;
  }

  private static int width(SyntheticTrack track) {
    VideoClipSpec clip = track.layers().getFirst().video();
    return clip == null ? 0 : clip.width();
  }

  /**
   * Everyone's media goes to this call, which is opened if it is not.
   *
   * @param options of the package's {@code attach}
   */
  public void attach(String url, String call, Map<String, Object> options) throws IOException {
    ask("attach", Map.of("url", url, "call", call, "options", options));
  }

  /** It goes there no more. */
  public void detach() throws IOException {
    ask("detach", Map.of());
  }

  /**
   * Everyone's media on a new transport for a browser, as SDP.
   *
   * @param layers of simulcast by participant, 0 the smallest
   */
  public String offer(Map<String, Integer> layers) throws IOException {
    return ask("offer", Map.of("layers", layers)).get("sdp").asString();
  }

  /** The browser's answer, after which media flows. */
  public void answer(String sdp) throws IOException {
    ask("answer", Map.of("sdp", sdp));
  }

  /** Takes the browser's transport away; returns what it got last of those with simulcast. */
  public Map<String, Integer> hangUp() throws IOException {
    Map<String, Integer> layers = new LinkedHashMap<>();
    ask("hangUp", Map.of())
        .get("layers")
        .properties()
        .forEach(entry -> layers.put(entry.getKey(), entry.getValue().asInt()));
    return layers;
  }

  /** A producer, {@code p0/cam}, is paused, by whoever moderates. */
  public void pause(String producer) throws IOException {
    ask("pause", Map.of("track", producer));
  }

  /** It goes on. */
  public void resume(String producer) throws IOException {
    ask("resume", Map.of("track", producer));
  }

  /** It is there no more. */
  public void closeProducer(String producer) throws IOException {
    ask("closeProducer", Map.of("track", producer));
  }

  /** Takes a participant out of the call. */
  public void leave(String participant) throws IOException {
    ask("leave", Map.of("participant", participant));
  }

  /** The room's transport to Callcast is closed. */
  public void dropTransport() throws IOException {
    ask("dropTransport", Map.of());
  }

  /** What the client knows: see room.mjs. */
  public JsonNode state() throws IOException {
    return ask("state", Map.of());
  }

  /** What the client knows of a track. */
  public JsonNode track(String participant, String track) throws IOException {
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
  public void close() throws IOException {
    commands.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
