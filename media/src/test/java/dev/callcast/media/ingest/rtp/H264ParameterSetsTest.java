package dev.callcast.media.ingest.rtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class H264ParameterSetsTest {
  private static final byte[] SPS = hex("67 42 c0 1e d9 00 a0 47");
  private static final byte[] PPS = hex("68 cb 83 cb 20");
  private static final byte[] OTHER_PPS = hex("68 53 83 cb 20");

  private final H264ParameterSets sets = new H264ParameterSets();

  private static byte[] hex(String text) {
    return HexFormat.ofDelimiter(" ").parseHex(text);
  }

  private void look(byte[] payload) {
    sets.look(payload, 0, payload.length);
  }

  private byte[] payload() {
    RtpPacket model = new RtpPacket();
    byte[] data = hex("80 e0 00 01 00 00 00 05 00 00 00 09 65 88");
    assertThat(model.parse(data, 0, data.length)).isTrue();
    byte[] packet = sets.packet(model, 77);
    RtpPacket made = new RtpPacket();
    assertThat(made.parse(packet, 0, packet.length)).isTrue();
    assertThat(made.marker()).isFalse();
    assertThat(made.payloadType()).isEqualTo(96);
    assertThat(made.sequence()).isEqualTo(77);
    assertThat(made.timestamp()).isEqualTo(5);
    assertThat(made.ssrc()).isEqualTo(9);
    byte[] payload = new byte[made.payloadLength()];
    System.arraycopy(packet, made.payloadOffset(), payload, 0, payload.length);
    return payload;
  }

  @Test
  void setsOfTheirOwnAndInAggregatesAreKept() {
    assertThat(sets.known()).isFalse();
    look(PPS);
    assertThat(sets.known()).isFalse();
    look(hex("78 00 08 67 42 c0 1e d9 00 a0 47 00 05 68 53 83 cb 20"));
    assertThat(sets.known()).isTrue();
    assertThat(payload())
        .isEqualTo(
            hex("78 00 08 67 42 c0 1e d9 00 a0 47 00 05 68 cb 83 cb 20 00 05 68 53 83 cb 20"));
  }

  @Test
  void aSetOfTheSameIdReplacesTheFormer() {
    look(SPS);
    look(PPS);
    byte[] changed = PPS.clone();
    changed[4] = 0x30;
    look(changed);
    assertThat(payload()).isEqualTo(hex("78 00 08 67 42 c0 1e d9 00 a0 47 00 05 68 cb 83 cb 30"));
    look(OTHER_PPS);
    assertThat(payload()).hasSize(25);
  }

  @Test
  void whatIsNoParameterSetIsPassedOver() {
    look(hex("65 88 84 00"));
    look(hex("7c 85 88 84"));
    look(hex("67"));
    look(new byte[0]);
    look(hex("78 00 40 67 42"));
    look(hex("78 00 00 00 05 68 cb 83 cb 20"));
    look(new byte[2000]);
    assertThat(sets.known()).isFalse();
    for (int i = 0; i < 1000; i++) {
      look(new byte[] {0x67, 0x42, 0, 0x1E, (byte) i, (byte) (i >> 2), 1});
    }
    look(PPS);
    assertThat(payload().length).isLessThan(400);
  }
}
