package dev.callcast.server.api;

import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.webrtc.WhepAnswer;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WHEP (draft-ietf-wish-whep): a composition to be watched in a browser, as it is, within a second.
 * A session is an endpoint from which the worker sends. Safe for any thread.
 */
final class WhepRoutes {
  /** Each costs what sending and encrypting the composition's bitrate costs. */
  private static final int MOST_VIEWERS = 20;

  private static final String PATH = "/v1/calls/{call}/compositions/{composition}/whep";

  private final Store store;
  private final CallAccess calls;
  private final WebRtcSessions sessions;

  WhepRoutes(Store store, CallAccess calls, WebRtcSessions sessions) {
    this.store = store;
    this.calls = calls;
    this.sessions = sessions;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", PATH, Scope.READ, this::offer).takes(WebRtcSessions.BODY_LIMIT),
        Route.of("DELETE", PATH + "/{session}", Scope.READ, this::leave));
  }

  private Answer offer(Request request) {
    CompositionSpec spec = composition(request).spec();
    SecureRandom random = new SecureRandom();
    WhepAnswer answer =
        WebRtcSessions.answer(request, offer -> WhepAnswer.to(offer, !spec.video().off(), random));
    DtlsIdentity identity = DtlsIdentity.make();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          String id = composition(request).id();
          checkRoom(call, id);
          WebRtcSessions.Session session =
              sessions.open(
                  call,
                  request.principal(),
                  answer.transport(),
                  identity,
                  (socket, transport) ->
                      new EndpointSpec(
                          Ids.random("whep-"),
                          socket.ip(),
                          socket.port(),
                          new EndpointSpec.Whep(
                              id, transport, sent(answer.video()), sent(answer.audio()))));
          return new Answer.Sdp(
              201,
              answer.sdp(session.end(), spec.audio().channels() == 2),
              "/v1/calls/%s/compositions/%s/whep/%s"
                  .formatted(call.id(), id, session.endpoint().id()));
        });
  }

  private static EndpointSpec.@Nullable Sent sent(WhepAnswer.@Nullable Given given) {
    return given == null ? null : given.stream();
  }

  private CompositionDocument composition(Request request) {
    CompositionDocument composition =
        calls
            .open(request.path("call"))
            .document()
            .composition(request.path("composition"))
            .orElseThrow(() ->
                Problem.notFound(
                    "The call has no composition of this id.",
                    "GET /v1/calls/{call}/compositions lists them."));
    if (composition.stopped()) {
      throw Problem.conflict(
          null, "The composition is stopped: there is nothing to watch.", "Start another one.");
    }
    return composition;
  }

  private static void checkRoom(StoredCall call, String composition) {
    long viewers =
        call.document().endpoints().stream()
            .filter(endpoint ->
                endpoint.whep() != null && endpoint.whep().composition().equals(composition))
            .count();
    if (viewers >= MOST_VIEWERS) {
      throw Problem.unavailable(
          "The composition has " + MOST_VIEWERS + " viewers by WHEP.",
          "Send it to an audience by an output: hls, rtmp or srt.",
          30);
    }
  }

  private Answer leave(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          String session = request.path("session");
          boolean known =
              call.document()
                  .endpoint(session)
                  .map(EndpointSpec::whep)
                  .filter(whep -> whep.composition().equals(request.path("composition")))
                  .isPresent();
          if (!known) {
            throw Problem.notFound(
                "There is no such session; it has ended.",
                "Send a new offer: POST /v1/calls/{call}/compositions/{composition}/whep.");
          }
          store.calls().endSession(call, session, null);
          return new Answer.Empty();
        });
  }
}
