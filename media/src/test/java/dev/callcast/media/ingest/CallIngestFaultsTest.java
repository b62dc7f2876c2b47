package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.gst.Pipeline;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What senders do that is out of the ordinary, over loopback. */
@Tag("media")
class CallIngestFaultsTest extends IngestFixture {
  private static final int LEVEL_ID = 5;
  private static final int ROTATION_ID = 3;

  private static TrackSpec withExtension(TrackSpec track, String uri, int id) {
    return new TrackSpec(
        track.id(),
        track.kind(),
        track.source(),
        track.endpoint(),
        track.ssrc(),
        track.payloadType(),
        track.codec(),
        track.clockRate(),
        track.channels(),
        track.rtx(),
        track.paused(),
        List.of(new HeaderExtension(uri, id)));
  }

  /** The first packet that is wanted is heard, though none before it was. */
  @Test
  void soundThatNobodyWantsIsOnlyMeasured() {
    apply(withExtension(track("a", 2000, 100, Codec.OPUS), TrackSpec.AUDIO_LEVEL_URI, LEVEL_ID));
    Sound sound = sounds.get("p/a");
    sound.wanted = false;
    TestSender sender = sender(RtpClip.opus(100), 2000, 100);
    sender.extension = new byte[] {LEVEL_ID, 42};
    await().atMost(PATIENCE).until(() -> stats("a").packets() > 60 && sender.receiverReports > 0);
    assertThat(sound.frames.get()).isZero();
    CallStats.TrackStats stats = stats("a");
    assertThat(stats.level()).isEqualTo(-42);
    assertThat(stats.live()).isTrue();
    assertThat(stats.decoded()).isFalse();
    assertThat(stats.lost()).isZero();

    sound.wanted = true;
    await().atMost(PATIENCE).until(() -> sound.frames.get() > 24_000);
    // 20 ms of batching and 6.5 ms of the codec's look-ahead at the most: no syllable is lost.
    assertThat(sound.heardFrom).isCloseTo(sound.wantedFrom, within(25_000_000L));
    sound.wanted = false;
    await().atMost(PATIENCE).until(() -> !stats("a").decoded());
    long frames = sound.frames.get();
    long packets = stats("a").packets();
    await().atMost(PATIENCE).until(() -> stats("a").packets() > packets + 100);
    assertThat(sound.frames.get()).isLessThan(frames + 9600);

    sound.wantedFrom = -1;
    sound.heardFrom = -1;
    sound.wanted = true;
    await().atMost(PATIENCE).until(() -> sound.heardFrom >= 0);
    assertThat(sound.heardFrom).isCloseTo(sound.wantedFrom, within(25_000_000L));
    // What was left out is no loss, to nobody.
    assertThat(stats("a").lost()).isZero();
  }

  @Test
  void aPictureThatIsShownAgainAndAgainHasNoLosses() {
    apply(track("v", 1000, 101, Codec.VP8, new TrackSpec.Rtx(1001, 102), false));
    TestSender sender =
        new TestSender(RtpClip.vp8(320, 180, 300), port, 1000, 101, 1001, 102, null, null, 65_000);
    opened.add(sender);
    await().atMost(PATIENCE).until(() -> stats("v").packets() > 20);
    for (int i = 0; i < 4; i++) {
      ingest.setVisible(Set.of("p/v"));
      long shown = now();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            Long last = lastPts("p/v");
            return last != null && last > shown + 300_000_000L;
          });
      ingest.setVisible(Set.of());
      long packets = stats("v").packets();
      await().atMost(PATIENCE).until(() -> stats("v").packets() > packets + 20);
    }
    assertThat(stats("v").lost()).isZero();
    assertThat(sender.nacks).isZero();

    // And the numbers in requests for retransmission are the sender's.
    ingest.setVisible(Set.of("p/v"));
    long recovered = stats("v").recovered();
    sender.loss = 0.1;
    await().atMost(PATIENCE).until(() -> stats("v").recovered() > recovered + 5);
    sender.loss = 0;
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    assertThat(stats("v").lost()).isLessThanOrEqualTo(2);
  }

  /** A retransmission gets lost as easily as what it repeats; there is time for some more. */
  @Test
  void lostRetransmissionsAreAskedForAgain() {
    apply(track("v", 1000, 101, Codec.VP8, new TrackSpec.Rtx(1001, 102), false));
    TestSender sender =
        new TestSender(RtpClip.vp8(640, 360, 300), port, 1000, 101, 1001, 102, null, null, 65_000);
    opened.add(sender);
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    long asked = stats("v").keyFramesRequested();
    sender.lostRetransmissions = 1;
    sender.loss = 0.1;
    await().atMost(PATIENCE).until(() -> sender.framesSent > 120 && sender.nacks > 40);
    sender.loss = 0;
    sender.lostRetransmissions = 0;
    long frames = sender.framesSent;
    await().atMost(PATIENCE).until(() -> sender.framesSent > frames + 30);
    assertThat(stats("v").recovered()).isGreaterThan(5);
    assertThat(stats("v").lost()).isZero();
    assertThat(stats("v").keyFramesRequested()).isEqualTo(asked);
  }

  @Test
  void parameterSetsSentOnceAreEnough() {
    apply(track("v", 1000, 101, Codec.H264));
    TestSender sender = sender(RtpClip.h264(320, 180, 30), 1000, 101);
    await().atMost(PATIENCE).until(() -> stats("v").packets() > 40);
    sender.clip = RtpClip.h264WithoutParameterSets(320, 180, 150);
    long changed = sender.framesSent;
    await().atMost(PATIENCE).until(() -> sender.framesSent > changed + 40);
    assertThat(store("p/v").size()).isZero();
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    assertThat(stats("v").width()).isEqualTo(320);
  }

  @Test
  void whoTakesOnlyFullIntraRequestsGetsOne() {
    apply(track("v", 1000, 101, Codec.VP8));
    TestSender sender = sender(RtpClip.vp8(320, 180, 900), 1000, 101);
    sender.takesPli = false;
    await().atMost(PATIENCE).until(() -> stats("v").packets() > 30);
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 5);
    assertThat(sender.firs).isEqualTo(1);
    assertThat(sender.plis).isGreaterThanOrEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = Codec.class,
      names = {"VP8", "VP9", "H264"})
  void garbageHarmsOnlyItsOwnTrackAndNotForLong(Codec codec) {
    apply(track("v", 1000, 101, codec), track("w", 1100, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v", "p/w"));
    RtpClip clip =
        switch (codec) {
          case VP8 -> RtpClip.vp8(320, 180, 60);
          case VP9 -> RtpClip.vp9(320, 180, 60);
          default -> RtpClip.h264(320, 180, 60);
        };
    TestSender poisoned = sender(clip, 1000, 101);
    sender(RtpClip.vp8(320, 180, 60), 1100, 101);
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 5 && store("p/w").size() > 5);
    poisoned.garbage = true;
    long before = poisoned.framesSent;
    await().atMost(PATIENCE).until(() -> poisoned.framesSent > before + 150);
    assertThat(stats("w").fps()).isGreaterThan(20);
    poisoned.garbage = false;
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    assertThat(lastPts("p/v")).isCloseTo(now(), within(900_000_000L));
    assertThat(events.stream().filter(e -> e.startsWith("p/w FAILED"))).isEmpty();
  }

  @Test
  void picturesAreTurned() {
    apply(
        withExtension(
            track("v", 1000, 101, Codec.VP8), TrackSpec.VIDEO_ORIENTATION_URI, ROTATION_ID));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender = sender(RtpClip.vp8(320, 180, 60), 1000, 101);
    for (int quarters : List.of(1, 3, 0)) {
      sender.extension = new byte[] {ROTATION_ID, (byte) quarters};
      await().atMost(PATIENCE).until(() -> rotation() == 90 * quarters);
    }
    ingest.setVisible(Set.of());
    sender.extension = new byte[] {ROTATION_ID, 2};
    long packets = stats("v").packets();
    await().atMost(PATIENCE).until(() -> stats("v").packets() > packets + 20);
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> rotation() == 180);
  }

  private int rotation() {
    Frame frame = store("p/v").acquire(Long.MAX_VALUE / 4, 0);
    if (frame == null) {
      return -1;
    }
    try {
      return frame.rotation();
    } finally {
      frame.release();
    }
  }

  @Test
  void aJumpOfTheTimestampDoesNotMoveThePicture() {
    apply(track("v", 1000, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender = sender(RtpClip.vp8(320, 180, 300), 1000, 101);
    await().atMost(PATIENCE).until(() -> stats("v").packets() > 60);
    sender.jump = 45_000; // half a second
    long before = sender.framesSent;
    await().atMost(PATIENCE).until(() -> sender.framesSent > before + 30);
    assertThat(lastPts("p/v")).isLessThan(now() + 50_000_000L);
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    assertThat(lastPts("p/v")).isCloseTo(now(), within(400_000_000L));
  }

  /** Another's SRTP, whose sequence wraps at once. */
  @Test
  void gstreamersSrtpIsUnderstood() {
    ParticipantSpec p = participant("p", track("a", 2000, 100, Codec.OPUS));
    ingest.apply(
        List.of(endpoint(new EndpointSpec.Srtp("AES_CM_128_HMAC_SHA1_80", KEY, KEY, List.of()))),
        List.of(p),
        List.of());
    Pipeline other =
        Pipeline.parse(
            "audiotestsrc is-live=true freq=1000 samplesperbuffer=960"
                + " ! audio/x-raw,rate=48000,channels=2 ! opusenc"
                + " ! rtpopuspay pt=100 ssrc=2000 seqnum-offset=65500"
                + " ! srtpenc rtp-cipher=aes-128-icm rtp-auth=hmac-sha1-80 key="
                + HexFormat.of().formatHex(Base64.getDecoder().decode(KEY))
                + " ! udpsink host=127.0.0.1 sync=true port="
                + port);
    opened.add(() -> {
      other.halt();
      other.close();
    });
    other.play();
    await().atMost(PATIENCE).until(() -> sounds.get("p/a").frames.get() > 96_000);
    assertThat(sounds.get("p/a").peak).isBetween(0.3, 1.01);
    assertThat(rollovers).containsEntry(2000L, 1L);
    assertThat(endpointStats().authFailed()).isZero();
    assertThat(stats("a").lost()).isZero();
  }
}
