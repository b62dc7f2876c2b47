package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.media.worker.control.SuspectJournal;
import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A stream that kills whoever decodes it. No such stream is known for the decoders of today, so the
 * death comes from here: SIGKILL at the moment when the worker has noted that it hands the stream's
 * first key frame to a decoder, and has not noted yet that it survived that.
 */
@Tag("media")
class PoisonedStreamTest {
  private static final Logger log = LoggerFactory.getLogger(PoisonedStreamTest.class);

  @Test
  void isLeftOutTheThirdTimeAndNobodyElse() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("poisoned");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          List.of(
              TriedCall.person(0, "e1"),
              TriedCall.person(1, "e1"),
              // Two with large pictures: each worker begins to decode both at about the same time,
              // and that takes a while. The last one is the bad one.
              large(2, "e1"),
              large(3, "e1"));
      String poison = people.getLast().id() + "/cam";
      call.joinAll(people);
      Map<String, Object> body =
          LiveCall.composition("main", TriedCall.WIDTH, TriedCall.HEIGHT, TriedCall.FPS, "grid");
      node.api().post(call.path() + "/compositions", body);
      int deaths = 0;
      while (call.events("track.failed").isEmpty()) {
        // A kill that comes too late for the worker's note tells nobody anything; it is not
        // counted.
        assertThat(deaths).as("deaths until the track was left out").isLessThan(6);
        deaths++;
        killWhenItDecodes(node, call, deaths, poison);
        int dead = deaths;
        call.awaitEvent("worker.died", event -> event.get("data").get("epoch").asInt() == dead);
        int next = deaths + 1;
        call.awaitEvent("worker.started", event -> event.get("data").get("epoch").asInt() == next);
      }
      JsonNode failed = call.awaitTrackEvent("track.failed", people.getLast().id(), "cam");
      assertThat(failed.get("data").get("reason").asString()).contains("died twice");
      LiveCall.await(
          Duration.ofSeconds(20),
          "the composition",
          () -> call.compositionStats("main").has("mediaTime"));
      double now = call.mediaTime("main");
      call.awaitMediaTime("main", now + 7);
      double end = call.mediaTime("main");
      Path file = call.stop("main");

      int named = 0;
      for (JsonNode died : call.events("worker.died")) {
        String suspects = died.get("data").get("suspects").toString();
        log.info("epoch {} died: {}", died.get("data").get("epoch"), suspects);
        named += suspects.contains(poison) ? 1 : 0;
      }
      assertThat(named).as("deaths at which it was suspect").isEqualTo(2);
      assertThat(call.events("track.failed")).as("tracks left out").hasSize(1);
      assertThat(call.events("worker.died")).hasSize(deaths);
      assertThat(call.recordings()).hasSize(1);
      // It is only its picture that is left out: it keeps its place, and its voice is heard.
      ContentReport report =
          ContentCheck.run(
              file,
              Tiles.of("grid", Map.of(), TriedCall.WIDTH, TriedCall.HEIGHT, people, now + 4, end));
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (SyntheticParticipant person : people.subList(0, 3)) {
        TileReport tile = report.tile(person.index());
        assertThat(tile.right()).isPositive().isGreaterThanOrEqualTo(tile.pictures() - 1);
        assertThat(tile.unheard()).isEmpty();
      }
      TileReport left = report.tile(people.getLast().index());
      assertThat(left.right()).isZero();
      assertThat(left.unheard()).isEmpty();
    }
  }

  /** 3840x2160, a key frame every 2 s and no other on request. */
  private static SyntheticParticipant large(int index, String endpoint) {
    VideoClipSpec video =
        new VideoClipSpec(index, "P" + index, Codec.VP8, 3840, 2160, 5, 2_000_000, 2, false);
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(SyntheticTrack.camera(endpoint, video))
        .withTrack(SyntheticTrack.mic(endpoint, new AudioClipSpec(index, Codec.OPUS, 5, 10, -36)));
  }

  private static void killWhenItDecodes(LiveNode node, LiveCall call, long epoch, String track)
      throws IOException, InterruptedException {
    RunDirectory directory = RunDirectory.of(node.data().resolve("run"), call.id(), epoch);
    long end = System.nanoTime() + 20_000_000_000L;
    while (!SuspectJournal.read(directory.suspects()).contains(track)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("epoch " + epoch + " does not begin to decode " + track);
      }
      // No sleep: the moment is short.
      Thread.onSpinWait();
    }
    directory.liveWorker().ifPresent(ProcessIdentity::kill);
  }
}
