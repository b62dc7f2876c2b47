package dev.callcast.scene;

/** A number that goes from one value to another in a straight line; times in s. */
record Ramp(double from, double to, double start, double duration) {
  static Ramp steady(double value) {
    return new Ramp(value, value, Double.NEGATIVE_INFINITY, 0);
  }

  double at(double time) {
    return time >= end() ? to : from + (to - from) * Math.max(0, (time - start) / duration);
  }

  double end() {
    return start + duration;
  }

  /** From where it is at a time to another value. */
  Ramp turn(double target, double time, double seconds) {
    return seconds <= 0
        ? new Ramp(target, target, time, 0)
        : new Ramp(at(time), target, time, seconds);
  }
}
