package dev.callcast.media.ingest.rtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class RtcpTest {
  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Test
  void splitsACompoundWithSeveralSenderReports() {
    Rtcp.SenderReport one = new Rtcp.SenderReport(1, 0x1122334455667788L, 90_000, 5, 6, List.of());
    Rtcp.SenderReport two =
        new Rtcp.SenderReport(0xFFFFFFFEL, 0x8122334455667788L, 0xFFFFFFFFL, 7, 8, List.of());
    byte[] compound = join(Rtcp.senderReport(one, "a@b"), Rtcp.senderReport(two, ""));
    assertThat(Rtcp.valid(compound, 0, compound.length)).isTrue();
    assertThat(Rtcp.parse(compound, 0, compound.length))
        .containsExactly(
            one,
            new Rtcp.SourceDescription(1, "a@b"),
            two,
            new Rtcp.SourceDescription(0xFFFFFFFEL, ""));
  }

  @Test
  void feedbackGoesRound() {
    byte[] compound =
        join(
            Rtcp.pictureLoss(9, 10),
            Rtcp.fullIntraRequest(9, 10, 200),
            Rtcp.nack(9, 10, List.of(65_535, 0, 15, 16, 500)),
            Rtcp.bye(9),
            Rtcp.receiverReport(
                9,
                List.of(
                    new Rtcp.ReportBlock(10, 128, -3, 0x12345L, 0xFFFFFFFFL, 0x98765432L, 65536))));
    assertThat(Rtcp.valid(compound, 0, compound.length)).isTrue();
    assertThat(Rtcp.parse(compound, 0, compound.length))
        .contains(
            new Rtcp.PictureLoss(9, 10),
            new Rtcp.FullIntraRequest(9, 10, 200),
            new Rtcp.Nack(9, 10, List.of(65_535, 0, 15, 16, 500)),
            new Rtcp.Bye(9),
            new Rtcp.ReceiverReport(
                9,
                List.of(
                    new Rtcp.ReportBlock(10, 128, -3, 0x12345L, 0xFFFFFFFFL, 0x98765432L, 65536))));
  }

  @Test
  void ntpTimesAreNanoseconds() {
    Rtcp.SenderReport report =
        new Rtcp.SenderReport(1, (3L << 32) | 0x8000_0000L, 0, 0, 0, List.of());
    assertThat(report.ntpNanos()).isCloseTo(3_500_000_000L, within(1L));
    Rtcp.SenderReport late =
        new Rtcp.SenderReport(1, (0xF000_0000L << 32) | 0xFFFF_FFFFL, 0, 0, 0, List.of());
    assertThat(late.ntpNanos()).isCloseTo(0xF000_0001L * 1_000_000_000L, within(2L));
  }

  @Test
  void sdesChunksOfEveryLengthArePadded() {
    for (int size = 0; size <= 255; size++) {
      String name = "x".repeat(size);
      byte[] data = Rtcp.sourceDescription(7, name);
      assertThat(Rtcp.valid(data, 0, data.length)).isTrue();
      assertThat(Rtcp.parse(data, 0, data.length))
          .containsExactly(new Rtcp.SourceDescription(7, name));
    }
  }

  @Test
  void aCutCompoundIsNotValid() {
    byte[] data = Rtcp.pictureLoss(1, 2);
    for (int length = 0; length < data.length; length++) {
      if (length != 8) {
        assertThat(Rtcp.valid(data, 0, length)).isFalse();
      }
    }
  }
}
