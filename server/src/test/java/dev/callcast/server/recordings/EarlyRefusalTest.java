package dev.callcast.server.recordings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.testkit.fault.S3Server;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final Pattern LENGTH =
      Pattern.compile("^content-length: *(\\d+)", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

  @TempDir Path data;

  @Test
  void isHeard() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        FileChannel channel = tail();
        Storages storages = storages(server)) {
      Thread.ofVirtual().start(() -> answer(server, false));
      for (long length : new long[] {900_000, 100_000, 1_000}) {
        StorageException refused = refused(storages, new FileSlice(channel, 0, length));
        assertThat(refused).hasMessageContaining("RequestTimeTooSkewed");
        assertThat(refused.kind()).isEqualTo(StorageException.Kind.DENIED);
      }
    }
  }

  /** Some servers, and proxies before them, know nothing of announcements. */
  @Test
  void whoDoesNotAnswerAnAnnouncementIsGivenTheBodyAllTheSame() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        FileChannel channel = tail();
        Storages storages = storages(server)) {
      Thread.ofVirtual().start(() -> answer(server, true));
      FileSlice bytes = new FileSlice(channel, 0, 900_000);
      String etag = storages.s3("s3").put("tail", "video/mp4", Map.of(), bytes, bytes.md5());
      assertThat(etag).contains(bytes.md5());
    }
  }

  private FileChannel tail() throws IOException {
    return FileChannel.open(Files.write(data.resolve("tail"), new byte[900_000]));
  }

  private Storages storages(ServerSocket server) throws IOException {
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
    return new Storages(List.of(config), "s3", data.resolve("spool"));
  }

  private static StorageException refused(Storages storages, FileSlice bytes) {
    try {
      storages.s3("s3").put("tail", "video/mp4", Map.of(), bytes, "");
    } catch (StorageException e) {
      return e;
    }
    throw new AssertionError("it was taken");
  }

  /** Refuses at once, or takes what comes without a word before. */
  private static void answer(ServerSocket server, boolean takes) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept();
          OutputStream out = socket.getOutputStream()) {
        InputStream in = socket.getInputStream();
        String head = head(in);
        String answer =
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                .formatted(REFUSAL.length(), REFUSAL);
        if (takes) {
          byte[] body = in.readNBytes(length(head));
          String md5 = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(body));
          answer =
              "HTTP/1.1 200 OK\r\nETag: \"%s\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                  .formatted(md5);
        }
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // The client went away first, or the test is over.
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Up to the empty line and no byte further: what follows is the body. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static int length(String head) {
    Matcher field = LENGTH.matcher(head);
    if (!field.find()) {
      throw new IllegalArgumentException(head);
    }
    return Integer.parseInt(field.group(1));
  }
}
