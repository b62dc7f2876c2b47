package dev.callcast.testkit.check;

import dev.callcast.scene.Rect;
import dev.callcast.testkit.clip.ClipMarks;
import java.nio.ByteBuffer;

/**
 * A decoded picture, I420 without padding, and what its marks say. The array may be reused for the
 * next picture by whoever made it.
 */
public final class I420Picture {
  /** Blocks darker or lighter than this by less than the margin are not believed. */
  private static final int MIDDLE = 125;

  private static final int MARGIN = 20;

  private final byte[] data;
  private final int width;
  private final int height;

  /** Wraps the bytes; they are not copied. */
  public I420Picture(byte[] data, int width, int height) {
    this.data = data;
    this.width = width;
    this.height = height;
  }

  /** Bytes of a picture of that size. */
  public static int bytes(int width, int height) {
    return width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2);
  }

  /**
   * What one participant's marks say.
   *
   * @param readable whether the counter's CRC is right
   * @param participant from the counter, if readable
   * @param frame from the counter, if readable
   * @param flash whether the flash is white
   * @param luma of the colour patch; {@code u} and {@code v} are its chroma
   */
  public record Marks(
      boolean readable, int participant, int frame, boolean flash, int luma, int u, int v) {

    /** How far the patch's chroma is from a participant's colour: about 18 to its neighbours'. */
    public double colorDistance(int ofParticipant) {
      int[] color = ClipMarks.color(ofParticipant);
      return Math.hypot(u - color[1], v - color[2]);
    }
  }

  /** Reads the marks of the picture that lies there. */
  public Marks marks(Placement place) {
    return marks(place, 0);
  }

  /** Reads the marks of the picture that lies there, turned clockwise by 0, 90, 180 or 270°. */
  public Marks marks(Placement place, int turned) {
    int bits = 0;
    boolean clear = true;
    for (int i = 0; i < ClipMarks.BLOCKS; i++) {
      int value = mean(0, place, ClipMarks.block(i).turned(turned));
      clear &= Math.abs(value - MIDDLE) >= MARGIN;
      bits = bits << 1 | (value > MIDDLE ? 1 : 0);
    }
    return new Marks(
        clear && ClipMarks.valid(bits),
        ClipMarks.participantOf(bits),
        ClipMarks.frameOf(bits),
        mean(0, place, ClipMarks.FLASH.turned(turned)) > 132,
        mean(0, place, ClipMarks.COLOR.turned(turned)),
        mean(1, place, ClipMarks.COLOR.turned(turned)),
        mean(2, place, ClipMarks.COLOR.turned(turned)));
  }

  /**
   * How far the chroma at the four edges of a picture is from a participant's colour, which reaches
   * to all of them: the mean over the outermost chroma samples of the worst edge. What of the
   * picture lies off the canvas is cut off.
   */
  public double edgeDistance(Placement place, int ofParticipant) {
    int left = (int) Math.max(0, Math.round(place.x() / 2));
    int top = (int) Math.max(0, Math.round(place.y() / 2));
    int right = (int) Math.min((width + 1) / 2, Math.round((place.x() + place.width()) / 2)) - 1;
    int bottom = (int) Math.min((height + 1) / 2, Math.round((place.y() + place.height()) / 2)) - 1;
    int[] color = ClipMarks.color(ofParticipant);
    return Math.max(
        Math.max(
            distance(left, top, left, bottom, color), distance(right, top, right, bottom, color)),
        Math.max(
            distance(left, top, right, top, color), distance(left, bottom, right, bottom, color)));
  }

  /** The mean over a line of chroma samples, both ends included. */
  private double distance(int x0, int y0, int x1, int y1, int[] color) {
    int planeWidth = (width + 1) / 2;
    int planeU = width * height;
    int planeV = planeU + planeWidth * ((height + 1) / 2);
    double sum = 0;
    for (int y = y0; y <= y1; y++) {
      for (int x = x0; x <= x1; x++) {
        int at = y * planeWidth + x;
        sum +=
            Math.hypot(
                (data[planeU + at] & 0xFF) - color[1], (data[planeV + at] & 0xFF) - color[2]);
      }
    }
    return sum / ((x1 - x0 + 1) * (y1 - y0 + 1));
  }

  /** The mean luma of the whole picture, every eighth pixel of every eighth row. */
  public double meanLuma() {
    long sum = 0;
    int count = 0;
    for (int y = 0; y < height; y += 8) {
      for (int x = 0; x < width; x += 8) {
        sum += data[y * width + x] & 0xFF;
        count++;
      }
    }
    return (double) sum / count;
  }

  /** What an area that lies on the canvas is like. */
  AreaCheck.Look look(double seconds, Rect area) {
    long sum = 0;
    int bright = 0;
    for (int y = area.y(); y < area.bottom(); y++) {
      for (int x = area.x(); x < area.right(); x++) {
        int luma = data[y * width + x] & 0xFF;
        sum += luma;
        bright += luma > MIDDLE ? 1 : 0;
      }
    }
    double pixels = (double) area.width() * area.height();
    return new AreaCheck.Look(seconds, sum / pixels, bright / pixels);
  }

  /**
   * The squared errors of all samples in an area against those of another picture of this size, all
   * three planes summed up.
   *
   * @param other I420 without padding, at its start
   */
  double squaredError(ByteBuffer other, Rect area) {
    int chromaWidth = (width + 1) / 2;
    int planeU = width * height;
    int planeV = planeU + chromaWidth * ((height + 1) / 2);
    return squaredError(other, 0, width, area)
        + squaredError(other, planeU, chromaWidth, halved(area))
        + squaredError(other, planeV, chromaWidth, halved(area));
  }

  /** The samples of an area, all three planes. */
  static int samples(Rect area) {
    Rect chroma = halved(area);
    return area.width() * area.height() + 2 * chroma.width() * chroma.height();
  }

  /** The chroma samples that belong to an area with even coordinates. */
  private static Rect halved(Rect area) {
    return new Rect(area.x() / 2, area.y() / 2, area.width() / 2, area.height() / 2);
  }

  private double squaredError(ByteBuffer other, int plane, int planeWidth, Rect area) {
    byte[] row = new byte[area.width()];
    long sum = 0;
    for (int y = area.y(); y < area.bottom(); y++) {
      int at = plane + y * planeWidth + area.x();
      other.get(at, row);
      for (int x = 0; x < row.length; x++) {
        int difference = (data[at + x] & 0xFF) - (row[x] & 0xFF);
        sum += (long) difference * difference;
      }
    }
    return sum;
  }

  /** Luma at about {@code across} by {@code across} places, to compare pictures by. */
  byte[] thumbnail(int across) {
    byte[] small = new byte[across * across];
    for (int y = 0; y < across; y++) {
      int row = (2 * y + 1) * height / (2 * across) * width;
      for (int x = 0; x < across; x++) {
        small[y * across + x] = data[row + (2 * x + 1) * width / (2 * across)];
      }
    }
    return small;
  }

  /** The mean of the inner half of an area in plane 0 (Y), 1 (U) or 2 (V); −1 off the canvas. */
  private int mean(int plane, Placement place, ClipMarks.Area area) {
    int shift = plane == 0 ? 0 : 1;
    int planeWidth = plane == 0 ? width : (width + 1) / 2;
    int planeHeight = plane == 0 ? height : (height + 1) / 2;
    int offset =
        switch (plane) {
          case 0 -> 0;
          case 1 -> width * height;
          default -> width * height + planeWidth * planeHeight;
        };
    double scale = 1.0 / (1 << shift);
    double left = (place.x() + (area.x() + area.width() / 4) * place.width()) * scale;
    double right = (place.x() + (area.x() + area.width() * 3 / 4) * place.width()) * scale;
    double top = (place.y() + (area.y() + area.height() / 4) * place.height()) * scale;
    double bottom = (place.y() + (area.y() + area.height() * 3 / 4) * place.height()) * scale;
    int x0 = (int) Math.max(0, Math.round(left));
    int x1 = (int) Math.min(planeWidth, Math.max(Math.round(right), Math.round(left) + 1));
    int y0 = (int) Math.max(0, Math.round(top));
    int y1 = (int) Math.min(planeHeight, Math.max(Math.round(bottom), Math.round(top) + 1));
    if (x0 >= x1 || y0 >= y1) {
      return -1;
    }
    int sum = 0;
    for (int y = y0; y < y1; y++) {
      for (int x = x0; x < x1; x++) {
        sum += data[offset + y * planeWidth + x] & 0xFF;
      }
    }
    return sum / ((x1 - x0) * (y1 - y0));
  }
}
