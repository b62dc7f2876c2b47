package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.Gate.Verdict;
import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.protocol.Cidr;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final TrackSpec TRACK =
      IngestFixture.track("v", 1000, 101, Codec.VP8, new TrackSpec.Rtx(1001, 102), false);
  private static final InetSocketAddress SENDER = address("192.0.2.7");

  private final Gate<String> gate = new Gate<>(null);

  private static InetSocketAddress address(String ip) {
    try {
      return new InetSocketAddress(InetAddress.getByName(ip), 5004);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] rtp(int payloadType, long ssrc) {
    byte[] packet = new byte[20];
    packet[0] = (byte) 0x80;
    packet[1] = (byte) payloadType;
    packet[3] = 7;
    packet[10] = (byte) (ssrc >> 8);
    packet[11] = (byte) ssrc;
    return packet;
  }

  private Verdict take(byte[] data) {
    return gate.take(data, data.length, SENDER, false);
  }

  @Test
  void onlyWhatIsDeclaredComesIn() {
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.DROPPED);
    gate.declare(TRACK, "one");
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.MEDIA);
    assertThat(gate.stream()).isEqualTo("one");
    assertThat(gate.packet().sequence()).isEqualTo(7);
    assertThat(gate.length()).isEqualTo(20);
    assertThat(take(rtp(102, 1001))).isEqualTo(Verdict.RETRANSMISSION);
    assertThat(gate.stream()).isEqualTo("one");
    assertThat(take(rtp(102, 1000))).isEqualTo(Verdict.WRONG_TYPE);
    assertThat(take(rtp(101, 1001))).isEqualTo(Verdict.WRONG_TYPE);
    assertThat(take(rtp(101, 1002))).isEqualTo(Verdict.DROPPED);
    assertThat(gate.stats("e", null).unknownSsrc()).isEqualTo(2);
    assertThat(gate.stats("e", null).packets()).isEqualTo(6);
    assertThat(gate.media(1001)).isNull();
    assertThat(gate.declared(1001)).isEqualTo("one");
  }

  @Test
  void whoHasTakenOverAnSsrcIsNotDeniedWithItsFormerOwner() {
    gate.declare(TRACK, "one");
    gate.declare(TRACK, "two");
    gate.deny(TRACK, "one");
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.MEDIA);
    gate.deny(TRACK, "two");
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.DROPPED);
    assertThat(take(rtp(102, 1001))).isEqualTo(Verdict.DROPPED);
  }

  /** A browser does not say under which SSRCs it sends the layers of a simulcast. */
  @Test
  void whatIsSentUnderAnotherSsrcIsKnownByItsPayloadType() {
    gate.declare(TRACK, "one");
    assertThat(take(rtp(101, 7))).isEqualTo(Verdict.DROPPED);
    gate.learn();
    assertThat(take(rtp(103, 7))).isEqualTo(Verdict.DROPPED);
    assertThat(take(rtp(101, 7))).isEqualTo(Verdict.MEDIA);
    assertThat(gate.stream()).isEqualTo("one");
    assertThat(gate.packet().ssrc()).isEqualTo(1000);
    assertThat(take(rtp(102, 8))).isEqualTo(Verdict.RETRANSMISSION);
    assertThat(gate.packet().ssrc()).isEqualTo(1001);
    assertThat(gate.sent(1000)).isEqualTo(7);
    assertThat(gate.sent(1001)).isEqualTo(8);
    assertThat(gate.media(7)).isEqualTo("one");
    assertThat(gate.media(8)).isNull();
    assertThat(gate.declared(8)).isEqualTo("one");

    // Another layer, which was not asked for, does not get in between.
    assertThat(take(rtp(101, 9))).isEqualTo(Verdict.DROPPED);
    assertThat(take(rtp(101, 7))).isEqualTo(Verdict.MEDIA);

    gate.deny(TRACK, "one");
    assertThat(take(rtp(101, 7))).isEqualTo(Verdict.DROPPED);
    gate.declare(TRACK, "two");
    assertThat(take(rtp(101, 9))).isEqualTo(Verdict.MEDIA);
    assertThat(gate.sent(1000)).isEqualTo(9);
  }

  @Test
  void whatIsLearntMustBeAuthenticAndOne() {
    SrtpContext keyed = SrtpContext.ofBase64("A".repeat(40));
    gate.decipher(SrtpContext.ofBase64("B".repeat(40)));
    gate.learn();
    gate.declare(TRACK, "one");
    byte[] forged = Arrays.copyOf(rtp(101, 7), 20 + SrtpContext.TAG);
    int length = keyed.protectRtp(forged, 0, 20);
    assertThat(gate.take(forged, length, SENDER, false)).isEqualTo(Verdict.DROPPED);
    assertThat(gate.stats("e", null).authFailed()).isEqualTo(1);
    assertThat(gate.sent(1000)).isEqualTo(1000);

    // Two of one payload type can't be told apart.
    gate.decipher(SrtpContext.ofBase64("A".repeat(40)));
    gate.declare(IngestFixture.track("w", 2000, 101, Codec.VP8, null, false), "two");
    byte[] good = Arrays.copyOf(rtp(101, 7), 20 + SrtpContext.TAG);
    length = SrtpContext.ofBase64("A".repeat(40)).protectRtp(good, 0, 20);
    assertThat(gate.take(good, length, SENDER, false)).isEqualTo(Verdict.DROPPED);
  }

  @Test
  void addressesThatAreNotAllowedAreRefusedBeforeAllElse() {
    gate.declare(TRACK, "one");
    gate.allow(List.of(Cidr.parse("192.0.2.0/28")));
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.MEDIA);
    byte[] packet = rtp(101, 1000);
    assertThat(gate.take(packet, packet.length, address("192.0.2.16"), false))
        .isEqualTo(Verdict.DROPPED);
    assertThat(gate.take(new byte[3], 3, address("198.51.100.1"), false))
        .isEqualTo(Verdict.DROPPED);
    assertThat(gate.stats("e", null).refusedAddress()).isEqualTo(2);
    gate.allow(List.of(Cidr.parse("203.0.113.0/24")));
    // The address that was allowed before is remembered no more.
    assertThat(take(rtp(101, 1000))).isEqualTo(Verdict.DROPPED);
  }

  @Test
  void controlIsToldFromMedia() {
    byte[] report = Rtcp.senderReport(new Rtcp.SenderReport(1000, 1, 2, 3, 4, List.of()), "c");
    assertThat(take(report)).isEqualTo(Verdict.CONTROL);
    assertThat(gate.take(report, report.length, SENDER, true)).isEqualTo(Verdict.CONTROL);
    report[3]++;
    assertThat(take(report)).isEqualTo(Verdict.DROPPED);
    gate.declare(TRACK, "one");
    byte[] media = rtp(101, 1000);
    assertThat(gate.take(media, media.length, SENDER, true)).isEqualTo(Verdict.DROPPED);
    assertThat(take(new byte[] {(byte) 0x80})).isEqualTo(Verdict.DROPPED);
    assertThat(take(new byte[0])).isEqualTo(Verdict.DROPPED);
    assertThat(gate.stats("e", null).malformed()).isEqualTo(4);
  }

  @Test
  void whatIsEncryptedComesOutInTheClear() {
    Gate<String> secure = new Gate<>(SrtpContext.ofBase64(IngestFixture.KEY));
    secure.declare(TRACK, "one");
    byte[] clear = rtp(101, 1000);
    byte[] sent = Arrays.copyOf(clear, 64);
    int size = SrtpContext.ofBase64(IngestFixture.KEY).protectRtp(sent, 0, clear.length);
    byte[] again = sent.clone();
    byte[] damaged = sent.clone();
    damaged[15] ^= 1;
    assertThat(secure.take(damaged, size, SENDER, false)).isEqualTo(Verdict.UNAUTHENTIC);
    assertThat(secure.stats("e", null).authFailed()).isEqualTo(1);
    assertThat(secure.take(sent, size, SENDER, false)).isEqualTo(Verdict.MEDIA);
    assertThat(Arrays.copyOf(sent, secure.length())).isEqualTo(clear);
    // A replay is no damage and no new packet.
    assertThat(secure.take(again, size, SENDER, false)).isEqualTo(Verdict.DROPPED);
    assertThat(secure.stats("e", null).authFailed()).isEqualTo(1);
    assertThat(secure.take(clear, clear.length, SENDER, false)).isEqualTo(Verdict.DROPPED);
    assertThat(secure.stats("e", null).malformed() + secure.stats("e", null).authFailed())
        .isEqualTo(2);
  }
}
