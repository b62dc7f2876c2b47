package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.RecordingFile;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Opening;
import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.RecordingOptions;
import dev.callcast.server.store.StoredEvent;
import dev.callcast.server.store.StoredRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are written by the worker's own writer; what is in their pictures does not matter here. */
class RecordingsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final StreamFormat FORMAT =
      new StreamFormat(
          320,
          180,
          30,
          HexFormat.of()
              .parseHex(
                  "0164000dffe1001867640"
                      + "00dacd94141fb016a02020280000003008000001e078a14cb01000668ebe3cb22c0"),
          48_000,
          2,
          new byte[] {0x11, (byte) 0x90});

  @TempDir Path data;
  TestNode node;
  long epoch;
  long sequence;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}")
        .is(201);
    epoch = node.store().calls().nextEpoch("c");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private OutputSpec.Recording wanted() {
    return (OutputSpec.Recording)
        node.store().calls().loadState("c").compositions().getFirst().outputs().getFirst();
  }

  /** Three seconds: a key frame each second, and silence. */
  private static FragmentedMp4Writer write(Path file) throws IOException {
    FragmentedMp4Writer writer =
        ((Mp4Opening.Created)
                FragmentedMp4Writer.open(file, FORMAT, FragmentedMp4Writer.Options.defaults()))
            .writer();
    long sound = 0;
    for (int n = 0; n < 90; n++) {
      long pts = n * SECOND / 30;
      byte[] picture = new byte[200];
      picture[3] = (byte) 196;
      writer.write(new Packet(Packet.Kind.VIDEO, picture, pts, pts, SECOND / 30, n % 30 == 0));
      while (sound * 1024 * SECOND / 48_000 < pts) {
        long at = sound * 1024 * SECOND / 48_000;
        writer.write(
            new Packet(
                Packet.Kind.AUDIO,
                new byte[] {0x21, 0x10, 4},
                at,
                at,
                1024 * SECOND / 48_000,
                true));
        sound++;
      }
    }
    return writer;
  }

  private void ended(String recording) {
    node.store()
        .calls()
        .appendWorkerEvent(
            "c",
            epoch,
            ++sequence,
            "recording.ended",
            "2026-11-22T12:00:00.000Z",
            3.0,
            Map.of(
                "composition",
                "main",
                "output",
                "rec",
                "recording",
                recording,
                "reason",
                "stopped"));
  }

  private TestNode.Answered finished(String recording, String state) {
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(node.get("/v1/recordings/" + recording).text("/state")).isEqualTo(state));
    return node.get("/v1/recordings/" + recording).is(200);
  }

  @Test
  void aRecordingThatEndedBecomesAnOrdinaryFile() throws Exception {
    OutputSpec.Recording recording = wanted();
    Path file = Path.of(recording.file());
    String path = "/v1/recordings/" + recording.recording();
    node.get(path + "/access-link").problem(409, null);
    try (FragmentedMp4Writer writer = write(file)) {
      assertThat(node.get(path).text("/state")).isEqualTo("recording");
      node.delete(path).problem(409, null);
      node.get(path + "/report").problem(409, null);
      try (ReportJournal notes = ReportJournal.open(file)) {
        ReportLine.Counters none = new ReportLine.Counters(0, 0, List.of(), Map.of());
        notes.append(new ReportLine.Begun(0, none));
        notes.append(new ReportLine.Joined(0, "ada", "Ada"));
        notes.append(new ReportLine.Counted(2, none, List.of()));
      }
      writer.end();
    }
    ended(recording.recording());
    TestNode.Answered ready = finished(recording.recording(), "ready");
    assertThat(ready.at("/bytes").asLong()).isEqualTo(Files.size(file));
    assertThat(ready.at("/duration").asDouble()).isBetween(2.9, 3.1);
    assertThat(ready.at("/segments").size()).isEqualTo(1);
    assertThat(ready.text("/key")).isEqualTo("c/main-" + recording.recording() + ".mp4");
    StoredEvent event = node.store().events().after(0, "c", null, 100).getLast();
    assertThat(event.type()).isEqualTo("recording.ready");
    assertThat(event.data()).containsEntry("recording", recording.recording());
    // An ordinary file: its first box after ftyp is the mdat that hides the fragments.
    byte[] head = Arrays.copyOf(Files.readAllBytes(file), 200);
    assertThat(new String(head, java.nio.charset.StandardCharsets.ISO_8859_1)).contains("mdat");

    checkReport(path, file);

    node.delete(path).is(204);
    try (var left = Files.list(file.getParent())) {
      assertThat(left).as("beside the file").isEmpty();
    }
    node.get(path).problem(404, null);
    node.get(path + "/report").problem(404, null);
  }

  /** At once without hashes, soon with them, and the same beside the file. */
  private void checkReport(String path, Path file) throws Exception {
    assertThat(node.get(path + "/report").is(200).text("/participants/0/name")).isEqualTo("Ada");
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(node.get(path + "/report").at("/hashes").isObject()).isTrue());
    TestNode.Answered report = node.get(path + "/report");
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    assertThat(report.text("/hashes/parts/0/sha256")).isEqualTo(HexFormat.of().formatHex(hash));
    assertThat(report.text("/hashes/overall"))
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(hash)));
    assertThat(report.at("/participants/0/present/0/to").asDouble()).isEqualTo(2);
    Path beside = file.resolveSibling(file.getFileName() + ".report.json");
    assertThat(TestNode.JSON.readTree(Files.readString(beside))).isEqualTo(report.json());
    assertThat(ReportJournal.fileFor(file)).doesNotExist();
  }

  @Test
  void aLinkServesRangesUntilItExpires() throws Exception {
    OutputSpec.Recording recording = wanted();
    write(Path.of(recording.file())).close();
    ended(recording.recording());
    finished(recording.recording(), "ready");
    byte[] all = Files.readAllBytes(Path.of(recording.file()));
    String link = node.get("/v1/recordings/" + recording.recording() + "/access-link").text("/url");
    assertThat(link).startsWith(node.server.url() + "/v1/recordings/");
    String key = node.key;
    node.key = null; // A link needs no key.

    TestNode.Answered whole = node.get(link).is(200);
    assertThat(whole.body()).isEqualTo(all);
    assertThat(whole.response().headers().firstValue("Content-Disposition").orElseThrow())
        .isEqualTo("attachment; filename=\"c-main-" + recording.recording() + ".mp4\"");
    TestNode.Answered head = node.send("HEAD", link, null, b -> b).is(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.response().headers().firstValue("Content-Length"))
        .hasValue(Integer.toString(all.length));
    assertThat(range(link, "bytes=10-19").is(206).body())
        .isEqualTo(Arrays.copyOfRange(all, 10, 20));
    assertThat(range(link, "bytes=-5").is(206).body())
        .isEqualTo(Arrays.copyOfRange(all, all.length - 5, all.length));
    TestNode.Answered last = range(link, "bytes=" + (all.length - 3) + "-").is(206);
    assertThat(last.response().headers().firstValue("Content-Range"))
        .hasValue("bytes %d-%d/%d".formatted(all.length - 3, all.length - 1, all.length));
    range(link, "bytes=" + all.length + "-").problem(416, null);
    range(link, "bytes=a-b").is(200);
    range(link, "bytes=0-1,3-4").is(200);

    node.get(link.replaceAll("expires=\\d+", "expires=9999999999")).problem(403, null);
    node.get(link.substring(0, link.length() - 2) + "xx").problem(403, null);
    node.get(link.replace(recording.recording(), "r0")).problem(403, null);
    node.get(link.replaceAll("\\?.*", "")).problem(403, null);
    node.key = key;
    String brief =
        node.get("/v1/recordings/" + recording.recording() + "/access-link?expiresIn=1")
            .text("/url");
    Awaitility.await().untilAsserted(() -> assertThat(node.get(brief).status()).isEqualTo(403));
    assertThat(node.get(brief).text("/detail")).contains("expired");
  }

  @Test
  void aFileIsNotFinishedUnderItsWriter() throws Exception {
    OutputSpec.Recording recording = wanted();
    try (FragmentedMp4Writer writer = write(Path.of(recording.file()))) {
      node.delete("/v1/calls/c/compositions/main/outputs/rec").is(204);
      node.store().calls().workerEnded("c", epoch); // Told too early.
      Awaitility.await()
          .until(() ->
              node.store().recordings().get(recording.recording()).orElseThrow().ending() != null);
      assertThat(node.get("/v1/recordings/" + recording.recording()).text("/state"))
          .isEqualTo("recording");
      writer.end();
    }
    finished(recording.recording(), "ready");
  }

  @Test
  void whatWasLeftIsFinishedAtTheNextStart() throws Exception {
    OutputSpec.Recording recording = wanted();
    write(Path.of(recording.file())).close(); // As a killed worker leaves it.
    String key = node.key;
    node.store().calls().close("c");
    node.close();
    node = TestNode.open(data);
    node.key = key;
    finished(recording.recording(), "ready");
  }

  @Test
  void aRecordingOfNothingFailsAndSaysSo() {
    StoredRecording recording = node.store().recordings().get(wanted().recording()).orElseThrow();
    node.delete("/v1/calls/c/compositions/main").is(204);
    node.store().calls().workerEnded("c", epoch);
    assertThat(finished(recording.id(), "failed").text("/reason")).contains("nothing");
    assertThat(node.store().events().after(0, "c", null, 100).getLast().type())
        .isEqualTo("recording.failed");
    node.delete("/v1/recordings/" + recording.id()).is(204);
  }

  private void told(String type, double mediaTime, Map<String, Object> data) {
    Map<String, Object> all = new HashMap<>(data);
    all.put("composition", "main");
    node.store()
        .calls()
        .appendWorkerEvent(
            "c", epoch, ++sequence, type, "2026-11-22T12:00:00.000Z", mediaTime, all);
  }

  @Test
  void aCompositionThatFailsAtItsStartFailsItsRecordingAtOnce() {
    String recording = wanted().recording();
    told("composition.failed", 0, Map.of("reason", "no element x264enc"));
    TestNode.Answered failed = finished(recording, "failed");
    assertThat(failed.text("/reason"))
        .isEqualTo("nothing was recorded: the composition failed: no element x264enc");
  }

  @Test
  void markersGetTheirTimeFromTheWorkerAndBecomeChapters() throws Exception {
    OutputSpec.Recording recording = wanted();
    String path = "/v1/recordings/" + recording.recording();
    String markers = "/v1/calls/c/compositions/main/markers";
    node.post(markers, "{}").problem(400, "/label");
    node.post(markers, "{\"label\":\" \"}").problem(400, "/label");
    node.post(markers, "{\"label\":\"a\\nb\"}").problem(400, "/label");
    String marker = node.post(markers, "{\"label\":\"Questions\"}").is(201).text("/id");
    node.post(markers, "{\"id\":\"" + marker + "\",\"label\":\"x\"}").problem(409, "/id");
    assertThat(node.store().calls().loadState("c").compositions().getFirst().markers())
        .extracting(CompositionSpec.Marker::label)
        .containsExactly("Questions");
    assertThat(node.get(path).at("/markers").size()).isZero();

    told("recording.started", 0, Map.of("output", "rec", "recording", recording.recording()));
    told("composition.marker", 1.5, Map.of("marker", marker, "label", "Questions"));
    told("composition.marker", 1.6, Map.of("marker", marker, "label", "Questions")); // once more
    assertThat(node.store().calls().loadState("c").compositions().getFirst().markers()).isEmpty();
    assertThat(node.get(path).at("/markers/0/mediaTime").asDouble()).isEqualTo(1.5);
    assertThat(node.get(path).at("/markers/0").has("time")).isFalse();

    try (RecordingFile writer = write(Path.of(recording.file()))) {
      writer.end();
    }
    ended(recording.recording());
    TestNode.Answered ready = finished(recording.recording(), "ready");
    assertThat(ready.at("/markers").size()).isEqualTo(1);
    assertThat(ready.at("/markers/0/time").asDouble()).isEqualTo(1.5);
    byte[] file = Files.readAllBytes(Path.of(recording.file()));
    assertThat(new String(file, java.nio.charset.StandardCharsets.ISO_8859_1))
        .contains("chpl", "Questions");
    node.delete(path).is(204);
    assertThat(node.store().recordings().markers(recording.recording())).isEmpty();
  }

  @Test
  void aSplitLinksRecordings() throws Exception {
    OutputSpec.Recording first = wanted();
    String split = "/v1/calls/c/compositions/main/split";
    node.post(split, "{}").problem(409, null); // it has not started
    told("recording.started", 0, Map.of("output", "rec", "recording", first.recording()));
    node.post(split, "{\"output\":\"other\"}").problem(409, "/output");
    node.post(split, "{\"at\":1}").problem(400, "/at");
    TestNode.Answered answer = node.post(split, "{\"output\":\"rec\"}").is(200);
    assertThat(answer.text("/items/0/previous")).isEqualTo(first.recording());
    OutputSpec.Recording second = wanted();
    assertThat(second.recording()).isEqualTo(answer.text("/items/0/recording"));
    assertThat(second.previous()).isEqualTo(first.recording());
    assertThat(second.file()).isNotEqualTo(first.file());
    node.post(split, "{}").problem(409, null); // the last has not taken effect

    // A marker of just then goes to both, until it is known in which of them it is.
    told("composition.marker", 1.5, Map.of("marker", "k1", "label", "early"));
    told("composition.marker", 3.5, Map.of("marker", "k2", "label", "late"));
    try (RecordingFile writer = write(Path.of(first.file()))) {
      writer.endAt(2 * SECOND);
    }
    told(
        "recording.ended",
        2,
        Map.of(
            "output",
            "rec",
            "recording",
            first.recording(),
            "reason",
            "split",
            "next",
            second.recording()));
    TestNode.Answered ready = finished(first.recording(), "ready");
    assertThat(ready.text("/next")).isEqualTo(second.recording());
    assertThat(ready.at("/duration").asDouble()).isEqualTo(2);
    assertThat(ready.at("/markers").findValuesAsString("label")).containsExactly("early");
    TestNode.Answered next = node.get("/v1/recordings/" + second.recording());
    assertThat(next.text("/state")).isEqualTo("recording");
    assertThat(next.text("/previous")).isEqualTo(first.recording());
    // The output goes on: the end of the first was not its own.
    assertThat(wanted().recording()).isEqualTo(second.recording());
  }

  @Test
  void howARecordingIsMadeIsSaidAndShown() throws Exception {
    String outputs = "/v1/calls/c/compositions/main/outputs";
    node.post(outputs, "{\"type\":\"recording\",\"format\":\"wav\"}").problem(400, "/format");
    node.post(outputs, "{\"type\":\"recording\",\"gaps\":\"hide\"}").problem(400, "/gaps");
    node.post(outputs, "{\"type\":\"recording\",\"format\":\"ogg\",\"faststart\":true}")
        .problem(400, "/faststart");
    TestNode.Answered made =
        node.post(
                outputs,
                "{\"id\":\"sound\",\"type\":\"recording\",\"format\":\"ogg\",\"gaps\":\"cut\"}")
            .is(201);
    assertThat(made.text("/format")).isEqualTo("ogg");
    TestNode.Answered row = node.get("/v1/recordings/" + made.text("/recording")).is(200);
    assertThat(row.text("/gaps")).isEqualTo("cut");
    assertThat(row.text("/key")).endsWith(".ogg");
    OutputSpec.Recording spec =
        (OutputSpec.Recording)
            node.store().calls().loadState("c").compositions().getFirst().outputs().get(1);
    assertThat(spec.options())
        .isEqualTo(
            new RecordingOptions(RecordingOptions.Format.OGG, RecordingOptions.Gaps.CUT, false));
  }

  @Test
  void withoutAPictureThereIsSoundAlone() {
    String compositions = "/v1/calls/c/compositions";
    String off = "\"video\":{\"off\":true}";
    node.post(
            compositions,
            "{%s,\"outputs\":[{\"type\":\"recording\",\"format\":\"mp4\"}]}".formatted(off))
        .problem(400, "/outputs/0/format");
    node.post(
            compositions,
            "{%s,\"outputs\":[{\"type\":\"rtmp\",\"url\":\"rtmp://127.0.0.1/a/b\"}]}"
                .formatted(off))
        .problem(400, "/outputs/0/type");
    TestNode.Answered made =
        node.post(
                compositions,
                "{\"id\":\"radio\",%s,\"outputs\":[{\"type\":\"recording\"}]}".formatted(off))
            .is(201);
    assertThat(made.text("/outputs/0/format")).isEqualTo("m4a");
    assertThat(made.at("/video/off").asBoolean()).isTrue();
    node.post(
            compositions + "/radio/outputs", "{\"type\":\"rtmp\",\"url\":\"rtmp://127.0.0.1/a/b\"}")
        .problem(400, "/type");
  }

  @Test
  void anIndexThatHasNoRoomIsBroughtForwardByAnAnnouncedCopy() throws Exception {
    TestNode.Answered made =
        node.post(
                "/v1/calls/c/compositions/main/outputs",
                "{\"id\":\"fast\",\"type\":\"recording\",\"faststart\":true}")
            .is(201);
    StoredRecording recording =
        node.store().recordings().get(made.text("/recording")).orElseThrow();
    try (RecordingFile writer = write(Path.of(recording.file()))) { // with no room kept for it
      writer.end();
    }
    ended(recording.id());
    TestNode.Answered ready = finished(recording.id(), "ready");
    byte[] file = Files.readAllBytes(Path.of(recording.file()));
    assertThat(new String(file, 40, 4, java.nio.charset.StandardCharsets.ISO_8859_1))
        .isEqualTo("moov");
    assertThat(ready.at("/bytes").asLong()).isEqualTo(file.length);
    assertThat(node.store().events().after(0, "c", null, 100))
        .extracting(StoredEvent::type)
        .containsSubsequence("recording.finishing", "recording.ready");
    try (var files = Files.list(Path.of(recording.file()).getParent())) {
      assertThat(files).noneMatch(path -> path.toString().endsWith(".faststart"));
    }
  }

  private TestNode.Answered range(String link, String range) {
    return node.send("GET", link, null, request -> request.header("Range", range));
  }
}
