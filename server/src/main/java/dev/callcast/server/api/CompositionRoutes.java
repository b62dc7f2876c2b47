package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.CallStates;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.workers.WorkerGateway;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Compositions: make, show, change in one frame, pause, stop, look at. Safe for any thread. */
final class CompositionRoutes {
  static final int MOST_OUTPUTS = 32;
  private static final int MOST = 8;
  private static final int MOST_MARKERS = 100;
  private static final int MOST_SCHEDULED = 50;
  private static final int LONGEST_LABEL = 200;
  private static final String PATH = "/v1/calls/{call}/compositions/{composition}";

  private final Store store;
  private final CallAccess calls;
  private final OutputFactory outputs;
  private final HlsStreams hls;
  private final WorkerGateway gateway;
  private final Capacity capacity;
  private final WebFrameRules webFrames;

  CompositionRoutes(
      Store store,
      CallAccess calls,
      OutputFactory outputs,
      HlsStreams hls,
      WorkerGateway gateway,
      Capacity capacity,
      WebFrameRules webFrames) {
    this.hls = hls;
    this.store = store;
    this.calls = calls;
    this.outputs = outputs;
    this.gateway = gateway;
    this.capacity = capacity;
    this.webFrames = webFrames;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/calls/{call}/compositions", Scope.CONTROL, this::create),
        Route.of("GET", PATH, Scope.READ, this::get),
        Route.of("PATCH", PATH, Scope.CONTROL, this::patch),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete),
        Route.of("DELETE", PATH + "/scheduled/{revision}", Scope.CONTROL, this::unschedule),
        Route.of("POST", PATH + "/pause", Scope.CONTROL, request -> pause(request, true)),
        Route.of("POST", PATH + "/resume", Scope.CONTROL, request -> pause(request, false)),
        Route.of("POST", PATH + "/stop", Scope.CONTROL, this::stop),
        Route.of("POST", PATH + "/split", Scope.CONTROL, this::split),
        Route.of("POST", PATH + "/markers", Scope.CONTROL, this::mark),
        Route.of("POST", PATH + "/preview", Scope.READ, this::preview),
        Route.of("GET", PATH + "/snapshot.jpg", Scope.READ, this::snapshot));
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    String given = fields.optionalId("id");
    String id = given == null ? Ids.random("m") : given;
    CompositionSpec spec = CompositionJson.read(fields, id, 1, false);
    List<OutputFactory.Wanted> wanted =
        fields.objects("outputs", MOST_OUTPUTS, output -> outputs.read(output, spec));
    fields.end();
    List<String> warnings = new ArrayList<>(checkLayout(spec));
    checkDistinct(wanted);
    StoredCall before = calls.open(request.path("call"));
    checkNew(before.document(), id);
    capacity.checkComposition(before, spec, wanted.size());
    List<OutputFactory.Wanted> prepared = outputs.prepare(before, id, wanted, warnings);
    try {
      return create(request, id, spec, prepared, warnings);
    } catch (RuntimeException e) {
      outputs.abandon(prepared);
      throw e;
    }
  }

  private Answer create(
      Request request,
      String id,
      CompositionSpec spec,
      List<OutputFactory.Wanted> wanted,
      List<String> warnings) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          checkNew(call.document(), id);
          warnings.addAll(unknownParticipants(call.document(), spec));
          List<OutputDocument> made =
              wanted.stream().map(output -> outputs.make(call, id, output)).toList();
          CompositionDocument composition = new CompositionDocument(spec, made, false, Ids.now());
          store.calls().forgetStates(call.instance(), id, null);
          StoredCall changed =
              store
                  .calls()
                  .change(call.id(), document -> document.departing(id, null).with(composition));
          ObjectNode shown = view(changed, null).composition(composition);
          put(shown, warnings);
          return Answer.created("/v1/calls/" + call.id() + "/compositions/" + id, shown);
        });
  }

  private Answer get(Request request) {
    StoredCall call = calls.any(request.path("call"));
    CompositionDocument composition = composition(call, request.path("composition"));
    return Answer.ok(view(call, calls.stats(call)).composition(composition));
  }

  private Answer patch(Request request) {
    ObjectNode patch = request.json();
    Long ifRevision = Fields.of(patch).optionalInteger("ifRevision", 1, Long.MAX_VALUE);
    patch.remove("ifRevision");
    JsonNode at = patch.get("at");
    patch.remove("at");
    return change(
        request,
        old -> {
          CompositionSpec spec = old.spec();
          if (ifRevision != null && ifRevision != spec.revision()) {
            throw Problem.conflict(
                "/ifRevision",
                "The composition is at revision " + spec.revision() + ".",
                "Look at it again, then decide whether the change is still wanted.");
          }
          return old.with(at == null || at.isNull() ? merged(spec, patch) : later(old, patch, at));
        },
        (call, changed) -> {
          List<String> warnings = new ArrayList<>();
          for (CompositionSpec.Layout layout : CallStates.layouts(changed.spec())) {
            for (String warning : checkLayout(changed.spec().with(layout))) {
              if (!warnings.contains(warning)) {
                warnings.add(warning);
              }
            }
          }
          warnings.addAll(unknownParticipants(call.document(), changed.spec()));
          ObjectNode answer =
              ProtocolJson.MAPPER.createObjectNode().put("revision", changed.spec().revision());
          put(answer, warnings);
          return answer;
        });
  }

  /** The same settings, with a patch that waits for its time. */
  private CompositionSpec later(CompositionDocument old, ObjectNode patch, JsonNode at) {
    checkHasPicture(old);
    CompositionSpec spec = old.spec();
    if (spec.scheduled().size() >= MOST_SCHEDULED) {
      throw Problem.conflict(
          "/at",
          "There are " + MOST_SCHEDULED + " changes that wait.",
          "Take one away with DELETE \u2026/scheduled/{revision}.");
    }
    checkLayout(merged(spec, patch));
    String scene = Fields.of(patch).optionalString("scene", 64);
    CompositionSpec.Scheduled change =
        ScheduledChange.read(
            patch,
            at,
            scene == null ? null : SceneRoutes.scene(store, scene, "/scene").layout(),
            spec.revision() + 1,
            transition(spec, patch));
    List<CompositionSpec.Scheduled> all = new ArrayList<>(spec.scheduled());
    all.add(change);
    return merged(spec, ProtocolJson.MAPPER.createObjectNode()).withScheduled(all);
  }

  /** Takes away a change that waits. */
  private Answer unschedule(Request request) {
    String revision = request.path("revision");
    change(
        request,
        old -> {
          List<CompositionSpec.Scheduled> left = new ArrayList<>(old.spec().scheduled());
          if (!left.removeIf(change -> Long.toString(change.revision()).equals(revision))) {
            throw Problem.notFound(
                "No change of this revision waits.", "GET the composition: scheduled lists them.");
          }
          return old.with(old.spec().withScheduled(left));
        },
        (call, changed) -> ProtocolJson.MAPPER.createObjectNode());
    return new Answer.Empty();
  }

  /** The settings with a merge patch, on the scene that it names if it does. */
  private CompositionSpec merged(CompositionSpec spec, ObjectNode patch) {
    ObjectNode changes = patch.deepCopy();
    String scene = Fields.of(changes).optionalString("scene", 64);
    changes.remove("scene");
    changes.remove("transition");
    CompositionSpec from =
        scene == null ? spec : spec.with(SceneRoutes.scene(store, scene, "/scene").layout());
    ObjectNode merged = CompositionJson.settings(from);
    MergePatch.apply(merged, changes);
    Fields fields = Fields.of(merged);
    CompositionSpec changed = CompositionJson.changed(fields, spec);
    fields.end();
    CompositionJson.checkFixed(spec, changed);
    CompositionSpec.Transition given = transition(spec, patch);
    // One that was asked for before stays: a worker may see both changes at once.
    return changed.with(changed.layout().by(given == null ? spec.layout().transition() : given));
  }

  /** How a patch takes effect: as it says itself, else as its scene does; or null. */
  private CompositionSpec.@Nullable Transition transition(CompositionSpec spec, ObjectNode patch) {
    long revision = spec.revision() + 1;
    Fields fields = Fields.of(patch);
    Fields given = fields.optionalObject("transition");
    if (given != null) {
      return CompositionJson.transition(given, revision);
    }
    String scene = fields.optionalString("scene", 64);
    CompositionSpec.Transition usual =
        scene == null ? null : SceneRoutes.scene(store, scene, "/scene").layout().transition();
    return usual == null ? null : usual.of(revision);
  }

  private List<String> checkLayout(CompositionSpec spec) {
    List<String> warnings = CompositionJson.checkLayout(spec.layout());
    CompositionJson.checkAssets(spec.layout(), store.assets()::get);
    CompositionJson.checkCustom(spec.layout(), name -> store.layouts().get(name).isPresent());
    webFrames.check(spec.layout());
    return warnings;
  }

  /** The picture that a patch would give. */
  private Answer preview(Request request) {
    StoredCall call = calls.open(request.path("call"));
    CompositionDocument composition = composition(call, request.path("composition"));
    checkHasPicture(composition);
    CompositionSpec changed = merged(composition.spec(), request.json());
    checkLayout(changed);
    byte[] png;
    try {
      png = gateway.preview(call.id(), changed.with(store.states().feed(changed)));
    } catch (WorkerUnavailableException e) {
      throw Problem.unavailable(
          "There is no picture at this moment: " + e.getMessage() + ".", "Try again.", 1);
    }
    request.context().contentType("image/png").header("Cache-Control", "no-store").result(png);
    return new Answer.Written();
  }

  private Answer pause(Request request, boolean paused) {
    Fields fields = request.fields();
    fields.end();
    return change(
        request,
        old -> {
          CompositionSpec spec = old.spec();
          return old.with(
              new CompositionSpec(
                  spec.id(),
                  spec.canvas(),
                  spec.layout(),
                  spec.participants(),
                  spec.video(),
                  spec.audio(),
                  spec.limits(),
                  spec.outputs(),
                  spec.revision(),
                  paused,
                  spec.markers(),
                  spec.feed(),
                  spec.scheduled()));
        },
        (call, changed) -> view(call, null).composition(changed));
  }

  private Answer stop(Request request) {
    Fields fields = request.fields();
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument old = composition(call, request.path("composition"));
          CompositionDocument stopped = old.stopped() ? old : old.stop();
          if (!old.stopped()) {
            store.calls().saveState(call.instance(), old.id(), "stopping");
            store.calls().change(call.id(), document -> document.with(stopped));
          }
          return Answer.ok(view(call, null).composition(stopped));
        });
  }

  /** Lets recordings go on in another file each, from the next picture on. */
  private Answer split(Request request) {
    Fields fields = request.fields();
    String only = fields.optionalId("output");
    fields.end();
    StoredCall before = calls.open(request.path("call"));
    CompositionDocument old = composition(before, request.path("composition"));
    checkRuns(old);
    List<OutputDocument.Recording> recordings = splittable(old, only);
    List<String> warnings = new ArrayList<>();
    List<OutputFactory.Wanted> prepared =
        outputs.prepare(
            before, old.id(), recordings.stream().map(OutputFactory::again).toList(), warnings);
    try {
      return split(request, recordings, prepared, warnings);
    } catch (RuntimeException e) {
      outputs.abandon(prepared);
      throw e;
    }
  }

  private List<OutputDocument.Recording> splittable(
      CompositionDocument composition, @Nullable String only) {
    List<OutputDocument.Recording> recordings =
        composition.outputs().stream()
            .filter(output -> !output.ended() && (only == null || output.id().equals(only)))
            .filter(OutputDocument.Recording.class::isInstance)
            .map(OutputDocument.Recording.class::cast)
            .toList();
    if (recordings.isEmpty()) {
      throw Problem.conflict(
          only == null ? null : "/output",
          "The composition has no recording there that runs.",
          "Add an output of the type recording.");
    }
    for (OutputDocument.Recording recording : recordings) {
      boolean started =
          store
              .recordings()
              .get(recording.recording())
              .filter(row -> row.startedAt() != null)
              .isPresent();
      if (!started) {
        throw Problem.conflict(
            null,
            "The recording " + recording.recording() + " has not started yet.",
            "Wait for its event recording.started.");
      }
    }
    return recordings;
  }

  private Answer split(
      Request request,
      List<OutputDocument.Recording> recordings,
      List<OutputFactory.Wanted> wanted,
      List<String> warnings) {
    return change(
        request,
        old -> {
          if (!old.outputs().containsAll(recordings)) {
            throw Problem.conflict(
                null, "The recordings have changed meanwhile.", "Look at them, then try again.");
          }
          List<OutputDocument> changed = new ArrayList<>();
          for (OutputDocument output : old.outputs()) {
            int at = recordings.indexOf(output);
            changed.add(
                at < 0
                    ? output
                    : outputs.split(
                        calls.open(request.path("call")),
                        old.id(),
                        recordings.get(at),
                        (OutputFactory.Wanted.Recording) wanted.get(at)));
          }
          return old.withOutputs(changed);
        },
        (call, changed) -> {
          ObjectNode answer = ProtocolJson.MAPPER.createObjectNode();
          ArrayNode items = answer.putArray("items");
          for (OutputDocument output : changed.outputs()) {
            if (output instanceof OutputDocument.Recording recording
                && recordings.stream()
                    .anyMatch(was -> was.recording().equals(recording.previous()))) {
              items
                  .addObject()
                  .put("output", recording.id())
                  .put("recording", recording.recording())
                  .put("previous", recording.previous());
            }
          }
          put(answer, warnings);
          return answer;
        });
  }

  /** Names this moment. Its media time comes with the event composition.marker. */
  private Answer mark(Request request) {
    Fields fields = request.fields();
    String given = fields.optionalId("id");
    String label = fields.requiredString("label", LONGEST_LABEL).strip();
    fields.end();
    if (label.isEmpty() || label.chars().anyMatch(Character::isISOControl)) {
      throw Problem.field(
          "/label", "It is empty or has control characters.", "Send a line of text.");
    }
    CompositionSpec.Marker marker =
        new CompositionSpec.Marker(given == null ? Ids.sortable("k") : given, label);
    change(
        request,
        old -> {
          if (old.spec().markers().size() >= MOST_MARKERS) {
            throw Problem.unavailable(
                "The worker has not taken the last " + MOST_MARKERS + " markers yet.",
                "Try again.",
                1);
          }
          if (old.spec().markers().stream().anyMatch(other -> other.id().equals(marker.id()))) {
            throw Problem.conflict("/id", "There is a marker of this id.", "Use another, or none.");
          }
          return old.withMarker(marker);
        },
        (call, changed) -> ProtocolJson.MAPPER.createObjectNode());
    return new Answer.Json(
        201,
        ProtocolJson.MAPPER.createObjectNode().put("id", marker.id()).put("label", marker.label()),
        null);
  }

  private Answer delete(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument old = composition(call, request.path("composition"));
          store.calls().forgetStates(call.instance(), old.id(), null);
          store
              .calls()
              .change(
                  call.id(),
                  document -> {
                    CallDocument without = document.withoutComposition(old.id());
                    return old.stopped() ? without : without.departing(old.id(), Ids.now());
                  });
          return new Answer.Empty();
        });
  }

  private Answer snapshot(Request request) {
    int width = request.query("width", 16, 3840, 0);
    if (width % 2 != 0) {
      throw Problem.parameter("width", "is odd.", "Use an even number of pixels.");
    }
    StoredCall call = calls.open(request.path("call"));
    CompositionDocument composition = composition(call, request.path("composition"));
    checkHasPicture(composition);
    byte[] jpeg;
    try {
      jpeg = gateway.snapshot(call.id(), composition.id(), width);
    } catch (WorkerUnavailableException e) {
      throw Problem.unavailable(
          "There is no picture at this moment: " + e.getMessage() + ".", "Try again.", 1);
    }
    request.context().contentType("image/jpeg").header("Cache-Control", "no-store").result(jpeg);
    return new Answer.Written();
  }

  private Answer change(
      Request request,
      Function<CompositionDocument, CompositionDocument> change,
      java.util.function.BiFunction<StoredCall, CompositionDocument, ObjectNode> answer) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument old = composition(call, request.path("composition"));
          checkRuns(old);
          CompositionDocument changed = change.apply(old);
          ObjectNode json = answer.apply(call, changed);
          if (!changed.equals(old)) {
            store.calls().change(call.id(), document -> document.with(changed));
          }
          return Answer.ok(json);
        });
  }

  private CompositionView view(StoredCall call, @Nullable CallStats stats) {
    return new CompositionView(call, store.calls().states(call.instance()), stats, hls);
  }

  private static void checkNew(CallDocument document, String id) {
    if (document.composition(id).isPresent()) {
      throw Problem.conflict(
          "/id", "The call has a composition of this id.", "Use another id, or delete that one.");
    }
    Departing.check(document, id, "/id");
    if (document.compositions().stream().filter(old -> !old.stopped()).count() >= MOST) {
      throw Problem.conflict(
          null, "The call has " + MOST + " compositions.", "Stop one that is not needed.");
    }
  }

  private static void checkDistinct(List<OutputFactory.Wanted> wanted) {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < wanted.size(); i++) {
      if (!ids.add(wanted.get(i).id())) {
        throw Problem.conflict(
            "/outputs/" + i + "/id",
            "Another output of this composition has that id.",
            "Give each output its own id, or none.");
      }
    }
  }

  static void checkRuns(CompositionDocument composition) {
    if (composition.stopped()) {
      throw Problem.conflict(
          null, "The composition was stopped.", "Make another one with POST …/compositions.");
    }
  }

  private static void checkHasPicture(CompositionDocument composition) {
    checkRuns(composition);
    if (composition.spec().video().off()) {
      throw Problem.conflict(
          null,
          "The composition has no picture, its video is off.",
          "Ask one that has video, or make one.");
    }
  }

  static CompositionDocument composition(StoredCall call, String id) {
    return call.document()
        .composition(id)
        .orElseThrow(() ->
            Problem.notFound(
                "The call has no composition of this id.",
                "GET /v1/calls/{call} lists its compositions."));
  }

  private static List<String> unknownParticipants(CallDocument document, CompositionSpec spec) {
    return Stream.concat(spec.participants().video().stream(), spec.participants().audio().stream())
        .filter(id -> !id.equals("*") && document.participant(id).isEmpty())
        .distinct()
        .map(id -> "participants: " + id + " is not in the call yet")
        .toList();
  }

  private static void put(ObjectNode json, List<String> warnings) {
    ArrayNode array = json.putArray("warnings");
    warnings.forEach(array::add);
  }
}
