package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WebRtcSpec;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.net.InetAddress;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints: the UDP ports on which an SFU sends. Safe for any thread. */
final class EndpointRoutes {
  private static final String SUITE = EndpointSpec.Srtp.AES_CM_128_HMAC_SHA1_80;

  /** 16 bytes of master key and 14 of salt (RFC 4568 §6.2). */
  private static final int KEY_BYTES = 30;

  private static final int MOST = 200;

  private final Store store;
  private final CallAccess calls;
  private final PortAllocator ports;
  private final String announceIp;
  private final String bindIp;

  EndpointRoutes(Store store, CallAccess calls, PortAllocator ports, NodeConfig config) {
    this.store = store;
    this.calls = calls;
    this.ports = ports;
    this.announceIp = config.announceIp();
    this.bindIp = config.bindIp();
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/calls/{call}/endpoints", Scope.CONTROL, this::create),
        Route.of("PATCH", "/v1/calls/{call}/endpoints/{endpoint}", Scope.CONTROL, this::change),
        Route.of("DELETE", "/v1/calls/{call}/endpoints/{endpoint}", Scope.CONTROL, this::delete));
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    String givenId = fields.optionalId("id");
    boolean rtcpMux = fields.bool("rtcpMux", true);
    List<String> allowFrom = fields.optionalStrings("allowFrom", 64, EndpointRoutes::checkCidr);
    String remoteKey = readSrtp(fields);
    EndpointSpec.Remote remote = readRemote(fields);
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          Made made =
              make(
                  call,
                  givenId == null ? Ids.random("e") : givenId,
                  rtcpMux,
                  allowFrom == null ? List.of() : allowFrom,
                  remoteKey,
                  false,
                  remote);
          EndpointSpec endpoint = made.endpoint();
          ObjectNode shown = show(endpoint, null);
          if (made.localKey() != null) {
            shown.withObject("srtp").put("localKey", made.localKey());
          }
          return Answer.created("/v1/calls/" + call.id() + "/endpoints/" + endpoint.id(), shown);
        });
  }

  /** A new endpoint, with the key that it encrypts with in clear, or null for none. */
  record Made(EndpointSpec endpoint, @Nullable String localKey) {}

  /** Adds an endpoint with ports that are free; within a write. */
  Made make(
      StoredCall call,
      String id,
      boolean rtcpMux,
      List<String> allowFrom,
      @Nullable String remoteKey,
      boolean clearRtcp,
      EndpointSpec.@Nullable Remote remote) {
    checkNew(call.document(), id);
    int port = allocate(!rtcpMux);
    String localKey =
        remoteKey == null ? null : Base64.getEncoder().encodeToString(Ids.randomBytes(KEY_BYTES));
    EndpointSpec endpoint =
        new EndpointSpec(
            id,
            rtcpMux,
            bindIp,
            port,
            rtcpMux ? null : port + 1,
            allowFrom,
            remoteKey == null || localKey == null
                ? null
                : new EndpointSpec.Srtp(
                    SUITE,
                    store.states().seal(call.instance(), remoteKey),
                    store.states().seal(call.instance(), localKey),
                    List.of(),
                    clearRtcp),
            remote);
    store.calls().change(call.id(), document -> document.with(endpoint));
    return new Made(endpoint, localKey);
  }

  /**
   * Adds an endpoint for a session by WHIP or WHEP; within a write.
   *
   * @return it with its secrets in clear
   */
  EndpointSpec make(StoredCall call, Function<Socket, EndpointSpec> session) {
    EndpointSpec endpoint = session.apply(new Socket(bindIp, allocate(false)));
    checkNew(call.document(), endpoint.id());
    WebRtcSpec transport = Objects.requireNonNull(endpoint.transport());
    EndpointSpec sealed =
        endpoint.with(
            transport.withSecrets(
                store.states().seal(call.instance(), transport.password()),
                store.states().seal(call.instance(), transport.privateKey())));
    store.calls().change(call.id(), document -> document.with(sealed));
    return endpoint;
  }

  /** Where a session is to be. */
  record Socket(String ip, int port) {}

  private int allocate(boolean pair) {
    return ports
        .allocate(taken(), pair)
        .orElseThrow(() ->
            Problem.unavailable(
                "All RTP ports of this node are in use.",
                "Delete endpoints or calls that are not needed, or start the node with a wider"
                    + " --rtp-ports.",
                30));
  }

  private Answer change(Request request) {
    Fields fields = request.fields();
    boolean mentioned = fields.mentions("remote");
    EndpointSpec.Remote remote = readRemote(fields);
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          EndpointSpec old = endpoint(call, request.path("endpoint"));
          if (!mentioned) {
            return Answer.ok(show(old, null));
          }
          if (old.transport() != null) {
            throw Problem.conflict(
                "/remote",
                "The endpoint is of a session by WHIP or WHEP, whose peer says itself where it is.",
                "Leave it out.");
          }
          return Answer.ok(show(point(call, old, remote), null));
        });
  }

  /** Sets where an endpoint's RTCP goes; within a write. */
  EndpointSpec point(StoredCall call, EndpointSpec old, EndpointSpec.@Nullable Remote remote) {
    EndpointSpec changed =
        new EndpointSpec(
            old.id(),
            old.rtcpMux(),
            old.bindIp(),
            old.port(),
            old.rtcpPort(),
            old.allowFrom(),
            old.srtp(),
            remote);
    if (!changed.equals(old)) {
      store.calls().change(call.id(), document -> document.with(changed));
    }
    return changed;
  }

  private Answer delete(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          EndpointSpec endpoint = endpoint(call, request.path("endpoint"));
          List<String> users =
              call.document().participants().stream()
                  .filter(participant ->
                      participant.tracks().stream()
                          .anyMatch(track -> track.endpoint().equals(endpoint.id())))
                  .map(participant -> participant.id())
                  .toList();
          if (!users.isEmpty()) {
            throw Problem.conflict(
                null,
                "Tracks of these participants arrive on it: " + String.join(", ", users) + ".",
                "Take the tracks away first, or delete the participants.");
          }
          store.calls().change(call.id(), document -> document.withoutEndpoint(endpoint.id()));
          return new Answer.Empty();
        });
  }

  /** The endpoint as it is shown: never a key. */
  ObjectNode show(EndpointSpec endpoint, CallStats.@Nullable EndpointStats stats) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", endpoint.id())
            .put("ip", announceIp)
            .put("port", endpoint.port());
    if (endpoint.rtcpPort() != null) {
      json.put("rtcpPort", endpoint.rtcpPort());
    }
    json.put("rtcpMux", endpoint.rtcpMux());
    ArrayNode allowFrom = json.putArray("allowFrom");
    endpoint.allowFrom().forEach(allowFrom::add);
    EndpointSpec.Srtp srtp = endpoint.srtp();
    if (srtp != null) {
      json.putObject("srtp").put("suite", srtp.suite());
    }
    EndpointSpec.Remote remote = endpoint.remote();
    if (remote != null) {
      ObjectNode shown = json.putObject("remote").put("ip", remote.ip()).put("port", remote.port());
      if (remote.rtcpPort() != null) {
        shown.put("rtcpPort", remote.rtcpPort());
      }
    }
    EndpointSpec.Whip whip = endpoint.whip();
    if (whip != null) {
      json.putObject("whip")
          .put("participant", whip.participant())
          .put("source", whip.picture().json())
          .put("maxBitrate", whip.maxBitrate());
    }
    EndpointSpec.Whep whep = endpoint.whep();
    if (whep != null) {
      json.putObject("whep").put("composition", whep.composition());
    }
    if (stats != null) {
      ObjectNode shown =
          json.putObject("stats")
              .put("packets", stats.packets())
              .put("unknownSsrc", stats.unknownSsrc())
              .put("refusedAddress", stats.refusedAddress())
              .put("malformed", stats.malformed())
              .put("authFailed", stats.authFailed());
      if (stats.remote() != null) {
        shown.put("remote", stats.remote());
      }
    }
    return json;
  }

  private Set<Integer> taken() {
    Set<Integer> taken = new HashSet<>();
    for (StoredCall call : store.calls().list(true, null, Integer.MAX_VALUE)) {
      for (EndpointSpec endpoint : call.document().endpoints()) {
        taken.add(endpoint.port());
        if (endpoint.rtcpPort() != null) {
          taken.add(endpoint.rtcpPort());
        }
      }
    }
    return taken;
  }

  private static void checkNew(CallDocument document, String id) {
    if (document.endpoint(id).isPresent()) {
      throw Problem.conflict(
          "/id", "The call has an endpoint of this id.", "Use another id, or none.");
    }
    if (document.endpoints().size() >= MOST) {
      throw Problem.conflict(
          null, "The call has " + MOST + " endpoints.", "Send more tracks on each endpoint.");
    }
  }

  private static EndpointSpec endpoint(StoredCall call, String id) {
    return call.document()
        .endpoint(id)
        .orElseThrow(() ->
            Problem.notFound(
                "The call has no endpoint of this id.",
                "GET /v1/calls/{call} lists its endpoints."));
  }

  private static @Nullable String readSrtp(Fields fields) {
    Fields srtp = fields.optionalObject("srtp");
    if (srtp == null) {
      return null;
    }
    srtp.oneOf("suite", List.of(SUITE), SUITE);
    String key = srtp.requiredString("remoteKey", 200);
    srtp.end();
    boolean valid;
    try {
      valid = Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      valid = false;
    }
    if (!valid) {
      throw Problem.field(
          srtp.at("remoteKey"),
          "It is not the base64 of 30 bytes.",
          "Send the 16 bytes of the master key and the 14 of its salt, in base64.");
    }
    return key;
  }

  private static EndpointSpec.@Nullable Remote readRemote(Fields fields) {
    Fields remote = fields.optionalObject("remote");
    if (remote == null) {
      return null;
    }
    String ip = remote.requiredString("ip", 64);
    try {
      InetAddress.ofLiteral(ip);
    } catch (IllegalArgumentException e) {
      throw Problem.field(
          remote.at("ip"), "It is not an IP address.", "Send an IPv4 or IPv6 address, no name.");
    }
    int port = (int) remote.requiredInteger("port", 1, 65535);
    Long rtcpPort = remote.optionalInteger("rtcpPort", 1, 65535);
    remote.end();
    return new EndpointSpec.Remote(ip, port, rtcpPort == null ? null : rtcpPort.intValue());
  }

  private static void checkCidr(String range, String at) {
    int slash = range.indexOf('/');
    try {
      byte[] address =
          InetAddress.ofLiteral(slash < 0 ? range : range.substring(0, slash)).getAddress();
      int bits = slash < 0 ? 0 : Integer.parseInt(range.substring(slash + 1));
      if (bits >= 0 && bits <= address.length * 8) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Said below, as for a prefix out of range.
    }
    throw Problem.field(
        at, "It is not a range of addresses.", "Send CIDR notation, such as 10.1.2.0/24.");
  }
}
