package dev.callcast.media.worker.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which streams are just now in the dangerous moment of their first key frame, in a file that
 * survives the process: a line {@code +participant/track} when one enters, {@code
 * -participant/track} when it came through. Each is one write, so a reader never sees half of an
 * entry but at the very end, where it is left aside. When nobody is suspect the file is emptied, so
 * it stays small. Safe for any thread; closed by the control server.
 */
public final class SuspectJournal implements AutoCloseable {
  private final FileChannel file;
  private final Set<String> entered = new HashSet<>();

  SuspectJournal(Path path) throws IOException {
    file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
  }

  synchronized void mark(String track, boolean entering) throws IOException {
    if (track.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("line break in a track's name");
    }
    if (entering ? !entered.add(track) : !entered.remove(track)) {
      return;
    }
    if (entered.isEmpty()) {
      file.truncate(0);
      return;
    }
    String line = (entering ? "+" : "-") + track + "\n";
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }

  /** The tracks, {@code participant/track}, that had entered and not come through. */
  public static Set<String> read(Path path) throws IOException {
    String text;
    try {
      text = Files.readString(path);
    } catch (NoSuchFileException absent) {
      return Set.of();
    }
    Set<String> suspects = new LinkedHashSet<>();
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      String track = text.substring(start + 1, end);
      if (text.charAt(start) == '+') {
        suspects.add(track);
      } else {
        suspects.remove(track);
      }
      start = end + 1;
    }
    return suspects;
  }
}
