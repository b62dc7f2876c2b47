package dev.callcast.media.output.matroska;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.TrackFinish;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a growing file an ordinary, seekable one: cuts off a torn end, appends cues, and tells in
 * the head where they are and how long the file is. The head keeps its length, and nothing else is
 * changed. It may die anywhere and be started again: the file stays playable.
 */
public final class MatroskaFinisher {
  /** Seek points of sound are not closer than this, ms: each cluster could be one. */
  private static final long MIN_CUE_DISTANCE = 5_000;

  private record Cue(long time, long position) {}

  private MatroskaFinisher() {}

  /**
   * Finishes a file; does nothing to one that is finished.
   *
   * @throws IOException when it cannot be read or written, or is none of ours
   */
  public static TrackFinish finish(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!AppendOnlyFile.lock(file)) {
        return new TrackFinish.InUse();
      }
      if (file.size() == 0) {
        return new TrackFinish.Empty();
      }
      List<Cue> cues = new ArrayList<>();
      MatroskaScan scan =
          MatroskaScan.of(
              file,
              (position, time, key) -> {
                boolean far = cues.isEmpty() || time - cues.getLast().time() >= MIN_CUE_DISTANCE;
                if (key && far) {
                  cues.add(new Cue(time, position));
                }
              });
      MatroskaScan.Head head = scan.head();
      if (scan.completeLength() == 0) {
        return new TrackFinish.Empty();
      }
      if (!scan.finished()) {
        finish(file, scan, head, cues);
      }
      return new TrackFinish.Finished(file.size(), scan.duration(), scan.frames(), head.length());
    }
  }

  private static void finish(
      FileChannel file, MatroskaScan scan, MatroskaScan.Head head, List<Cue> cues)
      throws IOException {
    file.truncate(scan.completeLength());
    EbmlBuffer b = new EbmlBuffer();
    int all = b.begin(Ebml.CUES);
    for (Cue cue : cues) {
      int point = b.begin(Ebml.CUE_POINT);
      b.unsigned(Ebml.CUE_TIME, cue.time());
      int place = b.begin(Ebml.CUE_TRACK_POSITIONS);
      b.unsigned(Ebml.CUE_TRACK, MatroskaHead.track());
      b.unsigned(Ebml.CUE_CLUSTER_POSITION, cue.position() - head.segmentContent());
      b.end(place);
      b.end(point);
    }
    b.end(all);
    write(file, b.view(), scan.completeLength());
    file.force(false); // the head must not speak of cues that are not there
    byte[] growing = new byte[head.length()];
    ByteBuffer into = ByteBuffer.wrap(growing);
    while (into.hasRemaining() && file.read(into, into.position()) > 0) {
      // Until it is full.
    }
    byte[] finished =
        MatroskaHead.finish(
            growing,
            head.segmentSize(),
            head.durationPadding(),
            new MatroskaHead.Finished(
                file.size() - head.segmentContent(),
                scan.completeLength() - head.segmentContent(),
                scan.duration()));
    write(file, ByteBuffer.wrap(finished), 0);
    file.force(true);
  }

  private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += file.write(bytes, position);
    }
  }
}
