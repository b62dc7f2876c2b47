package dev.callcast.media.output.matroska;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.TrackFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Writes one append-only Matroska or WebM file of one track. One thread uses it; whoever made it
 * closes it.
 *
 * <p>What is on the disk at any moment is playable: a cluster of half a second is handed to the
 * kernel in one write, with its size, and no byte below {@link #length} is ever changed. A SIGKILL
 * leaves at most one torn cluster at the end, which players pass over and {@link MatroskaFinisher}
 * cuts off. The segment's size stays unknown until that has finished the file, and there are no
 * cues: players play it, but seek by searching.
 */
public final class MatroskaWriter extends TrackFile {
  /** How long a cluster is, ns; a key frame of a picture always starts one. */
  static final long CLUSTER = 500_000_000;

  /** Times of blocks are 16 bits from their cluster's. */
  private static final long MAX_RELATIVE = 30_000;

  /** Room on the disk that is left for the cues of the finished file and for others, bytes. */
  private static final long RESERVE = 1 << 20;

  private final boolean video;
  private final EbmlBuffer head = new EbmlBuffer();
  private final EbmlBuffer blocks = new EbmlBuffer();
  private long clusterTime; // ms
  private long clusterStart; // ns

  private MatroskaWriter(AppendOnlyFile file, boolean video) {
    super(file);
    this.video = video;
  }

  /**
   * Makes a file, readable by its owner alone. Nothing is written until the first cluster is full.
   *
   * @param startedAt the wall's time at the file's time 0
   * @throws IOException when there is one already, or the file system refuses
   */
  public static MatroskaWriter create(
      Path path, MatroskaTrack track, String title, Instant startedAt) throws IOException {
    MatroskaWriter writer =
        new MatroskaWriter(AppendOnlyFile.create(path, RESERVE), track.isVideo());
    MatroskaHead.write(writer.head, track, title, startedAt);
    return writer;
  }

  @Override
  public void write(byte[] data, long time, long duration, boolean keyFrame) throws IOException {
    long millis = Math.max(0, Math.floorDiv(time + MatroskaHead.TICK / 2, MatroskaHead.TICK));
    boolean full =
        blocks.size() > 0
            && ((video && keyFrame)
                || time - clusterStart >= CLUSTER
                || Math.abs(millis - clusterTime) > MAX_RELATIVE);
    if (full) {
      flush();
    }
    if (blocks.size() == 0) {
      clusterTime = millis;
      clusterStart = time;
    }
    blocks.id(Ebml.SIMPLE_BLOCK);
    blocks.size(4 + data.length);
    blocks.number(0x80 | MatroskaHead.track(), 1);
    blocks.number(millis - clusterTime, 2);
    blocks.number(keyFrame ? 0x80 : 0, 1);
    blocks.bytes(data, 0, data.length);
    added(time + duration);
  }

  @Override
  public void flush() throws IOException {
    if (blocks.size() == 0) {
      return;
    }
    EbmlBuffer out = head;
    if (file.length() > 0) {
      out.clear();
    }
    int bytes = Math.max(1, (64 - Long.numberOfLeadingZeros(clusterTime) + 7) / 8);
    out.id(Ebml.CLUSTER);
    out.size(2L + bytes + blocks.size());
    out.unsigned(Ebml.TIMESTAMP, clusterTime, bytes);
    out.bytes(blocks.view().array(), 0, blocks.size());
    file.append(out.view());
    blocks.clear();
  }

  @Override
  public int buffered() {
    return blocks.size();
  }
}
