package dev.callcast.media.worker.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Lines of bytes over a socket, for both ends of the control socket. One thread reads, one thread
 * writes, any thread closes (which ends both with an exception).
 */
public final class LineChannel implements AutoCloseable {
  /** Bytes of a line: room for a base64 JPEG of a 4K canvas, and for a call of a thousand. */
  public static final int MAX_LINE = 16 << 20;

  private final SocketChannel socket;
  private final ByteBuffer in = ByteBuffer.allocate(32 << 10).flip();
  private volatile int limit = MAX_LINE;

  public LineChannel(SocketChannel socket) {
    this.socket = socket;
  }

  /** From the next line on, no line may be longer than this many bytes. */
  void limitLines(int bytes) {
    limit = bytes;
  }

  /**
   * The next line without its end, or null at the end of the stream; a last line that was cut short
   * is left aside.
   *
   * @throws LineTooLongException when there was no line's end within the limit
   */
  public byte @Nullable [] readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    while (true) {
      int start = in.position();
      while (in.hasRemaining()) {
        if (in.get() == '\n') {
          line.write(in.array(), start, in.position() - 1 - start);
          if (line.size() > limit) {
            throw new LineTooLongException(limit);
          }
          return line.toByteArray();
        }
      }
      line.write(in.array(), start, in.position() - start);
      if (line.size() > limit) {
        throw new LineTooLongException(limit);
      }
      in.clear();
      int read = socket.read(in);
      in.flip();
      if (read < 0) {
        return null;
      }
    }
  }

  /** Writes a line; its end is added. Waits while the other side does not read. */
  public void writeLine(byte[] line) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
    while (out.hasRemaining()) {
      socket.write(out);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** A peer that sends no line's end. */
  public static final class LineTooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    LineTooLongException(int limit) {
      super("a line of more than " + limit + " bytes");
    }
  }
}
