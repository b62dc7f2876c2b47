package dev.callcast.server.sfu;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import dev.callcast.server.recordings.upload.Backoff;
import dev.callcast.server.store.Ids;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows a room of Janus' VideoRoom plugin for one call. It joins as a publisher who never
 * publishes, which is how one gets told of the others; has what each of them publishes forwarded to
 * endpoints of the call ({@code rtp_forward}); and declares them as the call's participants.
 *
 * <p>What Janus really does decides the shape (measured with 1.1.2):
 *
 * <ul>
 *   <li>Forwarders belong to the publisher, not to who asked for them: they go on without this
 *       node, and end with what is published. So after any break what is there is compared with
 *       what is wanted, by port and SSRC, and what fits stays as it is.
 *   <li>Each is sent under an SSRC of ours: with string ids Janus sends 0 for a simulcast's, and a
 *       new number for each start keeps a restart from looking like a jump.
 *   <li>A picture has an endpoint of its own, for requests for key frames go to a port that Janus
 *       opens for each ({@code local_rtcp_port}). It reads no SRTCP there. All sound shares one.
 *   <li>Simulcast is forwarded layer by layer and chosen from by the worker: Janus' own choice
 *       stops with the top layer.
 *   <li>SRTP counts only at the top of a request, so each stream has a request of its own.
 *   <li>For a stream that there is not, success is answered with no forwarders.
 * </ul>
 *
 * <p>One virtual thread does everything; {@link #close} and {@link #detach} end it from any thread.
 */
final class JanusConnector {
  private static final Logger LOG = LoggerFactory.getLogger(JanusConnector.class);

  private static final String PREFIX = "janus-";
  private static final String AUDIO = PREFIX + "audio";
  private static final String DISPLAY = "Callcast";

  /** How often what is forwarded is compared with what is wanted, ns. */
  private static final long COMPARE = 30_000_000_000L;

  /** For so long a Janus that is away is waited for, to take forwarders back, ns. */
  private static final long TIDY = 60_000_000_000L;

  /** What browsers negotiate with Janus, in Chromium, Safari and, for sound, Firefox. */
  private static final List<HeaderExtension> AUDIO_EXTENSIONS =
      List.of(new HeaderExtension(TrackSpec.AUDIO_LEVEL_URI, 1));

  private static final List<HeaderExtension> VIDEO_EXTENSIONS =
      List.of(new HeaderExtension(TrackSpec.VIDEO_ORIENTATION_URI, 13));

  private enum Ending {
    CLOSE,
    DETACH
  }

  /** One that Janus has. */
  private record Forwarder(JsonNode publisher, long stream, String host, int port, long ssrc) {}

  private final HttpClient http;
  private final JanusRoom room;
  private final CallControl control;
  private final String call;
  private final String instance;
  private final Thread thread;
  private volatile @Nullable Ending ending;
  private volatile SfuStatus status = new SfuStatus(SfuStatus.State.CONNECTING, null, Ids.now(), 0);

  // All below belong to the thread.
  private final Map<String, Publisher> publishers = new LinkedHashMap<>();
  private final LinkedHashSet<String> talking = new LinkedHashSet<>();
  private final Set<Integer> ports = new HashSet<>();
  private final Set<String> refused = new HashSet<>();
  private boolean joined;
  private long compared;

  JanusConnector(
      HttpClient http,
      JanusRoom room,
      CallControl control,
      String call,
      String instance,
      Consumer<JanusConnector> ended) {
    this.http = http;
    this.room = room;
    this.control = control;
    this.call = call;
    this.instance = instance;
    this.thread =
        Thread.ofVirtual()
            .name("janus-" + call)
            .unstarted(() -> {
              try {
                run();
              } finally {
                ended.accept(this);
              }
            });
  }

  void start() {
    thread.start();
  }

  String instance() {
    return instance;
  }

  SfuStatus status() {
    return status;
  }

  /** Takes back what was asked of Janus, and ends; returns at once. */
  void close() {
    ending = Ending.CLOSE;
    thread.interrupt();
  }

  /** Ends, and leaves Janus sending; returns at once. */
  void detach() {
    ending = Ending.DETACH;
    thread.interrupt();
  }

  void awaitEnd(Duration limit) throws InterruptedException {
    thread.join(limit);
  }

  private void run() {
    Backoff backoff = new Backoff();
    while (ending == null) {
      JanusClient client = new JanusClient(http, room);
      try {
        follow(client, backoff);
      } catch (InterruptedException e) {
        // By close or detach.
      } catch (IOException | JanusException | RuntimeException e) {
        if (ending == null) {
          failed(e);
        }
      }
      if (ending == Ending.CLOSE) {
        tidy(client);
        return;
      }
      try {
        client.close();
        if (ending == null) {
          Thread.sleep(backoff.next());
        }
      } catch (InterruptedException e) {
        // By close or detach.
      }
    }
    if (ending == Ending.CLOSE) {
      tidy(new JanusClient(http, room));
    }
  }

  private void failed(Exception e) {
    String reason =
        switch (e) {
          case JanusException refusal -> "Janus: " + refusal.getMessage();
          case IOException _ ->
              "Janus at " + room.url() + " does not answer (" + e.getClass().getSimpleName() + ")";
          case NoSuchElementException _ -> "the call is closed";
          default -> {
            LOG.error("call {}: following Janus failed", call, e);
            yield String.valueOf(e.getMessage());
          }
        };
    become(SfuStatus.State.RETRYING, reason);
  }

  private void become(SfuStatus.State state, @Nullable String reason) {
    SfuStatus before = status;
    boolean same = before.state() == state && Objects.equals(before.reason(), reason);
    status = new SfuStatus(state, reason, same ? before.since() : Ids.now(), publishers.size());
    if (same) {
      return;
    }
    LOG.info("call {}: Janus {}{}", call, state.json(), reason == null ? "" : ": " + reason);
    Map<String, Object> data = new HashMap<>();
    data.put("type", "janus");
    data.put("state", state.json());
    data.put("reason", reason);
    try {
      control.event(instance, "sfu.state", data);
    } catch (RuntimeException e) {
      LOG.warn("call {}: the state of Janus cannot be stored: {}", call, e.getMessage());
    }
  }

  private void follow(JanusClient client, Backoff backoff)
      throws IOException, InterruptedException, JanusException {
    client.open();
    joined = false;
    ObjectNode join = client.request("join");
    join.put("ptype", "publisher").put("display", DISPLAY);
    if (room.pin() != null) {
      join.put("pin", room.pin());
    }
    client.tell(join);
    while (ending == null) {
      for (JsonNode event : client.poll()) {
        if (event.path("janus").asString("").equals("event")) {
          take(client, event.path("plugindata").path("data"));
        }
      }
      if (joined && System.nanoTime() - compared >= COMPARE) {
        compare(client);
      }
      if (joined) {
        become(SfuStatus.State.ATTACHED, null);
        backoff.succeeded();
      }
    }
  }

  private void take(JanusClient client, JsonNode data)
      throws IOException, InterruptedException, JanusException {
    switch (data.path("videoroom").asString("")) {
      case "joined" -> {
        publishers.clear();
        talking.clear();
        announced(data);
        joined = true;
        compare(client);
      }
      case "talking" -> talks(data, true);
      case "stopped-talking" -> talks(data, false);
      case "destroyed" -> throw new JanusException(0, "the room was destroyed");
      case "event" -> takeEvent(client, data);
      default -> {
        // Nothing that a call would show.
      }
    }
  }

  private void takeEvent(JanusClient client, JsonNode data)
      throws IOException, InterruptedException, JanusException {
    JanusClient.refuse(data);
    if (data.has("publishers")) {
      for (Publisher publisher : announced(data)) {
        place(client, publisher, forwarders(client));
      }
    }
    for (String gone : List.of("unpublished", "leaving", "kicked")) {
      if (data.has(gone)) {
        left(data, data.get(gone));
      }
    }
    Publisher known = publishers.get(key(data.path("id")));
    if (known == null) {
      return;
    }
    Publisher changed = known;
    if (data.has("moderation")) {
      changed =
          known.moderated(
              data.path("mid").asString(""), data.get("moderation").asString("").equals("muted"));
    } else if (data.has("display")) {
      changed = known.named(data.get("display").asString(""));
    }
    if (!changed.equals(known)) {
      publishers.put(key(known.id()), changed);
      place(client, changed, forwarders(client));
    }
  }

  private List<Publisher> announced(JsonNode data) {
    List<Publisher> read = new ArrayList<>();
    for (JsonNode json : data.path("publishers")) {
      Publisher publisher = Publisher.read(json);
      publishers.put(key(publisher.id()), publisher);
      if (json.path("talking").asBoolean(false)) {
        talking.add(publisher.participant());
      }
      read.add(publisher);
    }
    return read;
  }

  private static String key(JsonNode id) {
    return id.asString("");
  }

  private void left(JsonNode data, JsonNode id) throws JanusException {
    Publisher gone = publishers.remove(key(id));
    if (gone == null) {
      if (key(id).equals("ok") && data.has("reason")) {
        throw new JanusException(0, "Callcast was put out of the room");
      }
      return; // Told twice, or nobody who published.
    }
    talking.remove(gone.participant());
    drop(gone.participant());
  }

  private void talks(JsonNode data, boolean begins) {
    String participant = Publisher.participant(data.path("id"));
    talking.remove(participant);
    if (begins) {
      talking.add(participant);
    }
    // Who fell silent stays the speaker until another begins, as in a room.
    if (!talking.isEmpty()) {
      control.speaker(instance, talking.getLast());
    }
  }

  // --- making true what the room is

  /** Everything: after a join, and now and then. */
  private void compare(JanusClient client)
      throws IOException, InterruptedException, JanusException {
    compared = System.nanoTime();
    for (EndpointSpec endpoint : control.look(instance).endpoints()) {
      if (endpoint.id().startsWith(PREFIX)) {
        ports.add(endpoint.port()); // Of a connector before this one too.
      }
    }
    List<Forwarder> present = forwarders(client);
    Set<String> there = new HashSet<>();
    for (Publisher publisher : List.copyOf(publishers.values())) {
      place(client, publisher, present);
      there.add(publisher.participant());
    }
    for (ParticipantSpec participant : control.look(instance).participants()) {
      boolean ours =
          !participant.tracks().isEmpty()
              && participant.tracks().stream()
                  .allMatch(track -> track.endpoint().startsWith(PREFIX));
      if (ours && !there.contains(participant.id())) {
        drop(participant.id());
      }
    }
    stopStray(client);
    freeEndpoints();
  }

  /** Has a publisher's streams forwarded, and declares the participant. */
  private void place(JanusClient client, Publisher publisher, List<Forwarder> present)
      throws IOException, InterruptedException, JanusException {
    String id = publisher.participant();
    CallControl.Known known = control.look(instance);
    Optional<ParticipantSpec> old = participant(known, id);
    List<TrackSpec> tracks = new ArrayList<>();
    try {
      for (Publisher.Stream stream : publisher.streams()) {
        Optional<Codec> codec = stream.known();
        if (codec.isEmpty()) {
          refuse(publisher, stream);
          continue;
        }
        Optional<TrackSpec> before =
            old.flatMap(spec ->
                spec.tracks().stream()
                    .filter(track -> track.id().equals(stream.track()))
                    .findFirst());
        if (before.isPresent()
            && before.get().codec() == codec.get()
            && stream.simulcast() != before.get().layers().isEmpty()
            && isForwarded(publisher, before.get(), known, present)) {
          tracks.add(
              track(
                  stream,
                  codec.get(),
                  before.get().endpoint(),
                  before.get().ssrc(),
                  before.get().layers()));
        } else {
          tracks.add(forward(client, publisher, stream, codec.get()));
        }
      }
    } catch (JanusException e) {
      if (e.code() != JanusException.NO_SUCH_FEED) {
        throw e;
      }
      publishers.remove(key(publisher.id()));
      tracks.clear();
    }
    if (tracks.isEmpty()) {
      drop(id);
      return;
    }
    control.put(instance, id, publisher.name(), tracks);
    freeEndpoints();
  }

  private void refuse(Publisher publisher, Publisher.Stream stream) {
    if (refused.add(publisher.participant() + "/" + stream.track() + "/" + stream.codec())) {
      LOG.warn(
          "call {}: {} of {} is left out: its codec is {}",
          call,
          stream.track(),
          publisher.participant(),
          stream.codec());
      control.event(
          instance,
          "sfu.refused",
          Map.of(
              "participant",
              publisher.participant(),
              "track",
              stream.track(),
              "reason",
              "Callcast does not decode the codec "
                  + stream.codec()
                  + "; let the room offer vp8, vp9, h264 and opus, pcmu, pcma"));
    }
  }

  private static Optional<ParticipantSpec> participant(CallControl.Known known, String id) {
    return known.participants().stream()
        .filter(participant -> participant.id().equals(id))
        .findFirst();
  }

  private static Optional<EndpointSpec> endpoint(CallControl.Known known, String id) {
    return known.endpoints().stream().filter(endpoint -> endpoint.id().equals(id)).findFirst();
  }

  private boolean isForwarded(
      Publisher publisher, TrackSpec track, CallControl.Known known, List<Forwarder> present) {
    Optional<EndpointSpec> endpoint = endpoint(known, track.endpoint());
    List<Long> ssrcs = track.layers().isEmpty() ? List.of(track.ssrc()) : track.layers();
    return endpoint.isPresent()
        && ssrcs.stream()
            .allMatch(ssrc ->
                present.stream()
                    .anyMatch(forwarder ->
                        key(forwarder.publisher()).equals(key(publisher.id()))
                            && forwarder.ssrc() == ssrc
                            && forwarder.port() == endpoint.get().port()
                            && forwarder.host().equals(control.ip())));
  }

  private TrackSpec forward(
      JanusClient client, Publisher publisher, Publisher.Stream stream, Codec codec)
      throws IOException, InterruptedException, JanusException {
    InetAddress sender = sender();
    EndpointSpec endpoint = endpointFor(stream, sender);
    List<Long> ssrcs = newSsrcs(stream.simulcast() ? 3 : 1, endpoint.id());
    try {
      JsonNode answer = client.ask(request(client, publisher, stream, codec, endpoint, ssrcs));
      JsonNode made = answer.path("forwarders");
      if (made.size() != ssrcs.size()) {
        throw new JanusException(
            0,
            "of stream "
                + stream.mid()
                + " of "
                + publisher.participant()
                + " there are "
                + made.size()
                + " forwarders and not "
                + ssrcs.size());
      }
      for (JsonNode forwarder : made) {
        int rtcp = forwarder.path("local_rtcp_port").asInt(0);
        if (rtcp > 0) {
          control.point(
              instance,
              endpoint.id(),
              new EndpointSpec.Remote(sender.getHostAddress(), rtcp, rtcp));
        }
      }
    } catch (IOException | JanusException | RuntimeException e) {
      if (stream.video()) {
        control.removeEndpoint(instance, endpoint.id());
      }
      throw e;
    }
    return track(
        stream, codec, endpoint.id(), ssrcs.getFirst(), stream.simulcast() ? ssrcs : List.of());
  }

  private ObjectNode request(
      JanusClient client,
      Publisher publisher,
      Publisher.Stream stream,
      Codec codec,
      EndpointSpec endpoint,
      List<Long> ssrcs) {
    ObjectNode request = authorized(client.request("rtp_forward"));
    request.set("publisher_id", publisher.id());
    request.put("host", control.ip());
    EndpointSpec.Srtp srtp = endpoint.srtp();
    if (srtp != null) {
      request.put("srtp_suite", 80).put("srtp_crypto", srtp.remoteKey());
    }
    ObjectNode wanted = request.putArray("streams").addObject().put("mid", stream.mid());
    for (int i = 0; i < ssrcs.size(); i++) {
      String suffix = i == 0 ? "" : "_" + (i + 1);
      wanted.put("port" + suffix, endpoint.port());
      wanted.put("ssrc" + suffix, ssrcs.get(i));
      wanted.put("pt" + suffix, payloadType(codec));
    }
    if (stream.video()) {
      wanted.put("rtcp_port", endpoint.port());
    }
    return request;
  }

  private ObjectNode authorized(ObjectNode request) {
    if (room.secret() != null) {
      request.put("secret", room.secret());
    }
    if (room.adminKey() != null) {
      request.put("admin_key", room.adminKey());
    }
    return request;
  }

  /** The address that Janus sends from, as far as is known. */
  private InetAddress sender() throws IOException {
    String ip = room.mediaIp();
    return ip == null
        ? InetAddress.getByName(java.net.URI.create(room.url()).getHost())
        : InetAddress.ofLiteral(ip);
  }

  private EndpointSpec endpointFor(Publisher.Stream stream, InetAddress sender) {
    String id = stream.video() ? PREFIX + Ids.random("") : AUDIO;
    Optional<EndpointSpec> there = endpoint(control.look(instance), id);
    if (there.isPresent()) {
      return there.get();
    }
    boolean elsewhere =
        !sender.isLoopbackAddress() && !sender.equals(InetAddress.ofLiteral(control.ip()));
    boolean encrypted = room.srtp() == null ? elsewhere : room.srtp();
    String key = encrypted ? Base64.getEncoder().encodeToString(Ids.randomBytes(30)) : null;
    // Where the address is only guessed from the URL another one may be the sender's.
    List<String> allowFrom = room.mediaIp() == null ? List.of() : List.of(room.mediaIp());
    ports.add(control.makeEndpoint(instance, id, allowFrom, key));
    return endpoint(control.look(instance), id).orElseThrow();
  }

  private List<Long> newSsrcs(int count, String endpoint) {
    Set<Long> taken = new HashSet<>();
    for (ParticipantSpec participant : control.look(instance).participants()) {
      for (TrackSpec track : participant.tracks()) {
        if (track.endpoint().equals(endpoint)) {
          taken.add(track.ssrc());
          taken.addAll(track.layers());
        }
      }
    }
    List<Long> ssrcs = new ArrayList<>();
    while (ssrcs.size() < count) {
      long ssrc = ThreadLocalRandom.current().nextLong(1, 1L << 32);
      if (taken.add(ssrc)) {
        ssrcs.add(ssrc);
      }
    }
    return ssrcs;
  }

  private static TrackSpec track(
      Publisher.Stream stream, Codec codec, String endpoint, long ssrc, List<Long> layers) {
    return new TrackSpec(
        stream.track(),
        codec.kind(),
        stream.source(),
        endpoint,
        ssrc,
        payloadType(codec),
        codec,
        codec.clockRate(),
        stream.video() ? 0 : codec == Codec.OPUS ? 2 : 1,
        null,
        stream.muted(),
        stream.video() ? VIDEO_EXTENSIONS : AUDIO_EXTENSIONS,
        layers);
  }

  /** What Janus is told to send it as. */
  private static int payloadType(Codec codec) {
    return switch (codec) {
      case VP8 -> 96;
      case VP9 -> 98;
      case H264 -> 102;
      case OPUS -> 111;
      case PCMU -> 0;
      case PCMA -> 8;
    };
  }

  private void drop(String participant) {
    if (participant(control.look(instance), participant).isPresent()) {
      control.remove(instance, participant);
    }
    freeEndpoints();
  }

  private void freeEndpoints() {
    CallControl.Known known = control.look(instance);
    Set<String> used = new HashSet<>();
    known
        .participants()
        .forEach(participant -> participant.tracks().forEach(track -> used.add(track.endpoint())));
    for (EndpointSpec endpoint : known.endpoints()) {
      if (endpoint.id().startsWith(PREFIX)
          && !endpoint.id().equals(AUDIO)
          && !used.contains(endpoint.id())) {
        control.removeEndpoint(instance, endpoint.id());
      }
    }
  }

  // --- what Janus forwards

  private List<Forwarder> forwarders(JanusClient client)
      throws IOException, InterruptedException, JanusException {
    List<Forwarder> all = new ArrayList<>();
    JsonNode answer = client.ask(authorized(client.request("listforwarders")));
    for (JsonNode publisher : answer.path("publishers")) {
      for (JsonNode forwarder : publisher.path("forwarders")) {
        all.add(
            new Forwarder(
                publisher.path("publisher_id"),
                forwarder.path("stream_id").asLong(0),
                forwarder.path("host").asString(""),
                forwarder.path("port").asInt(0),
                forwarder.path("ssrc").asLong(0)));
      }
    }
    return all;
  }

  private boolean isOurs(Forwarder forwarder) {
    return forwarder.host().equals(control.ip()) && ports.contains(forwarder.port());
  }

  /** Stops what is sent to endpoints of this call and is no track's. */
  private void stopStray(JanusClient client)
      throws IOException, InterruptedException, JanusException {
    CallControl.Known known = control.look(instance);
    Map<String, Integer> portOf = new HashMap<>();
    known.endpoints().forEach(endpoint -> portOf.put(endpoint.id(), endpoint.port()));
    Set<String> wanted = new HashSet<>();
    for (ParticipantSpec participant : known.participants()) {
      for (TrackSpec track : participant.tracks()) {
        Integer port = portOf.get(track.endpoint());
        wanted.add(port + " " + track.ssrc());
        track.layers().forEach(layer -> wanted.add(port + " " + layer));
      }
    }
    for (Forwarder forwarder : forwarders(client)) {
      if (isOurs(forwarder) && !wanted.contains(forwarder.port() + " " + forwarder.ssrc())) {
        stop(client, forwarder);
      }
    }
  }

  private void stop(JanusClient client, Forwarder forwarder)
      throws IOException, InterruptedException, JanusException {
    ObjectNode request = authorized(client.request("stop_rtp_forward"));
    request.set("publisher_id", forwarder.publisher());
    request.put("stream_id", forwarder.stream());
    try {
      client.ask(request);
    } catch (JanusException e) {
      LOG.debug("call {}: a forwarder is gone: {}", call, e.getMessage());
    }
  }

  /** Takes back all that is forwarded to the call, which is closed. */
  private void tidy(JanusClient first) {
    JanusClient client = first;
    Backoff backoff = new Backoff();
    long end = System.nanoTime() + TIDY;
    try {
      while (System.nanoTime() < end && ending == Ending.CLOSE) {
        try {
          for (Forwarder forwarder : forwarders(client)) {
            if (isOurs(forwarder)) {
              stop(client, forwarder);
            }
          }
          client.close();
          LOG.info("call {}: Janus is left", call);
          return;
        } catch (IOException | JanusException e) {
          LOG.debug("call {}: Janus cannot be left yet: {}", call, e.getMessage());
        }
        client.close();
        Thread.sleep(backoff.next());
        client = new JanusClient(http, room);
        try {
          client.open();
        } catch (IOException | JanusException e) {
          LOG.debug("call {}: Janus is away: {}", call, e.getMessage());
        }
      }
      LOG.warn("call {}: Janus is away; what it forwards ends with its publishers", call);
    } catch (InterruptedException e) {
      LOG.warn("call {}: the node ends before Janus could be left", call);
    }
  }
}
