package dev.callcast.server.api;

import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.webrtc.WhipAnswer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WHIP (RFC 9725): participants who send from a browser, or another client of it, by themselves. A
 * session is an endpoint whose other end is one participant; its media is received like any other.
 * The node answers the offer, for everything the answer needs is its own: the port, the credentials
 * and the certificate. Safe for any thread.
 */
final class WhipRoutes {
  private static final int LONGEST_NAME = 200;
  private static final int LEAST_BITRATE = 100_000;
  private static final int MOST_BITRATE = 50_000_000;
  private static final int BITRATE = 3_000_000;

  private final Store store;
  private final CallAccess calls;
  private final WebRtcSessions sessions;
  private final ParticipantRoutes participants;

  WhipRoutes(
      Store store, CallAccess calls, WebRtcSessions sessions, ParticipantRoutes participants) {
    this.store = store;
    this.calls = calls;
    this.sessions = sessions;
    this.participants = participants;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/calls/{call}/whip", Scope.CONTROL, this::offer)
            .tokens(Route.Tokens.PARTICIPANT)
            .takes(WebRtcSessions.BODY_LIMIT),
        Route.of("DELETE", "/v1/calls/{call}/whip/{session}", Scope.CONTROL, this::leave)
            .tokens(Route.Tokens.PARTICIPANT));
  }

  private Answer offer(Request request) {
    String participant = participant(request);
    String name = request.query("name");
    if (name != null && (name.isBlank() || name.length() > LONGEST_NAME)) {
      throw Problem.parameter(
          "name", "is empty or too long.", "Send at most " + LONGEST_NAME + " characters.");
    }
    TrackSource picture = picture(request);
    int bitrate = request.query("maxBitrate", LEAST_BITRATE, MOST_BITRATE, BITRATE);
    WhipAnswer answer = WebRtcSessions.answer(request, WhipAnswer::to);
    DtlsIdentity identity = DtlsIdentity.make();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          StoredCall cleared = end(call, participant, picture);
          WebRtcSessions.Session session =
              sessions.open(
                  cleared,
                  request.principal(),
                  answer.transport(),
                  identity,
                  (socket, transport) ->
                      new EndpointSpec(
                          Ids.random("whip-"),
                          socket.ip(),
                          socket.port(),
                          new EndpointSpec.Whip(participant, picture, bitrate, transport)));
          String endpoint = session.endpoint().id();
          join(participant, name, call, answer.tracks(endpoint, picture));
          return new Answer.Sdp(
              201, answer.sdp(session.end()), "/v1/calls/" + call.id() + "/whip/" + endpoint);
        });
  }

  private static String participant(Request request) {
    String id = request.query("participant");
    String own = request.principal() instanceof Principal.Token token ? token.participant() : null;
    if (id == null) {
      id = own;
    }
    if (id == null || !Ids.valid(id)) {
      throw Problem.parameter(
          "participant",
          id == null ? "is missing." : "is not a valid id.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ -");
    }
    Authenticator.checkParticipant(request.principal(), id);
    return id;
  }

  private static TrackSource picture(Request request) {
    String source = request.query("source");
    if (source == null || source.equals(TrackSource.CAMERA.json())) {
      return TrackSource.CAMERA;
    }
    if (source.equals(TrackSource.SCREEN.json())) {
      return TrackSource.SCREEN;
    }
    throw Problem.parameter("source", "is not valid.", "Use camera or screen.");
  }

  /**
   * Ends the session that this one takes the place of. A browser that was reloaded, or lost its
   * way, comes back before anybody knows that it has gone. The participant stays.
   */
  private StoredCall end(StoredCall call, String participant, TrackSource picture) {
    StoredCall changed = call;
    for (EndpointSpec endpoint : call.document().endpoints()) {
      EndpointSpec.Whip whip = endpoint.whip();
      if (whip != null && whip.participant().equals(participant) && whip.picture() == picture) {
        changed =
            store
                .calls()
                .change(
                    call.id(),
                    document -> {
                      CallDocument without = document.withoutEndpoint(endpoint.id());
                      return document
                          .participant(participant)
                          .map(known -> without.with(known.with(others(known, endpoint.id()))))
                          .orElse(without);
                    });
      }
    }
    return changed;
  }

  private static List<TrackSpec> others(ParticipantSpec participant, String endpoint) {
    return participant.tracks().stream()
        .filter(track -> !track.endpoint().equals(endpoint))
        .toList();
  }

  private void join(String id, @Nullable String name, StoredCall call, List<TrackSpec> came) {
    StoredCall now = calls.open(call.id());
    ParticipantSpec known =
        now.document()
            .participant(id)
            .orElseGet(() -> new ParticipantSpec(id, id, false, false, 1, 0, List.of()));
    List<TrackSpec> tracks = new ArrayList<>(known.tracks());
    for (TrackSpec track : came) {
      for (TrackSpec other : known.tracks()) {
        if (other.id().equals(track.id())) {
          throw Problem.conflict(
              null,
              "The participant has a track "
                  + track.id()
                  + " on endpoint "
                  + other.endpoint()
                  + ".",
              "Take it away first, or join as somebody else.");
        }
      }
      tracks.add(track);
    }
    participants.declare(
        now,
        new ParticipantSpec(
            id,
            name == null ? known.name() : name.strip(),
            known.owner(),
            known.muted(),
            known.gain(),
            known.pan(),
            tracks));
  }

  private Answer leave(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          String session = request.path("session");
          EndpointSpec.Whip whip =
              call.document().endpoint(session).map(EndpointSpec::whip).orElse(null);
          if (whip == null) {
            throw Problem.notFound(
                "There is no such session; it has ended, or another took its place.",
                "Send a new offer: POST /v1/calls/{call}/whip.");
          }
          Authenticator.checkParticipant(request.principal(), whip.participant());
          store.calls().endSession(call, session, null);
          return new Answer.Empty();
        });
  }
}
