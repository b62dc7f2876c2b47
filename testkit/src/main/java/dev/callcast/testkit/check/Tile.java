package dev.callcast.testkit.check;

import dev.callcast.scene.Rect;

/**
 * Where a participant is expected, and when.
 *
 * @param participant its index, 0 to 63
 * @param place of its whole picture
 * @param from in seconds of the file
 * @param to in seconds of the file; infinity for the end
 * @param sourceFps of its clip
 * @param clipFrames after which its counter begins again
 * @param turned by how many degrees clockwise it is shown turned: 0, 90, 180 or 270
 * @param heard whether its tone and beeps are looked for in the sound
 */
public record Tile(
    int participant,
    Placement place,
    double from,
    double to,
    int sourceFps,
    int clipFrames,
    int turned,
    boolean heard) {

  /** A standard clip (30 fps, 10 s) all the time. */
  public static Tile of(int participant, Placement place) {
    return new Tile(participant, place, 0, Double.POSITIVE_INFINITY, 30, 300, 0, true);
  }

  /** A standard clip, 640x360, whole in the tile. */
  public static Tile of(int participant, Rect tile) {
    return of(participant, Placement.fit(tile, 640, 360));
  }

  public Tile between(double newFrom, double newTo) {
    return new Tile(participant, place, newFrom, newTo, sourceFps, clipFrames, turned, heard);
  }

  public Tile withClip(int newFps, int newFrames) {
    return new Tile(participant, place, from, to, newFps, newFrames, turned, heard);
  }

  /** {@code place} is that of the turned picture. */
  public Tile withTurn(int degrees) {
    return new Tile(participant, place, from, to, sourceFps, clipFrames, degrees, heard);
  }

  /** The same of a participant that sends no sound. */
  public Tile withoutSound() {
    return new Tile(participant, place, from, to, sourceFps, clipFrames, turned, false);
  }
}
