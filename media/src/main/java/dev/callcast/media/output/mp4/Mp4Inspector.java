package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks into recordings without changing them, also while they grow. Stateless; any thread.
 *
 * <p>Not to be used on a file that the same process writes: the end of its reading would drop the
 * writer's lock (POSIX).
 */
public final class Mp4Inspector {
  private Mp4Inspector() {}

  /**
   * Reads all of a file's structure.
   *
   * @return empty while the file has no complete head, so holds no media
   * @throws Mp4FormatException where it is no recording of ours
   */
  public static Optional<Mp4Summary> inspect(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      return summary(Mp4Contents.of(file), List.of());
    }
  }

  /**
   * Bytes from the start that are whole: what may be copied elsewhere while the file grows. Of a
   * finished file, all of it.
   */
  public static long completeLength(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      if (Files.size(path) == 0) {
        return 0;
      }
      var scan = Mp4Scan.of(file, new Nothing());
      return scan.finished() ? scan.fileSize() : scan.completeLength();
    }
  }

  /**
   * The same of a growing file, without reading again what was known to be whole.
   *
   * @param known what {@link #completeLength(Path)} or this gave before, of an unfinished file; 0
   *     to start
   */
  public static long completeLength(Path path, long known) throws IOException {
    if (known == 0) {
      return completeLength(path);
    }
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      return Mp4Scan.endOfFragments(file, known, new Nothing());
    }
  }

  /**
   * How much of a growing file is whole, for those who copy it while it grows and keep it open:
   * without reading again what was known, and without closing a channel.
   *
   * @param known what this gave before; 0 to start
   * @return never less than {@code known}; no more than that once the file is finished, for then
   *     its head has changed
   */
  public static long growth(FileChannel file, long known) throws IOException {
    if (file.size() < Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE || isFinished(file)) {
      return known;
    }
    if (known > 0) {
      return Mp4Scan.endOfFragments(file, known, new Nothing());
    }
    Mp4Scan scan = Mp4Scan.of(file, new Nothing());
    return scan.finished() ? known : scan.completeLength();
  }

  private static boolean isFinished(FileChannel file) throws IOException {
    var size = ByteBuffer.allocate(4);
    boolean hides = file.read(size, Mp4Boxes.FREE_OFFSET) == 4 && size.getInt(0) == 1;
    return hides || Mp4Scan.hiddenBehindIndex(file) > 0;
  }

  /** {@code cutAlso}: spans that the finished file leaves out besides the pauses. */
  static Optional<Mp4Summary> summary(Mp4Contents contents, List<Gap> cutAlso) {
    var tables = contents.tables();
    var scan = contents.scan();
    if (tables == null) {
      return Optional.empty();
    }
    List<Gap> cuts = new ArrayList<>(contents.cuts());
    cuts.addAll(cutAlso);
    var video = tables.video();
    List<Gap> gaps =
        (video == null ? contents.absences() : video.gaps())
            .stream().filter(gap -> cuts.stream().noneMatch(cut -> covers(cut, gap))).toList();
    return Optional.of(
        new Mp4Summary(
            scan.finished(),
            scan.completeLength(),
            scan.fileSize(),
            tables.header().origin(),
            tables.header().width(),
            tables.header().height(),
            contents.fragments(),
            tables.start(),
            tables.end(),
            video == null ? 0 : video.samples(),
            video == null ? 0 : video.syncSamples(),
            tables.audio().samples(),
            gaps,
            cuts,
            contents.absences(),
            contents.fragments() == 0
                ? List.of()
                : Mp4Contents.kept(tables.start(), tables.end(), cuts)));
  }

  private static boolean covers(Gap cut, Gap gap) {
    return cut.from() < gap.to() && gap.from() < cut.to();
  }

  private static final class Nothing implements Mp4Scan.Visitor {
    @Override
    public void fragment(
        long start, long end, Mp4Scan.@Nullable Run video, Mp4Scan.@Nullable Run audio) {}
  }
}
