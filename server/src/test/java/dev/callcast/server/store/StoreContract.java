package dev.callcast.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.RecordingOptions;
import dev.callcast.protocol.WorkerEvent;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store does, whatever database it is on. */
abstract class StoreContract {
  private static final String AT = "2026-11-22T12:00:00.000Z";

  @TempDir Path data;
  String url;
  Store store;
  final List<String> told = new CopyOnWriteArrayList<>();

  abstract String url() throws Exception;

  @BeforeEach
  void open() throws Exception {
    url = url();
    reopen();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void reopen() throws Exception {
    store =
        Store.open(
            url,
            NodeKey.open(data.resolve("node.key")),
            RecordingPlaces.directory(data.resolve("recordings")),
            "n1",
            data.resolve("assets"),
            NetworkPolicy.LOOPBACK,
            null);
    store
        .calls()
        .listen(
            new CallListener() {
              @Override
              public void opened(String call) {
                told.add("opened " + call);
              }

              @Override
              public void changed(String call) {
                told.add("changed " + call);
              }

              @Override
              public void closed(String call) {
                told.add("closed " + call);
              }

              @Override
              public void recordingBegan(String recording) {
                told.add("began " + recording);
              }

              @Override
              public void recordingEnding(String recording) {
                told.add("ending " + recording);
              }
            });
  }

  static CompositionDocument composition(String id, OutputDocument... outputs) {
    return new CompositionDocument(
        new CompositionSpec(
            id,
            new CompositionSpec.Canvas(1280, 720, 30, "#000000"),
            new CompositionSpec.Layout("grid", Map.of("x", 1, "y", "ü😀", "z", 0.5)),
            new CompositionSpec.Selection(List.of("*"), List.of("*"), "active"),
            new CompositionSpec.Video(3_000_000, 2, Latency.NORMAL, "superfast"),
            new CompositionSpec.Audio(128_000, 2),
            new CompositionSpec.Limits(0, 0),
            List.of(),
            1,
            false),
        List.of(outputs),
        false,
        AT);
  }

  private String record(String call, String composition) {
    StoredCall stored = store.calls().open(call).orElseThrow();
    return store
        .database()
        .write(handle -> {
          RecordingFiles.Place place =
              store
                  .files()
                  .add(stored, composition, "rec", RecordingFiles.Wanted.mp4(null, null), null);
          store
              .calls()
              .change(
                  call,
                  document ->
                      document.with(
                          composition(
                              composition,
                              new OutputDocument.Recording(
                                  "rec",
                                  place.recording(),
                                  place.file(),
                                  0,
                                  null,
                                  null,
                                  RecordingOptions.DEFAULT,
                                  null,
                                  AT,
                                  false))));
          return place.recording();
        });
  }

  @Test
  void aCallOutlivesTheNode() throws Exception {
    store.calls().create("c");
    StoredCall changed =
        store
            .calls()
            .change(
                "c",
                document ->
                    document
                        .with(new ParticipantSpec("ada", "Ada", true, false, 1, 0, List.of()))
                        .with(composition("main"))
                        .withSpeaker("ada"));
    assertThat(changed.revision()).isEqualTo(2);
    CallState before = store.calls().loadState("c");
    store.close();
    reopen();
    assertThat(store.calls().loadState("c")).isEqualTo(before);
    assertThat(store.calls().openCalls()).containsExactly("c");
    assertThat(told).containsExactly("opened c", "changed c");
  }

  @Test
  void aChangeThatThrowsHasNotHappened() {
    store.calls().create("c");
    told.clear();
    assertThatThrownBy(() ->
            store
                .database()
                .write(handle -> {
                  store.calls().change("c", document -> document.withSpeaker("x"));
                  store.calls().appendEvent("c", "participant.left", Map.of());
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(store.calls().loadState("c").revision()).isEqualTo(1);
    assertThat(store.events().after(0, null, null, 10)).hasSize(1);
    assertThat(told).isEmpty();
  }

  @Test
  void anIdIsFreeAgainWhenItsCallIsClosed() {
    StoredCall first = store.calls().create("c");
    assertThatThrownBy(() -> store.calls().create("c")).isInstanceOf(DuplicateIdException.class);
    assertThat(store.calls().nextEpoch("c")).isEqualTo(1);
    store.calls().close("c");
    assertThatThrownBy(() -> store.calls().close("c")).isInstanceOf(NoSuchElementException.class);
    StoredCall second = store.calls().create("c");
    assertThat(second.instance()).isGreaterThan(first.instance());
    // Epochs go on, so that (call, epoch) tells the two apart for ever.
    assertThat(store.calls().nextEpoch("c")).isEqualTo(2);
    assertThat(store.calls().currentEpoch("c")).isEqualTo(2);

    assertThat(worker("c", 1, 1, "composition.stopped", Map.of("composition", "m"))).isTrue();
    assertThat(worker("c", 2, 1, "composition.live", Map.of("composition", "m"))).isTrue();
    assertThat(store.events().after(0, "c", first.instance(), 10))
        .extracting(StoredEvent::type, StoredEvent::sequence)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("call.opened", 1L),
            org.assertj.core.groups.Tuple.tuple("call.closed", 2L),
            org.assertj.core.groups.Tuple.tuple("composition.stopped", 3L));
    assertThat(store.calls().states(second.instance()))
        .extracting(KnownState::state)
        .containsExactly("live");
    assertThatThrownBy(() -> worker("c", 3, 1, "x.y", Map.of()))
        .isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> store.calls().loadState("d"))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void aWorkersEventIsStoredOnce() throws Exception {
    store.calls().create("c");
    store.calls().nextEpoch("c");
    assertThat(worker("c", 1, 1, "track.live", Map.of("participant", "ä"))).isTrue();
    assertThat(worker("c", 1, 1, "track.live", Map.of("participant", "ä"))).isFalse();
    assertThat(worker("c", 1, 2, "track.stalled", Map.of())).isTrue();
    store.calls().nextEpoch("c");
    assertThat(worker("c", 2, 1, "track.live", Map.of())).isTrue();
    store.close();
    reopen();
    assertThat(worker("c", 1, 2, "track.stalled", Map.of())).isFalse();
    List<StoredEvent> events = store.events().after(0, "c", null, 10);
    assertThat(events).extracting(StoredEvent::sequence).containsExactly(1L, 2L, 3L, 4L);
    assertThat(events.get(1).data()).isEqualTo(Map.of("participant", "ä"));
    assertThat(events.get(1).mediaTime()).isEqualTo(1.25);
    assertThat(events.get(0).mediaTime()).isNull();
    assertThat(store.events().after(events.get(2).id(), "c", null, 10)).hasSize(1);
    assertThat(store.events().after(0, "other", null, 10)).isEmpty();
    assertThat(store.events().last()).isEqualTo(events.getLast().id());
  }

  @Test
  void manyEventsOfAWorkerAreStoredAtOnceOrNoneOfThem() {
    store.calls().create("c");
    store.calls().nextEpoch("c");
    worker("c", 1, 1, "track.live", Map.of());
    store
        .calls()
        .appendWorkerEvents("c", 1, List.of(happened(1, AT), happened(2, AT), happened(3, AT)));
    assertThat(store.events().after(0, "c", null, 10))
        .extracting(StoredEvent::type)
        .containsExactly("call.opened", "track.live", "number.2", "number.3");
    assertThatThrownBy(() ->
            store.calls().appendWorkerEvents("c", 1, List.of(happened(4, AT), happened(5, null))))
        .isInstanceOf(RuntimeException.class);
    assertThat(store.events().after(0, "c", null, 10)).hasSize(4);
    store.calls().appendWorkerEvents("c", 1, List.of(happened(4, AT)));
    assertThat(store.events().after(0, "c", null, 10))
        .extracting(StoredEvent::sequence)
        .containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  /** Without a time it cannot be stored. */
  private static WorkerEvent.Happened happened(long sequence, String at) {
    return new WorkerEvent.Happened(1, sequence, "number." + sequence, at, 1.25, Map.of());
  }

  @Test
  void eventsAreInOneOrderWhoeverAppends() throws Exception {
    for (String call : List.of("a", "b")) {
      store.calls().create(call);
      store.calls().nextEpoch(call);
    }
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String call : List.of("a", "b", "a", "b")) {
        writers.add(
            threads.submit(() -> {
              for (long i = 1; i <= 25; i++) {
                worker(call, 1, i, "track.live", Map.of());
              }
            }));
      }
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    for (String call : List.of("a", "b")) {
      assertThat(store.events().after(0, call, null, 1000))
          .extracting(StoredEvent::sequence)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 26).boxed().toList());
    }
  }

  @Test
  void rolloversAndExcludedTracksAreKept() {
    StoredCall call = store.calls().create("c");
    store
        .calls()
        .change(
            "c",
            document ->
                document.with(
                    new EndpointSpec(
                        "e",
                        true,
                        "127.0.0.1",
                        40000,
                        null,
                        List.of(),
                        new EndpointSpec.Srtp(
                            "AES_CM_128_HMAC_SHA1_80",
                            store.states().seal(call.instance(), "remote"),
                            store.states().seal(call.instance(), "local"),
                            List.of()),
                        null)));
    store.calls().saveRollover("c", "e", 4_000_000_000L, 1);
    store.calls().saveRollover("c", "e", 4_000_000_000L, 2);
    store.calls().saveRollover("c", "e", 5, 7);
    EndpointSpec.Srtp srtp = store.calls().loadState("c").endpoints().getFirst().srtp();
    assertThat(srtp.remoteKey()).isEqualTo("remote");
    assertThat(srtp.localKey()).isEqualTo("local");
    assertThat(srtp.rollovers())
        .containsExactly(
            new EndpointSpec.Rollover(5, 7), new EndpointSpec.Rollover(4_000_000_000L, 2));

    store.calls().excludeTrack("c", "ada/cam");
    store.calls().excludeTrack("c", "ada/cam");
    store.calls().excludeTrack("c", "adam/cam");
    assertThat(store.calls().excludedTracks("c")).containsExactly("ada/cam", "adam/cam");
    store.calls().includeTracks(call.instance(), "ada");
    assertThat(store.calls().excludedTracks("c")).containsExactly("adam/cam");
  }

  @Test
  void aSecretIsReadableOnlyWhereItWasSealed() throws Exception {
    NodeKey key = NodeKey.open(data.resolve("node.key"));
    NodeKey other = NodeKey.open(data.resolve("other.key"));
    String sealed = key.seal("secret", "a");
    assertThat(sealed).doesNotContain("secret").isNotEqualTo(key.seal("secret", "a"));
    assertThat(key.unseal(sealed, "a")).isEqualTo("secret");
    assertThatThrownBy(() -> key.unseal(sealed, "b")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> other.unseal(sealed, "a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.unseal("secret", "a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRecordingThatEndsIsNotAppendedToAgain() {
    store.calls().create("c");
    String id = record("c", "main");
    store.calls().nextEpoch("c");
    Map<String, Object> about = Map.of("composition", "main", "output", "rec", "recording", id);
    worker("c", 1, 1, "recording.started", about);
    assertThat(store.recordings().get(id).orElseThrow().startedAt()).isEqualTo(AT);
    assertThat(outputs("c")).hasSize(1);
    told.clear();
    worker(
        "c",
        1,
        2,
        "recording.ended",
        Map.of(
            "composition",
            "main",
            "output",
            "rec",
            "recording",
            id,
            "bytes",
            5,
            "duration",
            1.5,
            "reason",
            "quota"));
    assertThat(told).contains("ending " + id, "changed c");
    assertThat(outputs("c")).isEmpty();
    StoredRecording ended = store.recordings().get(id).orElseThrow();
    assertThat(ended.ending()).isEqualTo(AT);
    assertThat(ended.bytes()).isEqualTo(5);
    assertThat(ended.reason()).isEqualTo("quota");
    assertThat(ended.state()).isEqualTo("recording");
    store
        .recordings()
        .ready(
            id,
            6,
            1.5,
            List.of(new StoredRecording.Segment(0, 1), new StoredRecording.Segment(2, 2.5)));
    assertThat(store.recordings().unfinished()).isEmpty();
    assertThat(store.recordings().get(id).orElseThrow().segments()).hasSize(2);
  }

  @Test
  void aFormatThatChangedGoesOnInAnotherFile() {
    store.calls().create("c");
    String id = record("c", "main");
    store.calls().nextEpoch("c");
    worker(
        "c",
        1,
        1,
        "recording.ended",
        Map.of("composition", "main", "recording", id, "reason", "formatChanged"));
    OutputSpec.Recording next = (OutputSpec.Recording) outputs("c").getFirst();
    assertThat(next.recording()).isNotEqualTo(id);
    assertThat(store.recordings().get(next.recording()).orElseThrow().file())
        .isEqualTo(next.file());
  }

  @Test
  void whatADeadWorkerLeftIsFinishedUnlessItGoesOn() {
    store.calls().create("c");
    String wanted = record("c", "a");
    String dropped = record("c", "b");
    store.calls().nextEpoch("c");
    store.calls().change("c", document -> document.withoutComposition("b"));
    told.clear();
    store.calls().workerEnded("c", 1);
    assertThat(told).containsExactly("ending " + dropped);
    store.calls().nextEpoch("c");
    assertThat(store.recordings().get(wanted).orElseThrow().ending()).isNull();
    store.calls().close("c");
    told.clear();
    store.calls().create("c");
    store.calls().workerEnded("c", 2);
    assertThat(told).containsExactly("opened c", "ending " + wanted);
    store.calls().workerEnded("c", 2);
    assertThat(told).hasSize(2);
  }

  @Test
  void aCallWithoutAWorkerIsFinishedAtOnce() {
    store.calls().create("c");
    String id = record("c", "a");
    store.calls().close("c");
    assertThat(told).contains("ending " + id);
  }

  private StoredUpload upload() {
    StoredCall call = store.calls().create("c");
    StoredUpload upload =
        new StoredUpload(
            "r1",
            "r1",
            call.instance(),
            "c",
            "n1",
            1,
            StoredUpload.State.INTENDED,
            "/spool/r1.mp4",
            "mp4",
            "video/mp4",
            "s3",
            "p/r1.mp4",
            100,
            null,
            null,
            0,
            null,
            null,
            null,
            AT);
    store.uploads().add(upload);
    return upload;
  }

  @Test
  void anUploadIsJournalled() throws Exception {
    StoredUpload upload = upload();
    assertThat(store.uploads().get("r1")).hasValue(upload);
    UploadStore uploads = store.uploads();
    uploads.activate("r1");
    assertThat(uploads.began("r1", 1, "u1")).isTrue();
    assertThat(uploads.part("r1", 1, new StoredUpload.Part(1, 100, "e1", "aa"))).isTrue();
    assertThat(uploads.part("r1", 1, new StoredUpload.Part(2, 50, "e2", "bb"))).isTrue();
    assertThat(uploads.part("r1", 1, new StoredUpload.Part(1, 100, "e3", "cc"))).isTrue();
    StoredUpload.Tail tail = new StoredUpload.Tail(100, 20, "t", AT);
    assertThat(uploads.tail("r1", 1, tail)).isTrue();
    assertThat(uploads.error("r1", 1, "away")).isTrue();
    store.close();
    reopen();
    uploads = store.uploads();
    StoredUpload now = uploads.get("r1").orElseThrow();
    assertThat(now.uploadId()).isEqualTo("u1");
    assertThat(now.tail()).isEqualTo(tail);
    assertThat(now.error()).isEqualTo("away");
    assertThat(now.finalLength()).isNull();
    assertThat(uploads.parts("r1"))
        .containsExactly(
            new StoredUpload.Part(1, 100, "e3", "cc"), new StoredUpload.Part(2, 50, "e2", "bb"));
    uploads.ended("r1", 150, 52);
    assertThat(uploads.completing("r1", 1)).isTrue();
    assertThat(uploads.in(StoredUpload.State.ACTIVE)).isEmpty();
    assertThat(uploads.in(StoredUpload.State.ACTIVE, StoredUpload.State.COMPLETING)).hasSize(1);
    assertThat(uploads.verified("r1", 1, "o-2")).isTrue();
    now = uploads.get("r1").orElseThrow();
    assertThat(now.finalLength()).isEqualTo(150);
    assertThat(now.rewritten()).isEqualTo(52);
    assertThat(now.objectEtag()).isEqualTo("o-2");
    assertThat(uploads.ofKey("s3", "p/r1.mp4")).hasSize(1);
    assertThat(uploads.ofKey("s3", "p/r2.mp4")).isEmpty();
    uploads.delete("r1");
    assertThat(uploads.get("r1")).isEmpty();
    assertThat(uploads.parts("r1")).isEmpty();
  }

  @Test
  void whoLostAnUploadWritesNoMore() {
    StoredUpload upload = upload();
    UploadStore uploads = store.uploads();
    uploads.activate("r1");
    uploads.began("r1", 1, "u1");
    uploads.part("r1", 1, new StoredUpload.Part(1, 100, "e1", "aa"));
    assertThat(uploads.take(upload, "n2")).isEqualTo(2);
    assertThat(uploads.take(upload, "n3")).isZero();
    assertThat(uploads.get("r1").orElseThrow().node()).isEqualTo("n2");
    assertThat(uploads.part("r1", 1, new StoredUpload.Part(2, 100, "e2", "bb"))).isFalse();
    assertThat(uploads.began("r1", 1, "u2")).isFalse();
    assertThat(uploads.tail("r1", 1, new StoredUpload.Tail(0, 1, "", AT))).isFalse();
    assertThat(uploads.completing("r1", 1)).isFalse();
    assertThat(uploads.verified("r1", 1, "x")).isFalse();
    assertThat(uploads.failed("r1", 1, "x")).isFalse();
    assertThat(uploads.restart("r1", 1)).isZero();
    assertThat(uploads.parts("r1")).hasSize(1);
    assertThat(uploads.restart("r1", 2)).isEqualTo(3);
    assertThat(uploads.parts("r1")).isEmpty();
    assertThat(uploads.get("r1").orElseThrow().uploadId()).isNull();
  }

  @Test
  void theNewestProcessOfANameCounts() {
    NodeStore nodes = store.nodes();
    nodes.started("n1", "i1");
    assertThat(nodes.beat("n1", "i1")).isTrue();
    long before = nodes.beats().get("n1");
    assertThat(nodes.beat("n1", "i1")).isTrue();
    assertThat(nodes.beats().get("n1")).isGreaterThan(before);
    nodes.started("n1", "i2");
    assertThat(nodes.beat("n1", "i1")).isFalse();
    assertThat(nodes.beat("n1", "i2")).isTrue();
    assertThat(nodes.beat("n2", "i1")).isFalse();
  }

  @Test
  void aRecordingThatIsOutOfReachIsFollowedByAnother() {
    StoredCall call = store.calls().create("c");
    String id = record("c", "main");
    store.calls().nextEpoch("c");
    store
        .database()
        .write(handle -> {
          store.recordings().take(id, "n2", "/other/file.mp4");
          store.calls().replaceRecording(call.instance(), "c", id);
          return null;
        });
    StoredRecording taken = store.recordings().get(id).orElseThrow();
    assertThat(taken.node()).isEqualTo("n2");
    assertThat(taken.file()).isEqualTo("/other/file.mp4");
    assertThat(taken.ending()).isNotNull();
    OutputSpec.Recording next = (OutputSpec.Recording) outputs("c").getFirst();
    assertThat(next.recording()).isNotEqualTo(id);
    assertThat(told).contains("began " + next.recording());
  }

  @Test
  void keysAreFoundByTheirSecretUntilRevoked() {
    assertThat(store.keys().hasAdmin()).isFalse();
    KeyStore.NewKey made = store.keys().create("k", List.of("read", "admin"));
    assertThat(store.keys().hasAdmin()).isTrue();
    assertThat(store.keys().find(made.secret())).hasValue(made.key());
    assertThat(store.keys().find(made.secret() + "x")).isEmpty();
    assertThat(store.keys().find("cck_" + made.key().id() + "_")).isEmpty();
    assertThat(store.keys().revoke(made.key().id())).isTrue();
    assertThat(store.keys().revoke(made.key().id())).isFalse();
    assertThat(store.keys().find(made.secret())).isEmpty();
    assertThat(store.keys().list(null, 10).getFirst().revokedAt()).isNotNull();
    assertThat(store.keys().hasAdmin()).isFalse();
  }

  @Test
  void answersAreKeptSealed() {
    var answer = new IdempotencyStore.Answer("hash", 201, "/x", "{\"secret\":1}");
    store.idempotency().save("p", "k", answer);
    assertThat(store.idempotency().find("p", "k")).hasValue(answer);
    assertThat(store.idempotency().find("q", "k")).isEmpty();
    String stored =
        store
            .database()
            .read(handle ->
                handle.createQuery("select body from idempotency").mapTo(String.class).one());
    assertThat(stored).doesNotContain("secret");
  }

  private List<OutputSpec> outputs(String call) {
    return store.calls().loadState(call).compositions().getFirst().outputs();
  }

  private boolean worker(
      String call, long epoch, long sequence, String type, Map<String, Object> eventData) {
    return store.calls().appendWorkerEvent(call, epoch, sequence, type, AT, 1.25, eventData);
  }

  @Test
  void deliveriesAreMadeOnceAndGoOutInOrderPerCall() {
    WebhookStore webhooks = store.webhooks();
    store.calls().create("before");
    StoredWebhook made =
        webhooks.create("http://127.0.0.1/", List.of("call.*"), List.of("*"), "whsec_c2VjcmV0");
    assertThat(webhooks.get(made.id())).contains(made);
    assertThat(webhooks.secrets(made.id(), Instant.now()).all()).containsExactly("whsec_c2VjcmV0");
    store.calls().create("a");
    store.calls().create("b");
    store.calls().close("a");
    assertThat(webhooks.fanOut("me", 100).webhooks()).as("without the lease").isEmpty();
    assertThat(webhooks.take(webhooks.lease(), "n1", "me")).isTrue();
    assertThat(webhooks.fanOut("me", 100).webhooks()).containsExactly(made.id());
    assertThat(webhooks.fanOut("me", 100).webhooks()).isEmpty();
    assertThat(webhooks.pending()).isEqualTo(3);

    Instant now = Instant.now().plusSeconds(1);
    List<StoredDelivery> heads = webhooks.due(made.id(), now, 10);
    assertThat(heads).extracting(head -> head.event().call()).containsExactly("a", "b");
    assertThat(heads).extracting(head -> head.event().type()).containsOnly("call.opened");
    String later = Ids.time(now.plusSeconds(60));
    webhooks.record(
        List.of(
            new WebhookStore.Outcome(
                heads.get(0), StoredDelivery.DELIVERED, null, AT, 204, 5, null, null),
            new WebhookStore.Outcome(
                heads.get(1), StoredDelivery.PENDING, later, AT, null, 5, "refused", null)));
    assertThat(webhooks.due(made.id(), now, 10))
        .extracting(head -> head.event().type())
        .containsExactly("call.closed");
    assertThat(webhooks.nextDue(made.id(), now)).isEqualTo(later);
    assertThat(webhooks.delivery(made.id(), heads.get(1).id()).orElseThrow().error())
        .isEqualTo("refused");
    StoredDelivery again =
        webhooks.redeliver(webhooks.delivery(made.id(), heads.get(0).id()).orElseThrow());
    assertThat(again.event()).isEqualTo(heads.get(0).event());
    assertThat(webhooks.deliveries(made.id(), null, null, 10)).hasSize(4).first().isEqualTo(again);
    assertThat(webhooks.deliveries(made.id(), "delivered", null, 10)).hasSize(1);

    WebhookStore.Lease seen = webhooks.lease();
    assertThat(webhooks.take(seen, "n2", "other")).isTrue();
    assertThat(webhooks.take(seen, "n1", "me")).as("lost").isFalse();
    store.calls().create("c");
    assertThat(webhooks.fanOut("me", 100).webhooks()).isEmpty();
    assertThat(webhooks.fanOut("other", 100).webhooks()).containsExactly(made.id());

    webhooks.rotate(made.id(), "whsec_bmV4dA==", Instant.now().plusSeconds(60));
    assertThat(webhooks.secrets(made.id(), Instant.now()).all())
        .containsExactly("whsec_bmV4dA==", "whsec_c2VjcmV0");
    assertThat(webhooks.secrets(made.id(), Instant.now().plusSeconds(90)).all()).hasSize(1);
    assertThat(webhooks.forget(Instant.now().plusSeconds(60))).isEqualTo(1);
    assertThat(webhooks.delete(made.id())).isTrue();
    assertThat(webhooks.pending()).isZero();
  }

  @Test
  void keysMayBeForSomeCalls() {
    KeyStore.NewKey key = store.keys().create("x", List.of("read"), List.of("a", "team-*"));
    assertThat(store.keys().find(key.secret()).orElseThrow().calls())
        .containsExactly("a", "team-*");
    assertThat(store.keys().create("y", List.of("read")).key().calls()).isEmpty();
  }

  /** Flyway takes a good part of a start: it is not asked where nothing is to be done. */
  @Test
  void aSchemaThatIsCurrentIsLeftAlone() throws Exception {
    store.close();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(url);
      boolean postgresql = url.startsWith("jdbc:postgresql:");
      assertThat(Schema.bringUpToDate(pool, postgresql)).as("just made").isFalse();
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("drop table sessions");
        statement.execute("delete from flyway_schema_history where version = '60'");
      }
      assertThat(Schema.bringUpToDate(pool, postgresql)).as("of an older program").isTrue();
      assertThat(Schema.bringUpToDate(pool, postgresql)).isFalse();
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "update flyway_schema_history set checksum = checksum + 1 where version = '1'");
      }
      assertThatThrownBy(() -> Schema.bringUpToDate(pool, postgresql))
          .hasMessageContaining("checksum mismatch");
    }
    reopenAfter("update flyway_schema_history set checksum = checksum - 1 where version = '1'");
  }

  /** An older program on what a newer one has changed would not know what it breaks. */
  @Test
  void aSchemaOfANewerProgramIsRefused() throws Exception {
    store.close();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(url);
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "insert into flyway_schema_history (installed_rank, version, description, type, script,"
                + " checksum, installed_by, execution_time, success) values (9999, '9999', 'x',"
                + " 'SQL', 'V9999__x.sql', 1, 'x', 1, true)");
      }
    }
    assertThatThrownBy(this::reopen)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("newer version of Callcast (migrations [9999])");
    reopenAfter("delete from flyway_schema_history where version = '9999'");
  }

  private void reopenAfter(String sql) throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(url);
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
    reopen();
  }
}
