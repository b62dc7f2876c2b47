package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways in from native code. There is one stub for each C signature, made once and never freed:
 * a callback that comes while or after its object is disposed of (they do come, by the hundred)
 * must find a living stub. The Java side is found by an id in a map; an id that is gone is
 * absorbed. Nothing thrown ever leaves a stub: that would end the VM.
 */
final class Callbacks {
  private static final Logger log = LoggerFactory.getLogger(Callbacks.class);
  private static final Map<Long, Object> LIVE = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong(1);
  private static final EnumMap<Kind, Long> STUBS = new EnumMap<>(Kind.class);

  private Callbacks() {}

  /** One for each C signature. */
  @SuppressWarnings(
      "ImmutableEnumChecker") // function descriptors are immutable, only not annotated so
  enum Kind {
    /** {@code void (GstElement*, GstPad*, gpointer)}: pad-added, pad-removed. */
    PAD("onPad", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG)),
    /** {@code GstPadProbeReturn (GstPad*, GstPadProbeInfo*, gpointer)}. */
    PROBE("onProbe", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private final String method;
    private final FunctionDescriptor descriptor;

    Kind(String method, FunctionDescriptor descriptor) {
      this.method = method;
      this.descriptor = descriptor;
    }
  }

  /** Native pointer in; ownership stays with the caller. */
  interface PadCallback {
    void pad(long pad);
  }

  interface ProbeCallback {
    /** Looks at what passes; it always passes. */
    void probe(long info);
  }

  static long register(Object callback) {
    long id = NEXT.getAndIncrement();
    LIVE.put(id, callback);
    return id;
  }

  static void forget(long id) {
    LIVE.remove(id);
  }

  /** How many callbacks are registered: for leak tests. */
  static int count() {
    return LIVE.size();
  }

  static synchronized long stub(Kind kind) {
    return STUBS.computeIfAbsent(
        kind,
        k -> {
          MethodType type = k.descriptor.toMethodType();
          try {
            return Linker.nativeLinker()
                .upcallStub(
                    MethodHandles.lookup().findStatic(Callbacks.class, k.method, type),
                    k.descriptor,
                    Arena.global())
                .address();
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void failed(Throwable throwable) {
    try {
      log.error("a callback from GStreamer failed", throwable);
    } catch (Throwable ignored) {
      // Even logging can fail (out of memory); nothing may leave an upcall.
    }
  }

  private static <T> @Nullable T find(long id, Class<T> type) {
    return type.cast(LIVE.get(id));
  }

  @SuppressWarnings("unused") // by stub
  private static void onPad(long element, long pad, long id) {
    try {
      PadCallback callback = find(id, PadCallback.class);
      if (callback != null) {
        callback.pad(pad);
      }
    } catch (Throwable t) {
      failed(t);
    }
  }

  @SuppressWarnings("unused") // by stub
  private static int onProbe(long pad, long info, long id) {
    try {
      ProbeCallback callback = find(id, ProbeCallback.class);
      if (callback != null) {
        callback.probe(info);
      }
    } catch (Throwable t) {
      failed(t);
    }
    return 1; // GST_PAD_PROBE_OK
  }
}
