package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Workers and the node are killed with SIGKILL at random, one after another and now and then
 * together, under calls that talk, are muted and are empty, on S3 and in a directory. Each call has
 * one file in the end, which plays; what each kill cost is written to {@code target/campaign.txt}.
 * {@code ./test --campaign N} runs it with N kills.
 */
@Tag("campaign")
class CampaignTest {
  private static final Logger log = LoggerFactory.getLogger(CampaignTest.class);
  private static final int KILLS = Integer.getInteger("callcast.campaign.kills", 100);
  private static final long SEED =
      Long.getLong("callcast.campaign.seed", System.currentTimeMillis());

  /** Kills under the same files. */
  private static final int ROUND = 10;

  /** What a kill may take of what was captured before it, s. */
  private static final double MOST_LOST = 1.5;

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final List<String> report = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();
  private final List<Double> gaps = new ArrayList<>();
  private LiveS3 s3;
  private LiveNode node;

  /** One call of a round. */
  private final class Victim {
    final LiveCall call;
    final String storage;
    final List<SyntheticParticipant> people = new ArrayList<>();
    final List<Double> kills = new ArrayList<>();

    /** {@link System#nanoTime} at which media time 0 was captured. */
    long origin;

    Victim(int round, String kind, String storage, int index)
        throws IOException, InterruptedException {
      this.storage = storage;
      this.call = node.call(kind + "-" + storage + "-" + round);
      String endpoint = call.id() + "-endpoint";
      call.endpoint(endpoint);
      if (!kind.equals("empty")) {
        people.add(TriedCall.person(index, endpoint));
      }
      node.senders().prepare(people);
      for (SyntheticParticipant person : people) {
        call.join(person);
        node.senders().setMuted(person.id(), "mic", kind.equals("muted"));
      }
      Map<String, Object> body = new HashMap<>(LiveCall.composition("main", 320, 180, 15, "grid"));
      body.put("video", Map.of("bitrate", 300_000));
      body.put("outputs", List.of(Map.of("id", "rec", "type", "recording", "storage", storage)));
      call.compose(body);
    }

    void awaitRecording() throws IOException, InterruptedException {
      call.awaitMediaTime("main", 2);
      origin = call.compositionOrigin("main");
    }

    /** The worker there is now; null when the one before was killed just now. */
    ProcessIdentity worker() {
      try {
        return node.worker(call.id());
      } catch (IOException e) {
        return null;
      }
    }

    void killed() {
      kills.add((System.nanoTime() - origin) / 1e9);
    }

    /** Waits until what is captured now is recorded. */
    void awaitAlive() throws IOException, InterruptedException {
      double now = (System.nanoTime() - origin) / 1e9;
      call.awaitMediaTime("main", now);
    }

    void finish() throws IOException, InterruptedException {
      node.api().post(call.path() + "/compositions/main/stop", Map.of());
      JsonNode ready = call.awaitRecording("main", "ready");
      for (SyntheticParticipant person : people) {
        node.senders().remove(person.id());
      }
      assertThat(call.recordings().size()).as("%s: files", call.id()).isEqualTo(1);
      Path file = storage.equals("s3") ? s3.object(ready) : call.recordingFile(ready);
      check(file);
      call.close();
      Files.delete(file);
    }

    private void check(Path file) throws IOException, InterruptedException {
      Mp4Summary summary = Mp4Inspector.inspect(file).orElseThrow();
      assertThat(summary.finished()).as("%s: an ordinary MP4", call.id()).isTrue();
      ContentReport content = ContentCheck.run(file, List.of());
      MediaProbe probe = content.probe();
      assertThat(probe.errors()).as("%s: ffprobe", call.id()).isEmpty();
      assertThat(content.decodeErrors()).as("%s: decoding", call.id()).isEmpty();
      assertThat(probe.video().backwardDts() + probe.audio().backwardDts()).isZero();
      assertThat(probe.audio().longestGap()).as("%s: hole in the sound", call.id()).isLessThan(0.1);
      assertThat(content.pictures()).isEqualTo(summary.pictures());
      StringBuilder line =
          new StringBuilder(
              "%s: %.1f s, %d pictures, %d kills of its worker;"
                  .formatted(
                      call.id(), summary.duration() / 1e9, summary.pictures(), kills.size()));
      for (Gap gap : summary.gaps()) {
        double from = (summary.origin() + gap.from()) / 1e9;
        double to = (summary.origin() + gap.to()) / 1e9;
        double first =
            kills.stream()
                .filter(kill -> kill > from - 0.2 && kill < to)
                .findFirst()
                .orElseThrow(() ->
                    new AssertionError(
                        "%s: nothing was killed in the gap %.2f to %.2f s: %s"
                            .formatted(call.id(), from, to, kills)));
        double lost = Math.max(0, first - from);
        line.append(" lost %.2f s, gap %.2f s;".formatted(lost, to - from));
        losses.add(lost);
        gaps.add(to - from);
        assertThat(lost).as("%s: s lost before a kill", call.id()).isLessThan(MOST_LOST);
      }
      print(line.toString());
    }
  }

  private void print(String line) {
    log.info("{}", line);
    report.add(line);
  }

  @Test
  void everyFilePlays() throws Exception {
    try (LiveS3 server = LiveS3.start(directory)) {
      s3 = server.storage("s3", "partSize: 5242880");
      node = LiveNode.serve(s3.options());
      try (LiveNode living = node) {
        print("seed " + SEED + ", " + KILLS + " kills");
        int kills = 0;
        int files = 0;
        for (int round = 0; kills < KILLS; round++) {
          List<Victim> victims =
              List.of(
                  new Victim(round, "talking", "s3", 0),
                  new Victim(round, "muted", "s3", 1),
                  new Victim(round, "empty", "s3", 2),
                  new Victim(round, "talking", "local", 3));
          for (Victim victim : victims) {
            victim.awaitRecording();
          }
          int until = Math.min(KILLS, kills + ROUND);
          while (kills < until) {
            kills += strike(victims, kills);
          }
          for (Victim victim : victims) {
            victim.awaitAlive();
          }
          TimeUnit.SECONDS.sleep(1);
          for (Victim victim : victims) {
            victim.finish();
            files++;
          }
        }
        Collections.sort(losses);
        Collections.sort(gaps);
        print(
            ("%d kills, %d files, all play. Before a kill of a worker %.2f s were lost at the"
                    + " median, %.2f s at most; with the time to the next one the gap was %.2f s at"
                    + " the median, %.2f s at most.")
                .formatted(
                    kills,
                    files,
                    losses.isEmpty() ? 0 : losses.get(losses.size() / 2),
                    losses.isEmpty() ? 0 : losses.getLast(),
                    gaps.isEmpty() ? 0 : gaps.get(gaps.size() / 2),
                    gaps.isEmpty() ? 0 : gaps.getLast()));
      } finally {
        Files.createDirectories(Path.of("target"));
        Files.write(Path.of("target", "campaign.txt"), report);
      }
    }
  }

  /** One moment in which something dies; how many processes did. */
  private int strike(List<Victim> victims, int number) throws Exception {
    TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(2300));
    int dice = random.nextInt(100);
    boolean nodeToo = dice < 35;
    Victim victim = dice < 20 ? null : victims.get(random.nextInt(victims.size()));
    ProcessIdentity worker = victim == null ? null : victim.worker();
    boolean nodeFirst = random.nextBoolean();
    int killed = 0;
    if (nodeToo && nodeFirst) {
      node.kill();
    }
    if (worker != null) {
      worker.kill();
      victim.killed();
      killed++;
    }
    if (nodeToo) {
      if (!nodeFirst) {
        node.kill();
      }
      killed++;
      TimeUnit.MILLISECONDS.sleep(random.nextInt(1000)); // its workers go on
      node.restart();
    }
    log.info(
        "kill {}: {}{}",
        number + killed,
        nodeToo ? "the node " : "",
        worker == null ? "" : "the worker of " + victim.call.id());
    // Mostly the call is recorded again when something dies next, sometimes not yet.
    if (worker != null && random.nextInt(4) > 0) {
      victim.awaitAlive();
    }
    return killed;
  }
}
