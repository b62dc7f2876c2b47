package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SrtFieldsTest {
  private static final String OUTPUTS = "/v1/calls/a/compositions/main/outputs";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.post("/v1/calls/a/compositions", "{\"id\":\"main\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void theWorkerGetsWhatWasAskedForAndNobodySeesTheSecrets() {
    TestNode.Answered made =
        node.post(
                OUTPUTS,
                "{\"id\":\"s\",\"type\":\"srt\",\"url\":\"srt://127.0.0.1:9000\",\"latency\":0.4,"
                    + "\"passphrase\":\"correct horse\",\"streamId\":\"publish:key1\"}")
            .is(201);
    assertThat(made.text("/url")).isEqualTo("srt://127.0.0.1:9000");
    assertThat(made.text("/mode")).isEqualTo("caller");
    assertThat(made.at("/encrypted").asBoolean()).isTrue();
    assertThat(made.at("/latency").asDouble()).isEqualTo(0.4);
    node.post(
            OUTPUTS,
            "{\"id\":\"l\",\"type\":\"srt\",\"url\":\"srt://[::]:9001\",\"mode\":\"listener\"}")
        .is(201);
    String shown = node.get("/v1/calls/a").is(200).json().toString();
    assertThat(shown).doesNotContain("correct horse", "key1").contains("srt://[::]:9001");
    var outputs =
        node.store()
            .states()
            .of(node.store().calls().open("a").orElseThrow(), Map.of())
            .compositions()
            .getFirst()
            .outputs();
    assertThat(outputs)
        .containsExactly(
            new OutputSpec.Srt(
                "s",
                "127.0.0.1",
                9000,
                OutputSpec.Srt.Mode.CALLER,
                "correct horse",
                "publish:key1",
                400,
                NetworkPolicy.LOOPBACK),
            new OutputSpec.Srt(
                "l",
                "::",
                9001,
                OutputSpec.Srt.Mode.LISTENER,
                null,
                null,
                125,
                NetworkPolicy.LOOPBACK));
    node.delete(OUTPUTS + "/s").is(204);
  }

  @Test
  void whatIsWrongIsNamed() {
    refused("\"url\":\"srt://127.0.0.1\"", "/url");
    refused("\"url\":\"srt://127.0.0.1:9000?mode=listener\"", "/url");
    refused("\"url\":\"udp://127.0.0.1:9000\"", "/url");
    refused("\"url\":\"srt://10.0.0.1:9000\"", "/url");
    refused("\"url\":\"srt://127.0.0.1:80\",\"mode\":\"listener\"", "/url");
    refused("\"url\":\"srt://127.0.0.1:42099\",\"mode\":\"listener\"", "/url"); // an endpoint's
    refused("\"url\":\"srt://localhost:9000\",\"mode\":\"listener\"", "/url");
    refused("\"url\":\"srt://127.0.0.1:9000\",\"mode\":\"rendezvous\"", "/mode");
    refused("\"url\":\"srt://127.0.0.1:9000\",\"passphrase\":\"short\"", "/passphrase");
    refused("\"url\":\"srt://127.0.0.1:9000\",\"latency\":9", "/latency");
    refused(
        "\"url\":\"srt://127.0.0.1:9000\",\"mode\":\"listener\",\"streamId\":\"x\"", "/streamId");
    refused(
        "\"url\":\"srt://127.0.0.1:9000\",\"backupUrl\":\"srt://127.0.0.1:9001\"", "/backupUrl");
  }

  private void refused(String fields, String at) {
    node.post(OUTPUTS, "{\"type\":\"srt\"," + fields + "}").problem(400, at);
  }
}
