package dev.callcast.testkit.send;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the sender sends, packet by packet, and how it answers feedback. */
@Tag("media")
@Timeout(30)
class SenderFeedbackTest {
  private static final VideoClipSpec CLIP =
      new VideoClipSpec(5, "Ada", Codec.VP8, 320, 180, 30, 400_000, 4, true);

  private final byte[] buffer = new byte[2048];
  private DatagramSocket socket;
  private Senders senders;
  private Senders.Ports local;

  @BeforeEach
  void open() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    socket.setSoTimeout(5_000);
    senders = Senders.start();
    local = senders.open(TransportSpec.of("e1", "127.0.0.1", socket.getLocalPort(), null));
  }

  @AfterEach
  void close() {
    senders.close();
    socket.close();
  }

  private static SyntheticParticipant ada(SyntheticTrack track) {
    return SyntheticParticipant.bare(5, "Ada").withTrack(track);
  }

  /** The next packet; RTP or RTCP, as they share the port. */
  private ByteBuffer receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    socket.receive(packet);
    return ByteBuffer.wrap(Arrays.copyOf(buffer, packet.getLength()));
  }

  private ByteBuffer receiveRtp(long ssrc) throws IOException {
    while (true) {
      ByteBuffer packet = receive();
      int type = packet.get(1) & 0xFF;
      if ((type < 192 || type > 223) && packet.getInt(8) == (int) ssrc) {
        return packet;
      }
    }
  }

  private void send(int... words) throws IOException {
    ByteBuffer packet = ByteBuffer.allocate(4 * words.length);
    for (int word : words) {
      packet.putInt(word);
    }
    socket.send(
        new DatagramPacket(
            packet.array(), packet.capacity(), InetAddress.getLoopbackAddress(), local.port()));
  }

  private static int sequence(ByteBuffer packet) {
    return packet.getShort(2) & 0xFFFF;
  }

  private static boolean startsKeyFrame(ByteBuffer packet) {
    return (packet.get(12) & 0x10) != 0 && (packet.get(16) & 0x01) == 0;
  }

  @Test
  void nackIsAnsweredByRtxWithTheOriginalPacket() throws Exception {
    SyntheticTrack camera = SyntheticTrack.camera("e1", CLIP);
    senders.add(ada(camera));
    ByteBuffer original = receiveRtp(camera.ssrc());
    receiveRtp(camera.ssrc());
    send(0x81CD0003, 1, (int) camera.ssrc(), sequence(original) << 16 | 1);
    TrackSpec.Rtx rtx = Objects.requireNonNull(camera.rtx());
    ByteBuffer first = receiveRtp(rtx.ssrc());
    ByteBuffer second = receiveRtp(rtx.ssrc());
    assertThat(first.get(1) & 0x7F).isEqualTo(rtx.payloadType());
    assertThat(first.getInt(4)).isEqualTo(original.getInt(4));
    assertThat(first.getShort(12) & 0xFFFF).isEqualTo(sequence(original));
    assertThat(second.getShort(12) & 0xFFFF).isEqualTo(sequence(original) + 1);
    assertThat(Arrays.copyOfRange(first.array(), 14, first.capacity()))
        .isEqualTo(Arrays.copyOfRange(original.array(), 12, original.capacity()));
    SenderStats.Track stats = senders.stats().track("p5", "cam");
    assertThat(stats.nacked()).isEqualTo(2);
    assertThat(stats.retransmitted()).isEqualTo(2);
  }

  @Test
  void withoutRtxNackIsAnsweredOnTheOwnSsrc() throws Exception {
    SyntheticTrack camera = SyntheticTrack.camera("e1", CLIP).withoutRtx();
    senders.add(ada(camera));
    ByteBuffer original = receiveRtp(camera.ssrc());
    receiveRtp(camera.ssrc());
    send(0x81CD0003, 1, (int) camera.ssrc(), sequence(original) << 16);
    ByteBuffer packet = receiveRtp(camera.ssrc());
    while (sequence(packet) != sequence(original)) {
      packet = receiveRtp(camera.ssrc());
    }
    assertThat(packet).isEqualTo(original);
  }

  @Test
  void pictureLossIsAnsweredByKeyFrameSoon() throws Exception {
    SyntheticTrack camera = SyntheticTrack.camera("e1", CLIP);
    long origin = senders.add(ada(camera));
    // Away from the regular key frames, which come at multiples of 2 s.
    for (long askAt : new long[] {400_000_000L, 1_050_000_000L}) {
      ByteBuffer packet = receiveRtp(camera.ssrc());
      while (System.nanoTime() < origin + askAt) {
        packet = receiveRtp(camera.ssrc());
      }
      send(0x81CE0002, 1, (int) camera.ssrc());
      long asked = System.nanoTime();
      packet = receiveRtp(camera.ssrc());
      while (!startsKeyFrame(packet)) {
        packet = receiveRtp(camera.ssrc());
      }
      assertThat((System.nanoTime() - asked) / 1e6).isLessThan(250);
    }
    SenderStats.Track stats = senders.stats().track("p5", "cam");
    assertThat(stats.plis()).isEqualTo(2);
    assertThat(stats.lastPliToKeyFrameMs()).isBetween(0.0, 250.0);
  }

  @Test
  void senderReportsMapTheRtpTimestampToTheWallClock() throws Exception {
    SyntheticTrack mic = SyntheticTrack.mic("e1", AudioClipSpec.standard(5, Codec.OPUS));
    long origin = senders.add(ada(mic));
    ByteBuffer report = receive();
    while ((report.get(1) & 0xFF) != 200) {
      report = receive();
    }
    double since = (System.nanoTime() - origin) * 1e-9;
    long expected = mic.firstTimestamp() + Math.round(since * 48_000);
    assertThat(report.getInt(4)).isEqualTo((int) mic.ssrc());
    assertThat((report.getInt(16) & 0xFFFFFFFFL) - expected).isBetween(-4_800L, 4_800L);
    double wall = (report.getInt(8) & 0xFFFFFFFFL) - 2_208_988_800.0;
    assertThat(wall).isCloseTo(System.currentTimeMillis() / 1000.0, within(2.0));
    assertThat(report.get(29) & 0xFF).as("SDES follows").isEqualTo(202);
  }

  private static org.assertj.core.data.Offset<Double> within(double value) {
    return org.assertj.core.data.Offset.offset(value);
  }

  @Test
  void pauseLeavesNoGapInTheSequenceButOneInTime() throws Exception {
    SyntheticTrack camera = SyntheticTrack.camera("e1", CLIP).withStart(65_530, 0xFFFF_F000L);
    senders.add(ada(camera));
    ByteBuffer before = receiveRtp(camera.ssrc());
    senders.setPaused("p5", "cam", true);
    // Whatever was on its way before the pause.
    socket.setSoTimeout(300);
    try {
      while (true) {
        before = receiveRtp(camera.ssrc());
      }
    } catch (java.net.SocketTimeoutException e) {
      socket.setSoTimeout(5_000);
    }
    senders.setPaused("p5", "cam", false);
    ByteBuffer after = receiveRtp(camera.ssrc());
    assertThat(sequence(after)).isEqualTo((sequence(before) + 1) & 0xFFFF);
    assertThat(after.getInt(4) - before.getInt(4)).isBetween(90_000 / 4, 90_000 * 3);
    assertThat(startsKeyFrame(after)).isTrue();
  }

  @Test
  void layerSwitchCanShareTheTimestampAndGoesOnInSequence() throws Exception {
    SyntheticTrack camera =
        SyntheticTrack.camera("e1", CLIP)
            .withLayer(new SyntheticTrack.Layer(101, CLIP.withSize(160, 90), null));
    senders.add(ada(camera));
    receiveRtp(camera.ssrc());
    senders.switchLayer("p5", "cam", 1, true);
    List<ByteBuffer> packets = new ArrayList<>();
    packets.add(receiveRtp(camera.ssrc()));
    while (!smallKeyFrame(packets.getLast())) {
      packets.add(receiveRtp(camera.ssrc()));
    }
    ByteBuffer last = packets.get(packets.size() - 2);
    ByteBuffer first = packets.getLast();
    assertThat(sequence(first)).isEqualTo(sequence(last) + 1);
    assertThat(first.getInt(4)).isEqualTo(last.getInt(4));
    assertThat(last.get(1) & 0x80).as("marker of the old layer's last frame").isEqualTo(0x80);
  }

  /** RFC 6386 §9.1: width and height follow the start code, little endian. */
  private static boolean smallKeyFrame(ByteBuffer packet) {
    return startsKeyFrame(packet)
        && ((packet.get(22) & 0xFF) | (packet.get(23) & 0x3F) << 8) == 160;
  }

  @Test
  void theSameSeedLosesTheSamePackets() throws Exception {
    SyntheticTrack mic =
        SyntheticTrack.mic("e1", AudioClipSpec.standard(5, Codec.PCMU))
            .withFaults(Faults.loss(30).withSeed(4));
    List<List<Integer>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      senders.add(ada(mic));
      List<Integer> received = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        received.add(sequence(receiveRtp(mic.ssrc())));
      }
      runs.add(received);
      senders.remove("p5");
      socket.setSoTimeout(100);
      try {
        while (true) {
          receive();
        }
      } catch (java.net.SocketTimeoutException e) {
        socket.setSoTimeout(5_000);
      }
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1));
    assertThat(runs.get(0).getLast() - runs.get(0).getFirst()).isGreaterThan(19);
  }
}
