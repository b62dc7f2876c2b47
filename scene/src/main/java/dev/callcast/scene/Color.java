package dev.callcast.scene;

/** Straight (not premultiplied) sRGB with alpha, 0 to 255 each. */
public record Color(int red, int green, int blue, int alpha) {
  public static final Color BLACK = new Color(0, 0, 0, 255);
  public static final Color WHITE = new Color(255, 255, 255, 255);

  public Color {
    if (((red | green | blue | alpha) & ~0xff) != 0) {
      throw new IllegalArgumentException("colour component outside 0 to 255");
    }
  }
}
