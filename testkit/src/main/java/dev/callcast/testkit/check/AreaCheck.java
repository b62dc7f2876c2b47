package dev.callcast.testkit.check;

import dev.callcast.scene.Rect;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a part of the canvas is like in each picture of a file. */
public final class AreaCheck {
  private AreaCheck() {}

  /**
   * The area in one picture.
   *
   * @param seconds the picture's time in the file
   * @param luma mean, 16 to 235
   * @param bright part of the area, 0 to 1, whose luma is above the middle
   */
  public record Look(double seconds, double luma, double bright) {}

  /**
   * Decodes the whole file.
   *
   * @throws IOException when it has no picture, or cannot be decoded
   */
  public static List<Look> run(Path file, Rect area) throws IOException, InterruptedException {
    MediaProbe.Track video = MediaCheck.probe(file).video();
    if (video == null) {
      throw new IOException(file + " has no picture");
    }
    List<Look> looks = new ArrayList<>();
    new Decoder(file)
        .pictures(
            video.width(),
            video.height(),
            (seconds, picture) -> looks.add(picture.look(seconds, area)));
    return looks;
  }
}
