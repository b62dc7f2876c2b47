package dev.callcast.scene;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Clock and countdown. Owned by its {@link Stage}. */
final class Clocks {
  /** s. A correction of the machine's clock below this would only make seconds jump. */
  private static final double LEAST_CORRECTION = 0.25;

  private double began;

  /** One with the same time. */
  Clocks copy() {
    Clocks copy = new Clocks();
    copy.began = began;
    return copy;
  }

  /** Takes the time of day at media time 0, in s since 1970. */
  void began(double epochSeconds) {
    if (Math.abs(epochSeconds - began) >= LEAST_CORRECTION) {
      began = epochSeconds;
    }
  }

  /** Adds what is on; gives the media time until which it holds. */
  double add(List<Layer> layers, Ground ground, double seconds) {
    boolean clock = ground.bool("showClock");
    String target = ground.bool("showCountdown") ? ground.text("countdown.target") : "";
    if (!clock && target.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    // A second is there from the picture that is nearest to its begin by less than a microsecond.
    long now = (long) Math.floor(began + seconds + 1e-6);
    if (clock) {
      String time =
          DateTimeFormatter.ofPattern(ground.text("clock.format"), Locale.ENGLISH)
              .format(Instant.ofEpochSecond(now).atZone(ZoneId.of(ground.text("clock.timeZone"))));
      layers.add(Overlays.plaque(ground, "clock", time, widest(time)));
    }
    if (!target.isEmpty()) {
      Instant end = Instant.parse(target);
      // What is left of a second counts as one: at 0 it is over.
      long left = end.getEpochSecond() + (end.getNano() > 0 ? 1 : 0) - now;
      String text =
          left > 0 ? ground.text("countdown.text") + span(left) : ground.text("countdown.endText");
      if (!text.isBlank()) {
        layers.add(Overlays.plaque(ground, "countdown", text, widest(text)));
      }
      if (left <= 0 && !clock) {
        return Double.POSITIVE_INFINITY;
      }
    }
    return now + 1 - began;
  }

  /** The same with the widest of digits. */
  private static String widest(String text) {
    return text.replaceAll("[0-9]", "0");
  }

  static String span(long seconds) {
    return seconds >= 3600
        ? "%d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60)
        : "%d:%02d".formatted(seconds / 60, seconds % 60);
  }
}
