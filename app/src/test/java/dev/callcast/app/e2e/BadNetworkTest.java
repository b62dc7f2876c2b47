package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Span;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.SenderStats;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Networks that lose, delay, repeat and mix up packets, each under one participant of one call. A
 * picture may freeze, but nothing wrong is ever shown; where packets can be asked for again few
 * pictures are missed; and the counters of the API are those of who sent the packets.
 */
@Tag("media")
@Tag("long")
class BadNetworkTest {
  private static final Logger log = LoggerFactory.getLogger(BadNetworkTest.class);

  /** After the joining, s. */
  private static final double FROM = 2;

  private static final int CLEAN = 0;
  private static final int NO_RTX = 5;
  private static final int JITTER = 6;
  private static final int DISORDER = 7;
  private static final int OUTAGE = 8;

  /** Loss in percent of participants 1 to 4, with RTX. */
  private static final double[] LOSS = {0, 1, 3, 5, 10};

  private static SyntheticParticipant person(int index) {
    SyntheticParticipant one = SyntheticParticipant.of(index, "P" + index, "e1");
    return switch (index) {
      case 1, 2, 3, 4 -> one.withFaults(Faults.loss(LOSS[index]));
      case NO_RTX -> withoutRtx(one).withFaults(Faults.loss(5));
      case JITTER -> one.withFaults(Faults.jitter(30));
      case DISORDER -> one.withFaults(Faults.NONE.withReorder(5).withDuplicates(5));
      default -> one;
    };
  }

  private static SyntheticParticipant withoutRtx(SyntheticParticipant one) {
    return one.withTracks(one.tracks().stream().map(SyntheticTrack::withoutRtx).toList());
  }

  @Test
  void fewPicturesAreMissedAndNoneIsWrong() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("network");
      call.endpoint("e1");
      List<SyntheticParticipant> people = IntStream.range(0, 9).mapToObj(i -> person(i)).toList();
      node.senders().prepare(people);
      call.compose(LiveCall.standard("grid"));
      for (SyntheticParticipant one : people) {
        call.declare(one);
      }
      // From its first packet on everything is counted.
      for (SyntheticParticipant one : people) {
        LiveCall.await(
            Duration.ofSeconds(10),
            one.id() + " is expected",
            () -> call.track(one.id(), "cam").has("packets"));
      }
      for (SyntheticParticipant one : people) {
        node.senders().add(one);
      }
      double joined = call.awaitSeen("main", people);
      call.awaitMediaTime("main", joined + 5);
      long origin = call.compositionOrigin("main");
      node.senders().setFaults("p8", null, Faults.loss(100));
      double gone = (System.nanoTime() - origin) / 1e9;
      call.awaitMediaTime("main", gone + 2 - 0.3);
      node.senders().setFaults("p8", null, Faults.NONE);
      double back = (System.nanoTime() - origin) / 1e9;
      call.awaitMediaTime("main", back + 6);
      double end = call.mediaTime("main");
      // What is under way arrives; then both sides have counted the same.
      for (SyntheticParticipant one : people) {
        node.senders().setPaused(one.id(), "cam", true);
      }
      for (SyntheticParticipant one : people) {
        LiveCall.await(
            Duration.ofSeconds(5),
            "the counters of " + one.id() + " agree",
            () ->
                agree(node.senders().stats().track(one.id(), "cam"), call.track(one.id(), "cam")));
      }
      JsonNode state = call.state();
      SenderStats sent = node.senders().stats();
      for (SyntheticParticipant one : people) {
        SenderStats.Track track = sent.track(one.id(), "cam");
        log.info(
            "{}: {} sent, {} not; {} asked for again, {} sent again; {}",
            one.id(),
            track.packets(),
            track.dropped(),
            track.nacked(),
            track.retransmitted(),
            LiveCall.track(state, one.id(), "cam"));
      }
      Path file = call.stop("main");

      ContentReport report =
          ContentCheck.run(file, Tiles.of("grid", Map.of(), 1280, 720, people, joined + FROM, end));
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        int index = tile.tile().participant();
        String who = "p" + index;
        assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
        assertThat(tile.foreign()).as(who).isZero();
        assertThat(tile.steps().backwards()).as(who).isZero();

        // Of a busy machine's output some pictures are missing for everybody.
        double share =
            tile.steps().framesPerSecond() / report.tile(CLEAN).steps().framesPerSecond();
        switch (index) {
          case CLEAN, JITTER, DISORDER -> {
            assertThat(share).as(who).isGreaterThan(0.985);
            assertThat(tile.frozen()).as(who).isEmpty();
            assertThat(tile.unheard()).as(who).isEmpty();
            assertThat(Math.abs(tile.sync().median())).as(who).isLessThan(20);
          }
          case 1, 2, 3 -> {
            assertThat(share).as("%s at %s %% loss", who, LOSS[index]).isGreaterThan(0.98);
            assertThat(tile.unheard()).as(who).isEmpty();
          }
          case 4 -> assertThat(share).as("p4 at 10 %% loss").isGreaterThan(0.9);
          case NO_RTX -> {
            // Only a key frame ends what a loss began; it is asked for once a second at most.
            assertThat(share).as(who).isGreaterThan(0.15);
            assertThat(longest(tile.frozen())).as(who).isLessThan(5);
            assertThat(LiveCall.track(state, who, "cam").get("keyFramesRequested").asInt())
                .as(who)
                .isGreaterThan(3);
          }
          case OUTAGE -> {
            assertThat(tile.frozen()).as("one outage").hasSize(1);
            Span frozen = tile.frozen().getFirst();
            assertThat(frozen.from()).as("the outage began").isBetween(gone - 0.3, gone + 0.3);
            assertThat(frozen.to()).as("s after packets came again").isLessThan(back + 1);
            assertThat(tile.unheard().stream().mapToDouble(Span::to).max().orElse(0))
                .as("heard again")
                .isLessThan(back + 1);
          }
          default -> throw new AssertionError(who);
        }
        if (index >= 1 && index <= 4) {
          SenderStats.Track track = sent.track(who, "cam");
          long lost = LiveCall.track(state, who, "cam").get("lost").asLong();
          assertThat(lost).as("%s never came", who).isLessThan((long) (0.02 * track.packets()));
        }
      }
    }
  }

  /**
   * Each packet that left, the repeated ones too, was counted once. One that was late and so asked
   * for again comes twice, and its second copy counts for nothing.
   */
  private static boolean agree(SenderStats.Track sent, JsonNode received) {
    long left = sent.packets() + sent.retransmitted() - sent.dropped();
    long came = received.get("packets").asLong() + received.get("recovered").asLong();
    return switch (sent.participant()) {
      case "p" + DISORDER -> came > left;
      case "p" + JITTER -> came >= sent.packets() && came <= left;
      default -> came == left;
    };
  }

  private static double longest(List<Span> spans) {
    return spans.stream().mapToDouble(Span::seconds).max().orElse(0);
  }

  /** Each loss without anything being sent again: pictures freeze until the next key frame. */
  @Test
  @Tag("long")
  void withoutRetransmissionPicturesFreezeAndNeverSmear() throws Exception {
    double[] loss = {0, 0.3, 1, 3, 5, 10};
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("losing");
      call.endpoint("e1");
      List<SyntheticParticipant> people = new ArrayList<>();
      for (int i = 0; i < loss.length; i++) {
        people.add(
            withoutRtx(SyntheticParticipant.of(i, "P" + i, "e1", Codec.VP8, Codec.OPUS))
                .withFaults(Faults.loss(loss[i])));
      }
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      // At first a whole key frame has to come through.
      double seen = call.awaitSeen("main", people);
      call.awaitMediaTime("main", 40);
      double end = call.mediaTime("main");
      Path file = call.stop("main");
      List<Tile> tiles = Tiles.of("grid", Map.of(), 1280, 720, people, seen + FROM, end);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant();
        assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
        assertThat(tile.steps().backwards()).as(who).isZero();
        assertThat(tile.unheard()).as(who).isEmpty();
        // Key frames, asked for once a second at most, get lost like everything else: of ten
        // packets
        // at 10 % of loss two times of three.
        assertThat(longest(tile.frozen()))
            .as(who)
            .isLessThan(tile.tile().participant() < 5 ? 5 : 10);
      }
      assertThat(report.tile(0).steps().framesPerSecond()).isGreaterThan(29.7);
    }
  }
}
