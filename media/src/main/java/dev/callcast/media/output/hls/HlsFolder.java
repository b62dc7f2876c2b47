package dev.callcast.media.output.hls;

import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.DiskFullException;
import dev.callcast.media.output.DiskSpace;
import dev.callcast.media.output.mp4.Mp4Target;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a stream: writes each fragment to the file of its segment and says so in the {@link
 * HlsIndex}, for those who make playlists of it. A writer that was killed leaves at most bytes of
 * which the index says nothing; the next one cuts them off, closes the segment as it is, and goes
 * on with the next number and an init file of its own. One thread; whoever opened it closes it.
 *
 * <p>A segment begins with a key frame: the last one at which it is not shorter than it may be, so
 * that none lasts longer than its target, whatever key frames come in between.
 *
 * <p>Of a live window's segments, those are deleted that no playlist of the last window lists.
 */
final class HlsFolder implements Mp4Target {
  private static final Logger log = LoggerFactory.getLogger(HlsFolder.class);
  private static final long HALF_SECOND = 500_000_000L;

  /** Of so many segments the index keeps the parts: of three targets, and some more. */
  private static final int WITH_PARTS = 6;

  /** The index is made anew when it has grown by so many bytes, and to twice its size. */
  private static final long COMPACT = 256 << 10;

  /**
   * How to cut.
   *
   * @param segment ns
   * @param keyFrames ns between two key frames
   * @param window segments of a live playlist; 0 to keep all
   * @param partTarget s that no part is longer than
   * @param compactAt bytes by which an index may grow
   */
  record Options(long segment, long keyFrames, int window, double partTarget, long compactAt) {
    Options(long segment, long keyFrames, int window, double partTarget) {
      this(segment, keyFrames, window, partTarget, COMPACT);
    }

    /** Segments that stay on the disk. */
    long kept() {
      return window == 0 ? Long.MAX_VALUE : 2L * window + 3;
    }
  }

  private final Path directory;
  private final StreamFormat format;
  private final Options options;
  private final LongUnaryOperator wallMillis;
  private final long spare;
  private final HlsListing listing;
  private final int run;
  private FileChannel index;
  private long indexBytes;
  private long compactedBytes;
  private long next;
  private HlsLine.@Nullable Run untold;
  private @Nullable AppendOnlyFile segment;
  private long segmentTime;
  private long written;
  private boolean open = true;

  private HlsFolder(
      Path directory,
      StreamFormat format,
      Options options,
      LongUnaryOperator wallMillis,
      HlsListing listing,
      FileChannel index)
      throws IOException {
    this.directory = directory;
    this.format = format;
    this.options = options;
    this.wallMillis = wallMillis;
    this.listing = listing;
    this.index = index;
    this.spare = DiskSpace.spare(Files.getFileStore(directory));
    HlsSegment last = listing.last();
    if (last != null && last.bytes() == 0) {
      // Its first bytes were never told of (a full disk, a kill), so nobody was either: this
      // number comes once more, and the run as well where it has no other segment.
      HlsSegment before = listing.get(last.number() - 1);
      boolean first = before == null || before.run().run() != last.run().run();
      this.run = last.run().run() + (first ? 0 : 1);
      this.next = last.number();
    } else {
      this.run = last == null ? 1 : last.run().run() + 1;
      this.next = last == null ? 0 : last.number() + 1;
    }
  }

  /**
   * Begins a stream, or goes on with one that another writer left.
   *
   * @param wallMillis of a time on the composition's timeline, ns: ms since 1970
   */
  static HlsFolder open(
      Path directory, StreamFormat format, Options options, LongUnaryOperator wallMillis)
      throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    HlsIndex known = new HlsIndex(directory);
    known.look();
    FileChannel index = openIndex(directory.resolve(HlsIndex.FILE), StandardOpenOption.APPEND);
    HlsFolder folder =
        new HlsFolder(directory, format, options, wallMillis, known.listing(), index);
    try {
      folder.takeUp();
      return folder;
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private static FileChannel openIndex(Path file, StandardOpenOption how) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, how),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private void takeUp() throws IOException {
    indexBytes = index.size();
    compactedBytes = indexBytes;
    if (indexBytes > 0) {
      write("\n"); // behind a line that a killed writer left half written
    }
    HlsSegment last = listing.last();
    if (last != null && !last.whole() && last.bytes() > 0) {
      try (FileChannel left =
          FileChannel.open(directory.resolve(last.file()), StandardOpenOption.WRITE)) {
        left.truncate(last.bytes());
      }
      tell(new HlsLine.Closed(last.number()));
    }
  }

  /** The head: the init file of this run. */
  @Override
  public void append(ByteBuffer bytes, long reserve) throws IOException {
    String init = HlsLine.Run.file(run);
    Files.deleteIfExists(directory.resolve(init)); // of a run without a segment
    try (AppendOnlyFile file = AppendOnlyFile.create(directory.resolve(init), spare)) {
      file.append(bytes);
      file.sync();
    }
    untold =
        new HlsLine.Run(
            run,
            init,
            codecs(format),
            format.width(),
            format.height(),
            format.hasVideo() ? format.fps() : 0,
            options.partTarget());
  }

  /** As in RFC 6381. */
  static String codecs(StreamFormat format) {
    String sound = "mp4a.40." + ((format.aacConfig()[0] & 0xff) >>> 3);
    byte[] avc = format.avcConfig();
    return avc == null ? sound : "avc1." + HexFormat.of().formatHex(avc, 1, 4) + "," + sound;
  }

  @Override
  public void append(ByteBuffer bytes, long reserve, Fragment fragment) throws IOException {
    AppendOnlyFile file = segment;
    if (file != null && fragment.keyFrame() && isFull(fragment.time())) {
      closeSegment(file);
      file = null;
    }
    int size = bytes.remaining();
    StringBuilder lines = new StringBuilder();
    if (file == null) {
      Path path = directory.resolve(HlsSegment.file(next));
      discard(path);
      file = AppendOnlyFile.create(path, spare);
      segment = file;
      segmentTime = fragment.time();
      if (untold != null) {
        lines.append(line(untold));
      }
      lines.append(line(new HlsLine.Opened(next, run, wallMillis.applyAsLong(fragment.time()))));
    }
    file.append(bytes);
    lines.append(
        line(new HlsLine.Part(next, size, fragment.duration() / 1e9, fragment.keyFrame())));
    write(lines.toString());
    untold = null;
    written += size;
    if (fragment.beforeKeyFrame() && isFull(fragment.time() + fragment.duration())) {
      closeSegment(file); // whoever waits for it need not wait for what comes next
    }
  }

  /** Whether a segment that ends at that time could not last to the next key frame as well. */
  private boolean isFull(long time) {
    long lasts = time - segmentTime;
    return lasts + options.keyFrames() > options.segment() + HALF_SECOND;
  }

  private void closeSegment(AppendOnlyFile file) throws IOException {
    segment = null;
    tell(new HlsLine.Closed(next));
    next++;
    try (file) {
      file.sync(); // after it was told: a disk takes its time
    }
    tidy();
  }

  /** Deletes what left the window long ago; makes the index shorter where that pays. */
  private void tidy() throws IOException {
    listing.forgetPartsBefore(next - WITH_PARTS);
    long oldest = next - options.kept();
    while (listing.first() < oldest) {
      HlsSegment old = listing.get(listing.first());
      if (old == null) {
        break;
      }
      discard(directory.resolve(old.file()));
      listing.forgetBefore(old.number() + 1);
      HlsSegment first = listing.get(listing.first());
      if (first == null || !first.run().equals(old.run())) {
        discard(directory.resolve(old.run().init()));
      }
    }
    if (indexBytes < options.compactAt() + 2 * compactedBytes) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    listing.lines().forEach(line -> lines.append(json(line)));
    Path file = directory.resolve(HlsIndex.FILE);
    Path shorter = directory.resolve(HlsIndex.FILE + ".new");
    FileChannel old = index;
    FileChannel fresh = openIndex(shorter, StandardOpenOption.TRUNCATE_EXISTING);
    try {
      write(fresh, lines.toString());
      fresh.force(false);
      Files.move(
          shorter, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    index = fresh;
    indexBytes = fresh.size();
    compactedBytes = indexBytes;
    old.close();
  }

  private static void discard(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("{} can't be deleted", file, e);
    }
  }

  private void tell(HlsLine line) throws IOException {
    write(line(line));
  }

  /** The line's text; the listing has it as well from now on. */
  private String line(HlsLine line) {
    listing.take(line);
    return json(line);
  }

  private static String json(HlsLine line) {
    // By the base type, so that the line's name stands in it.
    return ProtocolJson.MAPPER.writerFor(HlsLine.class).writeValueAsString(line) + "\n";
  }

  private void write(String lines) throws IOException {
    try {
      write(index, lines);
      indexBytes += lines.length();
    } catch (IOException e) {
      if (DiskSpace.isExhausted(e)) {
        throw new DiskFullException("no room on the disk of " + directory);
      }
      throw e;
    }
  }

  private static void write(FileChannel file, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** Bytes of this run's segments. */
  @Override
  public long length() {
    return written;
  }

  @Override
  public int padding(int moof) {
    return 0; // nobody reads a fragment of which the index does not say that it is whole
  }

  @Override
  public void sync() {
    // Each segment is put on the disk when it is whole.
  }

  /** Closes the open segment. */
  @Override
  public void finish() throws IOException {
    try {
      if (segment != null) {
        closeSegment(segment);
      }
    } finally {
      close();
    }
  }

  /** Says that the stream has ended, in one that {@link #finish} has closed. */
  static void end(Path directory) throws IOException {
    try (FileChannel index =
        openIndex(directory.resolve(HlsIndex.FILE), StandardOpenOption.APPEND)) {
      write(index, json(new HlsLine.Ended()));
      index.force(false);
    }
  }

  @Override
  public void close() throws IOException {
    open = false;
    try {
      if (segment != null) {
        segment.close();
      }
    } finally {
      segment = null;
      index.close();
    }
  }

  @Override
  public boolean isOpen() {
    return open;
  }
}
