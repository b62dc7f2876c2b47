package dev.callcast.testkit.clip;

import java.util.Arrays;

/**
 * Paints one participant's clip, frame by frame, as I420 without padding. Confined to the thread
 * that uses it; holds nothing to close.
 *
 * <p>The picture is a plain colour with a little static texture, two side bars whose texture
 * scrolls and a ball that rolls along the bottom: enough for an encoder to have motion vectors and
 * residue at every frame, cheap enough to be encoded many hundred times a second. Everything
 * repeats with the clip, so that it loops without a seam.
 */
public final class ClipPainter {
  private static final double BALL_RADIUS = 0.10;

  private final int participant;
  private final int width;
  private final int height;
  private final int fps;
  private final int frames;
  private final int chromaWidth;
  private final int chromaHeight;
  private final byte[] background;
  private final byte[] picture;
  private final byte[] texture = new byte[256];

  /**
   * Makes the painter and its background.
   *
   * @param name burned in on top
   * @param width in px, any number from 32
   * @param height in px, any number from 32
   * @param frames of the whole clip, at most {@link ClipMarks#MAX_FRAMES}
   */
  public ClipPainter(int participant, String name, int width, int height, int fps, int frames) {
    if (width < 32 || height < 32 || fps < 1 || frames < 1 || frames > ClipMarks.MAX_FRAMES) {
      throw new IllegalArgumentException(
          "clip of %dx%d at %d fps, %d frames".formatted(width, height, fps, frames));
    }
    this.participant = participant;
    this.width = width;
    this.height = height;
    this.fps = fps;
    this.frames = frames;
    chromaWidth = (width + 1) / 2;
    chromaHeight = (height + 1) / 2;
    int state = 12_345 + participant;
    for (int i = 0; i < texture.length; i++) {
      state = state * 1_103_515_245 + 12_345;
      texture[i] = (byte) (state >>> 24);
    }
    background = new byte[width * height + 2 * chromaWidth * chromaHeight];
    picture = new byte[background.length];
    paintBackground(name);
  }

  /** The size of a frame in bytes: luma, then U, then V, rows without padding. */
  public int frameBytes() {
    return picture.length;
  }

  /** Paints a frame; the array is the painter's own and is overwritten by the next call. */
  public byte[] paint(int frame) {
    System.arraycopy(background, 0, picture, 0, background.length);
    paintBars(frame);
    paintBall(frame);
    int second = frame % fps;
    int since = Math.floorMod(second - ClipMarks.flashFrame(participant, fps), fps);
    fillLuma(picture, ClipMarks.FLASH, since < ClipMarks.FLASH_FRAMES ? 235 : 30);
    fillChroma(picture, ClipMarks.FLASH, 128, 128);
    int bits = ClipMarks.encode(participant, frame);
    for (int i = 0; i < ClipMarks.BLOCKS; i++) {
      boolean set = (bits >>> (ClipMarks.BLOCKS - 1 - i) & 1) != 0;
      fillLuma(picture, ClipMarks.block(i), set ? ClipMarks.WHITE : ClipMarks.BLACK);
    }
    write(picture, "%04d".formatted(frame), 0.74, 0.04);
    return picture;
  }

  private void paintBackground(String name) {
    int[] color = ClipMarks.color(participant);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int grain = texture[(x / 4 * 7 + y / 4 * 13) & 0xFF] >> 4;
        background[y * width + x] = (byte) (color[0] + grain);
      }
    }
    int chroma = chromaWidth * chromaHeight;
    Arrays.fill(background, width * height, width * height + chroma, (byte) color[1]);
    Arrays.fill(background, width * height + chroma, background.length, (byte) color[2]);
    fillLuma(background, ClipMarks.COLOR, color[0]);
    fillChroma(background, ClipMarks.COUNTER, 128, 128);
    write(background, TinyFont.printable(name), 0.04, 0.04);
  }

  private void paintBars(int frame) {
    // 2 px a frame on a texture of 64 px: whole turns in a clip only if frames is a multiple of 32,
    // else the seam shows as one jump, which the encoder codes like any other motion.
    int offset = frame * 2;
    int barWidth = (int) (width * 0.17);
    for (int y = (int) (height * 0.2); y < (int) (height * 0.72); y++) {
      int row = y * width;
      for (int x = 0; x < barWidth; x++) {
        byte value = (byte) (110 + (texture[((y + offset) / 8 * 11 + x / 8) & 0xFF] >> 2));
        picture[row + (int) (width * 0.03) + x] = value;
        picture[row + (int) (width * 0.80) + x] = value;
      }
    }
  }

  private void paintBall(int frame) {
    double period = Math.max(1, Math.min(frames, fps * 5 / 2));
    double phase = frame % period / period;
    double across = phase < 0.5 ? phase * 2 : 2 - phase * 2;
    double radius = BALL_RADIUS * height;
    double centerX = radius + 4 + across * (width - 2 * radius - 8);
    double centerY = height - radius - 4;
    for (int y = (int) (centerY - radius); y <= centerY + radius; y++) {
      for (int x = (int) (centerX - radius); x <= centerX + radius; x++) {
        double dx = x - centerX;
        double dy = y - centerY;
        if (dx * dx + dy * dy <= radius * radius && x >= 0 && x < width && y >= 0 && y < height) {
          boolean stripe = ((int) Math.floor(dx + radius) / 6 & 1) == 0;
          picture[y * width + x] = (byte) (stripe ? 210 : 60);
        }
      }
    }
  }

  private void fillLuma(byte[] target, ClipMarks.Area area, int value) {
    int left = (int) Math.round(area.x() * width);
    int right = (int) Math.round((area.x() + area.width()) * width);
    int top = (int) Math.round(area.y() * height);
    int bottom = (int) Math.round((area.y() + area.height()) * height);
    for (int y = top; y < bottom; y++) {
      Arrays.fill(target, y * width + left, y * width + right, (byte) value);
    }
  }

  private void fillChroma(byte[] target, ClipMarks.Area area, int u, int v) {
    int left = (int) Math.round(area.x() * chromaWidth);
    int right = (int) Math.round((area.x() + area.width()) * chromaWidth);
    int top = (int) Math.round(area.y() * chromaHeight);
    int bottom = (int) Math.round((area.y() + area.height()) * chromaHeight);
    int planeU = width * height;
    int planeV = planeU + chromaWidth * chromaHeight;
    for (int y = top; y < bottom; y++) {
      Arrays.fill(
          target, planeU + y * chromaWidth + left, planeU + y * chromaWidth + right, (byte) u);
      Arrays.fill(
          target, planeV + y * chromaWidth + left, planeV + y * chromaWidth + right, (byte) v);
    }
  }

  private void write(byte[] target, String text, double x, double y) {
    int scale = Math.max(1, height / 90);
    int left = (int) (x * width);
    int top = (int) (y * height);
    for (int i = 0; i < text.length(); i++) {
      for (int py = 0; py < TinyFont.HEIGHT * scale; py++) {
        for (int px = 0; px < TinyFont.WIDTH * scale; px++) {
          int column = left + i * TinyFont.WIDTH * scale + px;
          int row = top + py;
          if (column < width
              && row < height
              && TinyFont.pixel(text.charAt(i), px / scale, py / scale)) {
            target[row * width + column] = (byte) 235;
          }
        }
      }
    }
  }
}
