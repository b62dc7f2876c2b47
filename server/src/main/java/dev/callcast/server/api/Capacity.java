package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the calls cost, and whether another one fits. The CPU time of each worker is measured every
 * few seconds. For what is not measured yet there is a model by the call's shape; how far the model
 * is off on this machine is learned from the calls that are measured. Safe for any thread; {@link
 * #start} and {@link #close} by its maker.
 */
final class Capacity implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Capacity.class);

  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /** Below this a look says nothing: the clocks of CPU time are coarse. */
  private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(500);

  /** How much a new measurement weighs: a call that changed is known again after half a minute. */
  private static final double WEIGHT = 0.3;

  /** The first seconds of a worker are compilers and caches, not what the call will cost. */
  private static final int LOOKS_TO_LEARN = 4;

  private static final int RETRY_AFTER = 15; // s

  // The model, in cores: the shares of a call's parts, which the measured calls scale to this
  // machine.
  private static final double WORKER = 0.03;
  private static final double SOUND = 0.05;
  private static final double OUTPUT = 0.009;
  private static final double DECODED_VIDEO = 0.015;
  private static final double DECODED_AUDIO = 0.004;
  private static final double PIXEL_PER_SECOND = 0.25 / (1280 * 720 * 30);

  /** A kind of call that one might want to place. */
  record Shape(int participants, int width, int height, int fps, int outputs) {
    double cores() {
      return WORKER
          + participants * (DECODED_VIDEO + DECODED_AUDIO)
          + SOUND
          + outputs * OUTPUT
          + PIXEL_PER_SECOND * width * height * fps;
    }

    String label() {
      return participants + "x" + width + "x" + height + "@" + fps;
    }
  }

  /** Those that are spoken of. */
  static final List<Shape> SHAPES =
      List.of(
          new Shape(4, 640, 360, 30, 1),
          new Shape(4, 1280, 720, 30, 2),
          new Shape(9, 1280, 720, 30, 2),
          new Shape(9, 1920, 1080, 30, 2));

  /** What is known of one run of a call. */
  private static final class Measured {
    private double cpuSeconds;
    private long at;
    private long epoch;
    private int looks = -1; // since the first of the process, which only says where it begins
    private double cores; // of the newest looks
    private double model; // of the state that was measured
  }

  private final Store store;
  private final CallAccess calls;
  private final double limit;
  private final Map<String, Measured> measured = new HashMap<>(); // by instance; guarded by this
  private double scale = 1; // guarded by this
  private @Nullable Thread thread;

  Capacity(Store store, CallAccess calls, CapacityConfig config) {
    this.store = store;
    this.calls = calls;
    this.limit = config.cores();
  }

  void start() {
    thread = Thread.ofVirtual().name("capacity").start(this::run);
  }

  private void run() {
    try {
      while (!Thread.interrupted()) {
        Thread.sleep(INTERVAL);
        try {
          look(System.nanoTime());
        } catch (RuntimeException e) {
          LOG.warn("measuring the calls failed", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Measures once; {@code now} as {@link System#nanoTime}. */
  void look(long now) {
    List<StoredCall> open = open();
    Map<String, CallStats> stats = new HashMap<>();
    for (StoredCall call : open) {
      CallStats answer = calls.stats(call);
      if (answer != null) {
        stats.put(call.instance(), answer);
      }
    }
    synchronized (this) {
      measured.keySet().retainAll(open.stream().map(StoredCall::instance).toList());
      double seen = 0;
      double modelled = 0;
      for (StoredCall call : open) {
        CallStats answer = stats.get(call.instance());
        if (answer == null) {
          continue;
        }
        Measured known = measured.computeIfAbsent(call.instance(), _ -> new Measured());
        note(known, call, answer, now);
        if (known.looks >= LOOKS_TO_LEARN && !call.document().compositions().isEmpty()) {
          seen += known.cores;
          modelled += known.model;
        }
      }
      if (modelled > 0) {
        scale += WEIGHT * (Math.clamp(seen / modelled, 0.25, 4) - scale);
      }
    }
  }

  private static void note(Measured known, StoredCall call, CallStats stats, long now) {
    if (known.looks < 0 || known.epoch != call.epoch() || stats.cpuSeconds() < known.cpuSeconds) {
      known.epoch = call.epoch(); // another process
      known.looks = 0;
    } else if (now - known.at < SHORTEST) {
      return;
    } else {
      double cores = (stats.cpuSeconds() - known.cpuSeconds) * 1e9 / (now - known.at);
      known.cores = known.looks == 0 ? cores : known.cores + WEIGHT * (cores - known.cores);
      known.model = model(call.document());
      known.looks++;
    }
    known.cpuSeconds = stats.cpuSeconds();
    known.at = now;
  }

  private List<StoredCall> open() {
    return store.calls().list(true, null, Integer.MAX_VALUE);
  }

  /** What such a state costs by the model, on the machine it was made on. */
  static double model(CallDocument document) {
    List<CompositionDocument> running =
        document.compositions().stream().filter(each -> !each.stopped()).toList();
    if (running.isEmpty()) {
      return WORKER;
    }
    double cores = WORKER;
    for (ParticipantSpec participant : document.participants()) {
      for (var track : participant.tracks()) {
        cores += track.kind() == TrackKind.VIDEO ? DECODED_VIDEO : DECODED_AUDIO;
      }
    }
    for (CompositionDocument composition : running) {
      cores += model(composition.spec(), composition.outputs().size());
    }
    return cores;
  }

  private static double model(CompositionSpec spec, int outputs) {
    CompositionSpec.Canvas canvas = spec.canvas();
    double picture =
        spec.video().off() ? 0 : PIXEL_PER_SECOND * canvas.width() * canvas.height() * canvas.fps();
    return picture + SOUND + outputs * OUTPUT;
  }

  /**
   * Cores of one call: by the model while its worker starts, then measured, and by the model what
   * was changed since.
   */
  synchronized double cost(StoredCall call) {
    double model = model(call.document());
    Measured known = measured.get(call.instance());
    return known == null || known.looks < LOOKS_TO_LEARN
        ? scale * model
        : Math.max(0, known.cores + scale * (model - known.model));
  }

  /** Cores that all open calls use. */
  double used() {
    return open().stream().mapToDouble(this::cost).sum();
  }

  /** Cores that calls may use together; 0 for no limit. */
  double limit() {
    return limit;
  }

  /** How much dearer calls are on this machine than the model says. */
  synchronized double scale() {
    return scale;
  }

  /** Cores that a call of this shape would use here. */
  double cost(Shape shape) {
    return scale() * shape.cores();
  }

  /** How many more calls of this shape fit; 0 for none, −1 without a limit. */
  int room(Shape shape, double used) {
    return limit == 0 ? -1 : (int) Math.max(0, Math.floor((limit - used) / cost(shape)));
  }

  /** Throws the problem of a call for which there is no room, however small it may be. */
  void checkCall() {
    check(scale() * WORKER, "a call", "/v1/nodes says for what there is room.");
  }

  /** Throws the problem of a composition for which there is no room. */
  void checkComposition(StoredCall call, CompositionSpec spec, int outputs) {
    double cores = scale() * model(spec, outputs);
    if (model(call.document()) <= WORKER) {
      // Its first one: from now on its participants are decoded too.
      cores +=
          scale()
              * call.document().participants().stream()
                  .flatMap(participant -> participant.tracks().stream())
                  .mapToDouble(
                      track -> track.kind() == TrackKind.VIDEO ? DECODED_VIDEO : DECODED_AUDIO)
                  .sum();
    }
    check(
        cores,
        "a composition of %dx%d at %d frames a second"
            .formatted(spec.canvas().width(), spec.canvas().height(), spec.canvas().fps()),
        "A smaller canvas or fewer frames a second cost less;"
            + " GET /v1/nodes says for what there is room.");
  }

  /** The first one is always let in: to refuse it would help nobody. */
  private void check(double cores, String what, String fix) {
    if (limit == 0) {
      return;
    }
    List<StoredCall> open = open();
    boolean first = open.stream().allMatch(call -> model(call.document()) <= WORKER);
    double used = open.stream().mapToDouble(this::cost).sum();
    if (!first && used + cores > limit) {
      throw Problem.noRoom(
          String.format(
              Locale.ROOT,
              "There is no room for %s: it would cost about %.2f cores, and %.2f of %.2f are in use.",
              what,
              cores,
              used,
              limit),
          fix + " The operator may raise capacity.cores.",
          RETRY_AFTER);
    }
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }
}
