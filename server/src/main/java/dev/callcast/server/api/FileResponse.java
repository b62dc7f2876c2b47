package dev.callcast.server.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends a file, or one byte range of it (RFC 9110 §14). */
final class FileResponse {
  private static final Pattern ONE_RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  private FileResponse() {}

  /** Bytes {@code from} to {@code to}, inclusive. */
  private record Range(long from, long to) {}

  static void send(Context context, Path path, String type, String id, String disposition)
      throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      context.header("Content-Disposition", disposition);
      send(context, file, 0, file.size(), type, id, "private, no-transform");
    }
  }

  /**
   * Sends {@code size} bytes of a file from {@code start} on, or one range of those.
   *
   * @param id what no other content has, of any size
   */
  static void send(
      Context context,
      FileChannel file,
      long start,
      long size,
      String type,
      String id,
      String cacheControl)
      throws IOException {
    String tag = "\"" + id + "-" + size + "\"";
    String ifRange = context.header("If-Range");
    Range range =
        ifRange == null || ifRange.equals(tag) ? range(context.header("Range"), size) : null;
    var response = context.res();
    response.setContentType(type);
    response.setHeader("Accept-Ranges", "bytes");
    response.setHeader("ETag", tag);
    response.setHeader("Cache-Control", cacheControl);
    if (range != null && range.from() > range.to()) {
      response.setHeader("Content-Range", "bytes */" + size);
      throw Problem.unsatisfiableRange(size);
    }
    long from = range == null ? 0 : range.from();
    long count = range == null ? size : range.to() - range.from() + 1;
    if (range == null) {
      context.status(200);
    } else {
      context.status(206);
      response.setHeader("Content-Range", "bytes " + from + "-" + range.to() + "/" + size);
    }
    response.setContentLengthLong(count);
    if (!context.method().name().equals("HEAD")) {
      copy(file, start + from, count, response.getOutputStream());
    }
  }

  /** Null for the whole file; from above to: cannot be satisfied. */
  private static @Nullable Range range(@Nullable String header, long size) {
    Matcher matcher = ONE_RANGE.matcher(header == null ? "" : header);
    if (!matcher.matches() || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
      return null; // None, several, or not understood: the whole file is a right answer.
    }
    if (matcher.group(1).isEmpty()) {
      long last = Long.parseLong(matcher.group(2));
      return last == 0 ? new Range(1, 0) : new Range(Math.max(0, size - last), size - 1);
    }
    long from = Long.parseLong(matcher.group(1));
    long to = matcher.group(2).isEmpty() ? size - 1 : Long.parseLong(matcher.group(2));
    if (to < from && !matcher.group(2).isEmpty()) {
      return null; // Not valid, so not a range.
    }
    return from >= size ? new Range(1, 0) : new Range(from, Math.min(to, size - 1));
  }

  private static void copy(FileChannel file, long from, long count, OutputStream out)
      throws IOException {
    WritableByteChannel channel = Channels.newChannel(out);
    long position = from;
    long left = count;
    while (left > 0) {
      long sent = file.transferTo(position, Math.min(left, 1 << 20), channel);
      if (sent <= 0) {
        throw new IOException("the file became shorter while it was sent");
      }
      position += sent;
      left -= sent;
    }
  }
}
