package dev.callcast.scene;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Toasts, one after the other. Owned by its {@link Stage}. */
final class Toasts {
  /** One that is shown and those that wait; what is more is left out. */
  static final int MOST = 10;

  private final Queue<String> waiting = new ArrayDeque<>();
  private @Nullable String shown;
  private double start;

  /** One with the same shown and waiting. */
  Toasts copy() {
    Toasts copy = new Toasts();
    copy.waiting.addAll(waiting);
    copy.shown = shown;
    copy.start = start;
    return copy;
  }

  void add(String text, double seconds, double duration) {
    advance(seconds, duration);
    if (shown == null) {
      shown = text;
      start = seconds;
    } else if (waiting.size() < MOST - 1) {
      waiting.add(text);
    }
  }

  /** The text that is shown, or null. */
  @Nullable String text(double seconds, double duration) {
    advance(seconds, duration);
    return shown;
  }

  /** Of the one that is shown. */
  double opacity(double seconds, double duration) {
    double age = seconds - start;
    return Math.clamp(
        Math.min(
            age / Overlays.TOAST_IN, (duration + Overlays.TOAST_OUT - age) / Overlays.TOAST_OUT),
        0,
        1);
  }

  /** Until when the opacity stays what it is. */
  double stillUntil(double seconds, double duration) {
    double age = seconds - start;
    return age >= Overlays.TOAST_IN && age < duration ? start + duration : seconds;
  }

  private void advance(double seconds, double duration) {
    while (shown != null && seconds >= start + duration + Overlays.TOAST_OUT) {
      start += duration + Overlays.TOAST_OUT;
      shown = waiting.poll();
    }
  }
}
