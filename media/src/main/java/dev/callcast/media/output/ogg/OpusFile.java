package dev.callcast.media.output.ogg;

import dev.callcast.gst.OpusEncoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.DiskFullException;
import dev.callcast.media.output.DiskSync;
import dev.callcast.media.output.RecordingFile;
import dev.callcast.media.output.RecordingFormatException;
import dev.callcast.media.output.RecordingOpening;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one append-only Ogg Opus file (RFC 7845) of mixed sound, which it encodes itself, and
 * takes it up again after a crash. One thread uses it; whoever opened it closes it.
 *
 * <p><b>What is on disk at any moment is playable.</b> A page of half a second is handed to the
 * kernel in one write, and no byte below {@link #length} is changed before the file is finished. A
 * SIGKILL leaves at most one torn page at the end; its checksum tells players, and a writer that
 * takes the file up cuts it off.
 *
 * <p><b>One stream.</b> A writer that takes the file up goes on in the same logical stream, with
 * the next page's number, and not with a second one chained behind it: players show the length of
 * the last chain only, and seek in it only. Its encoder begins anew; decoders need some
 * milliseconds to follow, behind silence or a cut. Packets are 20 ms, so the gap is filled with
 * packets of digital silence, and the first new one with zeros in front, to the sample.
 *
 * <p><b>Pauses</b>, and gaps that are to be cut, are left out as it is written, for Ogg has no edit
 * list; {@link OpusSpans} keeps which moment of the composition a moment of the file is.
 */
public final class OpusFile implements RecordingFile {
  private static final Logger LOG = LoggerFactory.getLogger(OpusFile.class);
  private static final long SECOND = 1_000_000_000L;
  private static final int RATE = 48_000;
  private static final int FRAME = OpusEncoder.FRAME;

  /** Times of sound that follow each other agree to that; more is a gap, or comes too late. */
  private static final long SNAP = RATE / 200;

  /** Bytes kept free within a quota for the page that ends the file. */
  private static final int LAST_PAGE = 4096;

  /**
   * How to write.
   *
   * @param channels 1 or 2
   * @param bitrate bit/s
   * @param packetsPerPage of 20 ms each, 1 to 40
   * @param quota bytes for the whole file, finished; 0 for none
   * @param cutGaps leave out the time in which no worker was alive
   */
  public record Options(
      int channels, int bitrate, int packetsPerPage, long quota, boolean cutGaps) {
    /** Pages of 500 ms. */
    public static Options of(int channels, int bitrate) {
      return new Options(channels, bitrate, 25, 0, false);
    }

    /** The same with a quota in bytes, 0 for none. */
    public Options withQuota(long bytes) {
      return new Options(channels, bitrate, packetsPerPage, bytes, cutGaps);
    }

    /** The same with gaps cut out or not. */
    public Options withCutGaps(boolean cut) {
      return new Options(channels, bitrate, packetsPerPage, quota, cut);
    }
  }

  private final Path path;
  private final FileChannel file;
  private final AppendOnlyFile growing;
  private final Options options;
  private final OpusEncoder encoder;
  private final int preSkip;
  private final DiskSync disk = new DiskSync();

  /** Samples that do not fill a packet yet, interleaved. */
  private final float[] block;

  private int blockFrames;
  private final List<byte[]> packets = new ArrayList<>();

  private boolean headed;
  private int serial;
  private int sequence;
  private long origin;

  /** Samples taken or made, those that wait included: the file's time. */
  private long samples;

  /** Where the span that is being recorded starts; null until its first sound. */
  private OpusSpans.@Nullable Start span;

  private boolean newSpan;
  private boolean takenUp;
  private long forced;
  private long late;
  private @Nullable Outcome ended;

  private OpusFile(Path path, FileChannel file, Options options) throws IOException {
    this.path = path;
    this.file = file;
    this.growing = AppendOnlyFile.of(path, file);
    this.options = options;
    this.encoder = new OpusEncoder(options.channels(), options.bitrate());
    this.preSkip = encoder.lookahead();
    this.block = new float[FRAME * options.channels()];
  }

  /**
   * Opens a file to record into: a new one, or one that a writer left behind. A file without whole
   * headers is begun anew. New files are readable by their owner alone.
   *
   * @throws IOException where the file system refuses
   */
  public static RecordingOpening open(Path path, Options options) throws IOException {
    var file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (!AppendOnlyFile.lock(file)) {
        file.close();
        return new RecordingOpening.Refused(false, path + " is locked");
      }
      var opened = new OpusFile(path, file, options);
      try {
        RecordingOpening opening = opened.takeUp();
        if (opening instanceof RecordingOpening.Refused) {
          opened.close();
        }
        return opening;
      } catch (IOException | RuntimeException e) {
        opened.close(); // its encoder is native
        throw e;
      }
    } catch (RecordingFormatException e) {
      file.close();
      return new RecordingOpening.Refused(false, path + ": " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private RecordingOpening takeUp() throws IOException {
    var scan = OpusScan.of(file);
    if (scan.finished()) {
      return new RecordingOpening.Refused(true, path + " is finished");
    }
    var content = scan.content();
    if (content == null) {
      file.truncate(0);
      Files.deleteIfExists(OpusSpans.fileFor(path));
      newSpan = true;
      return new RecordingOpening.Created(this);
    }
    if (content.channels() != options.channels() || content.preSkip() != preSkip) {
      return new RecordingOpening.Refused(
          true, "the sound's configuration differs from that in " + path);
    }
    headed = true;
    serial = content.serial();
    sequence = scan.sequence() + 1;
    long length = scan.completeLength();
    growing.startAt(length);
    samples = scan.granule();
    String noted = content.value(OpusHeaders.ORIGIN);
    origin = noted == null ? 0 : Long.parseLong(noted);
    long torn = scan.fileSize() - length;
    if (torn > 0) {
      file.truncate(length);
      file.force(true);
    }
    var starts = OpusSpans.load(path, origin);
    // A span whose first page did not come to the disk begins behind the file's end: it is void.
    starts.removeIf(start -> start.sample() > samples);
    span = starts.getLast();
    takenUp = true;
    forced = samples;
    return new RecordingOpening.Resumed(this, endTime(), torn);
  }

  /** Takes interleaved floats, little-endian, at 48 kHz. */
  @Override
  public Outcome write(Packet packet) throws IOException {
    if (ended != null) {
      return ended;
    }
    if (packet.kind() != Packet.Kind.AUDIO) {
      return Outcome.BUFFERED;
    }
    var pcm = ByteBuffer.wrap(packet.data()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    Outcome outcome = headed ? Outcome.BUFFERED : start(packet.pts());
    if (outcome.isEnd()) {
      return outcome;
    }
    int channels = options.channels();
    long early = place(packet.pts());
    if (early < 0) {
      late++;
      int skipped = (int) Math.min(-early * channels, pcm.remaining());
      pcm.position(skipped);
    }
    outcome = silence(Math.max(0, early));
    if (outcome.isEnd()) {
      return outcome;
    }
    if (early > 0) {
      note(new OpusSpans.Start(samples, packet.pts(), OpusSpans.Kind.SPAN));
    }
    for (int left = pcm.remaining() / channels; left > 0; ) {
      int count = Math.min(left, FRAME - blockFrames);
      pcm.get(block, blockFrames * channels, count * channels);
      outcome = worse(outcome, advance(count));
      if (outcome.isEnd()) {
        return outcome;
      }
      left -= count;
    }
    return outcome;
  }

  private Outcome start(long pts) throws IOException {
    origin = pts;
    serial = ThreadLocalRandom.current().nextInt();
    Outcome outcome = append(ByteBuffer.wrap(headers()));
    if (outcome == Outcome.WRITTEN) {
      disk.force(file);
      headed = true;
      sequence = 2;
    }
    return outcome;
  }

  private byte[] headers() {
    return OpusHeaders.of(
        serial,
        options.channels(),
        preSkip,
        List.of("ENCODER=Callcast", OpusHeaders.ORIGIN + origin));
  }

  /**
   * Finds where a sound belongs, and notes the start of another span where one is due.
   *
   * @return samples by which the file's end lies before that place; negative behind it
   */
  private long place(long pts) throws IOException {
    OpusSpans.Start current = span;
    boolean absence = takenUp;
    takenUp = false;
    if (current == null || newSpan || (absence && options.cutGaps())) {
      note(
          new OpusSpans.Start(
              samples,
              pts,
              absence && !newSpan ? OpusSpans.Kind.AFTER_ABSENCE : OpusSpans.Kind.SPAN));
      newSpan = false;
      return 0;
    }
    long due = current.sample() + Math.round((pts - current.mediaTime()) * (RATE / 1e9));
    long off = due - samples;
    if (absence && off > 0) {
      note(new OpusSpans.Start(samples, endTime(), OpusSpans.Kind.SILENCE));
    }
    return absence || Math.abs(off) > SNAP ? off : 0;
  }

  private void note(OpusSpans.Start start) throws IOException {
    OpusSpans.append(path, start);
    span = start;
  }

  private Outcome silence(long count) throws IOException {
    Outcome outcome = Outcome.BUFFERED;
    for (long left = count; left > 0; ) {
      if (blockFrames == 0 && left >= FRAME) {
        samples += FRAME;
        left -= FRAME;
        outcome = worse(outcome, add(silence(options.channels())));
      } else {
        int some = (int) Math.min(left, FRAME - blockFrames);
        int channels = options.channels();
        Arrays.fill(block, blockFrames * channels, (blockFrames + some) * channels, 0);
        outcome = worse(outcome, advance(some));
        left -= some;
      }
      if (outcome.isEnd()) {
        return outcome;
      }
    }
    return outcome;
  }

  private Outcome advance(int frames) throws IOException {
    blockFrames += frames;
    samples += frames;
    if (blockFrames < FRAME) {
      return Outcome.BUFFERED;
    }
    blockFrames = 0;
    return add(encoder.encode(block));
  }

  private Outcome add(byte[] packet) throws IOException {
    packets.add(packet);
    return packets.size() < options.packetsPerPage() ? Outcome.BUFFERED : page(0);
  }

  private Outcome page(int flags) throws IOException {
    return packets.isEmpty() ? Outcome.BUFFERED : page(flags, samples - blockFrames);
  }

  /** Writes what waits as a page; {@code granule} is the position of its end. */
  private Outcome page(int flags, long granule) throws IOException {
    byte[] page = OggPage.of(flags, granule, serial, sequence, packets);
    packets.clear();
    Outcome outcome = append(ByteBuffer.wrap(page));
    if (outcome == Outcome.WRITTEN) {
      sequence++;
      if (samples - forced >= RATE) {
        disk.force(file);
        forced = samples;
      }
    }
    return outcome;
  }

  /** Writes whole packets; what does not fill one waits. */
  @Override
  public Outcome flush() throws IOException {
    return ended != null ? ended : page(0);
  }

  @Override
  public Outcome pause(long from) throws IOException {
    newSpan = true;
    return flush();
  }

  @Override
  public Outcome cut(long from, long to) throws IOException {
    newSpan = true;
    takenUp = false;
    return flush();
  }

  @Override
  public Outcome endAt(long time) throws IOException {
    return end();
  }

  /**
   * Writes what is left, and with it the samples that the encoder still holds; what the last packet
   * is too long is left out by its page's position (RFC 7845 §4.4).
   */
  @Override
  public Outcome end() throws IOException {
    if (ended != null || !file.isOpen()) {
      return ended == null ? Outcome.WRITTEN : ended;
    }
    Outcome outcome = Outcome.BUFFERED;
    if (headed && samples > 0) {
      if (packets.size() + 2 >= options.packetsPerPage()) {
        outcome = page(0); // so that what follows is on one page, the last
      }
      long heard = samples + preSkip;
      for (long made = samples - blockFrames; !outcome.isEnd() && made < heard; made += FRAME) {
        Arrays.fill(block, blockFrames * options.channels(), block.length, 0);
        blockFrames = 0;
        packets.add(encoder.encode(block));
      }
      outcome = outcome.isEnd() ? outcome : worse(outcome, page(OggPage.LAST, heard));
    }
    if (!outcome.isEnd()) {
      finish();
    }
    return outcome;
  }

  private Outcome append(ByteBuffer bytes) throws IOException {
    if (options.quota() > 0 && growing.length() + bytes.remaining() + LAST_PAGE > options.quota()) {
      return end(Outcome.QUOTA);
    }
    try {
      growing.append(bytes, OggPage.LARGEST);
    } catch (DiskFullException e) {
      return end(Outcome.DISK_FULL);
    } catch (IOException e) {
      close();
      throw e;
    }
    return Outcome.WRITTEN;
  }

  private Outcome end(Outcome why) throws IOException {
    ended = why;
    packets.clear();
    try {
      finish();
    } catch (IOException e) {
      LOG.warn("{} ends ({}), and its last sync failed", path, why, e);
      close();
    }
    return why;
  }

  private void finish() throws IOException {
    disk.await();
    file.force(true);
    close();
  }

  @Override
  public void close() throws IOException {
    encoder.close();
    file.close();
  }

  @Override
  public long length() {
    return growing.length();
  }

  @Override
  public int fragments() {
    return headed ? sequence - 2 : 0;
  }

  @Override
  public long startTime() {
    return headed ? origin : 0;
  }

  /** None. */
  @Override
  public long pictures() {
    return 0;
  }

  @Override
  public long endTime() {
    OpusSpans.Start current = span;
    return current == null ? 0 : current.mediaTime() + nanos(samples - current.sample());
  }

  @Override
  public long late() {
    return late;
  }

  /** A packet of 20 ms of digital silence: CELT, full band, one frame (RFC 6716 §3.1). */
  static byte[] silence(int channels) {
    return new byte[] {(byte) (channels == 1 ? 0xf8 : 0xfc), (byte) 0xff, (byte) 0xfe};
  }

  /** ns of samples at 48 kHz. */
  static long nanos(long samples) {
    return samples * SECOND / RATE;
  }

  private static Outcome worse(Outcome one, Outcome other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
