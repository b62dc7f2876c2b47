package dev.callcast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.ProtocolJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The bench measures everything and its outputs are right. It says nothing about speed. */
class BenchTest {
  @Test
  @Tag("bench")
  void measuresAllProgramsAndChecksTheirOutputs() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int status =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(
                "--participants=2",
                "--seconds=4",
                "--warm=2",
                "--settle=2",
                "--repeat=1",
                "--json");

    assertThat(status).as(err.toString()).isZero();
    JsonNode row = ProtocolJson.MAPPER.readTree(out.toString());
    assertThat(row.get("participants").asInt()).isEqualTo(2);
    assertThat(row.get("problems").size()).isZero();
    for (String part : new String[] {"decode", "compose", "encode", "audio", "total"}) {
      assertThat(row.get("cpu").get(part).asDouble()).as(part).isPositive();
    }
    for (String reference : new String[] {"compositor", "xstack", "xstackZeroLatency", "floor"}) {
      assertThat(row.get("ratio").get(reference).asDouble()).as(reference).isPositive();
      assertThat(row.get("spread").get(reference).get("max").asDouble()).as(reference).isPositive();
    }
    // Less than 30 dB means pictures of another moment or place.
    assertThat(row.get("psnr").asDouble()).isGreaterThan(30);
    for (String program : new String[] {"compositor", "xstack", "xstackZeroLatency"}) {
      assertThat(row.get("psnrOf").get(program).asDouble()).as(program).isGreaterThan(30);
    }
    JsonNode live = row.get("live");
    for (String figure : new String[] {"cores", "ratio", "rss", "firstFrameMillis"}) {
      assertThat(live.get(figure).asDouble()).as(figure).isPositive();
    }
    assertThat(live.has("hiddenCores")).as("with two, all are among the loudest").isFalse();
    assertThat(err.toString()).contains("content checks", "start-up", "live over RTP");
  }
}
