package dev.callcast.media.output.mp4;

import java.util.List;

/**
 * What a recording holds, growing or finished.
 *
 * @param finished it is an ordinary MP4 already
 * @param completeLength bytes that are whole fragments; of a growing file, what may be copied
 * @param fileSize bytes on the disk
 * @param origin ns on the composition's timeline at which the file's timeline starts
 * @param start ns on the file's timeline of the first picture (of the first sound without one)
 * @param end ns on the file's timeline at which the last sample ends
 * @param keyFrames of {@code pictures}
 * @param sounds AAC frames
 * @param gaps shown ones: where the picture stood still for half a second or more because none came
 * @param cuts pauses, and what else a finished file leaves out
 * @param absences spans in which no worker was alive, cut out or not
 * @param kept spans of the file's timeline that a player shows, one after another
 */
public record Mp4Summary(
    boolean finished,
    long completeLength,
    long fileSize,
    long origin,
    int width,
    int height,
    int fragments,
    long start,
    long end,
    int pictures,
    int keyFrames,
    int sounds,
    List<Gap> gaps,
    List<Gap> cuts,
    List<Gap> absences,
    List<Gap> kept) {
  public Mp4Summary {
    gaps = List.copyOf(gaps);
    cuts = List.copyOf(cuts);
    absences = List.copyOf(absences);
    kept = List.copyOf(kept);
  }

  /** ns that a player shows of the finished file. */
  public long duration() {
    return kept.stream().mapToLong(Gap::length).sum();
  }

  /** ns on the composition's timeline at which the recording ends. */
  public long endTime() {
    return origin + end;
  }
}
