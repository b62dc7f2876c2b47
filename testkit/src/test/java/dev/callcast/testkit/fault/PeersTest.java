package dev.callcast.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The peers themselves work: ffmpeg publishes to them. */
@Tag("peer")
@Timeout(60)
class PeersTest {
  private static Process publish(String url, int seconds) throws IOException {
    return new ProcessBuilder(
            ("ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi -i testsrc2=s=320x180:r=30"
                    + " -f lavfi -i sine -t "
                    + seconds
                    + " -c:v libx264 -preset ultrafast -b:v 800k -g 30 -c:a aac -f flv "
                    + url)
                .split(" "))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void nginxRecordsWhatIsPublished() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      Process ffmpeg = publish(nginx.url("one"), 3);
      await().atMost(Duration.ofSeconds(10)).until(() -> nginx.bytesIn("one") > 10_000);
      assertThat(ffmpeg.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(nginx.attempts()).containsExactly("one");
      await().until(() -> nginx.bytesIn("one") < 0);
      assertThat(nginx.recordings("one")).hasSize(1);
      MediaProbe probe = MediaCheck.probe(nginx.recordings("one").getFirst());
      MediaProbe.Track video = Objects.requireNonNull(probe.video());
      assertThat(video.seconds()).isBetween(2.5, 3.2);
      assertThat(probe.audio()).isNotNull();
    }
  }

  @Test
  void nginxDeniesKilledAndRestarts() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      nginx.deny("no");
      Process refused = publish(nginx.url("no"), 20);
      assertThat(refused.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(refused.exitValue()).isNotZero();
      nginx.kill();
      Process nobody = publish(nginx.url("one"), 20);
      assertThat(nobody.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(nobody.exitValue()).isNotZero();
      nginx.restart();
      Process again = publish(nginx.url("one"), 1);
      assertThat(again.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(again.exitValue()).isZero();
    }
  }

  @Test
  void stalledProxyPassesNothingUntilReleased() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        TcpProxy proxy = TcpProxy.to(nginx.port(), 16_384)) {
      Process ffmpeg = publish("rtmp://127.0.0.1:" + proxy.port() + "/live/one", 30);
      await().atMost(Duration.ofSeconds(10)).until(() -> proxy.forwarded() > 50_000);
      proxy.setMode(TcpProxy.Mode.STALL);
      await()
          .during(Duration.ofMillis(700))
          .atMost(Duration.ofSeconds(5))
          .until(new Standstill(proxy)::holds);
      long stalled = proxy.forwarded();
      proxy.setMode(TcpProxy.Mode.PASS);
      await().atMost(Duration.ofSeconds(10)).until(() -> proxy.forwarded() > stalled + 50_000);
      proxy.reset();
      assertThat(ffmpeg.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Whether no bytes went through since it was last asked. */
  private static final class Standstill {
    private final TcpProxy proxy;
    private long before = -1;

    Standstill(TcpProxy proxy) {
      this.proxy = proxy;
    }

    boolean holds() {
      long now = proxy.forwarded();
      boolean still = now == before;
      before = now;
      return still;
    }
  }

  @Test
  void frozenNginxReadsNothing() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      Process ffmpeg = publish(nginx.url("one"), 30);
      await().atMost(Duration.ofSeconds(10)).until(() -> nginx.bytesIn("one") > 10_000);
      nginx.freeze();
      long size = Files.size(nginx.recordings("one").getFirst());
      await()
          .during(Duration.ofMillis(500))
          .atMost(Duration.ofSeconds(2))
          .until(() -> Files.size(nginx.recordings("one").getFirst()) == size);
      nginx.thaw();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> Files.size(nginx.recordings("one").getFirst()) > size);
      ffmpeg.destroyForcibly();
    }
  }

  @Test
  void stunnelTakesTls() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        Stunnel stunnel = Stunnel.before(nginx.port())) {
      Process ffmpeg = publish(stunnel.url("secret"), 1);
      assertThat(ffmpeg.waitFor(15, TimeUnit.SECONDS)).isTrue();
      assertThat(ffmpeg.exitValue()).isZero();
      assertThat(nginx.attempts()).containsExactly("secret");
    }
  }
}
