package dev.callcast.server.api;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Opening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;

/**
 * A recording that a test writes with the worker's own writer, as fast as it wants: a key frame
 * each second, random bytes for pictures, and silence. What is in the pictures does not matter
 * here.
 */
final class GrowingFile implements AutoCloseable {
  static final StreamFormat FORMAT =
      new StreamFormat(
          320,
          180,
          30,
          HexFormat.of()
              .parseHex(
                  "0164000dffe1001867640"
                      + "00dacd94141fb016a02020280000003008000001e078a14cb01000668ebe3cb22c0"),
          48_000,
          2,
          new byte[] {0x11, (byte) 0x90});
  private static final long SECOND = 1_000_000_000L;

  private final FragmentedMp4Writer writer;
  private final int pictureBytes;
  private final Random random = new Random(7);
  private long pictures;
  private long sounds;

  private GrowingFile(FragmentedMp4Writer writer, int bytesPerSecond, long endNanos) {
    this.writer = writer;
    this.pictureBytes = Math.max(16, bytesPerSecond / 30);
    this.pictures = endNanos * 30 / SECOND;
    this.sounds = endNanos * 48_000 / 1024 / SECOND;
  }

  /** Begins a file, or takes one up as a restarted worker does. */
  static GrowingFile open(Path file, int bytesPerSecond) throws IOException {
    java.nio.file.Files.createDirectories(file.getParent());
    return switch (FragmentedMp4Writer.open(file, FORMAT, FragmentedMp4Writer.Options.defaults())) {
      case Mp4Opening.Created(var writer) -> new GrowingFile(writer, bytesPerSecond, 0);
      case Mp4Opening.Resumed(var writer, long end, long torn) ->
          new GrowingFile(writer, bytesPerSecond, end + SECOND);
      case Mp4Opening.Refused refused -> throw new IOException(refused.toString());
    };
  }

  /** Writes so many seconds. */
  GrowingFile seconds(double seconds) throws IOException {
    long end = pictures + Math.round(seconds * 30);
    for (; pictures < end; pictures++) {
      long pts = pictures * SECOND / 30;
      byte[] picture = new byte[pictureBytes];
      random.nextBytes(picture);
      picture[0] = (byte) ((pictureBytes - 4) >> 24);
      picture[1] = (byte) ((pictureBytes - 4) >> 16);
      picture[2] = (byte) ((pictureBytes - 4) >> 8);
      picture[3] = (byte) (pictureBytes - 4);
      writer.write(
          new Packet(Packet.Kind.VIDEO, picture, pts, pts, SECOND / 30, pictures % 30 == 0));
      while (sounds * 1024 * SECOND / 48_000 < pts) {
        long at = sounds * 1024 * SECOND / 48_000;
        writer.write(
            new Packet(
                Packet.Kind.AUDIO,
                new byte[] {0x21, 0x10, 4},
                at,
                at,
                1024 * SECOND / 48_000,
                true));
        sounds++;
      }
    }
    return this;
  }

  /** Pictures that were handed to the writer, by this object. */
  long pictures() {
    return pictures;
  }

  /** Bytes that are whole fragments. */
  long length() {
    return writer.length();
  }

  /** Ends it as a worker that is told to. */
  void end() throws IOException {
    writer.end();
  }

  /** Lets go of it as it is, as a worker that is killed. */
  @Override
  public void close() throws IOException {
    writer.close();
  }
}
