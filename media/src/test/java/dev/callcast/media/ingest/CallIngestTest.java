package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real RTP over loopback, from GStreamer's encoders and payloaders. */
@Tag("media")
class CallIngestTest extends IngestFixture {
  @ParameterizedTest
  @EnumSource(
      value = Codec.class,
      names = {"VP8", "VP9", "H264"})
  void videoBecomesFrames(Codec codec) {
    apply(track("v", 1000, 101, codec));
    ingest.setVisible(Set.of("p/v"));
    RtpClip clip =
        switch (codec) {
          case VP8 -> RtpClip.vp8(300, 169, 60);
          case VP9 -> RtpClip.vp9(300, 169, 60);
          default -> RtpClip.h264(320, 180, 60);
        };
    sender(clip, 1000, 101);
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 10);
    assertThat(lastPts("p/v")).isCloseTo(now(), within(900_000_000L));
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    CallStats.TrackStats stats = stats("v");
    assertThat(stats.width()).isEqualTo(codec == Codec.H264 ? 320 : 300);
    assertThat(stats.height()).isEqualTo(codec == Codec.H264 ? 180 : 169);
    assertThat(stats.lost()).isZero();
    assertThat(stats.live()).isTrue();
    assertThat(stats.decoded()).isTrue();
    assertThat(events).contains("p/v LIVE", "p/v enters", "p/v came through");
    assertThat(endpointStats().malformed()).isZero();
    assertThat(endpointStats().unknownSsrc()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Codec.class,
      names = {"OPUS", "PCMU", "PCMA"})
  void audioBecomesSound(Codec codec) {
    apply(track("a", 2000, 100, codec));
    sender(
        codec == Codec.OPUS ? RtpClip.opus(100) : RtpClip.g711(codec.encodingName(), 100),
        2000,
        100);
    await().atMost(PATIENCE).until(() -> sounds.get("p/a").frames.get() > 48_000);
    assertThat(sounds.get("p/a").lastEnd).isCloseTo(now(), within(900_000_000L));
    assertThat(sounds.get("p/a").peak).isBetween(0.3, 1.01);
    assertThat(stats("a").level()).isBetween(-12.0, 0.0);
    assertThat(events).containsSubsequence("p/a LIVE", "p/a enters", "p/a came through");
  }

  @Test
  void suspectsAreLetInOneAtATime() {
    TrackSpec[] tracks = new TrackSpec[4];
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < tracks.length; i++) {
      tracks[i] = track("v" + i, 1000 + 10L * i, 101, Codec.VP8);
      keys.add("p/v" + i);
    }
    ingest.probation(keys);
    apply(tracks);
    ingest.setVisible(keys);
    RtpClip clip = RtpClip.vp8(640, 360, 60);
    for (TrackSpec track : tracks) {
      sender(clip, track.ssrc(), 101);
    }
    await()
        .atMost(PATIENCE)
        .until(() -> events.stream().filter(event -> event.endsWith("came through")).count() == 4);
    List<String> moments = events.stream().filter(event -> !event.endsWith("LIVE")).toList();
    for (int i = 0; i < moments.size(); i += 2) {
      String track = moments.get(i).substring(0, 4);
      assertThat(moments.subList(i, i + 2))
          .containsExactly(track + " enters", track + " came through");
    }
    assertThat(moments).hasSize(8);
  }

  @Test
  void lossIsRepairedByRetransmission() {
    TrackSpec.Rtx rtx = new TrackSpec.Rtx(1001, 102);
    apply(track("v", 1000, 101, Codec.VP8, rtx, false));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender =
        new TestSender(RtpClip.vp8(640, 360, 150), port, 1000, 101, 1001, 102, null, null, 65_400);
    opened.add(sender);
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 3);
    sender.loss = 0.08;
    long before = sender.sent;
    await().atMost(PATIENCE).until(() -> sender.sent > before + 250);
    sender.loss = 0;
    await().atMost(PATIENCE).until(() -> sender.sent > before + 300);
    CallStats.TrackStats stats = stats("v");
    assertThat(stats.recovered()).isGreaterThan(8);
    assertThat(stats.lost()).isLessThanOrEqualTo(1);
    assertThat(sender.receiverReports).isPositive();
  }

  @Test
  void withoutRetransmissionAKeyFrameIsAskedFor() {
    apply(track("v", 1000, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender = sender(RtpClip.vp8(640, 360, 300), 1000, 101);
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 3);
    int asked = sender.plis;
    sender.loss = 0.2;
    await().atMost(PATIENCE).until(() -> stats("v").lost() > 0);
    sender.loss = 0;
    await().atMost(PATIENCE).until(() -> sender.plis > asked);
    long waited = now();
    await().atMost(PATIENCE).until(() -> lastPts("p/v") > waited);
    assertThat(stats("v").keyFramesRequested()).isLessThanOrEqualTo(sender.plis);
  }

  @Test
  void hiddenTracksAreNotDecoded() {
    apply(track("v", 1000, 101, Codec.VP8));
    TestSender sender = sender(RtpClip.vp8(320, 180, 60), 1000, 101);
    await().atMost(PATIENCE).until(() -> stats("v").packets() > 60);
    assertThat(store("p/v").size()).isZero();
    assertThat(stats("v").decoded()).isFalse();
    assertThat(sender.plis).isZero();
    // For longer than what stalls.
    sender.paused = true;
    await().during(Duration.ofSeconds(6)).atMost(PATIENCE).until(() -> !stats("v").stalled());
    sender.paused = false;
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 5);
    assertThat(sender.plis).isPositive();
    assertThat(events).doesNotContain("p/v STALLED");
    ingest.setVisible(Set.of());
    await().atMost(PATIENCE).until(() -> store("p/v").size() == 0);
    assertThat(stats("v").decoded()).isFalse();
  }

  @Test
  void sizeChangesInMidStream() {
    apply(track("v", 1000, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender = sender(RtpClip.vp8(320, 180, 60), 1000, 101);
    await().atMost(PATIENCE).until(() -> stats("v").width() == 320);
    sender.clip = RtpClip.vp8(640, 360, 60);
    await().atMost(PATIENCE).until(() -> stats("v").width() == 640);
    assertThat(stats("v").lost()).isZero();
    assertThat(events.stream().filter("p/v enters"::equals)).hasSize(1);
  }

  @Test
  void pausesAndStallsAreSurvived() {
    apply(track("v", 1000, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v"));
    TestSender sender = sender(RtpClip.vp8(320, 180, 60), 1000, 101);
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 5);
    sender.paused = true;
    await().atMost(PATIENCE).until(() -> events.contains("p/v STALLED"));
    assertThat(stats("v").stalled()).isTrue();
    long resumed = now();
    sender.paused = false;
    await().atMost(PATIENCE).until(() -> lastPts("p/v") > resumed);
    assertThat(events).contains("p/v RESUMED");
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    assertThat(lastPts("p/v")).isCloseTo(now(), within(900_000_000L));
    apply(track("v", 1000, 101, Codec.VP8, null, true));
  }

  @Test
  void whatIsNotDeclaredIsCountedAndDropped() {
    apply(track("a", 2000, 100, Codec.OPUS), track("v", 1000, 101, Codec.VP8));
    ingest.setVisible(Set.of("p/v"));
    sender(RtpClip.opus(50), 3000, 100);
    TestSender wrong = sender(RtpClip.opus(50), 2000, 111);
    TestSender video = sender(RtpClip.vp8(320, 180, 60), 1000, 101);
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] garbage = new byte[random.nextInt(200)];
      random.nextBytes(garbage);
      if (i % 2 == 0 && garbage.length > 12) {
        // Looks like the video, with anything in it.
        garbage[0] = (byte) (0x80 | garbage[0] & 0x3F);
        garbage[1] = (byte) (i % 4 == 0 ? 101 : 200);
        garbage[8] = 0;
        garbage[9] = 0;
        garbage[10] = 3;
        garbage[11] = (byte) 0xE8;
      }
      video.sendRaw(garbage);
    }
    await().atMost(PATIENCE).until(() -> endpointStats().unknownSsrc() > 20);
    await().atMost(PATIENCE).until(() -> stats("a").wrongPayloadType() > 20);
    assertThat(endpointStats().malformed()).isPositive();
    assertThat(wrong.sent).isPositive();
    assertThat(events.stream().filter(e -> e.contains("FAILED") && e.contains("111"))).hasSize(1);
    assertThat(sounds.get("p/a").frames.get()).isZero();
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
  }

  @Test
  void allowFromIsKept() {
    EndpointSpec only =
        new EndpointSpec("e", true, "127.0.0.1", port, null, List.of("10.0.0.0/8"), null, null);
    ParticipantSpec p = participant("p", track("a", 2000, 100, Codec.OPUS));
    ingest.apply(List.of(only), List.of(p), List.of());
    sender(RtpClip.opus(50), 2000, 100);
    await().atMost(PATIENCE).until(() -> endpointStats().refusedAddress() > 10);
    assertThat(stats("a").packets()).isZero();
    ingest.apply(List.of(endpoint(null)), List.of(p), List.of());
    await().atMost(PATIENCE).until(() -> stats("a").packets() > 10);
  }

  @Test
  void srtpGoesOnAfterAWrapAndARestart() {
    TrackSpec.Rtx rtx = new TrackSpec.Rtx(1001, 102);
    ParticipantSpec p = participant("p", track("v", 1000, 101, Codec.VP8, rtx, false));
    ingest.apply(
        List.of(endpoint(new EndpointSpec.Srtp("AES_CM_128_HMAC_SHA1_80", KEY, KEY, List.of()))),
        List.of(p),
        List.of());
    ingest.setVisible(Set.of("p/v"));
    TestSender sender =
        new TestSender(
            RtpClip.vp8(640, 360, 60),
            port,
            1000,
            101,
            1001,
            102,
            SrtpContext.ofBase64(KEY),
            SrtpContext.ofBase64(KEY),
            65_400);
    opened.add(sender);
    await().atMost(PATIENCE).until(() -> rollovers.containsKey(1000L));
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    int asked = sender.plis;
    ingest.close();
    ingest = newIngest(1);
    List<EndpointSpec.Rollover> known =
        List.of(new EndpointSpec.Rollover(1000, rollovers.get(1000L)));
    ingest.apply(
        List.of(endpoint(new EndpointSpec.Srtp("AES_CM_128_HMAC_SHA1_80", KEY, KEY, known))),
        List.of(p),
        List.of());
    ingest.setVisible(Set.of("p/v"));
    await().atMost(PATIENCE).until(() -> stats("v").fps() > 20);
    // The sender took the second run's reports too: their index was higher.
    assertThat(sender.plis).isGreaterThan(asked);
    assertThat(endpointStats().authFailed()).isZero();
  }

  @Test
  void rtpAndRtcpOnPortsOfTheirOwn() throws IOException {
    int rtcpPort = freePort();
    EndpointSpec pair =
        new EndpointSpec("e", false, "127.0.0.1", port, rtcpPort, List.of(), null, null);
    ingest.apply(
        List.of(pair), List.of(participant("p", track("v", 1000, 101, Codec.VP8))), List.of());
    ingest.setVisible(Set.of("p/v"));
    try (DatagramSocket reports = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      sender(RtpClip.vp8(320, 180, 60), 1000, 101);
      // Where the sender's reports come from is where ours go.
      byte[] report =
          Rtcp.senderReport(new Rtcp.SenderReport(1000, 1L << 32, 5, 1, 1, List.of()), "c");
      reports.send(
          new DatagramPacket(report, report.length, InetAddress.getByName("127.0.0.1"), rtcpPort));
      await()
          .atMost(PATIENCE)
          .until(() -> ("127.0.0.1:" + reports.getLocalPort()).equals(endpointStats().remote()));
      DatagramPacket answer = new DatagramPacket(new byte[1500], 1500);
      reports.setSoTimeout(10_000);
      reports.receive(answer);
      assertThat(answer.getPort()).isEqualTo(rtcpPort);
      assertThat(Rtcp.valid(answer.getData(), 0, answer.getLength())).isTrue();
    }
    await().atMost(PATIENCE).until(() -> store("p/v").size() > 5);
    assertThat(endpointStats().malformed()).isZero();
  }

  @Test
  void aWrongKeyIsCounted() {
    ParticipantSpec p = participant("p", track("a", 2000, 100, Codec.OPUS));
    ingest.apply(
        List.of(
            endpoint(
                new EndpointSpec.Srtp("AES_CM_128_HMAC_SHA1_80", OTHER_KEY, OTHER_KEY, List.of()))),
        List.of(p),
        List.of());
    opened.add(
        new TestSender(
            RtpClip.opus(50), port, 2000, 100, 0, 0, SrtpContext.ofBase64(KEY), null, 1));
    await().atMost(PATIENCE).until(() -> endpointStats().authFailed() > 20);
    assertThat(stats("a").packets()).isZero();
    assertThat(endpointStats().remote()).isNull();
  }

  @Test
  void aPortInUseIsNamedAndTheRestGoesOn() throws IOException {
    int taken = freePort();
    try (DatagramSocket _ = new DatagramSocket(taken, InetAddress.getByName("127.0.0.1"))) {
      EndpointSpec bad =
          new EndpointSpec("bad", true, "127.0.0.1", taken, null, List.of(), null, null);
      assertThatThrownBy(() ->
              ingest.apply(
                  List.of(bad, endpoint(null)),
                  List.of(participant("p", track("a", 2000, 100, Codec.OPUS))),
                  List.of()))
          .isInstanceOf(IngestException.class)
          .hasMessageContaining("UDP port " + taken);
    }
    sender(RtpClip.opus(50), 2000, 100);
    await().atMost(PATIENCE).until(() -> stats("a").packets() > 10);
  }

  @Test
  void tracksComeAndGoAHundredTimes() {
    TrackSpec steady = track("s", 1000, 101, Codec.VP8);
    RtpClip clip = RtpClip.vp8(320, 180, 30);
    sender(clip, 1000, 101);
    sender(clip, 1100, 101);
    apply(steady);
    ingest.setVisible(Set.of("p/s", "p/x"));
    await().atMost(PATIENCE).until(() -> store("p/s").size() > 3);
    for (int i = 0; i < 100; i++) {
      apply(steady, track("x", 1100, 101, Codec.VP8));
      await()
          .pollInterval(Duration.ofMillis(2))
          .atMost(PATIENCE)
          .until(() -> stats("x").packets() > 0);
      if (i % 10 == 0) {
        await().atMost(PATIENCE).until(() -> store("p/x").size() > 1);
      }
      apply(steady);
    }
    assertThat(ingest.frames("p/x")).isNull();
    apply(steady, track("x", 1100, 101, Codec.VP8));
    await().atMost(PATIENCE).until(() -> store("p/x").size() > 5);
    await().atMost(PATIENCE).until(() -> stats("s").fps() > 20);
    assertThat(stats("s").lost()).isZero();
    assertThat(events.stream().filter(e -> e.startsWith("p/s FAILED"))).isEmpty();
  }
}
