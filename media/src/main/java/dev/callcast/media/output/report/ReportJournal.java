package dev.callcast.media.output.report;

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
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Notes beside a growing recording, one line of JSON each, appended at once: whatever kills the
 * worker, what was noted before is there, and the next worker goes on in the same file. A disk that
 * takes no more ends it, and nothing else. One thread; whoever opened it closes it.
 */
public final class ReportJournal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReportJournal.class);

  private final Path file;
  private @Nullable FileChannel channel;

  private ReportJournal(Path file, @Nullable FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Where the notes of a recording lie. */
  public static Path fileFor(Path recording) {
    return recording.resolveSibling(recording.getFileName() + ".notes");
  }

  /** Opens it, or goes on in what is there. */
  public static ReportJournal open(Path recording) {
    Path file = fileFor(recording);
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      ReportJournal journal = new ReportJournal(file, channel);
      if (channel.size() > 0) {
        journal.write("\n"); // behind a line that a killed worker left half written
      }
      return journal;
    } catch (IOException e) {
      log.warn("{} can't be written, the recording's report will lack what it would have", file, e);
      return new ReportJournal(file, null);
    }
  }

  /** Appends a line. */
  public void append(ReportLine line) {
    ObjectNode json = ProtocolJson.MAPPER.valueToTree(line);
    write(json.put("type", type(line)) + "\n");
  }

  private void write(String text) {
    FileChannel open = channel;
    if (open == null) {
      return;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        open.write(bytes);
      }
    } catch (IOException e) {
      log.warn("{} can't be written any more", file, e);
      close();
    }
  }

  private static String type(ReportLine line) {
    return switch (line) {
      case ReportLine.Begun begun -> "begun";
      case ReportLine.Joined joined -> "joined";
      case ReportLine.Left left -> "left";
      case ReportLine.Nothing nothing -> "nothing";
      case ReportLine.Counted counted -> "counted";
    };
  }

  /**
   * The lines of a recording, in order; those that cannot be read are passed over.
   *
   * @return empty where there is no journal
   */
  public static List<ReportLine> read(Path recording) {
    Path file = fileFor(recording);
    List<ReportLine> lines = new ArrayList<>();
    if (!Files.exists(file)) {
      return lines;
    }
    try {
      // Not as lines of text: one that was torn may end within a character.
      String all = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      for (String text : all.lines().toList()) {
        ReportLine line = text.isBlank() ? null : parse(text);
        if (line != null) {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      log.warn("{} can't be read", file, e);
    }
    return lines;
  }

  private static @Nullable ReportLine parse(String text) {
    try {
      if (!(ProtocolJson.MAPPER.readTree(text) instanceof ObjectNode json)) {
        return null;
      }
      String type = json.path("type").asString("");
      json.remove("type");
      return switch (type) {
        case "begun" -> ProtocolJson.MAPPER.treeToValue(json, ReportLine.Begun.class);
        case "joined" -> ProtocolJson.MAPPER.treeToValue(json, ReportLine.Joined.class);
        case "left" -> ProtocolJson.MAPPER.treeToValue(json, ReportLine.Left.class);
        case "nothing" -> ProtocolJson.MAPPER.treeToValue(json, ReportLine.Nothing.class);
        case "counted" -> ProtocolJson.MAPPER.treeToValue(json, ReportLine.Counted.class);
        default -> null;
      };
    } catch (JacksonException e) {
      log.debug("not a line of a report: {}", text, e);
      return null;
    }
  }

  @Override
  public void close() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.debug("closing {}", file, e);
      }
    }
  }
}
