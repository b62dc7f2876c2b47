package dev.callcast.server.recordings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.testkit.fault.S3Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that refuses a request by its headers reads no body, and closes the connection. Its
 * words are heard all the same, also for the smallest of what is uploaded: from them the SDK learns
 * by how much the clock is wrong.
 */
class EarlyRefusalTest {
  private static final String REFUSAL =
      "<?xml version=\"1.0\"?><Error><Code>RequestTimeTooSkewed</Code><Message>no</Message></Error>";

  @TempDir Path data;

  @Test
  void isHeard() throws Exception {
    Path file = data.resolve("tail");
    Files.write(file, new byte[900_000]);
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        FileChannel channel = FileChannel.open(file)) {
      Thread.ofVirtual().start(() -> refuse(server));
      StorageConfig.S3 config =
          new StorageConfig.S3(
              "s3",
              URI.create("http://127.0.0.1:" + server.getLocalPort()),
              "us-east-1",
              "recordings",
              "",
              true,
              new StorageConfig.Credentials.File(
                  S3Server.credentials(data.resolve("credentials")), "default"),
              StorageConfig.Encryption.NONE,
              null,
              Map.of(),
              null,
              false,
              2,
              StorageConfig.Timing.DEFAULT);
      try (Storages storages = new Storages(List.of(config), "s3", data.resolve("spool"))) {
        for (long length : new long[] {900_000, 100_000, 1_000}) {
          StorageException refused = put(storages, new FileSlice(channel, 0, length));
          assertThat(refused).hasMessageContaining("RequestTimeTooSkewed");
          assertThat(refused.kind()).isEqualTo(StorageException.Kind.DENIED);
        }
      }
    }
  }

  private static StorageException put(Storages storages, FileSlice bytes) {
    try {
      storages.s3("s3").put("tail", "video/mp4", Map.of(), bytes, "");
    } catch (StorageException e) {
      return e;
    }
    throw new AssertionError("it was taken");
  }

  private static void refuse(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept();
          OutputStream out = socket.getOutputStream()) {
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII), 1);
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          // What it says is of no interest.
        }
        String head =
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                .formatted(REFUSAL.length());
        out.write((head + REFUSAL).getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // The client went away first.
      }
    }
  }
}
