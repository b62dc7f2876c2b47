package dev.callcast.media.output.tracks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.callcast.media.output.mp4.Tools;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.report.ReportLine.TrackCount;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is written beside the media, how it ends, and what a crash leaves. */
class TracksRecordingTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long PACKET = SECOND / 50;

  /** An AVCDecoderConfigurationRecord; nothing here decodes. */
  private static final byte[] CONFIGURATION = {1, 66, (byte) 0xC0, 30, -1, (byte) 0xE0, 0};

  @TempDir Path directory;
  final CompletableFuture<RecordingEnd> end = new CompletableFuture<>();
  final long origin = System.nanoTime();
  final List<TrackCount> counts = new CopyOnWriteArrayList<>();

  private TracksRecording open(Path where, long quota, long maxQueued) {
    TracksRecording recording =
        new TracksRecording(
            new TracksRecording.Spec("c", "r1", where, origin, quota),
            new TracksListener() {
              @Override
              public void started(boolean resumed) {}

              @Override
              public void ended(RecordingEnd reason, String detail, long time, long bytes) {
                end.complete(reason);
              }
            },
            () -> List.copyOf(counts),
            maxQueued);
    recording.start();
    return recording;
  }

  private TracksRecording open() {
    return open(directory, 0, TracksRecording.MAX_QUEUED);
  }

  private static TracksRecording.Inlet mic(TracksRecording recording) {
    return recording.stream(new TrackInfo("ada", "mic", TrackSource.MIC, Codec.PCMU, 1, 1));
  }

  private static TracksRecording.Inlet camera(TracksRecording recording) {
    return recording.stream(new TrackInfo("ada", "cam", TrackSource.CAMERA, Codec.H264, 0, 2));
  }

  private static TrackFrame sound(long time, int lost) {
    return new TrackFrame(new byte[160], time, time, 0, false, true, 0, 0, 0, lost, null);
  }

  private static TrackFrame picture(long time, byte @Nullable [] configuration) {
    boolean key = configuration != null;
    return new TrackFrame(
        new byte[500], time, time, 0, false, key, key ? 64 : 0, key ? 48 : 0, 0, 0, configuration);
  }

  private static byte[] configuration(int number) {
    byte[] other = CONFIGURATION.clone();
    other[3] = (byte) number;
    return other;
  }

  private JsonNode finish() throws IOException {
    assertThat(TracksManifest.finish(directory)).isInstanceOf(TracksManifest.Result.Finished.class);
    return ProtocolJson.MAPPER.readTree(Files.readString(directory.resolve(TracksManifest.NAME)));
  }

  private static List<String> names(JsonNode manifest) {
    return Stream.of(manifest.get("files"))
        .flatMap(files -> files.values().stream())
        .map(file -> file.get("name").asString())
        .toList();
  }

  @Test
  void gapsAreToldOnTheTimeline() throws IOException {
    try (TracksRecording recording = open()) {
      TracksRecording.Inlet mic = mic(recording);
      for (int i = 0; i < 300; i++) {
        boolean lost = i >= 100 && i < 103;
        boolean paused = i >= 200 && i < 260;
        if (!lost && !paused) {
          mic.frame(sound(SECOND + i * PACKET, i == 103 ? 3 : 0));
        }
      }
    }
    JsonNode file = finish().at("/files/0");
    assertThat(file.get("offset").asDouble()).isEqualTo(1);
    JsonNode gaps = file.get("gaps");
    assertThat(gaps.size()).isEqualTo(2);
    assertThat(gaps.at("/0/from").asDouble()).isCloseTo(3, within(1e-6));
    assertThat(gaps.at("/0/to").asDouble()).isCloseTo(3.06, within(1e-6));
    assertThat(gaps.at("/0/lost").asInt()).isEqualTo(3);
    assertThat(gaps.at("/1/from").asDouble()).isCloseTo(5, within(1e-6));
    assertThat(gaps.at("/1/to").asDouble()).isCloseTo(6.2, within(1e-6));
    assertThat(gaps.at("/1/lost").asInt()).isZero();
  }

  @Test
  void otherParameterSetsGetAnotherFileButNotWithoutEnd() throws IOException {
    try (TracksRecording recording = open()) {
      TracksRecording.Inlet camera = camera(recording);
      camera.frame(picture(0, null)); // cannot be decoded
      for (int i = 1; i <= 200; i++) {
        camera.frame(picture(i * SECOND / 100, configuration(i)));
      }
    }
    JsonNode manifest = finish();
    assertThat(manifest.get("files").size()).isBetween(10, 12);
    assertThat(names(manifest).getFirst()).isEqualTo("0001-ada-cam.mp4");
    assertThat(manifest.at("/files/0/ended").asString()).isEqualTo("configuration");
  }

  @Test
  void aCrashLeavesWhatTheNextGoesOnBeside() throws IOException {
    try (TracksRecording recording = open()) {
      TracksRecording.Inlet mic = mic(recording);
      for (int i = 0; i < 100; i++) {
        mic.frame(sound(SECOND + i * PACKET, 0));
      }
    }
    // As a crash leaves it: a cluster and a line that were being written, and no end of the file.
    Path journal = directory.resolve(TracksManifest.JOURNAL);
    List<String> lines = Files.readAllLines(journal);
    lines.removeIf(line -> line.contains("\"end\"") || line.contains("\"ended\""));
    Files.writeString(journal, String.join("\n", lines) + "\n{\"line\":\"gap\",\"fi");
    Path first = directory.resolve("0001-ada-mic.mka");
    long whole = Files.size(first);
    Files.write(
        first, new byte[] {0x1F, 0x43, (byte) 0xB6, 0x75, 0x48, 1, 2}, StandardOpenOption.APPEND);
    try (TracksRecording recording = open()) {
      TracksRecording.Inlet mic = mic(recording);
      for (int i = 0; i < 100; i++) {
        mic.frame(sound(5 * SECOND + i * PACKET, 0));
      }
      recording.left(6 * SECOND, "bea");
    }
    JsonNode manifest = finish();
    assertThat(names(manifest)).containsExactly("0001-ada-mic.mka", "0002-ada-mic.mka");
    assertThat(manifest.get("runs").size()).isEqualTo(2);
    assertThat(manifest.at("/files/0/ended").asString()).isEqualTo("crash");
    assertThat(manifest.at("/files/0/frames").asInt()).isEqualTo(100);
    assertThat(manifest.at("/files/1/offset").asDouble()).isEqualTo(5);
    assertThat(manifest.at("/events/0/participant").asString()).isEqualTo("bea");
    assertThat(Files.size(first)).isGreaterThan(whole); // its index is in place of the torn end
    // It may be done again.
    assertThat(finish()).isEqualTo(manifest);
  }

  @Test
  void whatWasReceivedIsToldOfEachFile() throws IOException {
    counts.add(new TrackCount("ada", "mic", 1000, 7, 70)); // before it began
    long begun = System.nanoTime() - origin;
    try (TracksRecording recording = open()) {
      TracksRecording.Inlet mic = mic(recording);
      Awaitility.await()
          .until(
              () -> Files.readString(directory.resolve(TracksManifest.JOURNAL)).contains("1000"));
      for (int i = 0; i < 50; i++) {
        mic.frame(sound(begun + i * PACKET, 0));
      }
      counts.set(0, new TrackCount("ada", "mic", 1050, 9, 75));
      counts.add(new TrackCount("bea", "mic", 30, 0, 0)); // of whom there is no file
      Awaitility.await()
          .atMost(5, TimeUnit.SECONDS)
          .until(
              () -> Files.readString(directory.resolve(TracksManifest.JOURNAL)).contains("1050"));
      for (int i = 0; i < 50; i++) {
        mic.frame(sound(System.nanoTime() - origin + i * PACKET, 0));
      }
      counts.set(0, new TrackCount("ada", "mic", 1100, 9, 75));
    }
    JsonNode file = finish().at("/files/0");
    assertThat(file.get("packets").asLong()).isEqualTo(100);
    assertThat(file.get("lost").asLong()).isEqualTo(2);
    assertThat(file.get("recovered").asLong()).isEqualTo(5);
  }

  @Test
  void packetsAreThoseOfTheFileTheyCameIn() {
    TrackCounts all = new TrackCounts();
    all.file("1", "ada", "cam", 0, 5);
    all.file("2", "ada", "cam", 5, 11);
    all.take(
        Stream.of(
                "{'line':'run','at':0}",
                "{'line':'count','at':0,'tracks':[]}",
                "{'line':'count','at':4,'tracks':[['ada','cam',400,0,0]]}",
                "{'line':'count','at':6,'tracks':[['ada','cam',600,2,4]]}",
                // Its worker died.
                "{'line':'run','at':9}",
                "{'line':'count','at':9,'tracks':[['ada','cam',50,1,1]]}",
                "{'line':'count','at':12,'tracks':[['ada','cam',350,4,1]]}")
            .map(line -> ProtocolJson.MAPPER.readTree(line.replace('\'', '"')))
            .toList());
    ObjectNode first = ProtocolJson.MAPPER.createObjectNode();
    ObjectNode second = ProtocolJson.MAPPER.createObjectNode();
    all.put("1", first);
    all.put("2", second);
    assertThat(first.toString()).isEqualTo("{\"packets\":500,\"lost\":1,\"recovered\":2}");
    assertThat(second.toString()).isEqualTo("{\"packets\":400,\"lost\":4,\"recovered\":2}");
  }

  @Test
  void nobodyFinishesWhatIsBeingRecorded() throws IOException {
    try (TracksRecording recording = open()) {
      mic(recording).frame(sound(0, 0));
      Awaitility.await().until(() -> Files.exists(directory.resolve("0001-ada-mic.mka")));
      assertThat(TracksManifest.finish(directory)).isInstanceOf(TracksManifest.Result.InUse.class);
    }
  }

  @Test
  void nothingAtAllIsARecordingToo() throws IOException {
    open().close();
    JsonNode manifest = finish();
    assertThat(manifest.get("files").isEmpty()).isTrue();
    assertThat(manifest.at("/ended/reason").asString()).isEqualTo("stopped");
    assertThat(TracksManifest.finish(directory.resolve("nowhere")))
        .isInstanceOf(TracksManifest.Result.Empty.class);
  }

  @Test
  void whatComesLateIsWrittenWithoutWaitingForMore() {
    try (TracksRecording recording = open()) {
      mic(recording).frame(sound(System.nanoTime() - origin, 0));
      Path file = directory.resolve("0001-ada-mic.mka");
      Awaitility.await().until(() -> Files.exists(file) && Files.size(file) > 160);
    }
  }

  @Test
  void theQuotaEndsIt() throws Exception {
    try (TracksRecording recording = open(directory, 50_000, TracksRecording.MAX_QUEUED)) {
      TracksRecording.Inlet mic = mic(recording);
      for (int i = 0; i < 500; i++) {
        mic.frame(sound(i * PACKET, 0));
      }
      assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.QUOTA);
      mic.frame(sound(0, 0)); // does nothing
    }
    assertThat(finish().at("/ended/reason").asString()).isEqualTo("quota");
  }

  @Test
  void aFullDiskEndsItWithEverythingWhole() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("small"));
    var mounted =
        Tools.tryRun("mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", mount.toString());
    assumeTrue(mounted.status() == 0, "mounting needs root");
    try {
      try (TracksRecording recording = open(mount, 0, TracksRecording.MAX_QUEUED)) {
        TracksRecording.Inlet mic = mic(recording);
        for (int i = 0; i < 10_000; i++) {
          mic.frame(sound(i * PACKET, 0));
        }
        assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.DISK_FULL);
      }
      assertThat(TracksManifest.finish(mount)).isInstanceOf(TracksManifest.Result.Finished.class);
      Tools.decodes(mount.resolve("0001-ada-mic.mka"), "error");
    } finally {
      Tools.run("umount", mount.toString());
    }
  }

  @Test
  void aDiskThatTakesNothingEndsItBeforeTheMemoryIsFull() throws Exception {
    try (TracksRecording recording = open(directory, 0, 2_000)) {
      TracksRecording.Inlet mic = mic(recording);
      for (int i = 0; i < 10_000 && !end.isDone(); i++) {
        mic.frame(new TrackFrame(new byte[1_500], 0, 0, 0, false, true, 0, 0, 0, 0, null));
        mic.frame(new TrackFrame(new byte[1_500], 0, 0, 0, false, true, 0, 0, 0, 0, null));
      }
      assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.ERROR);
      recording.participant(0, Map.of("id", "ada")); // does nothing
    }
  }
}
