package dev.callcast.media.output.hls;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Follows the index of a stream: lines of JSON that its writer appends after the bytes of which
 * they speak, and replaces by a shorter file with the same meaning when there are too many. One
 * thread at a time; nothing to close.
 */
public final class HlsIndex {
  /** The index' name in a stream's directory. */
  public static final String FILE = "index.jsonl";

  private static final Logger log = LoggerFactory.getLogger(HlsIndex.class);

  private final Path file;
  private HlsListing listing = new HlsListing();
  private @Nullable Object key;
  private long read;

  /** Of the stream in that directory, whether it has begun or not. */
  public HlsIndex(Path directory) {
    this.file = directory.resolve(FILE);
  }

  /** What was read so far. Another one after a {@link #look} that found another file. */
  public HlsListing listing() {
    return listing;
  }

  /**
   * Reads what is new.
   *
   * @return whether there was anything
   */
  public boolean look() throws IOException {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return false; // not begun
    }
    boolean another = !Objects.equals(now.fileKey(), key) || now.size() < read;
    if (!another && now.size() == read) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (another) {
        listing = new HlsListing();
        read = 0;
        // Of the file that is open now: it may have been replaced once more.
        key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      }
      return take(channel) || another;
    }
  }

  private boolean take(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Math.max(0, channel.size() - read)));
    while (bytes.hasRemaining() && channel.read(bytes, read + bytes.position()) > 0) {
      // All of it, in as many reads as it takes.
    }
    int end = bytes.position();
    while (end > 0 && bytes.get(end - 1) != '\n') {
      end--; // the rest is not all there yet
    }
    String text = new String(bytes.array(), 0, end, StandardCharsets.UTF_8);
    text.lines().filter(line -> !line.isBlank()).forEach(this::line);
    read += end;
    return end > 0;
  }

  private void line(String text) {
    try {
      listing.take(ProtocolJson.MAPPER.readValue(text, HlsLine.class));
    } catch (JacksonException e) {
      // A killed writer left half of it; the next one went on behind it.
      log.debug("{}: not a line: {}", file, text, e);
    }
  }
}
