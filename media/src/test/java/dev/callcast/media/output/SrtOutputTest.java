package dev.callcast.media.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputSpec.Srt.Mode;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.fault.SrtReceiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An SRT output against ffmpeg, as listener and as caller. */
@Tag("media")
@Tag("peer")
@Timeout(90)
class SrtOutputTest {
  private static final String PASSPHRASE = "correct horse battery";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final OutputTimers TIMERS =
      new OutputTimers(
          TimeUnit.MILLISECONDS.toNanos(100),
          TimeUnit.MILLISECONDS.toNanos(300),
          TimeUnit.SECONDS.toNanos(60),
          TimeUnit.SECONDS.toNanos(1),
          TimeUnit.SECONDS.toNanos(10),
          TimeUnit.MILLISECONDS.toNanos(50),
          1,
          1 << 20);

  private static Broadcast broadcast;

  private final List<OutputStats> told = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void begin() {
    broadcast = new Broadcast(500_000);
  }

  @AfterAll
  static void end() throws InterruptedException {
    broadcast.close();
  }

  private SrtOutput open(int port, Mode mode, @Nullable String passphrase) {
    // A listener on every address of both families.
    String host = mode == Mode.LISTENER ? "::" : "127.0.0.1";
    return new SrtOutput(
        new OutputSpec.Srt("out", host, port, mode, passphrase, null, 120, NetworkPolicy.LOOPBACK),
        broadcast.format(),
        broadcast.fanout(),
        TIMERS,
        told::add);
  }

  private static void awaitState(SrtOutput output, OutputStatus state) {
    await().atMost(PATIENCE).until(() -> output.stats().state() == state);
  }

  private static void awaitBytes(SrtReceiver receiver) {
    await().atMost(PATIENCE).until(() -> receiver.bytes() > 200_000);
  }

  private static void check(Path file) throws Exception {
    MediaProbe probe = MediaCheck.probe(file);
    assertThat(probe.errors()).isEmpty();
    assertThat(probe.video().codec()).isEqualTo("h264");
    assertThat(probe.audio().codec()).isEqualTo("aac");
    assertThat(probe.video().keyFrameTimes()).isNotEmpty();
    assertThat(probe.video().backwardDts()).isZero();
    assertThat(probe.video().longestGap()).isLessThan(0.05);
  }

  @Test
  void callsAListenerAndComesBackAfterItsDeath() throws Exception {
    int port = SrtReceiver.freePort();
    SrtOutput output = open(port, Mode.CALLER, PASSPHRASE);
    try {
      awaitState(output, OutputStatus.RETRYING); // nobody listens
      try (SrtReceiver first = SrtReceiver.listening(port, PASSPHRASE)) {
        awaitState(output, OutputStatus.LIVE);
        awaitBytes(first);
        check(first.finish());
      }
      awaitState(output, OutputStatus.RETRYING);
      try (SrtReceiver second = SrtReceiver.listening(port, PASSPHRASE)) {
        awaitState(output, OutputStatus.LIVE);
        awaitBytes(second);
        assertThat(output.stats().reconnects()).isPositive();
        assertThat(output.stats().bytes()).isGreaterThan(400_000);
        check(second.finish());
      }
    } finally {
      output.close();
    }
    assertThat(output.stats().state()).isEqualTo(OutputStatus.STOPPED);
    assertThat(told.toString()).doesNotContain(PASSPHRASE);
  }

  @Test
  void aWrongPassphraseIsNoStream() throws Exception {
    int port = SrtReceiver.freePort();
    try (SrtReceiver listener = SrtReceiver.listening(port, "another one entirely")) {
      SrtOutput output = open(port, Mode.CALLER, PASSPHRASE);
      try {
        awaitState(output, OutputStatus.RETRYING);
        assertThat(output.stats().bytes()).isZero();
        assertThat(output.stats().reason()).doesNotContain(PASSPHRASE);
        assertThat(listener.bytes()).isZero();
      } finally {
        output.close();
      }
    }
  }

  @Test
  void whoCallsGetsTheStreamAndMayComeAgain() throws Exception {
    int port = SrtReceiver.freePort();
    SrtOutput output = open(port, Mode.LISTENER, null);
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> "waits for somebody to call".equals(output.stats().reason()));
      for (int turn = 0; turn < 2; turn++) {
        try (SrtReceiver caller = SrtReceiver.calling(port, null)) {
          awaitState(output, OutputStatus.LIVE);
          awaitBytes(caller);
          MediaProbe probe = MediaCheck.probe(caller.finish());
          assertThat(probe.video().keyFrameTimes().getFirst())
              .as("a picture at once")
              .isCloseTo(probe.video().start(), within(0.001));
        }
        await().atMost(PATIENCE).until(() -> output.stats().state() != OutputStatus.LIVE);
      }
    } finally {
      output.close();
    }
  }
}
