package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Puts the index ({@code moov}) of a finished recording in front of its media. Stateless; any
 * thread.
 *
 * <p>Without rewriting, where room for it was kept: a {@code free} box behind the head, as large as
 * the index of the longest usual recording. The index is copied into it, with an {@code mdat}
 * header at its end that hides the fragments; one write of 24 bytes within one sector then turns
 * the outer {@code mdat} into {@code free} and that box into the index; the index at the end is cut
 * off. No byte of the media moves, so its offsets hold; killed at any byte, the file is finished
 * one way or the other. All of it is within the first part of an upload, which is sent again
 * anyway.
 *
 * <p>Where the index is larger than that, the file has to be written anew: {@link #plan} says how,
 * for a directory ({@link #rewrite}) as for a store that copies on its side.
 *
 * <pre>
 *   finished                          with the index in front
 *   ftyp                              ftyp
 *   mdat (hides all down to moov)     free (16 bytes)
 *     free (the reserve)              moov (all samples)
 *                                     free (what is left of the reserve)
 *                                     mdat (hides all down to the end)
 *     moov (mvex)                       moov (mvex)
 *     moof mdat ...                     moof mdat ...
 *   moov (all samples)
 * </pre>
 */
public final class Mp4Faststart {
  /** With it, the head still fits into one part of 8 MiB. */
  private static final int MOST_RESERVED = 7 << 20;

  private static final int FIXED = 64 * 1024;
  private static final int BOX = 8;
  private static final int HEADER = 16;

  /** Offset of the reserve. */
  private static final int RESERVE = Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE;

  private static final Set<String> CONTAINERS = Set.of("trak", "mdia", "minf", "stbl");

  private Mp4Faststart() {}

  /**
   * Bytes to keep free for the index of a recording.
   *
   * @param fps pictures a second; 0 without any
   * @param seconds how long it gets; 0 where nobody knows, for two hours
   */
  public static int reserve(int fps, long seconds) {
    // Four bytes of size for each picture and sound; per fragment, an offset and a run of chunks
    // for
    // both; and the key frames.
    long perSecond = 4L * (fps + 47) + 2L * 2 * (8 + 12) + 4;
    long wanted = FIXED + perSecond * (seconds == 0 ? 7200 : seconds);
    return (int) Math.min(MOST_RESERVED, wanted);
  }

  /**
   * Moves the index of a finished file into its reserve, if it fits; ends what an earlier run
   * began. The caller has the lock.
   */
  static void bringForward(FileChannel file, int reserve) throws IOException {
    long fileSize = file.size();
    var front = read(file, Mp4Boxes.FREE_OFFSET, HEADER + BOX);
    if (front.getInt() != 1) {
      // It was done: only the index at the end may be left.
      long at = (long) RESERVE + reserve - HEADER;
      var hidden = read(file, at, HEADER);
      long end = at + hidden.getLong(8);
      if (fileSize > end) {
        file.truncate(end);
        file.force(true);
      }
      return;
    }
    front.getInt();
    long end = Mp4Boxes.FREE_OFFSET + front.getLong();
    long size = fileSize - end;
    long left = reserve - HEADER - size;
    if (left < 0 || (left > 0 && left < BOX)) {
      return;
    }
    var moov = read(file, end, (int) size);
    if (moov.getInt(0) != size || !type(moov, 4).equals("moov")) {
      throw new Mp4FormatException("the index at " + end + " is not all that is left");
    }
    write(file, moov.slice(BOX, (int) size - BOX), RESERVE + BOX);
    if (left > 0) {
      write(file, box((int) left, "free"), RESERVE + size);
    }
    long hidden = (long) RESERVE + reserve - HEADER;
    write(file, Mp4Boxes.hidingMdat(end - hidden), hidden);
    file.force(true);
    var patch =
        ByteBuffer.allocate(HEADER + BOX)
            .put(box(HEADER, "free"))
            .position(HEADER)
            .put(box((int) size, "moov"))
            .flip();
    write(file, patch, Mp4Boxes.FREE_OFFSET);
    file.force(true);
    file.truncate(end);
    file.force(true);
  }

  /**
   * A finished file with its index in front: these bytes, then a range of the file as it is.
   *
   * @param head {@code ftyp}, the index, and the header of an {@code mdat}
   * @param from where the range starts
   * @param to where it ends
   */
  @SuppressWarnings("ArrayRecordComponent") // used once, compared by nobody
  public record Plan(byte[] head, long from, long to) {
    /** Bytes of the file that comes of it. */
    public long size() {
      return head.length + to - from;
    }

    /**
     * Cuts the range for a store that copies within itself but takes no part smaller than {@code
     * least}, the last one excepted. The first piece is to be sent, behind the head; the others can
     * be copied.
     *
     * @param least bytes of the head and the first piece together, and of each copied piece
     * @param most bytes of a copied piece
     */
    public List<Piece> pieces(long least, long most) {
      var pieces = new ArrayList<Piece>();
      long at = Math.min(to, from + Math.max(0, least - head.length));
      pieces.add(new Piece(from, at));
      while (at < to) {
        long end = Math.min(to, at + most);
        if (to - end < least && end < to) {
          end = Math.max(at + least, to - least);
        }
        pieces.add(new Piece(at, end));
        at = end;
      }
      return pieces;
    }
  }

  /** A range of the finished file. */
  public record Piece(long from, long to) {}

  /**
   * How to write a finished file anew with its index in front.
   *
   * @return empty where it is there already
   * @throws Mp4FormatException where the file is not a finished recording of ours
   */
  public static Optional<Plan> plan(Path finished) throws IOException {
    try (var file = FileChannel.open(finished, StandardOpenOption.READ)) {
      var scan = Mp4Scan.of(file, (start, end, video, audio) -> {});
      var header = scan.header();
      if (!scan.finished() || header == null) {
        throw new Mp4FormatException(finished + " is not finished");
      }
      var front = read(file, Mp4Boxes.FREE_OFFSET, HEADER);
      if (front.getInt() != 1) {
        return Optional.empty();
      }
      front.getInt();
      long end = Mp4Boxes.FREE_OFFSET + front.getLong();
      var moov = read(file, end, Math.toIntExact(file.size() - end));
      boolean large = file.size() + 2L * moov.remaining() > 0xffff_ffffL;
      // What the index is long does not depend on the offsets in it.
      int length = shifted(moov, 0, large).remaining() + Mp4Boxes.FREE_OFFSET + HEADER;
      var index = shifted(moov, length - header.end(), large);
      var head = ByteBuffer.allocate(length);
      head.put(read(file, 0, Mp4Boxes.FREE_OFFSET)).put(index);
      head.put(Mp4Boxes.hidingMdat(HEADER + end - header.end()));
      return Optional.of(new Plan(head.array(), header.end(), end));
    }
  }

  /**
   * Carries out a plan: writes another file, synced and whole when this returns. The caller puts it
   * in the place of the finished one.
   *
   * @throws IOException also where the disk is full: what was begun is for the caller to delete
   */
  public static void rewrite(Path finished, Plan plan, Path target) throws IOException {
    try (var from = FileChannel.open(finished, StandardOpenOption.READ);
        var to =
            FileChannel.open(
                target,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      write(to, ByteBuffer.wrap(plan.head()), 0);
      to.position(plan.head().length);
      for (long at = plan.from(); at < plan.to(); ) {
        long copied = from.transferTo(at, plan.to() - at, to);
        if (copied <= 0) {
          throw new IOException(finished + " became shorter while it was copied");
        }
        at += copied;
      }
      to.force(true);
    }
  }

  /** The same {@code moov} with all chunk offsets moved. */
  private static ByteBuffer shifted(ByteBuffer moov, long by, boolean large)
      throws Mp4FormatException {
    var b = new BoxBuffer();
    int start = b.begin("moov");
    shift(moov.slice(BOX, moov.remaining() - BOX), by, large, b);
    b.end(start);
    return b.view();
  }

  private static void shift(ByteBuffer boxes, long by, boolean large, BoxBuffer b)
      throws Mp4FormatException {
    while (boxes.hasRemaining()) {
      int at = boxes.position();
      int size = boxes.remaining() < BOX ? 0 : boxes.getInt(at);
      if (size < BOX || size > boxes.remaining()) {
        throw new Mp4FormatException("a box of " + size + " bytes in the index");
      }
      String type = type(boxes, at + 4);
      var content = boxes.slice(at + BOX, size - BOX);
      boxes.position(at + size);
      if (CONTAINERS.contains(type)) {
        int box = b.begin(type);
        shift(content, by, large, b);
        b.end(box);
      } else if (type.equals("stco") || type.equals("co64")) {
        boolean wide = large || type.equals("co64");
        int box = b.begin(wide ? "co64" : "stco");
        b.u32(content.getInt());
        int count = content.getInt();
        b.u32(count);
        for (int i = 0; i < count; i++) {
          long offset = type.equals("co64") ? content.getLong() : content.getInt() & 0xffff_ffffL;
          b.time(wide ? 1 : 0, offset + by);
        }
        b.end(box);
      } else {
        byte[] copy = new byte[size];
        boxes.get(at, copy);
        b.bytes(copy);
      }
    }
  }

  private static ByteBuffer box(int size, String type) {
    return ByteBuffer.allocate(BOX)
        .putInt(size)
        .put(type.getBytes(StandardCharsets.ISO_8859_1))
        .flip();
  }

  private static String type(ByteBuffer from, int at) {
    byte[] type = new byte[4];
    from.get(at, type);
    return new String(type, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuffer read(FileChannel file, long position, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new Mp4FormatException("the file ends at " + (position + buffer.position()));
      }
    }
    return buffer.flip();
  }

  private static void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }
}
