package dev.callcast.testkit.fault;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ffmpeg that receives one SRT stream into a file, as a server that is called or as a player that
 * calls. It ends with the stream. Whoever made it closes it, which deletes the file.
 */
public final class SrtReceiver implements AutoCloseable {
  private final Path directory;
  private final Path file;
  private final ChildProcess process;

  private SrtReceiver(int port, String mode, @Nullable String passphrase) throws IOException {
    directory = Files.createTempDirectory("callcast-srt-");
    file = directory.resolve("received.ts");
    String encrypted = passphrase == null ? "" : "&passphrase=" + passphrase;
    String url = "srt://127.0.0.1:" + port + "?mode=" + mode + encrypted;
    process =
        new ChildProcess(
            List.of(
                "ffmpeg",
                "-nostdin",
                "-loglevel",
                "warning",
                "-i",
                url,
                "-c",
                "copy",
                file.toString()),
            directory);
  }

  /** Waits there for somebody to call; null for no encryption. */
  public static SrtReceiver listening(int port, @Nullable String passphrase) throws IOException {
    return new SrtReceiver(port, "listener", passphrase);
  }

  /** Calls somebody on this machine who listens there; null for no encryption. */
  public static SrtReceiver calling(int port, @Nullable String passphrase) throws IOException {
    return new SrtReceiver(port, "caller", passphrase);
  }

  /** A UDP port that nobody uses now. */
  public static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** How much of the stream is in the file; 0 before there is one. */
  public long bytes() throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** Waits until it has ended by itself; whether it has. */
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    return process.awaitEnd(limit);
  }

  /** Ends it, where it still runs, so that the file is whole; what was received. */
  public Path finish() throws InterruptedException {
    process.stop();
    return file;
  }

  /** What ffmpeg had to say. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("output.log"), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ChildProcess.deleteTree(directory);
  }
}
