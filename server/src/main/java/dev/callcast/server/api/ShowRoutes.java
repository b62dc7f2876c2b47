package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Feed;
import dev.callcast.protocol.CompositionSpec.Message;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerCommand.Show.Item;
import dev.callcast.protocol.WorkerCommand.Show.Kind;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.workers.WorkerGateway;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an application gives a composition to show: reactions and toasts, which come and go, and
 * messages, which are part of its state. Safe for any thread.
 */
final class ShowRoutes {
  /** Of chat and of transcript; older ones are forgotten. */
  static final int MESSAGES = 50;

  private static final int LONGEST_NAME = 100;
  private static final int LONGEST_TOAST = 500;
  private static final int LONGEST_CAPTION = 1000;
  private static final int LONGEST_MESSAGE = 2000;
  private static final int LONGEST_EMOJI = 64;

  /** A user-perceived character (UAX #29). */
  private static final Pattern GRAPHEME = Pattern.compile("\\X");

  private static final String PATH = "/v1/calls/{call}/compositions/{composition}/";

  private final Store store;
  private final CallAccess calls;
  private final WorkerGateway gateway;

  ShowRoutes(Store store, CallAccess calls, WorkerGateway gateway) {
    this.store = store;
    this.calls = calls;
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", PATH + "reactions", Scope.CONTROL, this::react),
        Route.of("POST", PATH + "toasts", Scope.CONTROL, this::toast),
        Route.of("POST", PATH + "captions", Scope.CONTROL, this::caption),
        Route.of("POST", PATH + "chat", Scope.CONTROL, request -> message(request, false)),
        Route.of("POST", PATH + "transcript", Scope.CONTROL, request -> message(request, true)));
  }

  private Answer react(Request request) {
    Fields fields = request.fields();
    String emoji = fields.requiredString("emoji", LONGEST_EMOJI);
    fields.optionalString("from", LONGEST_NAME);
    fields.end();
    if (GRAPHEME.matcher(emoji).results().count() != 1
        || emoji.codePoints().noneMatch(ShowRoutes::pictures)) {
      throw Problem.field(
          "/emoji", "It is not one emoji.", "Send one emoji, such as \u2764\ufe0f.");
    }
    return show(request, new Item(Kind.REACTION, emoji));
  }

  private static boolean pictures(int codePoint) {
    return Character.isEmojiPresentation(codePoint)
        || Character.isExtendedPictographic(codePoint)
        || codePoint == 0xfe0f;
  }

  private Answer toast(Request request) {
    Fields fields = request.fields();
    String text = text(fields, LONGEST_TOAST);
    fields.end();
    return show(request, new Item(Kind.TOAST, text));
  }

  private Answer caption(Request request) {
    Fields fields = request.fields();
    String text = text(fields, LONGEST_CAPTION);
    String until = fields.optionalString("until", LONGEST_NAME);
    fields.end();
    return show(request, new Item(Kind.CAPTION, text, until == null ? 0 : secondsUntil(until)));
  }

  private static double secondsUntil(String until) {
    double seconds;
    try {
      seconds = Duration.between(Instant.now(), Instant.parse(until)).toMillis() / 1e3;
    } catch (DateTimeParseException e) {
      throw Problem.field(
          "/until", "It is no time.", "Send one such as 2026-12-31T23:59:00Z, or leave it out.");
    }
    if (seconds <= 0) {
      throw Problem.field("/until", "That time is over.", "Send one that is to come.");
    }
    return seconds;
  }

  private Answer show(Request request, Item item) {
    StoredCall call = calls.open(request.path("call"));
    CompositionDocument composition =
        CompositionRoutes.composition(call, request.path("composition"));
    CompositionRoutes.checkRuns(composition);
    try {
      gateway.show(call.id(), composition.id(), item);
    } catch (WorkerUnavailableException e) {
      throw Problem.unavailable(
          "It cannot be shown at this moment: " + e.getMessage() + ".", "Try again.", 1);
    }
    return new Answer.Empty();
  }

  private Answer message(Request request, boolean transcript) {
    Fields fields = request.fields();
    String from = fields.string("from", LONGEST_NAME, "").strip();
    String text = text(fields, LONGEST_MESSAGE);
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument old =
              CompositionRoutes.composition(call, request.path("composition"));
          CompositionRoutes.checkRuns(old);
          CompositionSpec spec = old.spec();
          Feed feed = spec.feed();
          List<Message> messages = transcript ? feed.transcript() : feed.chat();
          Message message =
              new Message(messages.isEmpty() ? 1 : messages.getLast().number() + 1, from, text);
          List<Message> now = new ArrayList<>(messages);
          now.add(message);
          List<Message> kept = now.subList(Math.max(0, now.size() - MESSAGES), now.size());
          CompositionDocument changed =
              old.with(spec.with(transcript ? feed.withTranscript(kept) : feed.withChat(kept)));
          store.calls().change(call.id(), document -> document.with(changed));
          ObjectNode json = ProtocolJson.MAPPER.createObjectNode().put("number", message.number());
          return Answer.ok(json);
        });
  }

  private static String text(Fields fields, int longest) {
    String text = fields.requiredString("text", longest).strip();
    if (text.isEmpty()) {
      throw Problem.field(fields.at("text"), "It is blank.", "Send some text.");
    }
    return text;
  }
}
