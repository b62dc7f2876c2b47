package dev.callcast.media.webrtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The test vectors of RFC 5769, and what this end says. */
class StunMessageTest {
  private static final String PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt";
  private static final byte[] REQUEST =
      bytes(
          "00010058 2112a442 b7e7a701 bc34d686 fa87dfae"
              + "80220010 5354554e 20746573 7420636c 69656e74"
              + "00240004 6e0001ff"
              + "80290008 932ff9b1 51263b36"
              + "00060009 6576746a 3a683676 59202020"
              + "00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2"
              + "80280004 e57a3bcf");
  private static final byte[] RESPONSE4 =
      bytes(
          "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae"
              + "8022000b 74657374 20766563 746f7220"
              + "00200008 0001a147 e112a643"
              + "00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7"
              + "80280004 c07d4c96");
  private static final byte[] RESPONSE6 =
      bytes(
          "01010048 2112a442 b7e7a701 bc34d686 fa87dfae"
              + "8022000b 74657374 20766563 746f7220"
              + "00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9"
              + "00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41"
              + "80280004 c8fb0b4c");

  @Test
  void readsTheRequest() {
    StunMessage request = StunMessage.parse(REQUEST, REQUEST.length);
    assertThat(request).isNotNull();
    assertThat(request.type()).isEqualTo(StunMessage.BINDING_REQUEST);
    assertThat(request.username()).isEqualTo("evtj:h6vY");
    assertThat(request.has(StunMessage.ICE_CONTROLLED)).isTrue();
    assertThat(request.has(StunMessage.USE_CANDIDATE)).isFalse();
    assertThat(request.authentic(PASSWORD)).isTrue();
    assertThat(request.authentic("another")).isFalse();
  }

  @Test
  void readsTheResponses() throws Exception {
    StunMessage four = StunMessage.parse(RESPONSE4, RESPONSE4.length);
    assertThat(four.type()).isEqualTo(StunMessage.BINDING_SUCCESS);
    assertThat(four.authentic(PASSWORD)).isTrue();
    assertThat(four.mappedAddress()).isEqualTo(new InetSocketAddress("192.0.2.1", 32853));
    StunMessage six = StunMessage.parse(RESPONSE6, RESPONSE6.length);
    assertThat(six.authentic(PASSWORD)).isTrue();
    assertThat(six.mappedAddress())
        .isEqualTo(
            new InetSocketAddress(
                InetAddress.ofLiteral("2001:db8:1234:5678:11:2233:4455:6677"), 32853));
  }

  /** Whatever byte is wrong, it is either no message or not an authentic one. */
  @Test
  void everyDamageIsSeen() {
    int signed = REQUEST.length - 8; // FINGERPRINT stands behind what is authenticated
    for (int i = 0; i < signed; i++) {
      byte[] damaged = REQUEST.clone();
      damaged[i] ^= 0x41;
      StunMessage read = StunMessage.parse(damaged, damaged.length);
      // A wrong length may hide FINGERPRINT in the attribute before it.
      assertThat(read == null || !read.authentic(PASSWORD)).as("byte " + i).isTrue();
    }
    for (int length = 0; length < REQUEST.length; length++) {
      assertThat(StunMessage.parse(REQUEST, length)).as(length + " bytes").isNull();
    }
  }

  @Test
  void whatItSaysCanBeRead() {
    StunMessage request = StunMessage.parse(REQUEST, REQUEST.length);
    for (InetSocketAddress from :
        new InetSocketAddress[] {
          new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 50_000),
          new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 1)
        }) {
      byte[] said = request.success(from, "pass");
      StunMessage success = StunMessage.parse(said, said.length);
      assertThat(success.type()).isEqualTo(StunMessage.BINDING_SUCCESS);
      assertThat(success.authentic("pass")).isTrue();
      assertThat(success.mappedAddress()).isEqualTo(from);
    }
    byte[] said = request.error(487, "Role Conflict", "pass");
    StunMessage error = StunMessage.parse(said, said.length);
    assertThat(error.errorCode()).isEqualTo(487);
    assertThat(error.authentic("pass")).isTrue();
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
