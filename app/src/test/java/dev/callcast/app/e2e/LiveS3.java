package dev.callcast.app.e2e;

import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A real S3 server with a proxy before it, and the configuration of a node that records there. The
 * test that started it closes it, after its node.
 */
final class LiveS3 implements AutoCloseable {
  private static final String BUCKET = "recordings";

  private final Path directory;
  private final S3Server server;
  private final HttpProxy proxy;
  private final List<String> storages = new ArrayList<>();

  private LiveS3(Path directory, S3Server server) throws IOException {
    this.directory = directory;
    this.server = server;
    this.proxy = HttpProxy.to(server.port());
  }

  /** Starts it; the configuration will be written into that directory. */
  static LiveS3 start(Path directory) throws Exception {
    return new LiveS3(directory, S3Server.start(BUCKET));
  }

  /** Adds a storage, of which the first is the standard one, with more lines of configuration. */
  LiveS3 storage(String name, String... lines) throws IOException {
    Path credentials = S3Server.credentials(directory.resolve("credentials"));
    List<String> all =
        new ArrayList<>(
            List.of(
                "type: s3",
                "endpoint: http://127.0.0.1:" + proxy.port(),
                "pathStyle: true",
                "bucket: " + BUCKET,
                "credentialsFile: " + credentials));
    all.addAll(List.of(lines));
    storages.add("  " + name + ":\n    " + String.join("\n    ", all));
    return this;
  }

  /** The option that makes a node record there. */
  String[] options() throws IOException {
    String standard = storages.getFirst().strip();
    Path config =
        Files.writeString(
            directory.resolve("callcast.yaml"),
            "storage: %s\nstorages:\n%s\n"
                .formatted(
                    standard.substring(0, standard.indexOf(':')), String.join("\n", storages)));
    return new String[] {"--config", config.toString()};
  }

  HttpProxy proxy() {
    return proxy;
  }

  /** An object as it lies with the server. */
  Path object(String key) {
    return server.bucket(BUCKET).resolve(key);
  }

  /** A recording's object. */
  Path object(JsonNode recording) {
    return object(recording.get("key").asString());
  }

  /** The side object with what is in no part of it yet. */
  Path tail(JsonNode recording) {
    return object(recording.get("key").asString() + ".tail");
  }

  @Override
  public void close() throws Exception {
    try (server) {
      proxy.close();
    }
  }
}
