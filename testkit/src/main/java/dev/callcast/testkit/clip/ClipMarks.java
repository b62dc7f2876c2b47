package dev.callcast.testkit.clip;

/**
 * The marks that painter and content checks agree on: where they are in the picture, and what they
 * say. Pure.
 *
 * <p>All marks that a check reads lie in the middle 30 % of the width and 53 % of the height, so
 * that they survive a fill crop of 16:9 into anything between 9:16 and 32:9. From top to bottom:
 * the flash, white for {@link #FLASH_FRAMES} frames once a second and else dark; three rows of
 * eight black or white blocks (frame number, participant, CRC); a patch of the participant's plain
 * colour.
 */
public final class ClipMarks {
  /** A region of the picture in fractions of its width and height. */
  public record Area(double x, double y, double width, double height) {
    /** Where it is when the picture is turned clockwise by 0, 90, 180 or 270 degrees. */
    public Area turned(int degrees) {
      return switch (degrees) {
        case 0 -> this;
        case 90 -> new Area(1 - y - height, x, height, width);
        case 180 -> new Area(1 - x - width, 1 - y - height, width, height);
        case 270 -> new Area(y, 1 - x - width, height, width);
        default -> throw new IllegalArgumentException("a turn by " + degrees + " degrees");
      };
    }
  }

  public static final int BLOCK_COLUMNS = 8;
  public static final int BLOCK_ROWS = 3;
  public static final int BLOCKS = BLOCK_COLUMNS * BLOCK_ROWS;

  /** How many participants have marks of their own. */
  public static final int MAX_PARTICIPANTS = 64;

  /** How many frames a clip may have: the counter has ten bits. */
  public static final int MAX_FRAMES = 1024;

  public static final Area FLASH = new Area(0.35, 0.235, 0.30, 0.165);
  public static final Area COUNTER = new Area(0.35, 0.40, 0.30, 0.20);
  public static final Area COLOR = new Area(0.35, 0.60, 0.30, 0.165);

  /** How long the flash is white, in frames of the source. */
  public static final int FLASH_FRAMES = 3;

  /** How long the beep is loud, in seconds. */
  public static final double BEEP_SECONDS = 0.050;

  /** Peak amplitude of the beep, full scale is 1. */
  public static final double BEEP_AMPLITUDE = 0.25;

  /** Black and white of the marks, limited range. */
  static final int BLACK = 16;

  static final int WHITE = 235;

  private static final int POLYNOMIAL = 0x07;

  private ClipMarks() {}

  /** The area of one block of the counter; block 0 is top left and the most significant bit. */
  public static Area block(int index) {
    double width = COUNTER.width() / BLOCK_COLUMNS;
    double height = COUNTER.height() / BLOCK_ROWS;
    return new Area(
        COUNTER.x() + index % BLOCK_COLUMNS * width,
        COUNTER.y() + Math.floorDiv(index, BLOCK_COLUMNS) * height,
        width,
        height);
  }

  /** Ten bits of frame number, six of participant, eight of CRC. */
  public static int encode(int participant, int frame) {
    int word = (frame & 0x3FF) << 6 | (participant & 0x3F);
    return word << 8 | crc(word);
  }

  /** Whether the blocks' bits are what {@link #encode} makes. */
  public static boolean valid(int bits) {
    return crc(bits >>> 8) == (bits & 0xFF);
  }

  public static int frameOf(int bits) {
    return bits >>> 14 & 0x3FF;
  }

  public static int participantOf(int bits) {
    return bits >>> 8 & 0x3F;
  }

  /** CRC-8; the start value keeps an all-black and an all-white counter invalid. */
  private static int crc(int word) {
    int crc = 0x5A;
    for (int shift = 8; shift >= 0; shift -= 8) {
      crc ^= word >>> shift & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x80) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
      crc &= 0xFF;
    }
    return crc;
  }

  /** The participant's colour as {@code {Y, U, V}}, BT.601 limited range. */
  public static int[] color(int participant) {
    double hue = Math.toRadians(participant * 137.508);
    int luma = 100 + participant % 3 * 18;
    return new int[] {
      luma, (int) Math.round(128 + 52 * Math.cos(hue)), (int) Math.round(128 + 52 * Math.sin(hue))
    };
  }

  /** The frequency of the participant's tone and beep, in Hz; 97 Hz apart. */
  public static int toneHz(int participant) {
    return 600 + 97 * participant;
  }

  /**
   * The first white frame of each second, and so the place of the beep. Staggered: neighbours flash
   * 7 frames apart (at 30 fps), so beeps of many participants do not add up, and those that come
   * next to each other in time are far apart in frequency.
   */
  public static int flashFrame(int participant, int fps) {
    return participant * 7 * Math.max(1, fps / 30) % fps;
  }

  /** When in each second the flash and the beep begin, in seconds. */
  public static double flashSecond(int participant, int fps) {
    return (double) flashFrame(participant, fps) / fps;
  }
}
