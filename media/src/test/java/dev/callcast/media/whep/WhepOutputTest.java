package dev.callcast.media.whep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.media.output.OutputTimers;
import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.webrtc.TestPeer;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.WebRtcSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A viewer's session from the first check to its end, with a viewer of the test's. */
@Tag("media")
class WhepOutputTest {
  private static final String UFRAG = "server12";
  private static final String PASSWORD = "a-password-of-some-length";
  private static final long TICK = 33_333_333;
  private static final int GROUP = 60; // pictures from one key frame to the next

  private static final EndpointSpec.Sent VIDEO =
      new EndpointSpec.Sent(0x8000_0001L, 102, new TrackSpec.Rtx(0x8000_0002L, 103));
  private static final EndpointSpec.Sent AUDIO = new EndpointSpec.Sent(0x8000_0003L, 111, null);

  private static final byte[] SPS = {0x67, 0x64, 0, 31, 1};
  private static final byte[] PPS = {0x68, 1, 2, 3};
  private static final StreamFormat FORMAT =
      new StreamFormat(
          320,
          180,
          30,
          ByteBuffer.allocate(20)
              .put(new byte[] {1, 0x64, 0, 31, (byte) 0xFF, (byte) 0xE1, 0, 5})
              .put(SPS)
              .put(new byte[] {1, 0, 4})
              .put(PPS)
              .array(),
          48_000,
          2,
          new byte[0]);

  private final DtlsIdentity identity = DtlsIdentity.make();
  private final PacketFanout fanout = new PacketFanout();
  private final PacketFanout pcm = new PacketFanout();
  private final ScheduledExecutorService source = Executors.newSingleThreadScheduledExecutor();
  private final AtomicReference<SrtpKeys> keys = new AtomicReference<>();
  private final AtomicReference<String> ended = new AtomicReference<>();
  private final Map<Long, Long> blocks = new ConcurrentHashMap<>();
  private final AtomicInteger keyFrames = new AtomicInteger();
  private final long origin = System.nanoTime();
  private volatile boolean keyWanted;
  private int port;
  private int tick;

  @BeforeEach
  void compose() throws IOException {
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    fanout.started(FORMAT);
    Random random = new Random(1);
    source.scheduleAtFixedRate(
        () -> {
          boolean key = tick % GROUP == 0 || keyWanted;
          keyWanted = false;
          byte[] unit = new byte[key ? 6000 : 300];
          random.nextBytes(unit);
          unit[0] = (byte) (key ? 0x65 : 0x41);
          byte[] data = ByteBuffer.allocate(4 + unit.length).putInt(unit.length).put(unit).array();
          long pts = tick * TICK;
          fanout.packet(new Packet(Packet.Kind.VIDEO, data, pts, pts, TICK, key));
          byte[] silence = new byte[1600 * 2 * Float.BYTES];
          pcm.packet(new Packet(Packet.Kind.AUDIO, silence, pts, pts, TICK, true));
          tick++;
        },
        0,
        TICK,
        TimeUnit.NANOSECONDS);
  }

  @AfterEach
  void end() {
    source.shutdownNow();
  }

  private EndpointSpec endpoint(TestPeer peer) {
    return new EndpointSpec(
        "viewer",
        "127.0.0.1",
        port,
        new EndpointSpec.Whep(
            "main",
            new WebRtcSpec(
                UFRAG,
                PASSWORD,
                TestPeer.UFRAG,
                peer.fingerprint(),
                identity.certificate(),
                identity.privateKey()),
            VIDEO,
            AUDIO));
  }

  private WhepOutput open(EndpointSpec endpoint, long srtcpIndex) {
    return new WhepOutput(
        new OutputSpec.Whep(endpoint),
        FORMAT,
        64_000,
        origin,
        srtcpIndex,
        fanout,
        pcm,
        new WhepOutput.Session() {
          @Override
          public void keyed(SrtpKeys agreed) {
            keys.set(agreed);
          }

          @Override
          public void sent(long ssrc, long block) {
            blocks.put(ssrc, block);
          }

          @Override
          public void ended(String reason) {
            ended.set(reason);
          }

          /** Every other time there was one just now. */
          @Override
          public boolean keyFrame() {
            keyWanted = keyFrames.incrementAndGet() % 2 == 0;
            return keyWanted;
          }
        },
        OutputTimers.DEFAULT,
        _ -> {});
  }

  private void connect(TestPeer peer) throws Exception {
    await().until(() -> peer.check(UFRAG, PASSWORD, true) == 0);
    peer.connect(identity.fingerprint());
    await().until(() -> keys.get() != null);
    assertThat(keys.get().local()).isEqualTo(peer.keys.local());
  }

  /** A packet that came, in the clear. */
  private static final class Came {
    final byte[] data;
    final RtpPacket packet = new RtpPacket();

    Came(byte[] data) {
      this.data = data;
      assertThat(packet.parse(data, 0, data.length)).isTrue();
    }

    boolean of(EndpointSpec.Sent stream) {
      return packet.ssrc() == stream.ssrc();
    }

    byte[] payload() {
      return Arrays.copyOfRange(data, RtpPacket.FIXED_HEADER, data.length);
    }
  }

  /** The next packet that fits; all before it have to be authentic, and none comes twice. */
  private static Came next(TestPeer peer, SrtpContext unprotect, Predicate<Came> fits)
      throws InterruptedException {
    for (byte[] data = peer.media(); data != null; data = peer.media()) {
      if ((data[1] & 0xFF) >= 192 && (data[1] & 0xFF) <= 223) {
        continue;
      }
      int length = unprotect.unprotectRtp(data, 0, data.length);
      assertThat(length).as("authentic and new").isPositive();
      Came came = new Came(Arrays.copyOf(data, length));
      if (fits.test(came)) {
        return came;
      }
    }
    throw new AssertionError("nothing came for two seconds");
  }

  private static Rtcp.SenderReport report(TestPeer peer, SrtpContext unprotect, long ssrc)
      throws InterruptedException {
    for (byte[] data = peer.media(); data != null; data = peer.media()) {
      if ((data[1] & 0xFF) == Rtcp.SENDER_REPORT) {
        int length = unprotect.unprotectRtcp(data, 0, data.length);
        assertThat(length).isPositive();
        Rtcp.SenderReport report = (Rtcp.SenderReport) Rtcp.parse(data, 0, length).getFirst();
        if (report.sender() == ssrc) {
          return report;
        }
      }
    }
    throw new AssertionError("no report came");
  }

  private static void ask(TestPeer peer, SrtpContext protect, byte[] compound) {
    byte[] data = Arrays.copyOf(compound, compound.length + SrtpContext.RTCP_OVERHEAD);
    peer.send(data, protect.protectRtcp(data, 0, compound.length));
  }

  @Test
  void aViewerGetsWhatItAsksFor() throws Exception {
    try (TestPeer peer = new TestPeer(port);
        WhepOutput output = open(endpoint(peer), 0)) {
      connect(peer);
      SrtpContext unprotect = SrtpContext.ofBase64(keys.get().local());
      SrtpContext protect = SrtpContext.ofBase64(keys.get().remote());

      // It begins with a key frame that was made for it, and its parameter sets.
      Came first = next(peer, unprotect, came -> came.of(VIDEO));
      assertThat(first.payload())
          .containsExactly(
              (byte) (0x60 | 24),
              0,
              5,
              SPS[0],
              SPS[1],
              SPS[2],
              SPS[3],
              SPS[4],
              0,
              4,
              PPS[0],
              PPS[1],
              PPS[2],
              PPS[3]);
      assertThat(keyFrames.get()).as("asked again, as there was one just now").isGreaterThan(1);
      Came second = next(peer, unprotect, came -> came.of(VIDEO));
      assertThat(second.packet.timestamp()).isEqualTo(first.packet.timestamp());
      assertThat(output.stats().state()).isEqualTo(OutputStatus.LIVE);

      // What it misses comes again, by the stream for that.
      int missed = second.packet.sequence();
      ask(peer, protect, Rtcp.nack(7, VIDEO.ssrc(), List.of(missed)));
      Came again = next(peer, unprotect, came -> came.packet.ssrc() == VIDEO.rtx().ssrc());
      assertThat(again.packet.payloadType()).isEqualTo(103);
      assertThat(again.payload())
          .startsWith((byte) (missed >>> 8), (byte) missed)
          .endsWith(second.payload());

      // A key frame, in the middle of a group.
      next(peer, unprotect, came -> came.of(VIDEO) && (came.payload()[0] & 0x1F) == 1);
      ask(peer, protect, Rtcp.pictureLoss(7, VIDEO.ssrc()));
      next(peer, unprotect, came -> came.of(VIDEO) && (came.payload()[0] & 0x1F) == 24);

      // Sound and pictures are on one clock.
      Came sound = next(peer, unprotect, came -> came.of(AUDIO));
      assertThat(sound.packet.payloadType()).isEqualTo(111);
      Rtcp.SenderReport pictures = report(peer, unprotect, VIDEO.ssrc());
      Rtcp.SenderReport sounds = report(peer, unprotect, AUDIO.ssrc());
      double apart = (sounds.ntpNanos() - pictures.ntpNanos()) / 1e9;
      double ahead = clock(sounds.rtp(), 48_000) - clock(pictures.rtp(), 90_000);
      assertThat(Math.abs(apart - ahead)).as("s, of reports of one moment").isLessThan(0.002);

      peer.leave();
      await().until(() -> ended.get() != null);
      assertThat(ended.get()).isEqualTo("the peer left");
      assertThat(output.stats().state()).isEqualTo(OutputStatus.STOPPED);
    }
  }

  /** How far a 32-bit clock is ahead of the monotonic one, s. */
  private double clock(long rtp, int rate) {
    long due = Math.floorDiv(origin, 1_000_000_000L) * rate;
    return (double) (int) (rtp - due) / rate;
  }

  /** With what the node knows. */
  private EndpointSpec keyed(EndpointSpec endpoint) {
    return endpoint.with(
        new EndpointSpec.Srtp(
            EndpointSpec.Srtp.AES_CM_128_HMAC_SHA1_80,
            keys.get().remote(),
            keys.get().local(),
            blocks.entrySet().stream()
                .map(one -> new EndpointSpec.Rollover(one.getKey(), one.getValue()))
                .toList()));
  }

  /** The next worker goes on where the first one died, and no number comes twice. */
  @Test
  void aViewerOutlivesTheWorker() throws Exception {
    try (TestPeer peer = new TestPeer(port)) {
      EndpointSpec endpoint = endpoint(peer);
      SrtpContext unprotect;
      long last;
      int sequence;
      try (WhepOutput output = open(endpoint, 0)) {
        connect(peer);
        unprotect = SrtpContext.ofBase64(keys.get().local());
        Came came = next(peer, unprotect, one -> one.of(VIDEO));
        last = came.packet.timestamp();
        sequence = came.packet.sequence();
        assertThat(output.stats().frames()).isPositive();
      }
      for (int worker = 1; worker <= 5; worker++) {
        int before = sequence;
        try (WhepOutput output = open(keyed(endpoint), (long) worker << 20)) {
          await().until(() -> peer.check(UFRAG, PASSWORD, true) == 0);
          // Those of the one before that were still on their way are no further than some.
          Came came =
              next(
                  peer,
                  unprotect,
                  one -> one.of(VIDEO) && ((one.packet.sequence() - before) & 0xFFFF) > 4096);
          assertThat((came.packet.sequence() - before) & 0xFFFF)
              .as("what a receiver still takes for the future")
              .isLessThan(1 << 15);
          int later = (int) (came.packet.timestamp() - last);
          assertThat(later).as("its clock goes on").isPositive();
          last = came.packet.timestamp();
          sequence = came.packet.sequence();
          next(peer, unprotect, one -> one.of(AUDIO));
          assertThat(output.stats().state()).isEqualTo(OutputStatus.LIVE);
        }
      }
      assertThat(ended.get()).isNull();
    }
  }
}
