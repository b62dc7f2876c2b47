package dev.callcast.app;

import dev.callcast.testkit.fault.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An S3 server on this machine for {@code demo --s3}; closing it deletes what it holds. */
final class LocalS3 implements AutoCloseable {
  static final String BUCKET = "recordings";

  private final S3Server server;
  private final Path credentials;

  private LocalS3(S3Server server, Path credentials) {
    this.server = server;
    this.credentials = credentials;
  }

  static LocalS3 start() throws IOException, InterruptedException {
    Path credentials = Files.createTempFile("callcast-s3-", ".credentials");
    S3Server.credentials(credentials);
    return new LocalS3(S3Server.start(BUCKET), credentials);
  }

  String endpoint() {
    return server.endpoint().toString();
  }

  /** Settings whose standard storage it is. */
  NodeSettings settings() {
    StorageSettings storage =
        StorageSettings.s3(server.endpoint().toString(), BUCKET, credentials.toString());
    return NodeSettings.EMPTY.withStorages(Map.of("s3", storage)).withStorage("s3");
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(credentials);
  }
}
