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
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
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
import org.junit.jupiter.api.io.TempDir;

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

  @TempDir Path directory;
  private final List<OutputStats> told = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void begin() {
    broadcast = new Broadcast(500_000);
  }

  @AfterAll
  static void end() throws InterruptedException {
    broadcast.close();
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
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

  private Process ffmpeg(String url, Path file) throws IOException {
    return new ProcessBuilder(
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "warning",
            "-i",
            url,
            "-c",
            "copy",
            "-y",
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("ffmpeg.log").toFile()))
        .start();
  }

  /** Ends it as its q would, so that the file is whole. */
  private static void interrupt(Process process) throws Exception {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitState(SrtOutput output, OutputStatus state) {
    await().atMost(PATIENCE).until(() -> output.stats().state() == state);
  }

  private static void awaitSize(Path file, long bytes) {
    await().atMost(PATIENCE).until(() -> Files.exists(file) && Files.size(file) > bytes);
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
    int port = freePort();
    String url = "srt://127.0.0.1:" + port + "?mode=listener&passphrase=" + PASSPHRASE;
    SrtOutput output = open(port, Mode.CALLER, PASSPHRASE);
    try {
      awaitState(output, OutputStatus.RETRYING); // nobody listens
      Path first = directory.resolve("first.ts");
      Process listener = ffmpeg(url, first);
      awaitState(output, OutputStatus.LIVE);
      awaitSize(first, 200_000);
      interrupt(listener);
      check(first);
      Path second = directory.resolve("second.ts");
      awaitState(output, OutputStatus.RETRYING);
      listener = ffmpeg(url, second);
      awaitState(output, OutputStatus.LIVE);
      awaitSize(second, 200_000);
      assertThat(output.stats().reconnects()).isPositive();
      assertThat(output.stats().bytes()).isGreaterThan(400_000);
      interrupt(listener);
      check(second);
    } finally {
      output.close();
    }
    assertThat(output.stats().state()).isEqualTo(OutputStatus.STOPPED);
    assertThat(told.toString()).doesNotContain(PASSPHRASE);
  }

  @Test
  void aWrongPassphraseIsNoStream() throws Exception {
    int port = freePort();
    Path file = directory.resolve("none.ts");
    Process listener =
        ffmpeg("srt://127.0.0.1:" + port + "?mode=listener&passphrase=another one entirely", file);
    SrtOutput output = open(port, Mode.CALLER, PASSPHRASE);
    try {
      awaitState(output, OutputStatus.RETRYING);
      assertThat(output.stats().bytes()).isZero();
      assertThat(output.stats().reason()).doesNotContain(PASSPHRASE);
    } finally {
      output.close();
      listener.destroyForcibly().waitFor();
    }
  }

  @Test
  void whoCallsGetsTheStreamAndMayComeAgain() throws Exception {
    int port = freePort();
    SrtOutput output = open(port, Mode.LISTENER, null);
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> "waits for somebody to call".equals(output.stats().reason()));
      for (String name : List.of("one.ts", "two.ts")) {
        Path file = directory.resolve(name);
        Process caller = ffmpeg("srt://127.0.0.1:" + port + "?mode=caller", file);
        awaitState(output, OutputStatus.LIVE);
        awaitSize(file, 200_000);
        interrupt(caller);
        MediaProbe probe = MediaCheck.probe(file);
        assertThat(probe.video().keyFrameTimes().getFirst())
            .as("a picture at once")
            .isCloseTo(probe.video().start(), within(0.001));
        await().atMost(PATIENCE).until(() -> output.stats().state() != OutputStatus.LIVE);
      }
    } finally {
      output.close();
    }
  }
}
