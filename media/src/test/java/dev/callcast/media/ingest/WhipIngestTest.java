package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.webrtc.TestPeer;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.WebRtcSpec;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A session by WHIP, from the first check to its end, with a peer of the test's. */
@Tag("media")
class WhipIngestTest extends IngestFixture {
  private static final long SSRC = 0x8000_0001L;
  private static final String UFRAG = "server12";
  private static final String PASSWORD = "a-password-of-some-length";

  private final DtlsIdentity identity = DtlsIdentity.make();

  private EndpointSpec endpoint(String fingerprint) {
    return new EndpointSpec(
        "whip",
        "127.0.0.1",
        port,
        new EndpointSpec.Whip(
            "ada",
            TrackSource.CAMERA,
            2_000_000,
            new WebRtcSpec(
                UFRAG,
                PASSWORD,
                TestPeer.UFRAG,
                fingerprint,
                identity.certificate(),
                identity.privateKey())));
  }

  private void apply(EndpointSpec endpoint) {
    TrackSpec track =
        new TrackSpec(
            "mic",
            TrackKind.AUDIO,
            TrackSource.MIC,
            endpoint.id(),
            SSRC,
            111,
            Codec.OPUS,
            48_000,
            2,
            null,
            false,
            List.of());
    ingest.apply(
        List.of(endpoint),
        List.of(new ParticipantSpec("ada", "Ada", false, false, 1, 0, List.of(track))),
        List.of());
  }

  @Test
  void aSessionFromItsFirstCheckToItsEnd() throws Exception {
    try (TestPeer peer = new TestPeer(port)) {
      apply(endpoint(peer.fingerprint()));
      assertThat(peer.check(UFRAG, "another password", true)).isEqualTo(401);
      assertThat(peer.check("somebody", PASSWORD, true)).isEqualTo(401);
      assertThat(peer.check(UFRAG, PASSWORD, true)).isZero();

      peer.connect(identity.fingerprint());
      await().atMost(PATIENCE).until(() -> sessionKeys.containsKey("whip"));
      SrtpKeys keys = sessionKeys.get("whip");
      assertThat(keys.remote()).isEqualTo(peer.keys.remote());
      assertThat(keys.local()).isEqualTo(peer.keys.local());

      SrtpContext protect = SrtpContext.ofBase64(keys.remote());
      await()
          .atMost(PATIENCE)
          .until(() -> {
            sendSound(peer, protect);
            return events.contains("ada/mic LIVE");
          });
      assertThat(hearsLimit(peer, keys)).isTrue();

      // From another address nothing gets in, whatever it knows.
      try (TestPeer stranger = new TestPeer(port)) {
        sendSound(stranger, protect);
        await().atMost(PATIENCE).until(() -> endpointStats().refusedAddress() == 1);
      }

      peer.leave();
      await().atMost(PATIENCE).until(() -> ends.containsKey("whip"));
      assertThat(ends.get("whip")).isEqualTo("the peer left");
      assertThat(peer.check(UFRAG, PASSWORD, true)).isEqualTo(-1);
    }
  }

  /** The next worker goes on where the first one died, with what the node knows. */
  @Test
  void aSessionOutlivesItsWorker() throws Exception {
    try (TestPeer peer = new TestPeer(port)) {
      EndpointSpec endpoint = endpoint(peer.fingerprint());
      apply(endpoint);
      assertThat(peer.check(UFRAG, PASSWORD, true)).isZero();
      peer.connect(identity.fingerprint());
      await().atMost(PATIENCE).until(() -> sessionKeys.containsKey("whip"));
      SrtpKeys keys = sessionKeys.get("whip");

      // Told to the worker that told it, the keys change nothing.
      EndpointSpec keyed =
          endpoint.with(
              new EndpointSpec.Srtp(
                  EndpointSpec.Srtp.AES_CM_128_HMAC_SHA1_80,
                  keys.remote(),
                  keys.local(),
                  List.of()));
      apply(keyed);
      SrtpContext protect = SrtpContext.ofBase64(keys.remote());
      await()
          .atMost(PATIENCE)
          .until(() -> {
            sendSound(peer, protect);
            return events.contains("ada/mic LIVE");
          });

      ingest.close();
      events.clear();
      ingest = newIngest(1);
      apply(keyed);
      assertThat(peer.check(UFRAG, PASSWORD, true)).isZero();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            sendSound(peer, protect);
            return events.contains("ada/mic LIVE");
          });
      assertThat(hearsLimit(peer, keys)).isTrue();
      assertThat(ends).isEmpty();
    }
  }

  @Test
  void anotherCertificateIsRefused() throws Exception {
    try (TestPeer peer = new TestPeer(port)) {
      apply(endpoint(DtlsIdentity.make().fingerprint()));
      assertThat(peer.check(UFRAG, PASSWORD, true)).isZero();
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> peer.connect(identity.fingerprint())))
          .isNotNull();
      await().atMost(PATIENCE).until(() -> ends.containsKey("whip"));
      assertThat(ends.get("whip")).contains("fingerprint");
      assertThat(sessionKeys).isEmpty();
    }
  }

  /** Who takes the endpoint away tells the peer, which need not find out by itself. */
  @Test
  void thePeerHearsOfItsEnd() throws Exception {
    try (TestPeer peer = new TestPeer(port)) {
      apply(endpoint(peer.fingerprint()));
      assertThat(peer.check(UFRAG, PASSWORD, true)).isZero();
      peer.connect(identity.fingerprint());
      SrtpContext protect = SrtpContext.ofBase64(peer.keys.remote());
      await()
          .atMost(PATIENCE)
          .until(() -> {
            sendSound(peer, protect);
            return events.contains("ada/mic LIVE");
          });
      ingest.apply(List.of(), List.of(), List.of());
      assertThat(peer.hearsGoodbye()).isTrue();
      assertThat(ends).isEmpty();
    }
  }

  private int sequence = 65_530;

  /** A packet of Opus that says silence. */
  private void sendSound(TestPeer peer, SrtpContext protect) {
    byte[] packet = new byte[12 + 3 + SrtpContext.TAG];
    packet[0] = (byte) 0x80;
    packet[1] = 111;
    packet[2] = (byte) (sequence >>> 8);
    packet[3] = (byte) sequence;
    int timestamp = sequence * 960;
    for (int i = 0; i < 4; i++) {
      packet[4 + i] = (byte) (timestamp >>> (24 - 8 * i));
      packet[8 + i] = (byte) (SSRC >>> (24 - 8 * i));
    }
    packet[12] = (byte) 0xF8;
    packet[13] = (byte) 0xFF;
    packet[14] = (byte) 0xFE;
    sequence = (sequence + 1) & 0xFFFF;
    peer.send(packet, protect.protectRtp(packet, 0, 15));
  }

  /** Whether a report comes that says how much may be sent. */
  private static boolean hearsLimit(TestPeer peer, SrtpKeys keys) throws Exception {
    SrtpContext unprotect = SrtpContext.ofBase64(keys.local());
    for (byte[] data = peer.media(); data != null; data = peer.media()) {
      int length = unprotect.unprotectRtcp(data, 0, data.length);
      assertThat(length).isPositive();
      assertThat(Rtcp.valid(data, 0, length)).isTrue();
      for (int at = 0; at < length; at += 4 * ((data[at + 3] & 0xFF) + 1)) {
        if ((data[at + 1] & 0xFF) == Rtcp.PAYLOAD_FEEDBACK && data[at + 12] == 'R') {
          int word =
              (data[at + 17] & 0xFF) << 16 | (data[at + 18] & 0xFF) << 8 | data[at + 19] & 0xFF;
          int bitrate = (word & 0x3FFFF) << (word >>> 18);
          assertThat(bitrate).isBetween(1_990_000, 2_000_000);
          return true;
        }
      }
    }
    return false;
  }
}
