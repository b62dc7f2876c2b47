package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Layout;
import dev.callcast.protocol.CompositionSpec.Scheduled;
import dev.callcast.protocol.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final long TICK = 1_000_000_000L / 30;

  /** Media time 0 is at 1,000,000 ms of the wall's clock. */
  private final Schedule schedule = new Schedule(wall -> (wall - 1_000_000) * 1_000_000);

  private static CompositionSpec spec(
      long revision, Map<String, Object> params, Scheduled... changes) {
    return new CompositionSpec(
            "main",
            new CompositionSpec.Canvas(640, 360, 30, "#000000"),
            new Layout("grid", params),
            new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
            new CompositionSpec.Video(300_000, 2, Latency.NORMAL, "ultrafast"),
            new CompositionSpec.Audio(64_000, 2),
            new CompositionSpec.Limits(0, 0),
            List.of(),
            revision,
            false)
        .withScheduled(List.of(changes));
  }

  private static Scheduled at(long revision, Double media, Long wall, Map<String, Object> params) {
    return new Scheduled(revision, media, wall, null, null, params, List.of(), null);
  }

  @Test
  void aChangeTakesEffectWithTheFirstPictureNotBeforeItAndIsToldOnce() {
    CompositionSpec spec =
        spec(
            2,
            Map.of("a", 1),
            at(2, 1.0, null, Map.of("b", 2)),
            at(3, null, 1_002_000L, Map.of("c", 3)));
    List<Long> first = new ArrayList<>();
    List<Long> begun = new ArrayList<>();
    for (long n = 0; n < 90; n++) {
      CompositionSpec effective = schedule.at(spec, n * TICK);
      for (Scheduled change : schedule.fresh()) {
        first.add(n);
        begun.add(change.revision());
      }
      assertThat(effective.layout().params().containsKey("b")).isEqualTo(n >= 30);
      assertThat(effective.layout().params().containsKey("c")).isEqualTo(n >= 60);
      assertThat(effective.layout().params()).containsEntry("a", 1);
      assertThat(schedule.at(spec, n * TICK)).isSameAs(effective);
    }
    assertThat(first).containsExactly(30L, 60L);
    assertThat(begun).containsExactly(2L, 3L);
  }

  @Test
  void aMediaTimeThatAnEventToldFindsItsTick() {
    CompositionSpec spec = spec(1, Map.of(), at(1, 12.3667, null, Map.of("b", 2)));
    assertThat(schedule.at(spec, 370 * TICK).layout().params()).isEmpty();
    assertThat(schedule.at(spec, 371 * TICK).layout().params()).isNotEmpty(); // 12.36666…
  }

  @Test
  void otherChangesInBetweenStayAndTheOneThatWasDueLiesOverThem() {
    Scheduled change = at(2, 1.0, null, Map.of("b", 2, "x", "later"));
    assertThat(schedule.at(spec(2, Map.of("a", 1), change), 0).layout().params())
        .isEqualTo(Map.of("a", 1));
    CompositionSpec patched = spec(3, Map.of("a", 5, "x", "now"), change);
    assertThat(Schedule.revision(patched)).isEqualTo(3);
    assertThat(Schedule.revision(spec(2, Map.of(), change))).isEqualTo(1);
    assertThat(schedule.at(patched, 15 * TICK).layout().params())
        .isEqualTo(Map.of("a", 5, "x", "now"));
    assertThat(schedule.at(patched, 30 * TICK).layout().params())
        .isEqualTo(Map.of("a", 5, "b", 2, "x", "later"));
    // The node has made it part of the layout.
    CompositionSpec made = spec(3, Map.of("a", 5, "b", 2, "x", "later"));
    assertThat(schedule.at(made, 40 * TICK)).isSameAs(made);
    assertThat(schedule.fresh()).isEmpty();
  }

  @Test
  void whatIsOverTakesEffectAtOnceInItsOrder() {
    Scheduled scene =
        new Scheduled(
            5, 3.0, null, new Layout("pip", Map.of("s", 1)), null, Map.of(), List.of("a"), null);
    CompositionSpec spec = spec(5, Map.of("a", 1), scene, at(4, 2.0, null, Map.of("b", 2)));
    CompositionSpec effective = schedule.at(spec, 900 * TICK);
    assertThat(effective.layout()).isEqualTo(new Layout("pip", Map.of("s", 1)));
    assertThat(schedule.fresh()).extracting(Scheduled::revision).containsExactly(4L, 5L);
  }
}
