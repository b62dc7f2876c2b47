package dev.callcast.gst;

import org.jspecify.annotations.Nullable;

/**
 * Where Java takes data out of a pipeline, by pulling. One thread pulls, and has ended before the
 * pipeline is closed.
 */
public final class AppSink extends Element {
  AppSink(long handle) {
    super(handle);
  }

  /** Makes an appsink to be added by hand: no clock, no preroll, no limit unless set. */
  public static AppSink make() {
    try (Element element = Element.make("appsink")) {
      element.set("sync", false);
      element.set("async", false);
      C.gst_object_ref(element.handle());
      return new AppSink(element.handle());
    }
  }

  /**
   * The next sample, which the caller closes, waiting up to {@code timeout} ns; null when there is
   * none.
   */
  public @Nullable Sample pull(long timeout) {
    long sample = C.gst_app_sink_try_pull_sample(handle(), timeout);
    return sample == 0 ? null : new Sample(sample);
  }

  /** Whether everything has been pulled and nothing more comes. */
  public boolean isEndOfStream() {
    return C.gst_app_sink_is_eos(handle()) != 0;
  }
}
