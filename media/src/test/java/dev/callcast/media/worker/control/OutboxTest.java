package dev.callcast.media.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.WorkerEvent.Happened;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private final Outbox outbox = new Outbox(3, 4);

  @Test
  void keepsEventsInOrderUntilTheyAreAcknowledged() {
    add("track.live");
    add("composition.live");
    add("output.state");
    assertThat(sequences(0)).containsExactly(1L, 2L, 3L);
    outbox.acknowledge(2);
    assertThat(sequences(0)).containsExactly(3L);
    outbox.acknowledge(1);
    assertThat(sequences(0)).containsExactly(3L);
    outbox.acknowledge(99);
    assertThat(outbox.isEmpty()).isTrue();
    add("track.live");
    assertThat(sequences(0)).containsExactly(4L);
  }

  @Test
  void handsOutBatchesFromWhereTheReaderIs() {
    for (int i = 0; i < 4; i++) {
      add("track.live");
    }
    assertThat(outbox.after(1, 2)).extracting(Happened::sequence).containsExactly(2L, 3L);
  }

  @Test
  void dropsOldProgressFirstThenTheOldest() {
    add("track.live");
    add("layer.hint");
    add("recording.started");
    add("participant.speaking");
    add("output.state");
    assertThat(sequences(0)).containsExactly(1L, 3L, 4L, 5L);
    add("output.state");
    assertThat(sequences(0)).containsExactly(1L, 3L, 5L, 6L);
    add("output.state");
    assertThat(sequences(0)).containsExactly(3L, 5L, 6L, 7L);
    assertThat(outbox.dropped()).isEqualTo(3);
  }

  @Test
  void timesHaveMillisecondsAndDataMayHoldNull() {
    Map<String, Object> data = new HashMap<>();
    data.put("participant", null);
    outbox.add(Instant.parse("2026-11-22T10:00:00Z"), "participant.speaking", 1.5, data);
    Happened event = outbox.after(0, 1).getFirst();
    assertThat(event.at()).isEqualTo("2026-11-22T10:00:00.000Z");
    assertThat(event.epoch()).isEqualTo(3);
    assertThat(event.data()).containsEntry("participant", null);
  }

  private void add(String type) {
    outbox.add(Instant.EPOCH, type, null, Map.of());
  }

  private List<Long> sequences(long after) {
    return outbox.after(after, 100).stream().map(Happened::sequence).toList();
  }
}
