package dev.callcast.media.output.ogg;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.mp4.Gap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Ends an Ogg Opus file whose writer has ended, cleanly or not: a torn page is cut off, a last page
 * appended where there is none, and title and chapters written over the padding of the tags.
 * Stateless; any thread; it locks the file while it works, and may be killed and run again.
 */
public final class OpusFinisher {
  /** Bytes from the start that finishing changes; all behind stays as it was. */
  public static final int REWRITTEN = OpusHeaders.LENGTH;

  private OpusFinisher() {}

  /** Finishes a file with its tags. */
  public static Result finish(Path path, String title, List<Map.Entry<Long, String>> chapters)
      throws IOException {
    return finish(path, title, chapters, false);
  }

  /**
   * What a file holds.
   *
   * @param finished it has its last page
   * @param completeLength bytes that are whole pages
   * @param fileSize bytes on the disk
   * @param origin ns on the composition's timeline at which it starts
   * @param kept spans that are in it, ns from its origin on the composition's timeline
   * @param absences spans, likewise, in which no worker was alive
   * @param samples that a player gives out, at 48 kHz
   */
  public record Summary(
      boolean finished,
      long completeLength,
      long fileSize,
      long origin,
      List<Gap> kept,
      List<Gap> absences,
      long samples) {
    public Summary {
      kept = List.copyOf(kept);
      absences = List.copyOf(absences);
    }
  }

  /** What came of it. */
  public sealed interface Result {
    /** The file is whole. */
    record Finished(Summary summary) implements Result {}

    /** No whole page of sound is in it; it was left as it is. */
    record Empty() implements Result {}

    /** A living process writes or finishes it; it was left as it is. */
    record InUse() implements Result {}
  }

  /**
   * Finishes a file; one that is finished gets its tags anew.
   *
   * @param title shown by players
   * @param chapters names by where they begin, in ns on the composition's timeline
   * @param keepHead leave the tags as they are, so that nothing is changed that was there
   * @throws dev.callcast.media.output.RecordingFormatException where it is no recording of ours
   * @throws IOException where the disk fails or is full: the file stays playable, try again later
   */
  public static Result finish(
      Path path, String title, List<Map.Entry<Long, String>> chapters, boolean keepHead)
      throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!AppendOnlyFile.lock(file)) {
        return new Result.InUse();
      }
      var scan = OpusScan.of(file);
      var content = scan.content();
      if (content == null || scan.granule() == 0) {
        return new Result.Empty();
      }
      if (!scan.finished()) {
        file.truncate(scan.completeLength());
        // A page has to end a packet: 20 ms of silence, of which no more is heard than what the
        // decoder still holds of the packet before.
        byte[] last =
            OggPage.of(
                OggPage.LAST,
                scan.granule() + content.preSkip(),
                content.serial(),
                scan.sequence() + 1,
                List.of(OpusFile.silence(content.channels())));
        write(file, last, scan.completeLength());
        file.force(true);
      }
      var starts = OpusSpans.load(path, origin(content));
      var comments = new ArrayList<String>();
      comments.add("TITLE=" + title);
      comments.add("ENCODER=Callcast");
      comments.add(OpusHeaders.ORIGIN + origin(content));
      int number = 0;
      for (var chapter : chapters.stream().sorted(Map.Entry.comparingByKey()).toList()) {
        String name = String.format(Locale.ROOT, "CHAPTER%03d", number++);
        comments.add(name + "=" + clock(shown(chapter.getKey(), starts)));
        comments.add(name + "NAME=" + chapter.getValue());
      }
      byte[] headers =
          OpusHeaders.of(content.serial(), content.channels(), content.preSkip(), comments);
      if (!keepHead) {
        write(file, headers, 0);
        file.force(true);
      }
      return new Result.Finished(summary(path, OpusScan.of(file)).orElseThrow());
    }
  }

  /** Looks into a file without changing it; empty while it has no whole headers. */
  public static Optional<Summary> inspect(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      return summary(path, OpusScan.of(file));
    }
  }

  /**
   * Bytes from the start that are whole: what may be copied elsewhere while the file grows.
   *
   * @param known what this gave before, of an unfinished file; 0 to start
   */
  public static long completeLength(Path path, long known) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      return known == 0 ? OpusScan.of(file).completeLength() : OpusScan.endOfPages(file, known);
    }
  }

  /**
   * The same for those who keep the file open while it grows.
   *
   * @return never less than {@code known}
   */
  public static long growth(FileChannel file, long known) throws IOException {
    if (known > 0) {
      return OpusScan.endOfPages(file, known);
    }
    return OpusScan.of(file).completeLength();
  }

  private static Optional<Summary> summary(Path path, OpusScan scan) throws IOException {
    var content = scan.content();
    if (content == null) {
      return Optional.empty();
    }
    long origin = origin(content);
    var starts = OpusSpans.load(path, origin);
    long samples = Math.max(0, scan.granule() - content.preSkip());
    return Optional.of(
        new Summary(
            scan.finished(),
            scan.completeLength(),
            scan.fileSize(),
            origin,
            OpusSpans.kept(starts, samples),
            OpusSpans.absences(starts),
            samples));
  }

  private static long origin(OpusHeaders.Content content) {
    String noted = content.value(OpusHeaders.ORIGIN);
    return noted == null ? 0 : Long.parseLong(noted);
  }

  /** Where a moment of the composition is in the file, ns: in a pause, where it goes on. */
  private static long shown(long mediaTime, List<OpusSpans.Start> starts) {
    long shown = 0;
    for (int i = 0; i < starts.size(); i++) {
      OpusSpans.Start start = starts.get(i);
      shown = OpusFile.nanos(start.sample()) + Math.max(0, mediaTime - start.mediaTime());
      if (i + 1 < starts.size()) {
        long end = OpusFile.nanos(starts.get(i + 1).sample());
        if (shown < end || mediaTime < starts.get(i + 1).mediaTime()) {
          return Math.min(shown, end);
        }
      }
    }
    return shown;
  }

  private static String clock(long nanos) {
    long millis = Math.round(nanos / 1e6);
    return String.format(
        Locale.ROOT,
        "%02d:%02d:%02d.%03d",
        millis / 3_600_000,
        millis / 60_000 % 60,
        millis / 1000 % 60,
        millis % 1000);
  }

  private static void write(FileChannel file, byte[] bytes, long position) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      file.write(buffer, position + buffer.position());
    }
  }
}
