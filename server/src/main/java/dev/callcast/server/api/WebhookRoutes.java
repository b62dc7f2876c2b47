package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredDelivery;
import dev.callcast.server.store.StoredWebhook;
import dev.callcast.server.webhooks.Signature;
import dev.callcast.server.webhooks.Webhooks;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Webhooks and the log of their deliveries. Safe for any thread. */
final class WebhookRoutes {
  private static final String PATH = "/v1/webhooks/{webhook}";
  private static final int MOST_WEBHOOKS = 1000;
  private static final int MOST_PATTERNS = 100;
  private static final int LONGEST_URL = 2000;
  private static final int DAY = 24 * 3600;
  private static final Pattern TYPE = Pattern.compile("\\*|[a-z]+(\\.[a-z]+)*(\\.\\*)?");

  private final Store store;
  private final Webhooks webhooks;
  private final OutgoingUrls urls;

  WebhookRoutes(Store store, Webhooks webhooks, OutgoingUrls urls) {
    this.store = store;
    this.webhooks = webhooks;
    this.urls = urls;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/webhooks", Scope.CONTROL, this::create),
        Route.of("GET", "/v1/webhooks", Scope.CONTROL, this::list),
        Route.of("GET", PATH, Scope.CONTROL, this::get),
        Route.of("PATCH", PATH, Scope.CONTROL, this::change),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete),
        Route.of("POST", PATH + "/rotate-secret", Scope.CONTROL, this::rotate),
        Route.of("GET", PATH + "/deliveries", Scope.CONTROL, this::deliveries),
        Route.of("GET", PATH + "/deliveries/{delivery}", Scope.CONTROL, this::getDelivery),
        Route.of(
            "POST", PATH + "/deliveries/{delivery}/redeliver", Scope.CONTROL, this::redeliver));
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    String url = url(fields.requiredString("url", LONGEST_URL), fields.at("url"));
    List<String> events = patterns(fields, "events", WebhookRoutes::isTypePattern, List.of("*"));
    List<String> calls = patterns(fields, "calls", KeyRules::isCallPattern, List.of("*"));
    fields.end();
    String secret = Signature.newSecret();
    StoredWebhook made =
        store
            .database()
            .write(handle -> {
              if (store.webhooks().list(null, MOST_WEBHOOKS).size() >= MOST_WEBHOOKS) {
                throw Problem.conflict(
                    null,
                    "There are " + MOST_WEBHOOKS + " webhooks.",
                    "Delete one that is not needed.");
              }
              return store.webhooks().create(url, events, calls, secret);
            });
    webhooks.changed();
    return Answer.created("/v1/webhooks/" + made.id(), show(made).put("secret", secret));
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    return page.answer(
        store.webhooks().list(page.after(), page.fetch()), WebhookRoutes::show, StoredWebhook::id);
  }

  private Answer get(Request request) {
    return Answer.ok(show(webhook(request)));
  }

  private Answer change(Request request) {
    Fields fields = request.fields();
    String given = fields.optionalString("url", LONGEST_URL);
    String url = given == null ? null : url(given, fields.at("url"));
    List<String> events = patterns(fields, "events", WebhookRoutes::isTypePattern, null);
    List<String> calls = patterns(fields, "calls", KeyRules::isCallPattern, null);
    Boolean enabled = fields.has("enabled") ? fields.bool("enabled", true) : null;
    fields.end();
    StoredWebhook changed =
        store
            .database()
            .write(handle -> {
              StoredWebhook old = webhook(request);
              boolean active = enabled == null ? old.active() : enabled;
              String reason = active ? null : old.active() ? "by PATCH" : old.reason();
              store
                  .webhooks()
                  .update(
                      new StoredWebhook(
                          old.id(),
                          url == null ? old.url() : url,
                          events.isEmpty() ? old.events() : events,
                          calls.isEmpty() ? old.calls() : calls,
                          active,
                          reason,
                          old.previousUntil(),
                          old.createdAt()));
              return webhook(request);
            });
    webhooks.changed();
    return Answer.ok(show(changed));
  }

  private Answer delete(Request request) {
    if (!store.webhooks().delete(request.path("webhook"))) {
      throw missing();
    }
    webhooks.changed();
    return new Answer.Empty();
  }

  private Answer rotate(Request request) {
    Fields fields = request.fields();
    long overlap = fields.integer("overlap", 0, 7 * DAY, DAY);
    fields.end();
    String secret = Signature.newSecret();
    StoredWebhook rotated =
        store
            .database()
            .write(handle -> {
              StoredWebhook old = webhook(request);
              store.webhooks().rotate(old.id(), secret, Instant.now().plusSeconds(overlap));
              return webhook(request);
            });
    return Answer.ok(show(rotated).put("secret", secret));
  }

  private Answer deliveries(Request request) {
    StoredWebhook webhook = webhook(request);
    Page page = Page.of(request);
    String state = request.query("state");
    List<String> states =
        List.of(StoredDelivery.PENDING, StoredDelivery.DELIVERED, StoredDelivery.FAILED);
    if (state != null && !states.contains(state)) {
      throw Problem.parameter(
          "state", "is not valid.", "Use one of " + String.join(", ", states) + ".");
    }
    return page.answer(
        store.webhooks().deliveries(webhook.id(), state, before(page.after()), page.fetch()),
        WebhookRoutes::show,
        delivery -> Long.toString(delivery.id()));
  }

  private static @Nullable Long before(@Nullable String after) {
    try {
      return after == null ? null : Long.valueOf(after);
    } catch (NumberFormatException e) {
      throw Problem.parameter(
          "after", "is no cursor of this list.", "Send next of the page before, or leave it out.");
    }
  }

  private Answer getDelivery(Request request) {
    return Answer.ok(show(delivery(webhook(request), request.path("delivery"))));
  }

  private Answer redeliver(Request request) {
    StoredWebhook webhook = webhook(request);
    if (!webhook.active()) {
      throw Problem.conflict(
          null, "The webhook is disabled.", "Enable it first: PATCH it with {\"enabled\":true}.");
    }
    StoredDelivery again = store.webhooks().redeliver(delivery(webhook, request.path("delivery")));
    webhooks.changed();
    return Answer.created(
        "/v1/webhooks/%s/deliveries/%d".formatted(webhook.id(), again.id()), show(again));
  }

  private StoredDelivery delivery(StoredWebhook webhook, String id) {
    Optional<StoredDelivery> found = Optional.empty();
    try {
      found = store.webhooks().delivery(webhook.id(), Long.parseLong(id));
    } catch (NumberFormatException e) {
      // As one that is not there.
    }
    return found.orElseThrow(() ->
        Problem.notFound(
            "The webhook has no delivery of this id.", "GET its deliveries for what there is."));
  }

  private StoredWebhook webhook(Request request) {
    return store.webhooks().get(request.path("webhook")).orElseThrow(WebhookRoutes::missing);
  }

  private static Problem missing() {
    return Problem.notFound("There is no webhook of this id.", "GET /v1/webhooks lists them.");
  }

  private String url(String url, String at) {
    try {
      URI uri = new URI(url);
      String scheme = String.valueOf(uri.getScheme());
      if ((scheme.equals("https") || scheme.equals("http"))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getFragment() == null) {
        urls.check(url, at);
        return url;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw Problem.field(
        at,
        "It is not a URL that can be posted to.",
        "Send https:// or http:// with a host, no user and no fragment.");
  }

  private static boolean isTypePattern(String text) {
    return TYPE.matcher(text).matches();
  }

  /** Patterns, checked; {@code otherwise} where none are given, of null an empty list. */
  private static List<String> patterns(
      Fields fields, String name, Predicate<String> form, @Nullable List<String> otherwise) {
    List<String> given =
        fields.optionalStrings(
            name,
            MOST_PATTERNS,
            (pattern, at) -> {
              if (!form.test(pattern)) {
                throw Problem.field(
                    at,
                    "It is no pattern of " + name + ".",
                    name.equals("events")
                        ? "Use *, a kind such as recording.*, or a type such as recording.ready."
                        : "Use *, the beginning of ids with * behind it, or an id.");
              }
            });
    if (given != null && given.isEmpty()) {
      throw Problem.field(fields.at(name), "It is empty.", "Leave it out, or send a pattern.");
    }
    return given != null ? given : otherwise == null ? List.of() : otherwise;
  }

  private static ObjectNode show(StoredWebhook webhook) {
    ObjectNode json =
        ProtocolJson.MAPPER.createObjectNode().put("id", webhook.id()).put("url", webhook.url());
    webhook.events().forEach(json.putArray("events")::add);
    webhook.calls().forEach(json.putArray("calls")::add);
    json.put("enabled", webhook.active());
    if (webhook.reason() != null) {
      json.put("reason", webhook.reason());
    }
    String until = webhook.previousUntil();
    if (until != null && until.compareTo(Ids.now()) > 0) {
      json.put("previousSecretUntil", until);
    }
    return json.put("createdAt", webhook.createdAt());
  }

  private static ObjectNode show(StoredDelivery delivery) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", Long.toString(delivery.id()))
            .put("state", delivery.state())
            .put("attempts", delivery.attempts())
            .put("createdAt", delivery.createdAt());
    put(json, "nextAttemptAt", delivery.nextAt());
    put(json, "lastAttemptAt", delivery.lastAt());
    if (delivery.status() != null) {
      json.put("status", delivery.status());
    }
    Long millis = delivery.millis();
    if (millis != null) {
      json.put("took", millis / 1000.0);
    }
    put(json, "error", delivery.error());
    put(json, "answer", delivery.answer());
    json.set("event", delivery.event().json());
    return json;
  }

  private static void put(ObjectNode json, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      json.put(name, value);
    }
  }
}
