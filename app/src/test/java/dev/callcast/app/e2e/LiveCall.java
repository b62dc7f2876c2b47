package dev.callcast.app.e2e;

import dev.callcast.app.ApiClient;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** One call on a {@link LiveNode}, driven through the REST API as an application would. */
final class LiveCall {
  private static final Duration READY = Duration.ofSeconds(20);

  private final LiveNode node;
  private final String id;

  LiveCall(LiveNode node, String id) {
    this.node = node;
    this.id = id;
  }

  String id() {
    return id;
  }

  ApiClient api() {
    return node.api();
  }

  String path() {
    return "/v1/calls/" + id;
  }

  // --- endpoints

  /** An endpoint with rtcp-mux, and a transport of the senders that sends there. */
  TransportSpec endpoint(String endpoint) throws IOException, InterruptedException {
    TransportSpec transport = declareEndpoint(Map.of("id", endpoint, "rtcpMux", true), null);
    node.senders().open(transport);
    return transport;
  }

  /** The same with two ports: RTP and RTCP. */
  TransportSpec endpointPair(String endpoint) throws IOException, InterruptedException {
    TransportSpec transport = declareEndpoint(Map.of("id", endpoint, "rtcpMux", false), null);
    node.senders().open(transport);
    return transport;
  }

  /** With SRTP and rtcp-mux; the senders have the keys. */
  TransportSpec endpointSrtp(String endpoint) throws IOException, InterruptedException {
    byte[] key = new byte[30];
    ThreadLocalRandom.current().nextBytes(key);
    String senderKey = Base64.getEncoder().encodeToString(key);
    TransportSpec transport =
        declareEndpoint(
            Map.of(
                "id",
                endpoint,
                "rtcpMux",
                true,
                "srtp",
                Map.of("suite", "AES_CM_128_HMAC_SHA1_80", "remoteKey", senderKey)),
            senderKey);
    node.senders().open(transport);
    return transport;
  }

  /** Declares an endpoint only; {@code senderKey} where the body has an SRTP key. */
  TransportSpec declareEndpoint(Map<String, Object> body, String senderKey)
      throws IOException, InterruptedException {
    JsonNode answer = node.api().post(path() + "/endpoints", body);
    TransportSpec transport =
        TransportSpec.of(
            answer.get("id").asString(),
            answer.get("ip").asString(),
            answer.get("port").asInt(),
            answer.has("rtcpPort") ? answer.get("rtcpPort").asInt() : null);
    return senderKey == null
        ? transport
        : transport.withSrtp(
            new TransportSpec.SrtpKeys(senderKey, answer.get("srtp").get("localKey").asString()));
  }

  // --- participants

  /** Tells the node of a participant, and nothing else. */
  void declare(SyntheticParticipant participant) throws IOException, InterruptedException {
    node.api().put(path() + "/participants/" + participant.id(), participant.toApi());
  }

  /**
   * Tells the node of a participant, then lets it send.
   *
   * @return {@link System#nanoTime()} at which frame 0 of its clips is sent
   */
  long join(SyntheticParticipant participant) throws IOException, InterruptedException {
    declare(participant);
    return node.senders().add(participant);
  }

  /** Makes the clips of all before the first joins, then lets all join. */
  void joinAll(List<SyntheticParticipant> participants) throws IOException, InterruptedException {
    node.senders().prepare(participants);
    for (SyntheticParticipant participant : participants) {
      join(participant);
    }
  }

  /** It stops sending, and the node is told. */
  void leave(String participant) throws IOException, InterruptedException {
    node.senders().remove(participant);
    node.api().delete(path() + "/participants/" + participant);
  }

  JsonNode patchParticipant(String participant, Map<String, Object> change)
      throws IOException, InterruptedException {
    return node.api().patch(path() + "/participants/" + participant, change);
  }

  /** Says that a track sends nothing for a while, or does again; the sender does as it is told. */
  void pauseTrack(SyntheticParticipant participant, String track, boolean paused)
      throws IOException, InterruptedException {
    List<Map<String, Object>> tracks = new ArrayList<>();
    for (SyntheticTrack each : participant.tracks()) {
      Map<String, Object> body = new LinkedHashMap<>(each.toApi());
      if (each.id().equals(track)) {
        body.put("paused", paused);
      }
      tracks.add(body);
    }
    node.senders().setPaused(participant.id(), track, paused);
    patchParticipant(participant.id(), Map.of("tracks", tracks));
  }

  // --- compositions

  /**
   * A composition's body: everyone in the order of joining, one recording with the id {@code rec}.
   */
  static Map<String, Object> composition(
      String composition, int width, int height, int fps, String preset) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", composition);
    body.put("canvas", Map.of("width", width, "height", height, "fps", fps));
    body.put("layout", Map.of("preset", preset));
    body.put(
        "participants", Map.of("video", List.of("*"), "audio", List.of("*"), "sort", "joined"));
    body.put("outputs", List.of(Map.of("id", "rec", "type", "recording")));
    return body;
  }

  /** 1280x720 at 30 fps, id {@code main}. */
  static Map<String, Object> standard(String preset) {
    return new HashMap<>(composition("main", 1280, 720, 30, preset));
  }

  /** Starts a composition and waits until it is live. */
  void compose(Map<String, Object> body) throws IOException, InterruptedException {
    node.api().post(path() + "/compositions", body);
    Object composition = body.get("id");
    awaitEvent(
        "composition.live",
        event -> event.get("data").get("composition").asString().equals(composition));
  }

  /** Changes the layout and waits until that is in the picture; returns the event's media time. */
  double layout(String composition, Map<String, Object> layout)
      throws IOException, InterruptedException {
    return patch(composition, Map.of("layout", layout));
  }

  /** The same, with nothing left of the params before. */
  double replaceLayout(String composition, Map<String, Object> layout)
      throws IOException, InterruptedException {
    Map<String, Object> change = new LinkedHashMap<>(layout);
    Map<String, Object> params = new LinkedHashMap<>();
    JsonNode present =
        node.api().get(path() + "/compositions/" + composition).get("layout").path("params");
    present.propertyNames().forEach(name -> params.put(name, null));
    if (layout.get("params") instanceof Map<?, ?> given) {
      given.forEach((name, value) -> params.put((String) name, value));
    }
    change.put("params", params);
    return layout(composition, change);
  }

  /** Any change; waits until it is in the picture, and returns the event's media time. */
  double patch(String composition, Map<String, Object> change)
      throws IOException, InterruptedException {
    long revision =
        node.api().patch(path() + "/compositions/" + composition, change).get("revision").asLong();
    JsonNode event =
        awaitEvent(
            "composition.updated",
            candidate ->
                candidate.get("data").get("composition").asString().equals(composition)
                    && candidate.get("data").get("revision").asLong() == revision);
    return event.get("mediaTime").asDouble();
  }

  /** Waits until a composition has come to that media time, in seconds. */
  void awaitMediaTime(String composition, double seconds) throws IOException, InterruptedException {
    Duration limit = Duration.ofMillis((long) (seconds * 1000) + 30_000);
    // Media time is no faster than the clock: until it can be there nobody needs to be asked.
    double left = seconds - compositionStats(composition).path("mediaTime").asDouble(0);
    TimeUnit.MILLISECONDS.sleep((long) Math.max(0, left * 1000));
    await(
        limit,
        "media time " + seconds,
        () -> compositionStats(composition).path("mediaTime").asDouble(0) >= seconds);
  }

  /** Waits until the camera of each of them is decoded, and tells the media time then. */
  double awaitSeen(String composition, List<SyntheticParticipant> people)
      throws IOException, InterruptedException {
    for (SyntheticParticipant one : people) {
      if (one.tracks().stream().anyMatch(track -> track.id().equals("cam"))) {
        await(READY, "a picture of " + one.id(), () -> width(one.id()) > 0);
      }
    }
    return mediaTime(composition);
  }

  /** Of what a participant's camera sends, px; 0 as long as nothing is decoded. */
  int width(String participant) throws IOException, InterruptedException {
    return track(participant, "cam").path("width").asInt(0);
  }

  /** The media time at which a composition is now. */
  double mediaTime(String composition) throws IOException, InterruptedException {
    return compositionStats(composition).get("mediaTime").asDouble();
  }

  /**
   * {@link System#nanoTime} at media time 0 of a composition, to a millisecond or so: what is
   * composed now was captured 0.3 s before.
   */
  long compositionOrigin(String composition) throws IOException, InterruptedException {
    long origin = 0;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long asked = System.nanoTime();
      double mediaTime = mediaTime(composition);
      long took = System.nanoTime() - asked;
      if (took < best) {
        best = took;
        origin = asked + took / 2 - (long) ((mediaTime + 0.3) * 1e9);
      }
    }
    return origin;
  }

  /** Counters of a composition; missing when the worker cannot be asked. */
  JsonNode compositionStats(String composition) throws IOException, InterruptedException {
    return node.api().get(path() + "/compositions/" + composition).path("stats");
  }

  /** Counters of a track. */
  JsonNode track(String participant, String track) throws IOException, InterruptedException {
    return track(state(), participant, track);
  }

  /** Counters of a track in a state got before. */
  static JsonNode track(JsonNode state, String participant, String track) {
    return find(find(state.get("participants"), participant).get("tracks"), track).path("stats");
  }

  /** A track as it is declared, in a state got before. */
  static JsonNode declared(JsonNode state, String participant, String track) {
    return find(find(state.get("participants"), participant).get("tracks"), track);
  }

  /** Counters of an endpoint. */
  JsonNode endpointStats(String endpoint) throws IOException, InterruptedException {
    return find(state().get("endpoints"), endpoint).path("stats");
  }

  private static JsonNode find(JsonNode list, String id) {
    for (JsonNode item : list) {
      if (item.get("id").asString().equals(id)) {
        return item;
      }
    }
    throw new IllegalArgumentException("no " + id + " in " + list);
  }

  /** The whole call as the API shows it. */
  JsonNode state() throws IOException, InterruptedException {
    return node.api().get(path());
  }

  // --- events

  /** The call's events so far. */
  List<JsonNode> events() {
    return node.events().stream().filter(event -> event.get("call").asString().equals(id)).toList();
  }

  /** The call's events of a type so far. */
  List<JsonNode> events(String type) {
    return events().stream().filter(event -> event.get("type").asString().equals(type)).toList();
  }

  /** The first event of a type that fits; waits for it. */
  JsonNode awaitEvent(String type, Predicate<JsonNode> fits)
      throws IOException, InterruptedException {
    List<JsonNode> found = new ArrayList<>();
    await(
        READY,
        "event " + type,
        () -> {
          events(type).stream().filter(fits).findFirst().ifPresent(found::add);
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  /** The first event of a type that tells of a track. */
  JsonNode awaitTrackEvent(String type, String participant, String track)
      throws IOException, InterruptedException {
    return awaitEvent(
        type,
        event ->
            event.get("data").get("participant").asString().equals(participant)
                && event.get("data").get("track").asString().equals(track));
  }

  // --- recordings

  /** Stops a composition and waits for its recording's file. */
  Path stop(String composition) throws IOException, InterruptedException {
    node.api().post(path() + "/compositions/" + composition + "/stop", Map.of());
    return recordingFile(awaitRecording(composition, "ready"));
  }

  /** Waits until the recording of a composition has that state. */
  JsonNode awaitRecording(String composition, String state)
      throws IOException, InterruptedException {
    List<JsonNode> found = new ArrayList<>();
    await(
        READY,
        "a recording of " + composition + " that is " + state,
        () -> {
          for (JsonNode recording : recordings()) {
            boolean mine = recording.get("composition").asString().equals(composition);
            if (mine && recording.get("state").asString().equals("failed")) {
              throw new IOException("the recording failed: " + recording);
            }
            if (mine && recording.get("state").asString().equals(state)) {
              found.add(recording);
              return true;
            }
          }
          return false;
        });
    return found.getFirst();
  }

  JsonNode recordings() throws IOException, InterruptedException {
    return node.api().get("/v1/recordings?call=" + id).get("items");
  }

  /** Where a recording lies, also while it grows. */
  Path recordingFile(JsonNode recording) {
    return node.data().resolve("recordings").resolve(recording.get("key").asString());
  }

  /** Process id of the call's worker. */
  long workerPid() throws IOException {
    return node.worker(id).pid();
  }

  /** How many threads of the worker have that name. */
  int workerThreads(String name) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(workerPid()), "task"))) {
      for (Path task : tasks) {
        count += threadName(task).equals(name) ? 1 : 0;
      }
    }
    return count;
  }

  private static String threadName(Path task) throws IOException {
    try {
      return Files.readString(task.resolve("comm")).strip();
    } catch (NoSuchFileException e) {
      return ""; // it has just ended
    }
  }

  /** Ends the call; recordings are finished. */
  void close() throws IOException, InterruptedException {
    node.api().delete(path());
  }

  // --- waiting

  /** Something to wait for. */
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /**
   * Asks again and again, about thirty times a second.
   *
   * @throws AssertionError when it does not hold in time
   */
  static void await(Duration limit, String what, Condition condition)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(30);
    }
  }
}
