package dev.callcast.bench;

import java.util.Arrays;
import java.util.List;

/** Median, least and greatest of some measurements. */
record Spread(double median, double min, double max) {
  static Spread of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(round(median), round(sorted[0]), round(sorted[sorted.length - 1]));
  }

  static Spread of(double... values) {
    return of(Arrays.stream(values).boxed().toList());
  }

  /** To four digits. */
  static double round(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }
}
