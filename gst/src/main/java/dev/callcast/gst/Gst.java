package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.Objects;

/** Starts GStreamer, and answers questions about the installation. */
public final class Gst {
  /** An unknown time: GST_CLOCK_TIME_NONE. */
  public static final long TIME_NONE = Layout.TIME_NONE;

  private static boolean started;

  private Gst() {}

  /**
   * Starts GStreamer in this process; later calls do nothing.
   *
   * @throws GstException when a native library is missing or GStreamer refuses to start
   */
  public static synchronized void init() {
    if (started) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      long error = Mem.zeroed(arena, 8);
      if (C.gst_init_check(0, 0, error) == 0) {
        throw new GstException("GStreamer does not start: " + takeError(Mem.getLong(error)));
      }
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof GstException cause) {
        throw cause;
      }
      throw e;
    }
    started = true;
  }

  /** The version of the running library, such as {@code GStreamer 1.22.0}. */
  public static String version() {
    init();
    return Objects.requireNonNull(Mem.takeString(C.gst_version_string()));
  }

  /** Whether an element of that name can be made. */
  public static boolean hasElement(String factory) {
    init();
    try (Arena arena = Arena.ofConfined()) {
      long found = C.gst_element_factory_find(Mem.cString(arena, factory));
      if (found == 0) {
        return false;
      }
      C.gst_object_unref(found);
      return true;
    }
  }

  /** Ends GStreamer, so that its leaks tracer tells what is alive. Nothing works after that. */
  public static void deinit() {
    C.gst_deinit();
  }

  static String takeError(long error) {
    if (error == 0) {
      return "no reason given";
    }
    String message = Mem.string(Mem.getLong(error + Layout.ERROR_MESSAGE));
    C.g_error_free(error);
    return message == null ? "no reason given" : message;
  }
}
