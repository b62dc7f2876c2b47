package dev.callcast.testkit.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What some places of a file showed, picture by picture: which frame of which participant. It tells
 * how far a file reaches and whether its timeline went on, from what is in the pictures alone.
 */
public final class FrameTrace {
  /**
   * One place in one decoded picture where a counter was to be read.
   *
   * @param seconds the picture's PTS on the file's timeline
   * @param participant whose counter was to be read there
   * @param frame of the participant's clip
   */
  public record Shown(double seconds, int participant, int frame) {}

  private final List<Double> times;
  private final List<Shown> shown;
  private final List<String> errors;

  private FrameTrace(List<Double> times, List<Shown> shown, List<String> errors) {
    this.times = List.copyOf(times);
    this.shown = List.copyOf(shown);
    this.errors = List.copyOf(errors);
  }

  /**
   * Decodes a file, also one that is cut off.
   *
   * @throws IOException when ffprobe cannot open it
   */
  public static FrameTrace of(Path file, List<Placement> places)
      throws IOException, InterruptedException {
    MediaProbe.Track video = MediaCheck.probe(file).video();
    List<Double> times = new ArrayList<>();
    List<Shown> shown = new ArrayList<>();
    Decoder decoder = new Decoder(file);
    if (video != null && video.width() > 0) {
      decoder.pictures(
          video.width(),
          video.height(),
          (seconds, picture) -> {
            times.add(seconds);
            for (Placement place : places) {
              I420Picture.Marks marks = picture.marks(place);
              if (marks.readable()) {
                shown.add(new Shown(seconds, marks.participant(), marks.frame()));
              }
            }
          });
    }
    return new FrameTrace(times, shown, decoder.errors());
  }

  /** When each decoded picture is shown, s, in the order of the file. */
  public List<Double> times() {
    return times;
  }

  /** Where this participant was to be read, in the order of the file. */
  public List<Shown> of(int participant) {
    return shown.stream().filter(one -> one.participant() == participant).toList();
  }

  /** What the decoder complained about. */
  public List<String> errors() {
    return errors;
  }
}
