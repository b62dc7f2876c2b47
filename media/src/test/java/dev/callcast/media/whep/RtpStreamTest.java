package dev.callcast.media.whep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.TrackSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers, times and repetitions of a stream that goes out. */
class RtpStreamTest {
  private static final long SECOND = 1_000_000_000L;
  private static final EndpointSpec.Sent SPEC =
      new EndpointSpec.Sent(0x89ABCDEFL, 102, new TrackSpec.Rtx(77, 103));

  private final List<Long> told = new ArrayList<>();

  private static RtpPacket parsed(byte[] data) {
    RtpPacket packet = new RtpPacket();
    assertThat(packet.parse(data, 0, data.length)).isTrue();
    return packet;
  }

  private static byte[] payload(int size) {
    byte[] packet = new byte[12 + size];
    for (int i = 0; i < size; i++) {
      packet[12 + i] = (byte) (i + 1);
    }
    return packet;
  }

  @Test
  void packetsFollowEachOtherOnTheirClock() {
    RtpStream stream = new RtpStream(SPEC, 90_000, -1, 500, told::add);
    // More than a day after the machine's start: nothing overflows.
    long day = 100_000 * SECOND;
    byte[] first = payload(5);
    byte[] second = payload(6);
    stream.complete(first, day, false);
    stream.complete(second, day + SECOND / 30, true);
    assertThat(parsed(first).sequence()).isEqualTo(500);
    assertThat(parsed(second).sequence()).isEqualTo(501);
    assertThat(parsed(first).ssrc()).isEqualTo(0x89ABCDEFL);
    assertThat(parsed(first).payloadType()).isEqualTo(102);
    assertThat(parsed(first).marker()).isFalse();
    assertThat(parsed(second).marker()).isTrue();
    assertThat((parsed(second).timestamp() - parsed(first).timestamp()) & 0xFFFF_FFFFL)
        .isEqualTo(2999); // 33,333,333 ns
    assertThat(parsed(first).timestamp()).isEqualTo(100_000L * 90_000 & 0xFFFF_FFFFL);

    byte[] report = stream.report(day + SECOND, 1_700_000_000_500L, "name");
    Rtcp.SenderReport parsed = (Rtcp.SenderReport) Rtcp.parse(report, 0, report.length).getFirst();
    assertThat(parsed.packets()).isEqualTo(2);
    assertThat(parsed.octets()).isEqualTo(11);
    assertThat(parsed.ntp() >>> 32).isEqualTo(1_700_000_000L + 2_208_988_800L);
    assertThat(parsed.ntp() & 0xFFFF_FFFFL).isEqualTo(1L << 31);
    assertThat((parsed.rtp() - parsed(first).timestamp()) & 0xFFFF_FFFFL).isEqualTo(90_000);
  }

  @Test
  void whatIsMissedComesAgainButNotTwiceAtOnce() {
    RtpStream stream = new RtpStream(SPEC, 90_000, -1, 0, told::add);
    RtpStream repairs = new RtpStream(RtpStream.repairOf(SPEC), 90_000, -1, 9, told::add);
    byte[] packet = payload(50);
    stream.complete(packet, SECOND, true);
    byte[] again = stream.again(0, repairs, SECOND);
    RtpPacket repair = parsed(again);
    assertThat(repair.ssrc()).isEqualTo(77);
    assertThat(repair.payloadType()).isEqualTo(103);
    assertThat(repair.marker()).isTrue();
    assertThat(repair.sequence()).isEqualTo(9);
    assertThat(repair.timestamp()).isEqualTo(parsed(packet).timestamp());
    assertThat(again).hasSize(packet.length + 2);
    assertThat(again).startsWith(again[0], again[1]).endsWith(48, 49, 50);
    assertThat(again[12] << 8 | again[13]).as("the number it had").isZero();
    assertThat(stream.again(0, repairs, SECOND + 1)).isNull();
    assertThat(stream.again(0, null, SECOND + SECOND / 10)).isSameAs(packet);
    assertThat(stream.again(1, repairs, SECOND)).as("never sent").isNull();
    for (int i = 0; i < 2048; i++) {
      stream.complete(payload(1), SECOND, true);
    }
    assertThat(stream.again(0, repairs, 5 * SECOND)).as("too old").isNull();
  }

  /** Keys stay when a worker dies, so no number may come twice. */
  @Test
  void whoGoesOnBeginsBeyondWhatWasUsed() {
    RtpStream first = new RtpStream(SPEC, 90_000, -1, 8191, told::add);
    long sent = 0;
    for (; sent < 70_000; sent++) {
      first.complete(payload(1), sent, false);
    }
    long last = 8191 + sent - 1;
    assertThat(told).startsWith(1L, 2L, 3L).hasSize((int) (last + 1 >> 13));
    for (int unheard = 0; unheard < 2; unheard++) {
      List<Long> tolds = new ArrayList<>();
      RtpStream next =
          new RtpStream(
              SPEC, 90_000, told.get(told.size() - 1 - unheard), 8191 * unheard, tolds::add);
      byte[] packet = payload(1);
      long rollover = next.rollover();
      next.complete(packet, 0, false);
      long index = rollover << 16 | parsed(packet).sequence();
      assertThat(index).isGreaterThan(last);
      assertThat(index - last).as("what a receiver still takes for the future").isLessThan(1 << 15);
      assertThat(tolds).as("what comes after this one is safe too").contains(index >> 13);
    }
  }
}
