package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebugTest {
  private static final String STREAM_KEY = "stream-k3y?a=1&b=sl/ash";
  private static final String BACKUP_KEY = "backup-k3y";
  private static final String PASSPHRASE = "correct horse battery";
  private static final String STREAM_ID = "publish/secret-stream-id";
  private static final String SRTP_KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
  private static final String DESTINATION_KEY = "destination-k3y";
  private static final List<String> SECRETS =
      List.of(
          STREAM_KEY, BACKUP_KEY, PASSPHRASE, STREAM_ID, SRTP_KEY, DESTINATION_KEY, "t0ken-0f-a");

  @TempDir Path data;

  @Test
  void theBundleHasEverythingButSecrets() throws Exception {
    NodeConfig config =
        TestNode.config(data, true)
            .withNetwork(NetworkPolicy.LOOPBACK)
            .withDestinations(
                new Destinations(
                    List.of(
                        new Destination(
                            "channel",
                            null,
                            "rtmp://127.0.0.1/live",
                            null,
                            DESTINATION_KEY,
                            null,
                            true))));
    try (TestNode node = new TestNode(config)) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      String local =
          node.post(
                  "/v1/calls/a/endpoints",
                  """
                  {"rtcpMux":true,"srtp":{"suite":"AES_CM_128_HMAC_SHA1_80","remoteKey":"%s"}}\
                  """
                      .formatted(SRTP_KEY))
              .is(201)
              .text("/srtp/localKey");
      node.post(
              "/v1/calls/a/compositions",
              """
              {"id":"main","outputs":[
                {"id":"r","type":"rtmp","url":"rtmp://127.0.0.1/live/%s","backupUrl":"rtmp://127.0.0.1/live/%s"},
                {"id":"d","type":"rtmp","destination":"channel"},
                {"id":"s","type":"srt","url":"srt://127.0.0.1:9000","passphrase":"%s","streamId":"%s"}]}\
              """
                  .formatted(STREAM_KEY, BACKUP_KEY, PASSPHRASE, STREAM_ID))
          .is(201);
      // Libraries say what they like, and every log and dump may repeat it.
      String leak =
          String.join("\n", SECRETS.subList(0, 6))
              + "\n"
              + local
              + "\nrtmp://127.0.0.1/live/"
              + STREAM_KEY
              + "\nAuthorization: Bearer t0ken-0f-a\n";
      node.log = call -> List.of("line of " + call, leak);
      Path run = Files.createDirectories(data.resolve("run/call-a/1"));
      Files.writeString(run.resolve("worker.log"), "of the worker\n" + leak);
      Path grave = Files.createDirectories(data.resolve("run/crashed/call-a-7"));
      Files.writeString(grave.resolve("hs_err_pid1.log"), "of a crash\n" + leak);
      Files.createDirectories(data.resolve("run/crashed/call-a-b-8"));
      Files.writeString(data.resolve("run/crashed/call-a-b-8/worker.log"), "another call's");
      node.gateway.debug.put(
          "a",
          Map.of("threads.txt", "main\n" + leak, "pipelines/001-x.dot", "digraph x { a -> b }"));

      Map<String, String> files = bundle(node);
      assertThat(files)
          .containsKeys(
              "README.txt",
              "call.json",
              "events.ndjson",
              "node/node.json",
              "node/configuration.txt",
              "node/threads.txt",
              "node/node.log",
              "worker/1/worker.log",
              "worker/threads.txt",
              "worker/pipelines/001-x.dot",
              "crashed/7/hs_err_pid1.log")
          .doesNotContainKey("crashed/8/worker.log");
      assertThat(files.get("call.json")).contains("\"main\"", "rtmp");
      assertThat(files.get("events.ndjson")).contains("call.opened");
      assertThat(files.get("node/node.log")).contains("line of a", "****");
      assertThat(files.get("node/threads.txt")).contains("  at java");
      if (files.containsKey("worker/pipelines/001-x.svg")) {
        assertThat(files.get("worker/pipelines/001-x.svg")).contains("</svg>");
      } else {
        assertThat(files.get("README.txt")).contains("graphviz");
      }
      Map<String, String> all = new HashMap<>(files);
      all.forEach((name, text) -> {
        assertThat(text).as(name).doesNotContain(SECRETS).doesNotContain(local);
        assertThat(text).as(name).doesNotContain(String.valueOf(node.key));
      });

      node.gateway.debug.clear();
      assertThat(bundle(node).get("worker/unavailable.txt")).contains("starting");
      node.delete("/v1/calls/a").is(204);
      assertThat(bundle(node)).containsKey("call.json").doesNotContainKey("worker/threads.txt");
      node.get("/v1/calls/none/debug").problem(404, null);
      node.key = node.store().keys().create("less", List.of("control")).secret();
      node.get("/v1/calls/a/debug").problem(403, null);
    }
  }

  private static Map<String, String> bundle(TestNode node) throws Exception {
    Map<String, String> files = new HashMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(
            new ByteArrayInputStream(node.get("/v1/calls/a/debug").is(200).body()))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return files;
  }
}
