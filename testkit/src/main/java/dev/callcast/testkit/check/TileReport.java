package dev.callcast.testkit.check;

import dev.callcast.testkit.clip.ClipMarks;
import java.util.List;
import java.util.Locale;

/**
 * What one participant looked and sounded like, in one tile.
 *
 * @param pictures of the file within the tile's time
 * @param right those that show the participant's counter and colour
 * @param foreign those that show another participant's counter
 * @param wrong where it was not to be seen for 0.3 s or more
 * @param frozen where its counter stood still for 0.3 s or more
 * @param steps how its counter went on from picture to picture
 * @param edge how far the chroma at its worst edge is from its colour, the median over time: above
 *     12 something is wrong; means nothing where the tile shows a part of the picture only
 * @param sync sound against picture
 * @param toneDb the level of its continuous tone in the mix within the tile's time, dB of full
 *     scale
 * @param unheard where that tone was missing for 0.3 s or more, measured against its own median
 */
public record TileReport(
    Tile tile,
    int pictures,
    int right,
    int foreign,
    List<Span> wrong,
    List<Span> frozen,
    Steps steps,
    double edge,
    Sync sync,
    double toneDb,
    List<Span> unheard) {
  public TileReport {
    wrong = List.copyOf(wrong);
    frozen = List.copyOf(frozen);
    unheard = List.copyOf(unheard);
  }

  /**
   * The counter from one readable picture to the next.
   *
   * @param single steps by one
   * @param repeats pictures with the same source frame as the one before
   * @param skipped source frames that were never shown
   * @param backwards steps back
   * @param framesPerSecond source frames shown per second of the file, repeats not counted
   */
  public record Steps(
      int single, int repeats, int skipped, int backwards, double framesPerSecond) {}

  /**
   * Beep minus flash, in ms; positive when the sound is late. A flash is known to the picture's
   * time only: with locked clocks each participant has a constant error of up to half an output
   * frame.
   *
   * @param pairs how many flashes were matched with a beep
   * @param flashes how many were seen
   * @param p95 of the absolute offset
   * @param worst absolute offset
   */
  public record Sync(int flashes, int pairs, double median, double p95, double worst) {}

  /** One line for people. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "p%-2d  %5.1f %% seen, %5.2f fps, %d repeated, %d skipped, %d back;"
            + " sound %+.1f ms (p95 %.1f, %d of %d flashes), tone %d Hz %.0f dB%s%s%s",
        tile.participant(),
        pictures == 0 ? 0 : 100.0 * right / pictures,
        steps.framesPerSecond(),
        steps.repeats(),
        steps.skipped(),
        steps.backwards(),
        sync.median(),
        sync.p95(),
        sync.pairs(),
        sync.flashes(),
        ClipMarks.toneHz(tile.participant()),
        toneDb,
        wrong.isEmpty() ? "" : "; not seen " + wrong,
        frozen.isEmpty() ? "" : "; frozen " + frozen,
        unheard.isEmpty() ? "" : "; not heard " + unheard);
  }
}
