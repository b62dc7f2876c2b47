package dev.callcast.server.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.worker.control.LineChannel;
import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Supervision with real worker processes that are really killed. */
@Tag("process")
@Timeout(60)
class WorkerPoolTest {
  private static final String CALL = "standup";
  private static final String STREAM_KEY = "s3cret-stream-key";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path data;

  private final MemoryWorkerStore store = new MemoryWorkerStore();
  private final Set<ProcessIdentity> seen = new HashSet<>();
  private WorkerLauncher launcher;
  private WorkerPool pool;

  @BeforeEach
  void makePool() {
    launcher = new WorkerLauncher(command(), data.resolve("run"), true);
    pool = newPool();
  }

  @AfterEach
  void endAllWorkers() throws Exception {
    for (String call : store.openCalls()) {
      pool.close(call);
    }
    boolean closed = pool.awaitClosed(PATIENCE);
    pool.detach();
    seen.forEach(ProcessIdentity::kill);
    assertThat(closed).isTrue();
  }

  @Test
  void servesACallFromItsStartToItsClose() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    store.put(state(CALL, 2));
    pool.changed(CALL);
    awaitApplied(1, 2);

    assertThat(pool.snapshot(CALL, "main", 640)).asString().isEqualTo("main 640");
    assertThat(pool.stats(CALL).cpuSeconds()).isEqualTo(2);
    assertThatThrownBy(() -> pool.snapshot(CALL, "missing", 0))
        .isInstanceOf(WorkerUnavailableException.class)
        .hasMessage("no composition missing");

    ProcessIdentity worker = worker(CALL, 1);
    store.closeCall(CALL);
    pool.close(CALL);
    assertThat(pool.awaitClosed(PATIENCE)).isTrue();
    assertThat(worker.isAlive()).isFalse();
    assertThat(store.events("finished")).hasSize(1);
    assertThat(store.events("worker.died")).isEmpty();
    assertThat(store.events("worker.started")).hasSize(1);
    assertThat(store.ended()).containsExactly(1L);
    assertSequencesComplete(1);
    assertThat(RunDirectory.list(launcher.root())).isEmpty();
    assertThatThrownBy(() -> pool.stats(CALL)).isInstanceOf(WorkerUnavailableException.class);
  }

  @Test
  void replacesAKilledWorkerWithinTwoSeconds() throws Exception {
    store.put(state(CALL, 7));
    pool.start(CALL);
    awaitApplied(1, 7);
    long killed = System.nanoTime();
    worker(CALL, 1).kill();
    awaitApplied(2, 7);
    assertThat(Duration.ofNanos(store.epochStart(2) - killed)).isLessThan(Duration.ofSeconds(2));
    assertThat(store.ended()).containsExactly(1L);
    assertThat(store.events("worker.died").getFirst().data())
        .containsEntry("epoch", 1L)
        .containsEntry("reason", "signal 9");
    assertSequencesComplete(1);
  }

  @Test
  void replacesAHungWorker() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    signal(worker, "STOP");
    awaitApplied(2, 1);
    assertThat(worker.isAlive()).isFalse();
    assertThat(store.events("worker.died").getFirst().data().get("reason").toString())
        .startsWith("silent for");
  }

  @Test
  void survivesSighup() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    signal(worker, "HUP");
    store.put(state(CALL, 2));
    pool.changed(CALL);
    awaitApplied(1, 2);
    assertThat(worker.isAlive()).isTrue();
    // A session of its own: field 6 of /proc/PID/stat is the worker itself.
    String stat = Files.readString(worker.proc().resolve("stat"));
    assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3])
        .isEqualTo(Long.toString(worker.pid()));
  }

  @Test
  void attachesAgainAfterTheNodeWasAway() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();
    int before = store.events("tick").size();
    store.put(state(CALL, 2));
    Thread.sleep(300);

    pool = newPool();
    pool.recover();
    awaitApplied(1, 2);
    await().atMost(PATIENCE).until(() -> store.events("tick").size() > before + 20);
    assertThat(worker.isAlive()).isTrue();
    assertThat(pool.stats(CALL).cpuSeconds()).isEqualTo(2);
    assertThat(store.currentEpoch(CALL)).isEqualTo(1);
    assertThat(store.events("worker.started")).hasSize(1);
    assertSequencesComplete(1);
  }

  @Test
  void replacesAWorkerThatDiedWhileTheNodeWasAway() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();
    worker.kill();
    await().until(() -> !worker.isAlive());

    pool = newPool();
    pool.recover();
    awaitApplied(2, 1);
    assertThat(store.events("worker.died")).hasSize(1);
  }

  @Test
  void takesOverTheEventsOfAWorkerThatEndedWhileTheNodeWasAway() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();
    worker.terminate();
    await().atMost(PATIENCE).until(() -> !worker.isAlive());

    pool = newPool();
    pool.recover();
    awaitApplied(2, 1);
    assertThat(store.events("finished")).hasSize(1);
    assertSequencesComplete(1);
  }

  @Test
  void replacesAWorkerThatSaysItIsNotWell() {
    store.put(state("sick", 1));
    pool.start("sick");
    awaitApplied(2, 1);
    assertThat(store.events("worker.died")).hasSize(1);
  }

  @Test
  void aRunDirectoryOfAnUnknownCallIsNoObstacle() throws Exception {
    RunDirectory.of(launcher.root(), "unknown", 4).create();
    store.put(state(CALL, 1));
    pool.recover();
    awaitApplied(1, 1);
    assertThat(pool.awaitClosed(PATIENCE)).isTrue();
    assertThat(RunDirectory.list(launcher.root()))
        .extracting(RunDirectory::call)
        .containsExactly(CALL);
  }

  @Test
  void finishesTheWorkerOfACallThatWasClosedWhileTheNodeWasAway() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();
    store.closeCall(CALL);

    pool = newPool();
    pool.recover();
    assertThat(pool.awaitClosed(PATIENCE)).isTrue();
    assertThat(worker.isAlive()).isFalse();
    assertThat(store.events("finished")).hasSize(1);
    assertSequencesComplete(1);
  }

  @Test
  void killsAStaleWorkerBeforeANewOneStarts() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();
    store.nextEpoch(CALL);

    pool = newPool();
    pool.recover();
    assertThat(worker.isAlive()).isFalse();
    awaitApplied(3, 1);
  }

  @Test
  void leavesAPoisonedStreamOutTheThirdTime() throws Exception {
    store.put(state(CALL, 1, track("cam"), track("poison")));
    pool.start(CALL);
    awaitApplied(3, 1);
    await().atMost(PATIENCE).until(() -> store.rollovers().containsKey("e1/1"));
    assertThat(store.excludedTracks(CALL)).containsExactly("ada/poison");
    assertThat(store.events("track.failed")).hasSize(1);
    assertThat(store.events("track.failed").getFirst().data())
        .containsEntry("participant", "ada")
        .containsEntry("track", "poison");
    assertThat(store.events("worker.died")).hasSize(2);
    assertThat(store.events("worker.died").getLast().data())
        .containsEntry("suspects", Set.of("ada/poison"));
    assertThat(worker(CALL, 3).isAlive()).isTrue();
    try (var graves = Files.list(launcher.root().resolve("crashed"))) {
      assertThat(graves).hasSize(2);
    }
  }

  @Test
  void aNewWorkerIsToldWhoMayHaveKilledTheLastOne() throws Exception {
    store.put(state(CALL, 1, track("cam"), track("poisonOnce")));
    pool.start(CALL);
    awaitApplied(2, 1);
    assertThat(store.events("applied").getLast().data())
        .containsEntry("suspects", List.of("ada/poisonOnce"));
    assertThat(store.excludedTracks(CALL)).isEmpty();
  }

  @Test
  void aStoreThatIsAwayLosesNoEventAndKillsNoWorker() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    store.failAppends(4);
    int before = store.events("tick").size();
    await().atMost(PATIENCE).until(() -> store.events("tick").size() > before + 100);
    assertThat(store.currentEpoch(CALL)).isEqualTo(1);
    assertSequencesComplete(1);
  }

  @Test
  void anEventThatBelongsNowhereTakesNoOtherWithIt() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    long last = store.events("tick").getLast().sequence();
    store.misplace(last + 20);
    store.failAppends(1); // for a while, after which those that have come are stored at once
    await().atMost(PATIENCE).until(() -> store.events("tick").getLast().sequence() > last + 100);
    List<Long> sequences = store.events().stream().map(MemoryWorkerStore.Stored::sequence).toList();
    assertThat(sequences).doesNotContain(last + 20);
    for (long sequence = last; sequence < last + 100; sequence++) {
      if (sequence != last + 20) {
        assertThat(sequences).contains(sequence);
      }
    }
  }

  @Test
  void aWorkerIsUnmovedByGarbageAndByStrangers() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    byte[] endless = new byte[100_000];
    byte[] noObject = "[1,2".getBytes(StandardCharsets.UTF_8);
    byte[] unknown = "{\"command\":\"fly\",\"epoch\":1}".getBytes(StandardCharsets.UTF_8);
    byte[] stale = json(new WorkerCommand.Attach(9, WorkerEvent.PROTOCOL_VERSION));
    byte[] notAttached = json(new WorkerCommand.Shutdown(1));
    for (byte[] line : List.of(endless, noObject, unknown, stale, notAttached)) {
      try (LineChannel stranger = connect(1)) {
        stranger.writeLine(line);
        assertThat(ProtocolJson.MAPPER.readValue(stranger.readLine(), WorkerEvent.class))
            .isInstanceOf(WorkerEvent.Refused.class);
        assertThat(isCutOff(stranger)).isTrue();
      }
    }
    store.put(state(CALL, 2));
    pool.changed(CALL);
    awaitApplied(1, 2);
    assertThat(store.events("worker.died")).isEmpty();
  }

  @Test
  void tellsOfAStateThatCannotBeApplied() {
    store.put(state("failing", 1));
    pool.start("failing");
    await().atMost(PATIENCE).until(() -> !store.events("worker.error").isEmpty());
    assertThat(store.events("worker.error").getFirst().data().get("reason").toString())
        .contains("this call cannot be");
  }

  @Test
  void secretsAreNeitherInArgumentsNorInTheEnvironmentNorInFiles() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    String arguments = String.join(" ", worker.commandLine());
    String environment =
        Files.readString(worker.proc().resolve("environ"), StandardCharsets.ISO_8859_1);
    assertThat(arguments).contains("callcast worker " + CALL).doesNotContain(STREAM_KEY);
    assertThat(environment).doesNotContain(STREAM_KEY).doesNotContain("MAVEN");
    try (var files = Files.list(RunDirectory.of(launcher.root(), CALL, 1).path())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain(STREAM_KEY);
      }
    }
  }

  @Test
  void worksWithADataDirectoryOfAnyLengthAndACallOfAnyName() throws Exception {
    Path deep = data.resolve("d".repeat(120)).resolve("run");
    launcher = new WorkerLauncher(command(), deep, true);
    pool = newPool();
    store.put(state("..", 1));
    pool.start("..");
    awaitApplied(1, 1);
    assertThat(pool.stats("..").cpuSeconds()).isEqualTo(1);
  }

  @Test
  void anIdCanBeUsedAgainWhileTheOldCallFinishes() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    pool.close(CALL);
    store.put(state(CALL, 5));
    pool.start(CALL);
    awaitApplied(2, 5);
    await().atMost(PATIENCE).until(() -> store.events("finished").size() == 1);
    assertThat(store.events("finished").getFirst().data()).containsEntry("revision", 1);
    assertThat(worker(CALL, 2).isAlive()).isTrue();
  }

  /** As after an upgrade or a downgrade: its worker is none that this node sends states to. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aWorkerOfAnotherVersionGoesOnUntilTheCallChanges(int off) throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    ProcessIdentity worker = worker(CALL, 1);
    pool.detach();

    pool = newPool(WorkerEvent.PROTOCOL_VERSION + off);
    pool.recover();
    int before = store.events("tick").size();
    await().atMost(PATIENCE).until(() -> store.events("tick").size() > before + 100);
    assertThat(worker.isAlive()).isTrue();
    assertThatThrownBy(() -> pool.stats(CALL))
        .isInstanceOf(WorkerUnavailableException.class)
        .hasMessageContaining("another version");
    assertThat(store.events("applied")).hasSize(1);

    store.put(state(CALL, 2));
    pool.changed(CALL);
    await().atMost(PATIENCE).until(() -> !store.events("worker.died").isEmpty());
    assertThat(store.events("worker.died").getFirst().data().get("reason").toString())
        .startsWith("speaks protocol " + WorkerEvent.PROTOCOL_VERSION);
    assertThat(worker.isAlive()).isFalse();
    assertSequencesComplete(1);
  }

  @Test
  void aWorkerOfAnotherVersionFinishesWhenItsCallIsClosed() throws Exception {
    store.put(state(CALL, 1));
    pool.start(CALL);
    awaitApplied(1, 1);
    pool.detach();

    pool = newPool(WorkerEvent.PROTOCOL_VERSION + 1);
    pool.recover();
    store.closeCall(CALL);
    pool.close(CALL);
    assertThat(pool.awaitClosed(PATIENCE)).isTrue();
    assertThat(store.events("finished")).hasSize(1);
    assertThat(store.events("worker.died")).isEmpty();
    assertSequencesComplete(1);
  }

  private WorkerPool newPool() {
    return newPool(WorkerEvent.PROTOCOL_VERSION);
  }

  private WorkerPool newPool(int protocol) {
    WorkerSettings settings = WorkerSettings.DEFAULT;
    return new WorkerPool(
        store,
        launcher,
        new WorkerSettings(
            settings.startLimit(),
            Duration.ofMillis(600),
            5,
            settings.closeLimit(),
            settings.requestLimit(),
            settings.restartDelays(),
            settings.calmAfter(),
            settings.suspectWindow(),
            protocol,
            protocol));
  }

  private static List<String> command() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx64m",
        "-cp",
        System.getProperty("java.class.path"),
        CountingWorker.class.getName(),
        "callcast");
  }

  /** Waits until the worker of this epoch has applied this revision. */
  private void awaitApplied(long epoch, int revision) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            store.events("applied").stream()
                .anyMatch(event ->
                    event.epoch() == epoch
                        && Integer.valueOf(revision).equals(event.data().get("revision"))));
  }

  /** No event of this epoch was lost or doubled or out of order. */
  private void assertSequencesComplete(long epoch) {
    List<Long> sequences =
        store.events().stream()
            .filter(event -> event.epoch() == epoch)
            .map(MemoryWorkerStore.Stored::sequence)
            .toList();
    assertThat(sequences).isEqualTo(LongStream.rangeClosed(1, sequences.size()).boxed().toList());
  }

  private ProcessIdentity worker(String call, long epoch) throws Exception {
    ProcessIdentity worker =
        RunDirectory.of(launcher.root(), call, epoch).readWorker().orElseThrow();
    seen.add(worker);
    return worker;
  }

  private LineChannel connect(long epoch) throws Exception {
    RunDirectory directory = RunDirectory.of(launcher.root(), CALL, epoch);
    return new LineChannel(
        SocketChannel.open(UnixDomainSocketAddress.of(directory.socketFor(worker(CALL, epoch)))));
  }

  /** A reset stands for an end when the worker closed before it had read everything. */
  private static boolean isCutOff(LineChannel lines) {
    try {
      return lines.readLine() == null;
    } catch (IOException reset) {
      return true;
    }
  }

  private static byte[] json(WorkerCommand command) {
    return ProtocolJson.MAPPER.writeValueAsBytes(command);
  }

  private static void signal(ProcessIdentity worker, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(worker.pid())).start().waitFor())
        .isZero();
  }

  private static TrackSpec track(String id) {
    return new TrackSpec(
        id,
        TrackKind.VIDEO,
        TrackSource.CAMERA,
        "e1",
        id.equals("cam") ? 1 : 2,
        96,
        Codec.VP8,
        90_000,
        0,
        null,
        false,
        List.of());
  }

  private static CallState state(String call, long revision, TrackSpec... tracks) {
    List<ParticipantSpec> participants = new ArrayList<>();
    participants.add(new ParticipantSpec("ada", "Ada", false, false, 1, 0, List.of(tracks)));
    @Nullable String speaker = null;
    return new CallState(
        call,
        revision,
        List.of(),
        participants,
        speaker,
        List.of(
            new CompositionSpec(
                "main",
                new CompositionSpec.Canvas(1280, 720, 30, "#000000"),
                new CompositionSpec.Layout("grid", Map.of()),
                new CompositionSpec.Selection(List.of("*"), List.of("*"), "active"),
                new CompositionSpec.Video(3_000_000, 2, Latency.NORMAL, "superfast"),
                new CompositionSpec.Audio(128_000, 2),
                new CompositionSpec.Limits(0, 0),
                List.of(
                    new OutputSpec.Rtmp("out", "rtmp://127.0.0.1/live/" + STREAM_KEY, null, true)),
                1,
                false)),
        null);
  }
}
