package dev.callcast.media.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.fault.NginxRtmp;
import dev.callcast.testkit.fault.Stunnel;
import dev.callcast.testkit.fault.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An RTMP output against real servers that refuse, hang, die and come back. */
@Tag("media")
@Tag("peer")
@Timeout(90)
class RtmpOutputTest {
  /** Not to be found anywhere. */
  private static final String KEY = "s3cr3t-stream-key";

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** As in production, but for the waiting. */
  private static final OutputTimers TIMERS =
      new OutputTimers(
          TimeUnit.MILLISECONDS.toNanos(100),
          TimeUnit.MILLISECONDS.toNanos(300),
          TimeUnit.SECONDS.toNanos(60),
          TimeUnit.SECONDS.toNanos(1),
          TimeUnit.MILLISECONDS.toNanos(1500),
          TimeUnit.MILLISECONDS.toNanos(50),
          1,
          1 << 20);

  private static Broadcast broadcast;

  @BeforeAll
  static void begin() {
    broadcast = new Broadcast(500_000);
  }

  @AfterAll
  static void end() throws InterruptedException {
    broadcast.close();
  }

  private final List<OutputStats> told = new CopyOnWriteArrayList<>();

  private RtmpOutput open(String url) {
    return open(new OutputSpec.Rtmp("out", url, null, true));
  }

  private RtmpOutput open(OutputSpec.Rtmp spec) {
    return new RtmpOutput(spec, broadcast.muxer(), TIMERS, told::add);
  }

  private static void awaitState(RtmpOutput output, OutputStatus state) {
    await().atMost(PATIENCE).until(() -> output.stats().state() == state);
  }

  private static void awaitFrames(RtmpOutput output, long more) {
    long frames = output.stats().frames();
    await().atMost(PATIENCE).until(() -> output.stats().frames() >= frames + more);
  }

  private String reasons() {
    return String.join("\n", told.stream().map(OutputStats::reason).map(String::valueOf).toList());
  }

  private static MediaProbe probe(Path file) throws Exception {
    MediaProbe probe = MediaCheck.probe(file);
    assertThat(probe.errors()).isEmpty();
    MediaProbe.Track video = probe.video();
    assertThat(video.codec()).isEqualTo("h264");
    assertThat(video.keyFrameTimes().getFirst())
        .as("begins with a key frame")
        .isEqualTo(video.start());
    assertThat(video.backwardDts()).isZero();
    assertThat(probe.audio().codec()).isEqualTo("aac");
    return probe;
  }

  @Test
  void aServerGetsPictureAndSoundFromAKeyFrameOnToTheEnd() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      RtmpOutput output = open(nginx.url(KEY));
      assertThat(output.stats().state()).isEqualTo(OutputStatus.CONNECTING);
      awaitState(output, OutputStatus.LIVE);
      awaitFrames(output, 90);
      OutputStats stats = output.stats();
      assertThat(stats.bytes()).isGreaterThan(100_000);
      assertThat(stats.dropped()).isZero();
      assertThat(stats.reconnects()).isZero();
      long frames = stats.frames();
      output.close();
      assertThat(output.stats().state()).isEqualTo(OutputStatus.STOPPED);
      await().atMost(PATIENCE).until(() -> nginx.bytesIn(KEY) < 0);
      MediaProbe probe = probe(nginx.recordings(KEY).getFirst());
      assertThat(probe.video().packets()).isCloseTo((int) frames, within(3));
      assertThat(probe.video().longestGap()).isCloseTo(1 / 30.0, within(0.002));
      assertThat(probe.startOffset()).isCloseTo(0, within(0.05));
      assertThat(probe.endOffset()).isCloseTo(0, within(0.15));
      assertThat(told)
          .extracting(OutputStats::state)
          .containsExactly(OutputStatus.LIVE, OutputStatus.STOPPED);
    }
  }

  @Test
  void whoIsDeniedIsToldSoAndGoesOnTrying() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      nginx.deny(KEY);
      RtmpOutput output = open(nginx.url(KEY));
      await().atMost(PATIENCE).until(() -> nginx.attempts().size() >= 3);
      OutputStats stats = output.stats();
      assertThat(stats.state()).isEqualTo(OutputStatus.RETRYING);
      assertThat(stats.reason()).contains("publish");
      assertThat(stats.reconnects()).isGreaterThanOrEqualTo(2);
      assertThat(told).as("one state, told once").hasSize(1);
      nginx.allow(KEY);
      awaitState(output, OutputStatus.LIVE);
      output.close();
      assertThat(reasons()).doesNotContain(KEY);
    }
  }

  @Test
  void aServerThatIsNotThereYetIsFoundWhenItComes() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      nginx.kill();
      RtmpOutput output = open(nginx.url(KEY));
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().reason()).containsIgnoringCase("refused");
      nginx.restart();
      awaitState(output, OutputStatus.LIVE);
      assertThat(output.stats().reason()).isNull();
      awaitFrames(output, 30);

      // It dies while it is live, and comes back.
      nginx.kill();
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().reason()).isNotEmpty();
      nginx.restart();
      awaitState(output, OutputStatus.LIVE);
      awaitFrames(output, 30);
      output.close();
      List<Path> recordings = nginx.recordings(KEY);
      assertThat(recordings).hasSize(2);
      await().atMost(PATIENCE).until(() -> nginx.bytesIn(KEY) < 0);
      probe(recordings.getLast());
      assertThat(reasons()).doesNotContain(KEY);
    }
  }

  @Test
  void aServerThatHangsIsLeftAndFoundAgain() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start()) {
      nginx.freeze();
      RtmpOutput output = open(nginx.url(KEY));
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().reason()).as("while it connects").containsIgnoringCase("time");
      nginx.thaw();
      awaitState(output, OutputStatus.LIVE);
      awaitFrames(output, 30);
      nginx.freeze();
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().reason()).isEqualTo("the server takes no data (1 s)");
      nginx.thaw();
      awaitState(output, OutputStatus.LIVE);
      nginx.freeze();
      long before = System.nanoTime();
      output.close();
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
      nginx.thaw();
    }
  }

  /** Some services acknowledge no bytes at all: they live, as long as the network takes some. */
  @Test
  void aServerThatAcknowledgesNothingIsAliveWhileItReads() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.startWithoutAcknowledgements();
        TcpProxy proxy = TcpProxy.to(nginx.port(), 8_192)) {
      RtmpOutput output = open("rtmp://127.0.0.1:" + proxy.port() + "/live/" + KEY);
      awaitState(output, OutputStatus.LIVE);
      awaitFrames(output, 120);
      assertThat(output.stats().reconnects()).isZero();
      proxy.setMode(TcpProxy.Mode.STALL);
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().reason()).isEqualTo("the server takes no data (1 s)");
      proxy.setMode(TcpProxy.Mode.PASS);
      awaitState(output, OutputStatus.LIVE);
      output.close();
    }
  }

  @Test
  void anUntrustedCertificateIsRefusedUnlessToldOtherwise() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        Stunnel tls = Stunnel.before(nginx.port())) {
      RtmpOutput careful = open(tls.url(KEY));
      awaitState(careful, OutputStatus.RETRYING);
      assertThat(careful.stats().reason()).containsIgnoringCase("certificate");
      assertThat(nginx.attempts()).isEmpty();
      careful.close();
      RtmpOutput trusting = open(new OutputSpec.Rtmp("trusting", tls.url(KEY), null, false));
      awaitState(trusting, OutputStatus.LIVE);
      awaitFrames(trusting, 60);
      trusting.close();
      await().atMost(PATIENCE).until(() -> nginx.bytesIn(KEY) < 0);
      probe(nginx.recordings(KEY).getFirst());
      assertThat(reasons()).doesNotContain(KEY);
    }
  }

  /** A TLS session that one output made without a check must not let another in unchecked. */
  @Test
  void whoChecksCertificatesTrustsNobodyForAnothersSake() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        Stunnel tls = Stunnel.before(nginx.port())) {
      RtmpOutput trusting = open(new OutputSpec.Rtmp("trusting", tls.url("trusted"), null, false));
      awaitState(trusting, OutputStatus.LIVE);
      awaitFrames(trusting, 30);
      RtmpOutput careful = open(tls.url(KEY));
      await().atMost(PATIENCE).until(() -> careful.stats().reconnects() >= 4);
      assertThat(careful.stats().reason()).contains("certificate", "tlsVerify");
      trusting.close();
      long tries = careful.stats().reconnects();
      await().atMost(PATIENCE).until(() -> careful.stats().reconnects() >= tries + 3);
      careful.close();
      assertThat(nginx.attempts()).containsOnly("trusted");
      assertThat(reasons()).doesNotContain(KEY);
    }
  }

  @Test
  void theBackupIsTriedInTurn() throws Exception {
    try (NginxRtmp main = NginxRtmp.start();
        NginxRtmp backup = NginxRtmp.start()) {
      main.deny(KEY);
      RtmpOutput output =
          open(new OutputSpec.Rtmp("out", main.url(KEY), backup.url("other-key"), true));
      awaitState(output, OutputStatus.LIVE);
      assertThat(main.attempts()).hasSize(1);
      assertThat(backup.attempts()).containsExactly("other-key");
      main.allow(KEY);
      backup.kill();
      await().atMost(PATIENCE).until(() -> main.attempts().size() == 2);
      awaitState(output, OutputStatus.LIVE);
      output.close();
      assertThat(reasons()).doesNotContain(KEY).doesNotContain("other-key");
    }
  }

  /** What a slow server can't take is dropped, and it goes on at a key frame. */
  @Test
  void whatASlowServerCannotTakeIsDroppedUpToAKeyFrame() throws Exception {
    OutputTimers patient =
        new OutputTimers(
            TIMERS.firstDelay(),
            TIMERS.fastDelay(),
            TIMERS.patience(),
            TIMERS.slowDelay(),
            TimeUnit.SECONDS.toNanos(60),
            TIMERS.check(),
            60,
            60_000);
    try (NginxRtmp nginx = NginxRtmp.start();
        TcpProxy proxy = TcpProxy.to(nginx.port(), 8_192);
        Broadcast fast = new Broadcast(4_000_000)) {
      RtmpOutput output =
          new RtmpOutput(
              new OutputSpec.Rtmp(
                  "out", "rtmp://127.0.0.1:" + proxy.port() + "/live/" + KEY, null, true),
              fast.muxer(),
              patient,
              told::add);
      awaitState(output, OutputStatus.LIVE);
      proxy.setMode(TcpProxy.Mode.STALL);
      await().atMost(PATIENCE).until(() -> output.stats().dropped() > 30);
      proxy.setMode(TcpProxy.Mode.PASS);
      awaitFrames(output, 60);
      assertThat(output.stats().state()).isEqualTo(OutputStatus.LIVE);
      assertThat(output.stats().reconnects()).isZero();
      output.close();
      await().atMost(PATIENCE).until(() -> nginx.bytesIn(KEY) < 0);
      MediaProbe.Track video = probe(nginx.recordings(KEY).getFirst()).video();
      assertThat(video.longestGap()).isGreaterThan(0.25);
    }
  }

  @Test
  void addressesThatLeadNowhereAreNamed() throws Exception {
    RtmpOutput nowhere = open("rtmp://no-such-host.invalid/live/" + KEY);
    awaitState(nowhere, OutputStatus.RETRYING);
    assertThat(nowhere.stats().reason()).contains("no-such-host.invalid");
    long before = System.nanoTime();
    nowhere.close();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(6));
    assertThat(reasons()).doesNotContain(KEY);
  }
}
