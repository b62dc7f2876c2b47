package dev.callcast.server.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebhookTimersTest {
  @Test
  void delaysGrowUpToTheSlowest() {
    WebhookTimers timers = WebhookTimers.DEFAULT;
    assertThat(timers.delay(1)).isBetween(Duration.ofMillis(1500), Duration.ofMillis(2500));
    assertThat(timers.delay(2)).isBetween(Duration.ofMillis(4500), Duration.ofMillis(7500));
    assertThat(timers.delay(30)).isBetween(Duration.ofMinutes(45), Duration.ofMinutes(75));
    assertThat(timers.delay(Integer.MAX_VALUE)).isLessThan(Duration.ofMinutes(76));
  }

  @Test
  void signsAsOpensslDoes() {
    // printf 'msg_1.1614265330.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef01234567
    // -binary | base64
    assertThat(
            Signature.of(
                List.of("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"),
                "msg_1",
                1614265330,
                "{\"a\":1}".getBytes(UTF_8)))
        .isEqualTo("v1,B0eeFsuuLli+Uh3bZLFTR+W45sU3ayTKRxJ4j7b148Q=");
  }
}
