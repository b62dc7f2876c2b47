package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.LayerChooser.Verdict;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.Codec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerChooserTest {
  private static final long FRAME = 1_000_000_000L / 30;
  private static final long[] SSRCS = {11, 22, 33};
  private static final int[] HEIGHTS = {180, 360, 720};

  /** Each layer has numbers and times of its own, and is later than the one before by 2 ms. */
  private static final int[] SEQUENCES = {100, 65_530, 30_000};

  private static final long[] TIMESTAMPS = {5_000, 0xFFFF_FF00L, 1_000_000_000L};

  private final LayerChooser chooser = new LayerChooser(Codec.VP8, List.of(11L, 22L, 33L));
  private final boolean[] sends = {true, true, true};
  private final int[] next = SEQUENCES.clone();
  private final List<Integer> sequences = new ArrayList<>();
  private final List<Long> timestamps = new ArrayList<>();
  private final List<Integer> switches = new ArrayList<>();
  private int frame;
  private long late; // of all that is sent, ns
  private boolean key = true;

  /** All layers send frames, of two packets each; a request for a key frame is met at the next. */
  private void send(int frames) {
    for (int i = 0; i < frames; i++, frame++) {
      for (int layer = 0; layer < 3; layer++) {
        if (sends[layer]) {
          long now = frame * FRAME + layer * 2_000_000L + late;
          packet(layer, key, now);
          packet(layer, false, now);
        }
      }
      key = chooser.waitsForKeyFrame(frame * FRAME);
    }
  }

  private void packet(int layer, boolean key, long now) {
    long timestamp = (TIMESTAMPS[layer] + frame * 3000L) & 0xFFFF_FFFFL;
    byte[] data = new byte[40];
    data[0] = (byte) 0x80;
    data[1] = 96;
    data[12] = 0x10; // VP8: start of the first partition
    data[13] = (byte) (key ? 0 : 1);
    if (key) {
      int width = HEIGHTS[layer] * 16 / 9;
      byte[] header = {
        (byte) 0x9D,
        1,
        0x2A,
        (byte) width,
        (byte) (width >> 8),
        (byte) HEIGHTS[layer],
        (byte) (HEIGHTS[layer] >> 8)
      };
      System.arraycopy(header, 0, data, 16, header.length);
    }
    RtpPacket packet = new RtpPacket();
    assertThat(packet.parse(data, 0, data.length)).isTrue();
    packet.setSequence(next[layer]++ & 0xFFFF);
    packet.setTimestamp(timestamp);
    packet.setSsrc(SSRCS[layer]);
    Verdict verdict = chooser.take(packet, now);
    if (verdict != Verdict.DROP) {
      sequences.add(packet.sequence());
      timestamps.add(packet.timestamp());
    }
    if (verdict == Verdict.SWITCH) {
      switches.add(layer);
    }
  }

  private void assertSmooth() {
    for (int i = 1; i < sequences.size(); i++) {
      assertThat(RtpPacket.sequenceDistance(sequences.get(i - 1), sequences.get(i)))
          .as("sequence of packet %d", i)
          .isEqualTo(1);
      assertThat(RtpPacket.timestampDistance(timestamps.get(i - 1), timestamps.get(i)))
          .as("timestamp of packet %d", i)
          .isBetween(0, 3_400);
    }
  }

  @Test
  void beginsWithWhatComesFirstAndGoesToTheLayerThatFits() {
    chooser.show(new ShownSize(640, 360));
    send(60);
    assertThat(chooser.current()).isEqualTo(1);
    assertThat(switches).containsExactly(1);
    assertSmooth();
  }

  @Test
  void goesUpAtOnceAndDownAfterARest() {
    chooser.show(new ShownSize(640, 360));
    send(90);
    chooser.show(new ShownSize(1280, 720));
    send(3);
    assertThat(chooser.current()).isEqualTo(2);
    chooser.show(new ShownSize(320, 180));
    send(3);
    assertThat(chooser.current()).as("not yet").isEqualTo(2);
    send(60);
    assertThat(chooser.current()).isEqualTo(0);
    assertSmooth();
  }

  @Test
  void layersOfOneMomentHaveOneTime() {
    chooser.show(new ShownSize(1280, 720));
    send(90);
    assertThat(chooser.current()).isEqualTo(2);
    // 90 frames after the first there are 90 × 3000 units, but for the 2 ms that a layer is later.
    long total = (timestamps.getLast() - timestamps.getFirst()) & 0xFFFF_FFFFL;
    assertThat(total).isBetween(89 * 3000L - 400, 89 * 3000L + 400);
  }

  /** As a browser does that has just found that it may send more: it begins with a queue. */
  @Test
  void aLayerThatBeginsInAQueueIsNotPlacedLate() {
    chooser.show(new ShownSize(1280, 720));
    sends[2] = false;
    send(60);
    sends[2] = true;
    late = 150_000_000;
    send(45);
    assertThat(chooser.current()).isEqualTo(2);
    long total = (timestamps.getLast() - timestamps.getFirst()) & 0xFFFF_FFFFL;
    assertThat(total).isBetween(104 * 3000L - 400, 104 * 3000L + 400);
    assertSmooth();
  }

  @Test
  void leavesALayerThatStopsWithinASecond() {
    chooser.show(new ShownSize(1280, 720));
    send(60);
    sends[2] = false;
    int before = frame;
    while (chooser.current() == 2 && frame < before + 60) {
      send(1);
    }
    assertThat((frame - before) / 30.0).isLessThan(1);
    assertThat(chooser.current()).as("the largest that comes").isEqualTo(1);
    sends[2] = true;
    send(30);
    assertThat(chooser.current()).isEqualTo(2);
  }

  @Test
  void takesTheLargestWhereNoneIsLargeEnoughAndAsksNoMore() {
    chooser.show(new ShownSize(1920, 1080));
    send(90);
    assertThat(chooser.current()).isEqualTo(2);
    assertThat(chooser.waitsForKeyFrame(frame * FRAME)).isFalse();
  }

  @Test
  void whatIsNotALayerIsDropped() {
    RtpPacket packet = new RtpPacket();
    byte[] data = new byte[20];
    data[0] = (byte) 0x80;
    assertThat(packet.parse(data, 0, data.length)).isTrue();
    packet.setSsrc(99);
    assertThat(chooser.take(packet, 0)).isEqualTo(Verdict.DROP);
  }
}
