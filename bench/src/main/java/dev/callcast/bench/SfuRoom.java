package dev.callcast.bench;

import dev.callcast.protocol.ProtocolJson;
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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A real mediasoup in a Node.js process ({@code clients/mediasoup/bench/sfu.mjs}), to which
 * synthetic participants send. Its media goes to a call of Callcast, by the npm package, or to a
 * browser. Its methods may be called by any thread, one at a time; whoever started it closes it.
 */
final class SfuRoom implements AutoCloseable {
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final long worker;
  private int requests;

  /**
   * Starts it.
   *
   * @param address at which browsers reach it
   */
  SfuRoom(String address) throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("callcast.home", "")).toAbsolutePath();
    Path client = home.resolve("clients").resolve("mediasoup");
    if (!Files.isRegularFile(client.resolve("dist").resolve("index.js"))) {
      throw new IOException(client + " is not built; ./callcast bench --browser builds it");
    }
    ProcessBuilder builder =
        new ProcessBuilder("node", client.resolve("bench").resolve("sfu.mjs").toString(), address);
    builder
        .environment()
        .put(
            "MEDIASOUP_WORKER_BIN",
            Tools.run(List.of(home.resolve("bin").resolve("mediasoup.sh").toString())).strip());
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

  /** The process of mediasoup that forwards packets. */
  long worker() {
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
      throw new IOException("mediasoup has ended");
    }
    JsonNode answer = ProtocolJson.MAPPER.readTree(line);
    if (answer.has("error")) {
      throw new IOException(command + ": " + answer.get("error").asString());
    }
    return answer;
  }

  /**
   * A participant joins and begins to send. Several cameras are layers of simulcast.
   *
   * @param participant whose tracks leave by a transport of the name {@link #transport}
   */
  void join(Senders senders, SyntheticParticipant participant)
      throws IOException, InterruptedException {
    JsonNode transport = ask("transport", Map.of());
    senders.open(
        TransportSpec.of(
            transport(participant.id()),
            transport.get("ip").asString(),
            transport.get("port").asInt(),
            null));
    ask(
        "join",
        Map.of(
            "transport", transport.get("id").asString(),
            "participant", participant.id(),
            "name", participant.name(),
            "tracks", List.of(track(participant, "video"), track(participant, "audio"))));
    senders.add(participant);
  }

  private static Map<String, Object> track(SyntheticParticipant participant, String kind) {
    List<SyntheticTrack> encodings =
        participant.tracks().stream()
            .filter(track -> track.codec().kind().json().equals(kind))
            .sorted(Comparator.comparingInt(SfuRoom::width))
            .toList();
    SyntheticTrack first = encodings.getFirst();
    return Map.of(
        "kind", kind,
        "source", first.source().json(),
        "payloadType", first.layers().getFirst().payloadType(),
        "ssrcs", encodings.stream().map(SyntheticTrack::ssrc).toList());
  }

  private static int width(SyntheticTrack track) {
    VideoClipSpec clip = track.layers().getFirst().video();
    return clip == null ? 0 : clip.width();
  }

  /** The sender's transport of a participant. */
  static String transport(String participant) {
    return "to-" + participant;
  }

  /** Everyone's media goes to this call, which is opened if it is not. */
  void attach(String url, String call) throws IOException {
    ask("attach", Map.of("url", url, "call", call));
  }

  void detach() throws IOException {
    ask("detach", Map.of());
  }

  /**
   * Everyone's media on a new transport for a browser, as SDP.
   *
   * @param layers of simulcast by participant, 0 the smallest
   */
  String offer(Map<String, Integer> layers) throws IOException {
    return ask("offer", Map.of("layers", layers)).get("sdp").asString();
  }

  /** The browser's answer, after which media flows. */
  void answer(String sdp) throws IOException {
    ask("answer", Map.of("sdp", sdp));
  }

  /** Takes the browser's transport away; returns what it got last of those with simulcast. */
  Map<String, Integer> hangUp() throws IOException {
    Map<String, Integer> layers = new LinkedHashMap<>();
    ask("hangUp", Map.of())
        .get("layers")
        .properties()
        .forEach(entry -> layers.put(entry.getKey(), entry.getValue().asInt()));
    return layers;
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
