package dev.callcast.media.compose;

import dev.callcast.scene.Color;

/** A colour in BT.601 limited range, the one matrix of every canvas. */
record Yuv(int y, int u, int v) {
  /** Converts sRGB, without its alpha. */
  static Yuv of(Color color) {
    return of(color.red(), color.green(), color.blue());
  }

  /** Its {@code y} alone. */
  static int luma(double red, double green, double blue) {
    return (int) Math.round(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255);
  }

  /** Its {@code u} alone. */
  static int blueness(double red, double green, double blue) {
    return (int) Math.round(128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255);
  }

  /** Its {@code v} alone. */
  static int redness(double red, double green, double blue) {
    return (int) Math.round(128 + (112 * red - 93.786 * green - 18.214 * blue) / 255);
  }

  /** Converts R, G, B of 0 to 255 (ITU-R BT.601, 8 bit). */
  static Yuv of(double red, double green, double blue) {
    return new Yuv(luma(red, green, blue), blueness(red, green, blue), redness(red, green, blue));
  }
}
