package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Outputs of compositions: add, show, take away. Safe for any thread. */
final class OutputRoutes {
  private static final String PATH = "/v1/calls/{call}/compositions/{composition}/outputs";

  private final Store store;
  private final CallAccess calls;
  private final OutputFactory outputs;
  private final HlsStreams hls;

  OutputRoutes(Store store, CallAccess calls, OutputFactory outputs, HlsStreams hls) {
    this.hls = hls;
    this.store = store;
    this.calls = calls;
    this.outputs = outputs;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", PATH, Scope.CONTROL, this::create),
        Route.of("GET", PATH + "/{output}", Scope.READ, this::get),
        Route.of("DELETE", PATH + "/{output}", Scope.CONTROL, this::delete));
  }

  private Answer create(Request request) {
    StoredCall before = calls.open(request.path("call"));
    CompositionDocument target = CompositionRoutes.composition(before, request.path("composition"));
    Fields fields = request.fields();
    OutputFactory.Wanted read = outputs.read(fields, target.spec());
    fields.end();
    CompositionRoutes.checkRuns(target);
    checkNew(before.document(), target, read.id());
    List<OutputFactory.Wanted> prepared =
        outputs.prepare(before, target.id(), List.of(read), new ArrayList<>());
    try {
      return create(request, prepared.getFirst());
    } catch (RuntimeException e) {
      outputs.abandon(prepared);
      throw e;
    }
  }

  private Answer create(Request request, OutputFactory.Wanted wanted) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument composition =
              CompositionRoutes.composition(call, request.path("composition"));
          CompositionRoutes.checkRuns(composition);
          checkNew(call.document(), composition, wanted.id());
          OutputDocument output = outputs.make(call, composition.id(), wanted);
          CompositionDocument with =
              composition.withOutputs(
                  Stream.concat(composition.outputs().stream(), Stream.of(output)).toList());
          store.calls().forgetStates(call.instance(), composition.id(), output.id());
          StoredCall changed =
              store
                  .calls()
                  .change(
                      call.id(),
                      document -> document.departing(name(composition, output), null).with(with));
          return Answer.created(
              "/v1/calls/%s/compositions/%s/outputs/%s"
                  .formatted(call.id(), composition.id(), output.id()),
              view(changed, null).output(with, output));
        });
  }

  private Answer get(Request request) {
    StoredCall call = calls.any(request.path("call"));
    CompositionDocument composition =
        CompositionRoutes.composition(call, request.path("composition"));
    OutputDocument output = output(composition, request.path("output"));
    return Answer.ok(view(call, calls.stats(call)).output(composition, output));
  }

  private Answer delete(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          CompositionDocument composition =
              CompositionRoutes.composition(call, request.path("composition"));
          OutputDocument output = output(composition, request.path("output"));
          CompositionDocument without =
              composition.withOutputs(
                  composition.outputs().stream()
                      .filter(other -> !other.id().equals(output.id()))
                      .toList());
          boolean finishes = !composition.stopped() && !output.ended();
          store.calls().forgetStates(call.instance(), composition.id(), output.id());
          store
              .calls()
              .change(
                  call.id(),
                  document ->
                      finishes
                          ? document.with(without).departing(name(composition, output), Ids.now())
                          : document.with(without));
          return new Answer.Empty();
        });
  }

  private CompositionView view(StoredCall call, @Nullable CallStats stats) {
    return new CompositionView(call, store.calls().states(call.instance()), stats, hls);
  }

  private static void checkNew(CallDocument document, CompositionDocument composition, String id) {
    if (composition.output(id).isPresent()) {
      throw Problem.conflict(
          "/id", "The composition has an output of this id.", "Use another id, or none.");
    }
    Departing.check(document, composition.id() + "/" + id, "/id");
    if (composition.outputs().size() >= CompositionRoutes.MOST_OUTPUTS) {
      throw Problem.conflict(
          null,
          "The composition has " + CompositionRoutes.MOST_OUTPUTS + " outputs.",
          "Delete one that is not needed.");
    }
  }

  private static String name(CompositionDocument composition, OutputDocument output) {
    return composition.id() + "/" + output.id();
  }

  private static OutputDocument output(CompositionDocument composition, String id) {
    return composition
        .output(id)
        .orElseThrow(() ->
            Problem.notFound(
                "The composition has no output of this id.",
                "GET the composition: it lists its outputs."));
  }
}
