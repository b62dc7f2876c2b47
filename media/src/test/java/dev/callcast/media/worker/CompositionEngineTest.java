package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class CompositionEngineTest {
  private static final CompositionSpec SPEC =
      new CompositionSpec(
          "main",
          new CompositionSpec.Canvas(640, 360, 30, "#000000"),
          new CompositionSpec.Layout("grid", Map.of()),
          new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
          new CompositionSpec.Video(1_000_000, 2, Latency.NORMAL, "superfast"),
          new CompositionSpec.Audio(128_000, 2),
          new CompositionSpec.Limits(0, 0),
          List.of(),
          1,
          false);

  /** Whoever leaves pictures out while many are in flight must learn that they came out. */
  @Test
  void picturesComeBackWhileNoneIsPushed() throws Exception {
    try (CompositionEngine engine = new CompositionEngine(SPEC, new Ignored())) {
      for (long n = 0; n < 26; n++) {
        engine.tick(n, false, SPEC, CallView.EMPTY, _ -> null);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .pollInSameThread()
          .until(() -> engine.picturesInFlight() <= 15);
      assertThat(engine.drain(5_000)).isTrue();
      assertThat(engine.picturesInFlight()).isZero();
    }
  }

  private static final class Ignored implements Encoder.Output {
    @Override
    public void started(StreamFormat format) {}

    @Override
    public void packet(Packet packet) {}

    @Override
    public void failed(String reason) {
      throw new AssertionError(reason);
    }
  }
}
