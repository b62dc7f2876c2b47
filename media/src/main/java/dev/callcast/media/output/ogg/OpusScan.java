package dev.callcast.media.output.ogg;

import dev.callcast.media.output.RecordingFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an Ogg Opus file of ours holds, growing, torn or finished. Positional reads only, so it may
 * run beside the writer.
 *
 * @param content of its headers; null while they are not whole
 * @param completeLength bytes up to the end of the last whole page
 * @param granule of that page: samples at 48 kHz, the pre-skip included
 * @param sequence of that page
 * @param finished that page says it is the last
 */
record OpusScan(
    OpusHeaders.@Nullable Content content,
    long completeLength,
    long granule,
    int sequence,
    boolean finished,
    long fileSize) {

  /**
   * Walks all of a file.
   *
   * @throws RecordingFormatException where it is no recording of ours
   */
  static OpusScan of(FileChannel file) throws IOException {
    long size = file.size();
    byte[] start = read(file, 0, (int) Math.min(size, OpusHeaders.LENGTH));
    OpusHeaders.Content content = OpusHeaders.parse(start);
    if (content == null) {
      boolean ours = new String(start, StandardCharsets.US_ASCII).startsWith("OggS");
      if (start.length == OpusHeaders.LENGTH || (start.length >= 4 && !ours)) {
        throw new RecordingFormatException(
            "does not start as an Ogg Opus recording of this program");
      }
      return new OpusScan(null, 0, 0, 0, false, size);
    }
    return walk(file, content, OpusHeaders.LENGTH, size);
  }

  /** The end of the last whole page behind {@code from}, which is the end of one. */
  static long endOfPages(FileChannel file, long from) throws IOException {
    long end = from;
    while (true) {
      byte[] page = page(file, end, file.size());
      if (page == null) {
        return end;
      }
      end += page.length;
    }
  }

  private static OpusScan walk(FileChannel file, OpusHeaders.Content content, long from, long size)
      throws IOException {
    long end = from;
    long granule = 0;
    int sequence = 1;
    boolean finished = false;
    while (true) {
      byte[] page = page(file, end, size);
      if (page == null) {
        return new OpusScan(content, end, granule, sequence, finished, size);
      }
      OggPage.Header header = Objects.requireNonNull(OggPage.header(ByteBuffer.wrap(page)));
      granule = header.granule();
      sequence = header.sequence();
      finished = (header.flags() & OggPage.LAST) != 0;
      end += page.length;
    }
  }

  /** The page that starts there, or null unless it is whole. */
  private static byte @Nullable [] page(FileChannel file, long position, long size)
      throws IOException {
    byte[] start = read(file, position, (int) Math.min(size - position, OggPage.HEADER + 255));
    OggPage.Header header = OggPage.header(ByteBuffer.wrap(start));
    if (header == null || header.size() > size - position) {
      return null;
    }
    byte[] page = read(file, position, header.size());
    return OggPage.isWhole(page) ? page : null;
  }

  private static byte[] read(FileChannel file, long position, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new RecordingFormatException("the file became shorter while it was read");
      }
    }
    return buffer.array();
  }
}
