package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The boxes that both the growing file and the finished one are made of. Stateless. */
final class Mp4Boxes {
  static final int VIDEO_ID = 1;
  static final int AUDIO_ID = 2;
  static final int CHAPTERS_ID = 3;

  /** Where the {@code free} box stands that the finisher turns into an {@code mdat} header. */
  static final int FREE_OFFSET = 36;

  static final int FREE_SIZE = 16;

  /** Seconds from 1904-01-01, the epoch of ISO/IEC 14496-12, to 1970-01-01. */
  static final long EPOCH_1904 = 2_082_844_800L;

  /** The type of our {@code uuid} boxes: made once, at random. */
  private static final byte[] UUID = {
    (byte) 0x7d,
    (byte) 0x0e,
    (byte) 0x53,
    (byte) 0x9c,
    (byte) 0x1f,
    (byte) 0xb2,
    0x4c,
    (byte) 0x8e,
    (byte) 0x9a,
    0x6b,
    0x24,
    (byte) 0xe1,
    0x5d,
    (byte) 0xc0,
    0x47,
    (byte) 0xf3
  };

  private Mp4Boxes() {}

  /** Null where the format has no pictures. */
  static @Nullable Mp4Track videoTrack(StreamFormat format) {
    byte[] avcConfig = format.avcConfig();
    if (avcConfig == null) {
      return null;
    }
    var b = new BoxBuffer();
    int stsd = b.begin("stsd", 0, 0);
    b.u32(1);
    int entry = b.begin("avc1");
    b.zeros(6);
    b.u16(1); // data reference
    b.zeros(16);
    b.u16(format.width());
    b.u16(format.height());
    b.u32(0x0048_0000); // 72 dpi
    b.u32(0x0048_0000);
    b.u32(0);
    b.u16(1); // frames per sample
    b.zeros(32); // compressor's name
    b.u16(24);
    b.u16(0xffff);
    int avcc = b.begin("avcC");
    b.bytes(avcConfig);
    b.end(avcc);
    int colr = b.begin("colr");
    b.fourcc("nclx");
    b.u16(6); // BT.601-6 525 line, for primaries, transfer and matrix (ISO/IEC 23091-2)
    b.u16(6);
    b.u16(6);
    b.u8(0); // limited range
    b.end(colr);
    b.end(entry);
    b.end(stsd);
    return new Mp4Track(Packet.Kind.VIDEO, VIDEO_ID, format.fps() * 1000, b.toBytes());
  }

  static Mp4Track audioTrack(StreamFormat format) {
    var b = new BoxBuffer();
    int stsd = b.begin("stsd", 0, 0);
    b.u32(1);
    int entry = b.begin("mp4a");
    b.zeros(6);
    b.u16(1); // data reference
    b.zeros(8);
    b.u16(format.channels());
    b.u16(16);
    b.u32(0);
    b.u32((long) format.sampleRate() << 16);
    int esds = b.begin("esds", 0, 0);
    byte[] config = format.aacConfig();
    descriptor(b, 3, 3 + 5 + 13 + 5 + config.length + 5 + 1);
    b.u16(AUDIO_ID);
    b.u8(0);
    descriptor(b, 4, 13 + 5 + config.length);
    b.u8(0x40); // MPEG-4 audio
    b.u8(0x15); // audio stream
    b.zeros(3 + 4 + 4); // buffer size and bitrates: not told
    descriptor(b, 5, config.length);
    b.bytes(config);
    descriptor(b, 6, 1);
    b.u8(2);
    b.end(esds);
    b.end(entry);
    b.end(stsd);
    return new Mp4Track(Packet.Kind.AUDIO, AUDIO_ID, format.sampleRate(), b.toBytes());
  }

  /** Tag and length of a descriptor, ISO/IEC 14496-1 §8.3.3, in the four-byte form. */
  private static void descriptor(BoxBuffer b, int tag, int length) {
    b.u8(tag);
    b.u8(0x80 | (length >>> 21));
    b.u8(0x80 | (length >>> 14));
    b.u8(0x80 | (length >>> 7));
    b.u8(length & 0x7f);
  }

  /** Equally long with pictures and without. */
  static void ftyp(BoxBuffer b, boolean video) {
    int ftyp = b.begin("ftyp");
    b.fourcc(video ? "isom" : "M4A ");
    b.u32(0x200);
    b.fourcc("isom");
    b.fourcc("iso5");
    b.fourcc("iso6");
    b.fourcc(video ? "avc1" : "M4A ");
    b.fourcc("mp41");
    b.end(ftyp);
  }

  static void free(BoxBuffer b) {
    int free = b.begin("free");
    b.zeros(8);
    b.end(free);
  }

  /** The header that hides all fragments: {@code length} counts from {@link #FREE_OFFSET}. */
  static ByteBuffer hidingMdat(long length) {
    return ByteBuffer.allocate(FREE_SIZE)
        .putInt(1)
        .put("mdat".getBytes(StandardCharsets.ISO_8859_1))
        .putLong(length)
        .flip();
  }

  static void mvhd(BoxBuffer b, long created, int timescale, long duration) {
    int version = duration > 0xffff_ffffL || created > 0xffff_ffffL ? 1 : 0;
    int mvhd = b.begin("mvhd", version, 0);
    b.time(version, created);
    b.time(version, created);
    b.u32(timescale);
    b.time(version, duration);
    b.u32(0x0001_0000); // rate
    b.u16(0x0100); // volume
    b.zeros(10);
    matrix(b);
    b.zeros(24);
    b.u32(CHAPTERS_ID + 1); // next track id
    b.end(mvhd);
  }

  static void tkhd(
      BoxBuffer b, Mp4Track track, long created, long duration, int width, int height) {
    int volume = track.kind() == Packet.Kind.AUDIO ? 0x0100 : 0;
    tkhd(b, 3, track.id(), created, duration, volume, width, height); // enabled, in movie
  }

  /** Of the text track, which players must not show by itself. */
  static void chaptersTkhd(BoxBuffer b, long created, long duration) {
    tkhd(b, 0, CHAPTERS_ID, created, duration, 0, 0, 0);
  }

  private static void tkhd(
      BoxBuffer b,
      int flags,
      int id,
      long created,
      long duration,
      int volume,
      int width,
      int height) {
    int version = duration > 0xffff_ffffL || created > 0xffff_ffffL ? 1 : 0;
    int tkhd = b.begin("tkhd", version, flags);
    b.time(version, created);
    b.time(version, created);
    b.u32(id);
    b.u32(0);
    b.time(version, duration);
    b.zeros(8);
    b.u16(0); // layer
    b.u16(0); // alternate group
    b.u16(volume);
    b.u16(0);
    matrix(b);
    b.u32((long) width << 16);
    b.u32((long) height << 16);
    b.end(tkhd);
  }

  static void mdhd(BoxBuffer b, Mp4Track track, long created, long duration) {
    mdhd(b, track.timescale(), created, duration);
  }

  static void mdhd(BoxBuffer b, int timescale, long created, long duration) {
    int version = duration > 0xffff_ffffL || created > 0xffff_ffffL ? 1 : 0;
    int mdhd = b.begin("mdhd", version, 0);
    b.time(version, created);
    b.time(version, created);
    b.u32(timescale);
    b.time(version, duration);
    b.u16(0x55c4); // "und"
    b.u16(0);
    b.end(mdhd);
  }

  static void hdlr(BoxBuffer b, Mp4Track track) {
    int hdlr = b.begin("hdlr", 0, 0);
    b.u32(0);
    switch (track.kind()) {
      case VIDEO -> b.fourcc("vide");
      case AUDIO -> b.fourcc("soun");
    }
    b.zeros(12);
    switch (track.kind()) {
      case VIDEO -> b.string("Video");
      case AUDIO -> b.string("Sound");
    }
    b.end(hdlr);
  }

  /** The media header of the kind, and the data reference "in this file". */
  static void mediaHeaderAndDinf(BoxBuffer b, Mp4Track track) {
    switch (track.kind()) {
      case VIDEO -> {
        int vmhd = b.begin("vmhd", 0, 1);
        b.zeros(8);
        b.end(vmhd);
      }
      case AUDIO -> {
        int smhd = b.begin("smhd", 0, 0);
        b.zeros(4);
        b.end(smhd);
      }
    }
    dinf(b);
  }

  /** The data reference "in this file". */
  static void dinf(BoxBuffer b) {
    int dinf = b.begin("dinf");
    int dref = b.begin("dref", 0, 0);
    b.u32(1);
    int url = b.begin("url ", 0, 1);
    b.end(url);
    b.end(dref);
    b.end(dinf);
  }

  static void matrix(BoxBuffer b) {
    long[] unity = {0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000};
    for (long value : unity) {
      b.u32(value);
    }
  }

  /**
   * The {@code moov} of a growing file: no samples, {@code mvex}, and our note of where on the
   * composition's timeline the file's time 0 lies.
   */
  static void initialMoov(
      BoxBuffer b,
      StreamFormat format,
      @Nullable Mp4Track video,
      Mp4Track audio,
      long created,
      long origin) {
    int moov = b.begin("moov");
    mvhd(b, created, audio.timescale(), 0);
    if (video != null) {
      emptyTrak(b, video, created, format.width(), format.height());
    }
    emptyTrak(b, audio, created, 0, 0);
    int mvex = b.begin("mvex");
    if (video != null) {
      trex(b, video);
    }
    trex(b, audio);
    b.end(mvex);
    int note = beginNote(b, Note.ORIGIN);
    b.u64(origin);
    b.end(note);
    b.end(moov);
  }

  static void emptyTrak(BoxBuffer b, Mp4Track track, long created, int width, int height) {
    int trak = b.begin("trak");
    tkhd(b, track, created, 0, width, height);
    int mdia = b.begin("mdia");
    mdhd(b, track, created, 0);
    hdlr(b, track);
    int minf = b.begin("minf");
    mediaHeaderAndDinf(b, track);
    int stbl = b.begin("stbl");
    b.bytes(track.stsd());
    for (String type : new String[] {"stts", "stsc", "stco"}) {
      int box = b.begin(type, 0, 0);
      b.u32(0);
      b.end(box);
    }
    int stsz = b.begin("stsz", 0, 0);
    b.u32(0);
    b.u32(0);
    b.end(stsz);
    b.end(stbl);
    b.end(minf);
    b.end(mdia);
    b.end(trak);
  }

  static void trex(BoxBuffer b, Mp4Track track) {
    int trex = b.begin("trex", 0, 0);
    b.u32(track.id());
    b.u32(1); // sample description
    b.u32(0);
    b.u32(0);
    b.u32(track.kind() == Packet.Kind.AUDIO ? SampleFlags.SYNC : SampleFlags.DEPENDENT);
    b.end(trex);
  }

  /** Sample flags of ISO/IEC 14496-12 §8.8.3.1. */
  static final class SampleFlags {
    static final int SYNC = 0x0200_0000; // depends on no other
    static final int DEPENDENT = 0x0101_0000; // depends on others, is no sync sample
    static final int NON_SYNC_BIT = 0x0001_0000;

    private SampleFlags() {}
  }

  /** What our {@code uuid} boxes say. */
  enum Note {
    /** In the first {@code moov}: i64 ns on the composition's timeline, the file's time 0. */
    ORIGIN(1),
    /** Before a fragment: i64 ns from, i64 ns to, on the file's timeline; a pause to be cut out. */
    CUT(2),
    /** Before a fragment: the same; no worker was alive, so the last picture stood still. */
    GAP(3),
    /** Behind a fragment: i64 ns on the file's timeline since when there is a pause. */
    PAUSED(4);

    final int code;

    Note(int code) {
      this.code = code;
    }
  }

  /** Writes a note of a span. */
  static void note(BoxBuffer b, Note note, Gap span) {
    int start = beginNote(b, note);
    b.u64(span.from());
    b.u64(span.to());
    b.end(start);
  }

  static int beginNote(BoxBuffer b, Note note) {
    int start = b.begin("uuid");
    b.bytes(UUID);
    b.u32(note.code);
    return start;
  }

  /** The note that a {@code uuid} box's content starts with, or 0 where it is not one of ours. */
  static int noteCode(ByteBuffer content) {
    if (content.remaining() < UUID.length + 4) {
      return 0;
    }
    for (byte expected : UUID) {
      if (content.get() != expected) {
        return 0;
      }
    }
    return content.getInt();
  }
}
