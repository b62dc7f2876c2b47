package dev.callcast.media.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UncheckedServersTest {
  private final UncheckedServers servers = new UncheckedServers();

  @Test
  void whatWasUsedWithoutACheckIsNotCheckedForAnHour() {
    assertThat(servers.begin("Host", 443, false, 0)).isTrue();
    assertThat(servers.begin("host", 443, true, 1)).isFalse();
    assertThat(servers.begin("host", 444, true, 1)).isTrue();
    assertThat(servers.begin("other", 443, true, 1)).isTrue();
    assertThat(servers.begin("host", 443, true, 2 * UncheckedServers.KEPT))
        .as("while it is open")
        .isFalse();
    servers.end("Host", 443, false, 10);
    assertThat(servers.begin("host", 443, true, 10 + UncheckedServers.KEPT)).isFalse();
    assertThat(servers.begin("host", 443, true, 11 + UncheckedServers.KEPT)).isTrue();
  }

  @Test
  void whileOneChecksNobodyConnectsWithout() {
    assertThat(servers.begin("host", 443, true, 0)).isTrue();
    assertThat(servers.begin("host", 443, true, 0)).isTrue();
    assertThat(servers.begin("host", 443, false, 0)).isFalse();
    servers.end("host", 443, true, 1);
    assertThat(servers.begin("host", 443, false, 1)).isFalse();
    servers.end("host", 443, true, 2);
    assertThat(servers.begin("host", 443, false, 2)).isTrue();
  }
}
