package dev.callcast.media.output.tracks;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.DiskFullException;
import dev.callcast.media.output.DiskSpace;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The manifest while it grows: one JSON object a line, appended and never changed, so that whatever
 * was cut off can be read up to there. {@link TracksManifest} makes the final one of it. One thread
 * writes; the file is locked meanwhile, which tells others that the recording is being written.
 */
final class TracksJournal implements AutoCloseable {
  static final String NAME = "manifest.jsonl";

  /** What a line is about. */
  enum Line {
    /** The first one: which recording, and the wall's time at its time 0. */
    RECORDING,
    /** A recorder begins, at first or after a crash. */
    RUN,
    /** A file begins; it is written before the file is. */
    FILE,
    /** Where the file lies on the timeline, known better; its other lines have the file's times. */
    PLACE,
    KEY_FRAME,
    SIZE,
    ROTATION,
    GAP,
    SYNC,
    /** A file has ended in order. */
    END,
    PARTICIPANT,
    LEFT,
    TRACK,
    SPEAKER,
    COMPOSITION,
    /** Packets of each track since its worker's start; see {@link TrackCounts}. */
    COUNT,
    /** Why the recording has ended. */
    ENDED;

    String json() {
      return switch (this) {
        case KEY_FRAME -> "keyFrame";
        default -> name().toLowerCase(Locale.ROOT);
      };
    }
  }

  private final Path path;
  private final FileChannel file;
  private final StringBuilder waiting = new StringBuilder();
  private boolean torn;
  private long length;

  private TracksJournal(Path path, FileChannel file) throws IOException {
    this.path = path;
    this.file = file;
    this.length = file.size();
    if (length > 0) {
      ByteBuffer last = ByteBuffer.allocate(1);
      file.read(last, length - 1);
      torn = last.get(0) != '\n';
    }
  }

  /**
   * Opens the journal in a directory, a new one or one that a recorder left behind.
   *
   * @throws IOException when it is locked, or the file system refuses
   */
  static TracksJournal open(Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    FileChannel file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (!AppendOnlyFile.lock(file)) {
        throw new IOException(path + " is locked: another recorder writes there");
      }
      return new TracksJournal(path, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Whether nothing was written by an earlier recorder. */
  boolean fresh() {
    return length == 0;
  }

  /** Bytes on the disk. */
  long length() {
    return length;
  }

  /** Adds a line, which {@link #flush} writes. */
  void add(Line line, Map<String, ?> data) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("line", line.json());
    all.putAll(data);
    waiting.append(ProtocolJson.MAPPER.writeValueAsString(all)).append('\n');
  }

  /**
   * Writes the lines that wait.
   *
   * @throws DiskFullException when there is no room; a line may be torn then
   */
  void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    if (torn) {
      waiting.insert(0, '\n'); // so that what a crash cut off spoils no other line
    }
    ByteBuffer bytes = ByteBuffer.wrap(waiting.toString().getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        length += file.write(bytes, length);
      }
    } catch (IOException e) {
      torn = true;
      if (DiskSpace.isExhausted(e)) {
        throw new DiskFullException("no room on the disk of " + path);
      }
      throw e;
    }
    torn = false;
    waiting.setLength(0);
  }

  void sync() throws IOException {
    file.force(false);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The lines of a journal that are whole. */
  static List<JsonNode> read(Path directory) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    byte[] bytes = Files.readAllBytes(directory.resolve(NAME));
    for (String text : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
      JsonNode line = parse(text);
      if (line != null && line.isObject()) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static @Nullable JsonNode parse(String text) {
    try {
      return text.isBlank() ? null : ProtocolJson.MAPPER.readTree(text);
    } catch (JacksonException e) {
      return null; // cut off by a crash
    }
  }
}
