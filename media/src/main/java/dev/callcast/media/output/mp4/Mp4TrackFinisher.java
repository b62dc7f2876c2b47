package dev.callcast.media.output.mp4;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.TrackFinish;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks through files that {@link Mp4TrackWriter} made, and finishes them: cuts off a torn end,
 * appends an index of the key frames ({@code mfra}, ISO/IEC 14496-12 §8.8.9), and puts the duration
 * into the head. They stay fragmented. It may die anywhere and be started again: the file stays
 * playable.
 */
public final class Mp4TrackFinisher {
  /** {@code mehd} of version 1. */
  static final int MEHD_SIZE = 20;

  private static final int MAX_MOOF = 16 << 20;

  private record KeyFrame(long time, long moof) {}

  private static final class Scan {
    final List<KeyFrame> keyFrames = new ArrayList<>();
    int timescale;
    int head;
    int mehd; // where it stands, or the box that keeps its place; 0 for none
    boolean finished;
    long completeLength;
    long end; // ticks
    long frames;
  }

  private Mp4TrackFinisher() {}

  /**
   * How much of a growing file is whole: its head and fragments, in bytes; 0 before the first
   * fragment. Grows, and what it covers never changes until the file is finished.
   *
   * @throws IOException when it cannot be read, or is no file of ours
   */
  public static long completeLength(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return scan(file).completeLength;
    }
  }

  /**
   * The same of a file that is looked at again and again: only what is new is read.
   *
   * @param known what this gave before; 0 to start
   */
  public static long growth(FileChannel file, long known) throws IOException {
    long size = file.size();
    long complete = known;
    long position = known;
    while (size - position >= 8) {
      ByteBuffer header = read(file, position, 8);
      long length = header.getInt() & 0xFFFF_FFFFL;
      String type = type(header);
      boolean fragment = type.equals("moof") || type.equals("mdat");
      boolean ours = fragment || (complete == 0 && List.of("ftyp", "free", "moov").contains(type));
      if (length < 8 || position + length > size || !ours) {
        break;
      }
      position += length;
      if (type.equals("mdat")) {
        complete = position;
      }
    }
    return complete;
  }

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
      Scan scan = scan(file);
      if (scan.completeLength == 0) {
        return new TrackFinish.Empty();
      }
      if (!scan.finished) {
        finish(file, scan);
      }
      return new TrackFinish.Finished(
          file.size(),
          Mp4Track.rescale(scan.end, scan.timescale, 1_000_000_000L),
          scan.frames,
          scan.head);
    }
  }

  private static void finish(FileChannel file, Scan scan) throws IOException {
    file.truncate(scan.completeLength);
    BoxBuffer b = new BoxBuffer();
    int mfra = b.begin("mfra");
    int tfra = b.begin("tfra", 1, 0);
    b.u32(Mp4Boxes.VIDEO_ID);
    b.u32(0); // one byte each for the numbers of traf, trun and sample
    b.u32(scan.keyFrames.size());
    for (KeyFrame key : scan.keyFrames) {
      b.u64(key.time());
      b.u64(key.moof());
      b.u8(1);
      b.u8(1);
      b.u8(1);
    }
    b.end(tfra);
    int mfro = b.begin("mfro", 0, 0);
    int size = b.size();
    b.u32(0);
    b.end(mfro);
    b.end(mfra);
    b.putInt(size, b.size() - mfra);
    write(file, b.view(), scan.completeLength);
    file.force(false);
    BoxBuffer m = new BoxBuffer();
    int mehd = m.begin("mehd", 1, 0);
    m.u64(scan.end);
    m.end(mehd);
    write(file, m.view(), scan.mehd);
    file.force(true);
  }

  private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += file.write(bytes, position);
    }
  }

  private static Scan scan(FileChannel file) throws IOException {
    Scan scan = new Scan();
    long size = file.size();
    long position = 0;
    while (size - position >= 8) {
      ByteBuffer header = read(file, position, 8);
      long length = header.getInt() & 0xFFFF_FFFFL;
      String type = type(header);
      if (length < 8 || position + length > size) {
        break;
      }
      switch (type) {
        case "ftyp", "free" -> {}
        case "moov" -> {
          moov(scan, read(file, position, (int) Math.min(length, MAX_MOOF)), (int) position);
          scan.head = (int) (position + length);
        }
        case "moof" -> {
          ByteBuffer after =
              size - position - length >= 8 ? read(file, position + length, 8) : null;
          long mdat = after == null ? -1 : after.getInt() & 0xFFFF_FFFFL;
          if (after == null || position + length + mdat > size || length > MAX_MOOF) {
            return scan;
          }
          moof(scan, read(file, position, (int) length), position);
          length += mdat;
          scan.completeLength = position + length;
        }
        default -> {
          return scan;
        }
      }
      position += length;
    }
    if (size > 0
        && scan.head == 0
        && size >= 8
        && !"ftyp".equals(type(read(file, 0, 8).position(4)))) {
      throw new IOException("no MP4 file of a track");
    }
    return scan;
  }

  private static void moov(Scan scan, ByteBuffer moov, int position) {
    moov.position(8);
    while (moov.remaining() >= 8) {
      int start = moov.position();
      int length = moov.getInt();
      String type = type(moov);
      if (type.equals("mvhd")) {
        int version = moov.get(start + 8);
        scan.timescale = moov.getInt(start + (version == 1 ? 28 : 20));
      } else if (type.equals("mvex")) {
        scan.mehd = position + start + 8;
        scan.finished = type(moov.position(start + 12)).equals("mehd");
      }
      moov.position(start + length);
    }
  }

  private static void moof(Scan scan, ByteBuffer moof, long position) throws IOException {
    int traf = find(moof, 8, "traf");
    int tfdt = find(moof, traf + 8, "tfdt");
    int trun = find(moof, traf + 8, "trun");
    long time = moof.getLong(tfdt + 12);
    int count = moof.getInt(trun + 12);
    int sample = trun + 20;
    for (int i = 0; i < count; i++, sample += 16) {
      boolean key = (moof.getInt(sample + 8) & Mp4Boxes.SampleFlags.NON_SYNC_BIT) == 0;
      if (key && i == 0) {
        scan.keyFrames.add(new KeyFrame(time + moof.getInt(sample + 12), position));
      }
      time += moof.getInt(sample) & 0xFFFF_FFFFL;
    }
    scan.end = Math.max(scan.end, time);
    scan.frames += count;
  }

  private static int find(ByteBuffer boxes, int from, String type) throws IOException {
    int at = from;
    while (at + 8 <= boxes.limit()) {
      if (type(boxes.position(at + 4)).equals(type)) {
        return at;
      }
      at += Math.max(8, boxes.getInt(at));
    }
    throw new IOException("a moof without " + type);
  }

  private static String type(ByteBuffer at) {
    byte[] name = new byte[4];
    at.get(name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuffer read(FileChannel file, long position, int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length);
    while (into.hasRemaining()) {
      if (file.read(into, position + into.position()) < 0) {
        throw new IOException("the file became shorter");
      }
    }
    return into.flip();
  }
}
