package dev.callcast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkPolicyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1"
      })
  void whatIsNotPublicIsRefused(String address) throws Exception {
    assertThat(NetworkPolicy.PUBLIC.permits(InetAddress.getByName(address))).isFalse();
    assertThatThrownBy(() -> NetworkPolicy.PUBLIC.resolve(address))
        .isInstanceOf(NetworkPolicy.RefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "11.0.0.1",
        "100.63.255.255",
        "172.15.255.255",
        "172.32.0.1",
        "193.0.0.1",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "2002:808:808::1"
      })
  void thePublicIsNot(String address) throws Exception {
    assertThat(NetworkPolicy.PUBLIC.permits(InetAddress.getByName(address))).isTrue();
  }

  @Test
  void theOperatorAllowsRanges() throws Exception {
    NetworkPolicy policy = new NetworkPolicy(List.of("10.1.0.0/16", "::1/128"));
    assertThat(policy.permits(InetAddress.getByName("10.1.9.9"))).isTrue();
    assertThat(policy.permits(InetAddress.getByName("::1"))).isTrue();
    assertThat(policy.permits(InetAddress.getByName("10.2.0.1"))).isFalse();
    assertThat(policy.permits(InetAddress.getByName("127.0.0.1"))).isFalse();
    assertThatThrownBy(() -> new NetworkPolicy(List.of("10.0.0.0/99")))
        .hasMessageContaining("10.0.0.0/99");
  }

  @Test
  void namesAreJudgedByTheirAddresses() throws Exception {
    assertThat(NetworkPolicy.LOOPBACK.resolve("localhost")).isNotEmpty();
    assertThatThrownBy(() -> NetworkPolicy.PUBLIC.resolve("localhost"))
        .isInstanceOf(NetworkPolicy.RefusedException.class)
        .hasMessageContaining("localhost has the address")
        .hasMessageContaining("loopback");
  }

  @Test
  void itTravelsAsJson() {
    String json = ProtocolJson.MAPPER.writeValueAsString(NetworkPolicy.LOOPBACK);
    assertThat(ProtocolJson.MAPPER.readValue(json, NetworkPolicy.class))
        .isEqualTo(NetworkPolicy.LOOPBACK);
  }
}
