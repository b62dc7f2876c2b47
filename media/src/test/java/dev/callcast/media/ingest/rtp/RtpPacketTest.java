package dev.callcast.media.ingest.rtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RtpPacketTest {
  private final RtpPacket packet = new RtpPacket();

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private boolean parse(byte[] data) {
    return packet.parse(data, 0, data.length);
  }

  @Test
  void readsTheFixedHeader() {
    assertThat(parse(hex("80 e0 ffff 80000001 deadbeef 010203"))).isTrue();
    assertThat(packet.marker()).isTrue();
    assertThat(packet.payloadType()).isEqualTo(96);
    assertThat(packet.sequence()).isEqualTo(65_535);
    assertThat(packet.timestamp()).isEqualTo(0x80000001L);
    assertThat(packet.ssrc()).isEqualTo(0xdeadbeefL);
    assertThat(packet.payloadOffset()).isEqualTo(12);
    assertThat(packet.payloadLength()).isEqualTo(3);
  }

  @Test
  void readsOneByteExtensions() {
    // id 1, 1 byte; padding; id 2, 3 bytes; id 15 ends it.
    assertThat(
            parse(hex("90 60 0001 00000001 00000002 bede 0003 10 85 00 22 aabbcc f0 17 000000 55")))
        .isTrue();
    assertThat(packet.payloadLength()).isEqualTo(1);
    assertThat(packet.audioLevel(1)).isEqualTo(5);
    assertThat(packet.extension(2)).isEqualTo(20);
    assertThat(packet.extensionLength()).isEqualTo(3);
    assertThat(packet.extension(3)).isEqualTo(-1);
    assertThat(packet.rotation(9)).isEqualTo(-1);
  }

  @Test
  void readsTwoByteExtensions() {
    assertThat(parse(hex("90 60 0001 00000001 00000002 1000 0002 20 01 03 00 21 00 00 00 55")))
        .isTrue();
    assertThat(packet.rotation(0x20)).isEqualTo(270);
    assertThat(packet.extension(0x21)).isEqualTo(22);
    assertThat(packet.extensionLength()).isZero();
  }

  @Test
  void takesPaddingOff() {
    byte[] data = hex("a0 60 0001 00000001 00000002 0102 000002");
    assertThat(parse(data)).isTrue();
    assertThat(packet.payloadLength()).isEqualTo(3);
    assertThat(packet.stripPadding()).isEqualTo(15);
    assertThat(packet.parse(data, 0, 15)).isTrue();
    assertThat(packet.payloadLength()).isEqualTo(3);
    assertThat(parse(hex("a0 60 0001 00000001 00000002 04 000004"))).isTrue();
    assertThat(packet.payloadLength()).isZero();
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThat(parse(hex("80 60 0001 00000001 000000"))).isFalse();
    assertThat(parse(hex("40 60 0001 00000001 00000002 00"))).isFalse();
    assertThat(parse(hex("82 60 0001 00000001 00000002 00000003 0000"))).isFalse();
    assertThat(parse(hex("90 60 0001 00000001 00000002 bede 0002 00000000"))).isFalse();
    assertThat(parse(hex("a0 60 0001 00000001 00000002 0105"))).isFalse();
    assertThat(parse(hex("a0 60 0001 00000001 00000002 0100"))).isFalse();
    assertThat(parse(hex("a0 60 0001 00000001 00000002"))).isFalse();
  }

  @Test
  void unwrapsRetransmissions() {
    byte[] data = hex("80 e1 0007 00000009 000000ff 1234 010203");
    assertThat(parse(data)).isTrue();
    int length = packet.unwrapRetransmission(0xfe, 96);
    assertThat(Arrays.copyOf(data, length)).isEqualTo(hex("80 e0 1234 00000009 000000fe 010203"));
    assertThat(parse(hex("80 e1 0007 00000009 000000ff"))).isTrue();
    assertThat(packet.unwrapRetransmission(0xfe, 96)).isEqualTo(-1);
  }

  @Test
  void countsAcrossTheWrap() {
    assertThat(RtpPacket.sequenceDistance(65_535, 2)).isEqualTo(3);
    assertThat(RtpPacket.sequenceDistance(2, 65_535)).isEqualTo(-3);
    assertThat(RtpPacket.timestampDistance(0xFFFFFFF0L, 0x10)).isEqualTo(32);
  }

  @Test
  void neverThrowsOnGarbage() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      byte[] data = new byte[random.nextInt(64)];
      random.nextBytes(data);
      if (data.length > 0 && random.nextInt(4) > 0) {
        data[0] = (byte) (0x80 | data[0] & 0x3F);
      }
      if (data.length > 16 && random.nextInt(3) == 0) {
        data[0] = (byte) 0x90;
        data[12] = (byte) (random.nextBoolean() ? 0xBE : 0x10);
        data[13] = (byte) (data[12] == 0x10 ? 0 : 0xDE);
        data[14] = 0;
        data[15] = (byte) random.nextInt(12);
      }
      if (parse(data)) {
        for (int id = 0; id < 16; id++) {
          packet.audioLevel(id);
          packet.rotation(id);
        }
        for (Codec codec : Codec.values()) {
          KeyFrames.startsDecoding(codec, data, packet.payloadOffset(), packet.payloadLength());
          KeyFrames.resumesDecoding(codec, data, packet.payloadOffset(), packet.payloadLength());
        }
        packet.unwrapRetransmission(1, 2);
      }
      RtpPacket.isRtcp(data, 0, data.length);
      Rtcp.valid(data, 0, data.length);
      Rtcp.parse(data, 0, data.length);
    }
  }

  @Test
  void neverThrowsOnDamagedReports() {
    Random random = new Random(2);
    byte[] good =
        Rtcp.senderReport(new Rtcp.SenderReport(5, 6, 7, 8, 9, List.of()), "somebody@somewhere");
    for (int i = 0; i < 100_000; i++) {
      byte[] data = Arrays.copyOf(good, random.nextInt(good.length + 8));
      for (int flips = random.nextInt(5); flips > 0 && data.length > 0; flips--) {
        data[random.nextInt(data.length)] = (byte) random.nextInt(256);
      }
      Rtcp.valid(data, 0, data.length);
      Rtcp.parse(data, 0, data.length);
    }
  }

  @Test
  void knowsKeyFrames() {
    assertThat(starts(Codec.VP8, "10 00 000000")).isTrue();
    assertThat(starts(Codec.VP8, "10 01 000000")).isFalse();
    assertThat(starts(Codec.VP8, "00 00 000000")).isFalse();
    assertThat(starts(Codec.VP8, "90 80 8123 00 00")).isTrue();
    assertThat(starts(Codec.VP8, "90 e0 8123 11 22 01")).isFalse();
    assertThat(starts(Codec.VP8, "90 e0 8123 11 22 00")).isTrue();
    assertThat(starts(Codec.VP8, "90 80 81")).isFalse();
    assertThat(starts(Codec.VP9, "08 00")).isTrue();
    assertThat(starts(Codec.VP9, "48 00")).isFalse();
    assertThat(starts(Codec.VP9, "a8 8123 02 00")).isFalse();
    assertThat(starts(Codec.VP9, "a8 8123 10 00")).isTrue();
    assertThat(starts(Codec.H264, "67 42")).isTrue();
    assertThat(starts(Codec.H264, "65 88")).isFalse();
    assertThat(resumes(Codec.H264, "65 88")).isTrue();
    assertThat(starts(Codec.H264, "78 0002 68ce 0002 6742")).isTrue();
    assertThat(starts(Codec.H264, "78 0002 68ce 0002 6142")).isFalse();
    assertThat(resumes(Codec.H264, "65 48")).isFalse(); // not the picture's first slice
    assertThat(resumes(Codec.H264, "7c 85 88")).isTrue();
    assertThat(resumes(Codec.H264, "7c 85 48")).isFalse();
    assertThat(resumes(Codec.H264, "7c 05 88")).isFalse();
    assertThat(resumes(Codec.H264, "41 9a")).isFalse();
  }

  private static boolean starts(Codec codec, String payload) {
    byte[] data = hex(payload);
    return KeyFrames.startsDecoding(codec, data, 0, data.length);
  }

  private static boolean resumes(Codec codec, String payload) {
    byte[] data = hex(payload);
    return KeyFrames.resumesDecoding(codec, data, 0, data.length);
  }
}
