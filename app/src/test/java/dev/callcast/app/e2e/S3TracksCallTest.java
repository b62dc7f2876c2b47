package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.fault.HttpProxy.Action;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The tracks of a live call go to S3 while they grow. Worker and node are killed together, and the
 * server overloaded, refuses, and is away at the end: all that was received is there.
 */
@Tag("media")
@Tag("peer")
class S3TracksCallTest {
  private static final Logger log = LoggerFactory.getLogger(S3TracksCallTest.class);

  /** Of each file that a killed worker wrote, s: half a second, and what was on its way. */
  private static final double MOST_LOST = 1.5;

  @TempDir Path directory;

  @Test
  @Tag("long")
  void everythingComesToS3() throws Exception {
    try (LiveS3 s3 = LiveS3.start(directory).storage("s3", "tailInterval: 1");
        LiveNode node = LiveNode.serve(s3.options())) {
      LiveCall call = node.call("standup");
      call.endpoint("e1");
      SyntheticParticipant ada =
          SyntheticParticipant.of(0, "P0", "e1").withFaults(Faults.loss(3).withSeed(1));
      SyntheticParticipant bea = SyntheticParticipant.of(1, "P1", "e1", Codec.H264, Codec.PCMA);
      node.senders().prepare(List.of(ada, bea));
      String id =
          node.api().post(call.path() + "/tracks-recording", Map.of()).get("recording").asString();
      String path = "/v1/recordings/" + id;
      call.join(ada);
      call.join(bea);
      Path objects = s3.object(node.api().get(path)).getParent();
      LiveCall.await(
          Duration.ofSeconds(15),
          "four tails",
          () -> TrackSet.count(objects, "000[1-4]-.*\\.tail") == 4);
      long sending = System.nanoTime() + 4_500_000_000L;
      LiveCall.await(Duration.ofSeconds(6), "more", () -> System.nanoTime() > sending);

      s3.proxy().rule(head -> new Action.Answer(503, "SlowDown"));
      Path spool = node.data().resolve("spool/s3").resolve(id);
      long killed = System.nanoTime();
      node.worker("standup").kill();
      node.kill();
      node.restart();
      LiveCall.await(
          Duration.ofSeconds(20), "new files", () -> TrackSet.count(spool, "000[5-8]-.*") == 4);
      double absent = (System.nanoTime() - killed) / 1e9;
      long until = System.nanoTime() + 4_500_000_000L;
      LiveCall.await(Duration.ofSeconds(6), "more", () -> System.nanoTime() > until);
      node.api().delete(call.path() + "/tracks-recording");
      // It has ended, and nothing of it is lost while S3 takes nothing.
      LiveCall.await(
          Duration.ofSeconds(20),
          "its end",
          () -> node.api().get(path).get("state").asString().equals("uploading"));
      assertThat(TrackSet.count(spool, "000[1-8]-.*")).isEqualTo(8);
      s3.proxy().rule(head -> new Action.Pass());
      LiveCall.await(
          Duration.ofSeconds(20),
          "all of it in S3",
          () -> node.api().get(path).get("state").asString().equals("ready"));

      assertThat(spool).doesNotExist();
      assertThat(TrackSet.count(objects, ".*\\.tail")).isZero();
      TrackSet set = new TrackSet(objects.resolve("manifest.json"));
      JsonNode report = node.api().get(path + "/report");
      log.info("absent for {} s: {}", absent, report);
      assertThat(set.manifest.get("files").size()).isEqualTo(8);
      assertThat(report.get("workers").asInt()).isEqualTo(2);
      for (int i = 0; i < 8; i++) {
        check(set, set.manifest.get("files").get(i), report.get("files").get(i));
      }
      for (String track : List.of("cam", "mic")) {
        for (String who : List.of("p0", "p1")) {
          List<JsonNode> files = set.files(who, track);
          assertThat(files).hasSize(2);
          double gap = TrackSet.offset(files.get(1)) - TrackSet.end(files.get(0));
          assertThat(gap)
              .as("%s %s: not recorded, s", who, track)
              .isBetween(0.0, absent + MOST_LOST);
        }
      }
      for (int i = 0; i < 2; i++) {
        set.inStep("p0", 0, i);
        set.inStep("p1", 1, i);
      }
      JsonNode camera =
          report.get("files").values().stream()
              .filter(S3TracksCallTest::isLossy)
              .findFirst()
              .orElseThrow();
      assertThat(camera.get("recovered").asLong()).isPositive();
      assertThat(Files.readString(objects.resolve("report.json"))).contains("\"workers\" : 2");
    }
  }

  private static boolean isLossy(JsonNode file) {
    return file.get("participant").asString().equals("p0")
        && file.get("track").asString().equals("cam");
  }

  private static void check(TrackSet set, JsonNode file, JsonNode told) throws Exception {
    String name = file.get("name").asString();
    assertThat(set.complaints(file)).as(name).isEmpty();
    assertThat(told.get("name").asString()).isEqualTo(name);
    assertThat(told.get("duration").asDouble()).as(name).isGreaterThan(2);
    byte[] bytes = Files.readAllBytes(set.path(file));
    assertThat((long) bytes.length).isEqualTo(told.get("bytes").asLong());
    assertThat(told.at("/hashes/parts").size()).as(name).isEqualTo(1);
    assertThat(told.at("/hashes/parts/0/sha256").asString())
        .as(name)
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    // A packet of sound is a frame; 50 a second, but for what a kill took of the counts.
    if (file.get("kind").asString().equals("audio")) {
      assertThat(told.get("packets").asDouble() + told.get("lost").asDouble())
          .as(name)
          .isCloseTo(told.get("duration").asDouble() * 50, within(130.0));
    }
  }
}
