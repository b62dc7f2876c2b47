package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.TrackFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Writes one append-only fragmented MP4 of one H.264 stream as its sender encoded it: pictures come
 * when they come, and last until the next one. One thread uses it; whoever made it closes it. (What
 * Callcast encodes itself goes through {@link FragmentedMp4Writer}, which knows a steady clock,
 * sound and pauses.)
 *
 * <p>What is on the disk at any moment is playable: a fragment of half a second is handed to the
 * kernel in one write, no byte below {@link #length} is ever changed, and a {@code moof} lies
 * within a page. A SIGKILL leaves at most one torn fragment at the end, which players pass over and
 * {@link Mp4TrackFinisher} cuts off.
 */
public final class Mp4TrackWriter extends TrackFile {
  /** How long a fragment is, ns; a key frame always starts one. */
  private static final long FRAGMENT = 500_000_000;

  /** RTP's clock for video: its timestamps come out as they were, but for drift and lip sync. */
  private static final int RTP_KHZ = 90;

  /** Room on the disk that is left for the index of the finished file and for others, bytes. */
  private static final long RESERVE = 1 << 20;

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Sample(byte[] data, long time, int compositionOffset, long hint, boolean key) {}

  private final Mp4Track track;
  private final BoxBuffer boxes = new BoxBuffer();
  private final List<Sample> samples = new ArrayList<>();
  private int pending;
  private long lastTime = -1;
  private int sequence;

  private Mp4TrackWriter(AppendOnlyFile file, Mp4Track track) {
    super(file);
    this.track = track;
  }

  /**
   * Makes a file, readable by its owner alone. Nothing is written until the first fragment is full.
   *
   * @param avcConfig AVCDecoderConfigurationRecord, fixed for the whole file
   * @param createdAt for the file's creation time
   * @throws IOException when there is one already, or the file system refuses
   */
  public static Mp4TrackWriter create(
      Path path, int width, int height, byte[] avcConfig, Instant createdAt) throws IOException {
    StreamFormat format = new StreamFormat(width, height, RTP_KHZ, avcConfig, 0, 0, new byte[0]);
    Mp4TrackWriter writer =
        new Mp4TrackWriter(
            AppendOnlyFile.create(path, RESERVE),
            Objects.requireNonNull(Mp4Boxes.videoTrack(format)));
    writer.head(width, height, createdAt);
    return writer;
  }

  private void head(int width, int height, Instant createdAt) {
    long created = createdAt.getEpochSecond() + Mp4Boxes.EPOCH_1904;
    Mp4Boxes.ftyp(boxes, true);
    int moov = boxes.begin("moov");
    Mp4Boxes.mvhd(boxes, created, track.timescale(), 0);
    Mp4Boxes.emptyTrak(boxes, track, created, width, height);
    int mvex = boxes.begin("mvex");
    // The finisher makes this a mehd, which has the duration.
    int free = boxes.begin("free");
    boxes.zeros(Mp4TrackFinisher.MEHD_SIZE - 8);
    boxes.end(free);
    Mp4Boxes.trex(boxes, track);
    boxes.end(mvex);
    boxes.end(moov);
  }

  /** Adds an access unit, with 4-byte lengths and without parameter sets. */
  @Override
  public void write(byte[] data, long time, long duration, boolean keyFrame) throws IOException {
    long shown = track.ticks(time);
    // Decoding order is the order of coming; with B-frames, or after a stall, time steps back.
    long decoded = Math.max(shown, lastTime + 1);
    boolean full =
        !samples.isEmpty()
            && (keyFrame || track.nanos(decoded - samples.getFirst().time()) >= FRAGMENT);
    if (full) {
      flush(decoded);
    }
    samples.add(
        new Sample(
            data,
            decoded,
            (int) Math.max(Integer.MIN_VALUE, shown - decoded),
            Math.max(1, track.ticks(duration)),
            keyFrame));
    pending += data.length;
    lastTime = decoded;
    added(track.nanos(decoded) + duration);
  }

  @Override
  public void flush() throws IOException {
    if (!samples.isEmpty()) {
      flush(lastTime + samples.getLast().hint());
    }
  }

  private void flush(long next) throws IOException {
    int start = boxes.size(); // behind the head, in the first fragment
    int moof = boxes.begin("moof");
    int mfhd = boxes.begin("mfhd", 0, 0);
    boxes.u32(sequence + 1L);
    boxes.end(mfhd);
    int traf = boxes.begin("traf");
    int tfhd = boxes.begin("tfhd", 0, 0x02_0000); // default-base-is-moof
    boxes.u32(track.id());
    boxes.end(tfhd);
    int tfdt = boxes.begin("tfdt", 1, 0);
    boxes.u64(samples.getFirst().time());
    boxes.end(tfdt);
    int trun = boxes.begin("trun", 1, 0xF01); // all of each sample: offset, duration, size, flags
    boxes.u32(samples.size());
    int dataOffset = boxes.size();
    boxes.u32(0);
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      long following = i + 1 < samples.size() ? samples.get(i + 1).time() : next;
      boxes.u32(following - sample.time());
      boxes.u32(sample.data().length);
      boxes.u32(sample.key() ? Mp4Boxes.SampleFlags.SYNC : Mp4Boxes.SampleFlags.DEPENDENT);
      boxes.u32(sample.compositionOffset());
    }
    boxes.end(trun);
    boxes.end(traf);
    boxes.end(moof);
    boxes.putInt(dataOffset, boxes.size() - moof + 8);
    boxes.u32(pending + 8L);
    boxes.fourcc("mdat");

    int pad = GrowingMp4.padding(file.length() + start, boxes.size() - start);
    ByteBuffer out = ByteBuffer.allocate(Math.addExact(pad + boxes.size(), pending));
    out.put(boxes.view().slice(0, start));
    if (pad > 0) {
      out.putInt(pad).putInt(0x6672_6565).put(new byte[pad - 8]); // "free"
    }
    out.put(boxes.view().slice(start, boxes.size() - start));
    samples.forEach(sample -> out.put(sample.data()));
    file.append(out.flip());
    sequence++;
    boxes.clear();
    samples.clear();
    pending = 0;
  }

  @Override
  public int buffered() {
    return pending;
  }
}
