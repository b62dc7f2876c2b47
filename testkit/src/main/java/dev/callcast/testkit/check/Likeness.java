package dev.callcast.testkit.check;

import dev.callcast.scene.Rect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * How near what a file shows comes to what it should show, whichever frames it shows: each tile is
 * compared with that place in the ideal picture of the frame that its counter tells. So a recording
 * of a live call can be judged, where nobody starts at the same time and frames are left out.
 */
public final class Likeness {
  private static final double PEAK = 255;

  private double squares;
  private long samples;

  private Likeness() {}

  /**
   * PSNR over Y, U and V of all that is readable, dB; NaN where nothing is.
   *
   * @param tiles whole pictures in even places, not turned
   * @param ideal raw I420 of the file's size: one picture for each frame of the clips, every tile's
   *     from the same one
   */
  public static double psnr(Path file, List<Tile> tiles, Path ideal)
      throws IOException, InterruptedException {
    MediaProbe.Track video = MediaCheck.probe(file).video();
    if (video == null) {
      return Double.NaN;
    }
    int bytes = I420Picture.bytes(video.width(), video.height());
    Likeness likeness = new Likeness();
    try (FileChannel channel = FileChannel.open(ideal, StandardOpenOption.READ)) {
      ByteBuffer pictures = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      new Decoder(file)
          .pictures(
              video.width(),
              video.height(),
              (seconds, picture) -> {
                for (Tile tile : tiles) {
                  likeness.add(seconds, picture, tile, pictures, bytes);
                }
              });
    }
    return likeness.psnr();
  }

  private void add(double seconds, I420Picture picture, Tile tile, ByteBuffer pictures, int bytes) {
    if (seconds < tile.from() || seconds >= tile.to()) {
      return;
    }
    I420Picture.Marks marks = picture.marks(tile.place());
    int at = marks.frame() * bytes;
    if (!marks.readable()
        || marks.participant() != tile.participant()
        || at + bytes > pictures.limit()) {
      return;
    }
    Rect area = area(tile.place());
    squares += picture.squaredError(pictures.slice(at, bytes), area);
    samples += I420Picture.samples(area);
  }

  /** The even coordinates inside. */
  static Rect area(Placement place) {
    int left = even(Math.ceil(place.x()) + 1);
    int top = even(Math.ceil(place.y()) + 1);
    return new Rect(
        left,
        top,
        even(Math.floor(place.x() + place.width())) - left,
        even(Math.floor(place.y() + place.height())) - top);
  }

  /** The even number that is not above. */
  private static int even(double value) {
    return (int) value & ~1;
  }

  private double psnr() {
    if (samples == 0) {
      return Double.NaN;
    }
    return 10 * Math.log10(PEAK * PEAK * samples / squares);
  }
}
