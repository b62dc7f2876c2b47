package dev.callcast.media.output.recording;

import dev.callcast.media.output.RecordingFormatException;
import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.mp4.Mp4Faststart;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.media.output.ogg.OpusFinisher;
import dev.callcast.protocol.RecordingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a recording's file is when it is finished, whatever its format: the one door through which
 * the node finishes and looks into files.
 *
 * @param bytes of the file
 * @param duration ns that a player shows
 * @param origin ns on the composition's timeline at which the file's timeline starts
 * @param kept spans of the file's timeline that are shown, one after another
 * @param absences spans of the file's timeline in which no worker was alive, shown or not
 * @param rewritten bytes from the start in which finishing has changed something
 * @param wantsRewriting it was to have its index in front, and there was no room for it: {@link
 *     Mp4Faststart#plan} says how to get it there
 */
public record FinishedFile(
    long bytes,
    long duration,
    long origin,
    List<Gap> kept,
    List<Gap> absences,
    long rewritten,
    boolean wantsRewriting) {
  public FinishedFile {
    kept = List.copyOf(kept);
    absences = List.copyOf(absences);
  }

  /** A place with a name; {@code mediaTime} in ns on the composition's timeline. */
  public record Chapter(long mediaTime, String title) {}

  /** What came of it. */
  public sealed interface Result {
    /** It is what it is to be. */
    record Finished(FinishedFile file) implements Result {}

    /** There is nothing in it; it was left as it is. */
    record Empty() implements Result {}

    /** A living process writes or finishes it; it was left as it is. */
    record InUse() implements Result {}
  }

  /**
   * Finishes a file whose writer has ended, cleanly or not, or finds that it is finished. Only
   * appends, and changes bytes within the first 8 MiB.
   *
   * @param title shown by players
   * @param keepHead only append: an MP4 stays fragmented, an Ogg gets no chapters
   * @throws RecordingFormatException where it is no recording of ours
   * @throws IOException where the disk fails or is full: the file stays playable, try again later
   */
  public static Result finish(
      Path path, RecordingOptions options, String title, List<Chapter> chapters, boolean keepHead)
      throws IOException {
    return switch (options.format()) {
      case MP4, M4A -> {
        var wanted =
            Mp4Finisher.Options.of(title)
                .withCutGaps(options.gaps() == RecordingOptions.Gaps.CUT)
                .withChapters(
                    chapters.stream()
                        .map(c -> new Mp4Finisher.Chapter(c.mediaTime(), c.title()))
                        .toList());
        var result =
            keepHead ? Mp4Finisher.leaveFragmented(path) : Mp4Finisher.finish(path, wanted);
        yield switch (result) {
          case Mp4Finisher.Result.Finished(var summary, boolean _) -> {
            boolean rewrite =
                options.faststart() && !keepHead && Mp4Faststart.plan(path).isPresent();
            yield new Result.Finished(of(summary, rewrite));
          }
          case Mp4Finisher.Result.Empty _ -> new Result.Empty();
          case Mp4Finisher.Result.InUse _ -> new Result.InUse();
        };
      }
      case OGG -> {
        var named = chapters.stream().map(c -> Map.entry(c.mediaTime(), c.title())).toList();
        yield switch (OpusFinisher.finish(path, title, named, keepHead)) {
          case OpusFinisher.Result.Finished(var summary) ->
              new Result.Finished(of(summary, keepHead));
          case OpusFinisher.Result.Empty _ -> new Result.Empty();
          case OpusFinisher.Result.InUse _ -> new Result.InUse();
        };
      }
    };
  }

  /** What a file holds that nobody writes; empty while it holds no media. Nothing is changed. */
  public static Optional<FinishedFile> look(Path path, RecordingOptions.Format format)
      throws IOException {
    return switch (format) {
      case MP4, M4A ->
          Mp4Inspector.inspect(path)
              .filter(summary -> !summary.kept().isEmpty())
              .map(summary -> of(summary, false));
      case OGG ->
          OpusFinisher.inspect(path)
              .filter(summary -> !summary.kept().isEmpty())
              .map(summary -> of(summary, false));
    };
  }

  private static FinishedFile of(Mp4Summary summary, boolean wantsRewriting) {
    return new FinishedFile(
        summary.fileSize(),
        summary.duration(),
        summary.origin(),
        summary.kept(),
        summary.absences(),
        summary.finished() ? Mp4Finisher.REWRITTEN : 0,
        wantsRewriting);
  }

  private static FinishedFile of(OpusFinisher.Summary summary, boolean keptHead) {
    return new FinishedFile(
        summary.fileSize(),
        Math.round(summary.samples() * (1e9 / 48_000)),
        summary.origin(),
        summary.kept(),
        summary.absences(),
        keptHead ? 0 : OpusFinisher.REWRITTEN,
        false);
  }

  /** The same, written anew. */
  public FinishedFile withBytes(long newBytes) {
    return new FinishedFile(newBytes, duration, origin, kept, absences, rewritten, false);
  }

  /** ns on the composition's timeline of the first moment that is shown. */
  public long start() {
    return origin + kept.getFirst().from();
  }

  /** ns on the composition's timeline where what is shown ends. */
  public long end() {
    return origin + kept.getLast().to();
  }

  /** Where a moment of the composition is in what a player shows, ns; the end where it is later. */
  public long shown(long mediaTime) {
    long before = 0;
    long time = mediaTime - origin;
    for (Gap span : kept) {
      if (time < span.to()) {
        return before + Math.max(0, time - span.from());
      }
      before += span.length();
    }
    return before;
  }
}
