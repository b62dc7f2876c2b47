package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks a recording from its start and hands on each complete fragment, with no more of the file in
 * memory than one {@code moof}. It reads growing, torn and finished files alike: in a finished one
 * it looks below the hiding {@code mdat}. Positional reads only, so it may run beside the writer.
 *
 * @param header null while the file has no complete head yet
 * @param completeLength bytes up to the end of the last complete fragment (or of the head): what
 *     may be uploaded, what a resumed writer keeps
 * @param finished it is an ordinary MP4 already
 * @param lastSequence of the last fragment's {@code mfhd}; 0 without one
 * @param fileSize bytes, at the start of the walk
 */
record Mp4Scan(
    @Nullable Header header,
    long completeLength,
    boolean finished,
    int lastSequence,
    long fileSize) {

  /** Larger is no {@code moov} or {@code moof} of ours. */
  private static final int MAX_BOX = 64 << 20;

  /**
   * What the head says.
   *
   * @param video null without pictures
   * @param origin ns on the composition's timeline at which the file's timeline starts
   * @param created s since 1904
   * @param reserve bytes of the {@code free} box that is kept for an index in front; 0 for none
   * @param end of the head: where the first fragment starts
   */
  record Header(
      @Nullable Mp4Track video,
      Mp4Track audio,
      int width,
      int height,
      long origin,
      long created,
      int reserve,
      long end) {}

  /**
   * The samples of one track in one fragment, all arrays equally long.
   *
   * @param decodeTime ticks
   * @param offset of the first sample's data in the file; the others follow on it
   */
  @SuppressWarnings("ArrayRecordComponent") // read at once, kept by nobody
  record Run(
      Mp4Track track,
      long decodeTime,
      long offset,
      int[] sizes,
      int[] durations,
      int[] flags,
      int[] compositionOffsets) {
    long endTime() {
      long end = decodeTime;
      for (int duration : durations) {
        end += duration;
      }
      return end;
    }
  }

  /** Told of each complete fragment, in the order of the file. */
  interface Visitor {
    /** {@code start} and {@code end} are offsets in the file. */
    void fragment(long start, long end, @Nullable Run video, @Nullable Run audio);

    /** A pause that is to be cut out of the finished file. */
    default void cut(Gap cut) {}

    /** A span in which no worker was alive. */
    default void gap(Gap gap) {}

    /**
     * A pause begins, ns on the file's timeline; {@link #cut} follows unless the file ends in it.
     */
    default void paused(long from) {}
  }

  /** Walks all of it. */
  static Mp4Scan of(FileChannel file, Visitor visitor) throws IOException {
    return new Walk(file, visitor).run();
  }

  /** Goes on from the end of a fragment, without looking into fragments; gives the last end. */
  static long endOfFragments(FileChannel file, long from, Visitor visitor) throws IOException {
    return new Walk(file, visitor).skipFrom(from);
  }

  /**
   * Where the fragments of a finished file begin whose index is in front of them; 0 where it is
   * not, or the file ends before.
   */
  static long hiddenBehindIndex(FileChannel file) throws IOException {
    var walk = new Walk(file, (start, end, video, audio) -> {});
    long index = Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE;
    return walk.indexIsInFront(index) ? walk.hiddenInFront(index) : 0;
  }

  private static final class Walk {
    private final FileChannel file;
    private final Visitor visitor;
    private final long fileSize;
    private long limit;
    private boolean finished;
    private int lastSequence;

    Walk(FileChannel file, Visitor visitor) throws IOException {
      this.file = file;
      this.visitor = visitor;
      this.fileSize = file.size();
      this.limit = fileSize;
    }

    Mp4Scan run() throws IOException {
      var start = read(0, (int) Math.min(fileSize, Mp4Boxes.FREE_OFFSET));
      if (!startsAs(start, true) && !startsAs(start, false)) {
        throw new Mp4FormatException("does not start as a recording of this program");
      }
      if (fileSize < Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE) {
        return new Mp4Scan(null, 0, false, 0, fileSize);
      }
      var second = read(Mp4Boxes.FREE_OFFSET, Mp4Boxes.FREE_SIZE);
      int size = second.getInt();
      String type = type(second.getInt());
      long large = second.getLong();
      if (size == 1 && type.equals("mdat")) {
        finished = true;
        limit = Math.min(fileSize, Mp4Boxes.FREE_OFFSET + large);
      } else if (size != Mp4Boxes.FREE_SIZE || !type.equals("free")) {
        throw new Mp4FormatException("no free box of 16 bytes at " + Mp4Boxes.FREE_OFFSET);
      }

      long position = Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE;
      if (indexIsInFront(position)) {
        // free, the whole index, an mdat that hides all that follows; its content is as it grew.
        finished = true;
        position = hiddenInFront(position);
      }
      Box box = box(position);
      int reserve = 0;
      if (box != null && box.type.equals("free")) {
        reserve = Math.toIntExact(box.end - box.start);
        position = box.end;
        box = box(position);
      } else if (finished) {
        reserve = Math.toIntExact(position - Mp4Boxes.FREE_OFFSET - Mp4Boxes.FREE_SIZE);
      }
      if (box == null) {
        return new Mp4Scan(null, 0, finished, 0, fileSize);
      }
      if (!box.type.equals("moov")) {
        throw new Mp4FormatException("a moov expected at " + position + ", not " + box.type);
      }
      Header header = header(content(box), reserve, box.end);
      position = box.end;
      while (true) {
        position = notes(position, true);
        Fragment fragment = fragment(position);
        if (fragment == null) {
          break;
        }
        visit(header, position, fragment);
        position = fragment.mdat.end;
      }
      return new Mp4Scan(header, position, finished, lastSequence, fileSize);
    }

    private static boolean startsAs(ByteBuffer start, boolean video) {
      var expected = new BoxBuffer();
      Mp4Boxes.ftyp(expected, video);
      return expected.view().slice(0, start.remaining()).equals(start);
    }

    /** Whether a {@code moov} with samples, not that of a growing file, stands there. */
    private boolean indexIsInFront(long position) throws IOException {
      Box moov = box(position);
      if (moov == null || !moov.type.equals("moov")) {
        return false;
      }
      var content = content(moov);
      while (content.hasRemaining()) {
        if (child(content).type.equals("mvex")) {
          return false;
        }
      }
      return true;
    }

    private long hiddenInFront(long position) throws IOException {
      Box box = box(position);
      while (box != null) {
        if (fileSize - box.end < Mp4Boxes.FREE_SIZE) {
          break;
        }
        var next = read(box.end, Mp4Boxes.FREE_SIZE);
        if (next.getInt() == 1 && type(next.getInt()).equals("mdat")) {
          limit = Math.min(fileSize, box.end + next.getLong());
          return box.end + Mp4Boxes.FREE_SIZE;
        }
        box = box(box.end);
      }
      throw new Mp4FormatException("an index in front, and no mdat behind it");
    }

    /** The boxes of one fragment. */
    private record Fragment(Box moof, Box mdat) {}

    /** The fragment that starts there, or behind padding; null where none is complete. */
    private @Nullable Fragment fragment(long start) throws IOException {
      Box box = box(start);
      while (box != null && box.type.equals("free")) {
        box = box(box.end);
      }
      if (box == null || !box.type.equals("moof")) {
        return null;
      }
      Box mdat = box(box.end);
      return mdat == null || !mdat.type.equals("mdat") ? null : new Fragment(box, mdat);
    }

    /** The end of the last complete fragment or note behind {@code from}, which is one's end. */
    long skipFrom(long from) throws IOException {
      long position = notes(from, false);
      for (Fragment f = fragment(position); f != null; f = fragment(position)) {
        position = notes(f.mdat.end, false);
      }
      return position;
    }

    /** Passes over the notes that stand there, or behind padding; gives the end of the last. */
    private long notes(long start, boolean visit) throws IOException {
      long end = start;
      Box box = box(start);
      while (box != null && (box.type.equals("free") || box.type.equals("uuid"))) {
        if (box.type.equals("uuid")) {
          end = box.end;
          if (visit) {
            visitNote(content(box));
          }
        }
        box = box(box.end);
      }
      return end;
    }

    private void visitNote(ByteBuffer content) {
      int code = Mp4Boxes.noteCode(content);
      if (code == Mp4Boxes.Note.CUT.code) {
        visitor.cut(new Gap(content.getLong(), content.getLong()));
      } else if (code == Mp4Boxes.Note.GAP.code) {
        visitor.gap(new Gap(content.getLong(), content.getLong()));
      } else if (code == Mp4Boxes.Note.PAUSED.code) {
        visitor.paused(content.getLong());
      }
    }

    private void visit(Header header, long start, Fragment fragment) throws IOException {
      Box box = fragment.moof;
      Box mdat = fragment.mdat;
      Run video = null;
      Run audio = null;
      var content = content(box);
      while (content.hasRemaining()) {
        var child = child(content);
        switch (child.type) {
          case "mfhd" -> lastSequence = child.content.getInt(child.content.position() + 4);
          case "traf" -> {
            Run run = run(header, child.content, box.start);
            switch (run.track.kind()) {
              case VIDEO -> video = run;
              case AUDIO -> audio = run;
            }
          }
          default -> throw new Mp4FormatException("a " + child.type + " in the moof at " + start);
        }
      }
      visitor.fragment(start, mdat.end, video, audio);
    }

    private Run run(Header header, ByteBuffer traf, long moofStart) throws IOException {
      Mp4Track track = header.audio;
      long decodeTime = 0;
      while (traf.hasRemaining()) {
        var child = child(traf);
        var c = child.content;
        int flags = c.getInt() & 0xff_ffff;
        switch (child.type) {
          case "tfhd" -> {
            Mp4Track video = header.video;
            track = video != null && c.getInt() == Mp4Boxes.VIDEO_ID ? video : header.audio;
          }
          case "tfdt" -> decodeTime = c.getLong();
          case "trun" -> {
            int count = c.getInt();
            if (count < 0 || count > MAX_BOX / 8) {
              throw new Mp4FormatException(count + " samples in the moof at " + moofStart);
            }
            long offset = moofStart + c.getInt();
            var run =
                new Run(
                    track,
                    decodeTime,
                    offset,
                    new int[count],
                    new int[count],
                    new int[count],
                    new int[count]);
            Arrays.fill(run.flags, Mp4Boxes.SampleFlags.SYNC);
            for (int i = 0; i < count; i++) {
              run.durations[i] = c.getInt();
              run.sizes[i] = c.getInt();
              if ((flags & 0x400) != 0) {
                run.flags[i] = c.getInt();
              }
              if ((flags & 0x800) != 0) {
                run.compositionOffsets[i] = c.getInt();
              }
            }
            return run;
          }
          default -> throw new Mp4FormatException("a " + child.type + " in a traf");
        }
      }
      throw new Mp4FormatException("a traf without trun in the moof at " + moofStart);
    }

    private Header header(ByteBuffer moov, int reserve, long end) throws IOException {
      Mp4Track video = null;
      Mp4Track audio = null;
      int width = 0;
      int height = 0;
      long created = 0;
      long origin = 0;
      boolean noted = false;
      while (moov.hasRemaining()) {
        var child = child(moov);
        var c = child.content;
        switch (child.type) {
          case "mvhd" -> created = time(c);
          case "trak" -> {
            var trak = new Trak(c);
            if (trak.track.kind() == Packet.Kind.VIDEO) {
              video = trak.track;
              width = trak.width;
              height = trak.height;
            } else {
              audio = trak.track;
            }
          }
          case "uuid" -> {
            if (Mp4Boxes.noteCode(c) == Mp4Boxes.Note.ORIGIN.code) {
              origin = c.getLong();
              noted = true;
            }
          }
          case "mvex" -> c.position(c.limit());
          default -> throw new Mp4FormatException("a " + child.type + " in the first moov");
        }
      }
      if (audio == null || !noted) {
        throw new Mp4FormatException("the first moov lacks the sound or the note of its origin");
      }
      return new Header(video, audio, width, height, origin, created, reserve, end);
    }

    /** The first time of a full box: creation, in {@code mvhd}, {@code tkhd} and {@code mdhd}. */
    private static long time(ByteBuffer full) {
      return full.getInt() >>> 24 == 0 ? full.getInt() & 0xffff_ffffL : full.getLong();
    }

    /** Picks a track out of a {@code trak}. */
    private static final class Trak {
      private final Mp4Track track;
      private int id;
      private int timescale;
      private int width;
      private int height;
      private byte @Nullable [] stsd;
      private Packet.Kind kind = Packet.Kind.AUDIO;

      Trak(ByteBuffer trak) throws IOException {
        descend(trak);
        if (stsd == null || timescale <= 0) {
          throw new Mp4FormatException("a trak without sample description");
        }
        track = new Mp4Track(kind, id, timescale, stsd);
      }

      private void descend(ByteBuffer parent) throws IOException {
        while (parent.hasRemaining()) {
          int start = parent.position();
          var child = child(parent);
          var c = child.content;
          switch (child.type) {
            case "mdia", "minf", "stbl" -> descend(c);
            case "tkhd" -> {
              int version = c.getInt() >>> 24;
              c.position(c.position() + (version == 0 ? 8 : 16));
              id = c.getInt();
              width = c.getInt(c.limit() - 8) >>> 16;
              height = c.getInt(c.limit() - 4) >>> 16;
            }
            case "mdhd" -> {
              int version = c.getInt() >>> 24;
              c.position(c.position() + (version == 0 ? 8 : 16));
              timescale = c.getInt();
            }
            case "hdlr" ->
                kind =
                    type(c.getInt(c.position() + 8)).equals("vide")
                        ? Packet.Kind.VIDEO
                        : Packet.Kind.AUDIO;
            case "stsd" -> {
              stsd = new byte[parent.position() - start];
              parent.get(start, stsd);
            }
            default -> c.position(c.limit());
          }
        }
      }
    }

    private record Box(String type, long start, long contentStart, long end) {}

    /** The box that starts there, or null unless all of it is in the file. */
    private @Nullable Box box(long position) throws IOException {
      if (limit - position < 8) {
        return null;
      }
      var head = read(position, 8);
      long size = head.getInt() & 0xffff_ffffL;
      String type = type(head.getInt());
      if (size < 8 || size > limit - position) {
        return null;
      }
      return new Box(type, position, position + 8, position + size);
    }

    private ByteBuffer content(Box box) throws IOException {
      long length = box.end - box.contentStart;
      if (length > MAX_BOX) {
        throw new Mp4FormatException("a " + box.type + " of " + length + " bytes");
      }
      return read(box.contentStart, (int) length);
    }

    private ByteBuffer read(long position, int length) throws IOException {
      var buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining()) {
        int n = file.read(buffer, position + buffer.position());
        if (n < 0) {
          throw new EOFException("the file became shorter while it was read");
        }
      }
      return buffer.flip();
    }

    private record Child(String type, ByteBuffer content) {}

    private static Child child(ByteBuffer parent) throws IOException {
      if (parent.remaining() < 8) {
        throw new Mp4FormatException("a box cut short");
      }
      int start = parent.position();
      int size = parent.getInt();
      String type = type(parent.getInt());
      if (size < 8 || size > parent.limit() - start) {
        throw new Mp4FormatException("a " + type + " of " + size + " bytes");
      }
      var content = parent.slice(start + 8, size - 8);
      parent.position(start + size);
      return new Child(type, content);
    }

    private static String type(int fourcc) {
      var chars = new char[4];
      for (int i = 0; i < 4; i++) {
        chars[i] = (char) ((fourcc >>> (24 - 8 * i)) & 0xff);
      }
      return new String(chars);
    }
  }
}
