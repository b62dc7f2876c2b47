package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.Gst;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SenderClockTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000L;

  /** A packet: its RTP timestamp, and when it comes, ns. */
  private record Arrival(long timestamp, long time) {}

  /** Frames of 20 ms of a 48 kHz clock; the network adds up to {@code jitter} ns. */
  private static List<Arrival> sound(int seconds, double skewPpm, long jitter) {
    Random random = new Random(7);
    List<Arrival> packets = new ArrayList<>();
    long last = 0;
    for (int i = 0; i < seconds * 50; i++) {
      double sent = i * 20e6 / (1 + skewPpm / 1e6);
      long network = jitter == 0 ? 0 : (long) (random.nextDouble() * jitter);
      last = Math.max(last, 5 * SECOND + (long) sent + network);
      packets.add(new Arrival((0xFFFF_F000L + i * 960L) & 0xFFFF_FFFFL, last));
    }
    return packets;
  }

  @ParameterizedTest
  @ValueSource(doubles = {-300, 0, 300})
  void followsAClockThatDrifts(double skewPpm) {
    SenderClock clock = new SenderClock(48_000);
    List<Arrival> packets = sound(180, skewPpm, 20 * MILLI);
    long before = 0;
    for (int i = 0; i < packets.size(); i++) {
      long place = clock.place(packets.get(i).timestamp(), packets.get(i).time());
      long sent = 5 * SECOND + (long) (i * 20e6 / (1 + skewPpm / 1e6));
      if (i > 50 * 20) {
        assertThat(place - sent).as("packet %d", i).isBetween(-2 * MILLI, 4 * MILLI);
        assertThat(place - before).as("step to packet %d", i).isBetween(19_900_000L, 20_100_000L);
      }
      before = place;
    }
  }

  @Test
  void packetsOfOneFrameHaveOneTime() {
    SenderClock clock = new SenderClock(90_000);
    clock.place(0, SECOND);
    long first = clock.place(3000, SECOND + 40 * MILLI);
    assertThat(clock.place(3000, SECOND + 60 * MILLI)).isEqualTo(first);
  }

  @Test
  void whatComesAgainHasThePlaceThatItWouldHaveHad() {
    SenderClock clock = new SenderClock(90_000);
    clock.place(0, SECOND);
    clock.place(9000, SECOND + 100 * MILLI);
    assertThat(clock.place(6000, SECOND + 190 * MILLI)).isEqualTo(SECOND + 200 * MILLI / 3);
  }

  @Test
  void anotherTimelineBeginsWithItsFirstPacket() {
    SenderClock clock = new SenderClock(90_000);
    clock.place(0, SECOND);
    clock.place(3000, SECOND + 33 * MILLI);
    assertThat(clock.place(4_000_000_000L, SECOND + 66 * MILLI)).isEqualTo(SECOND + 66 * MILLI);
    assertThat(clock.place(4_000_003_000L, SECOND + 100 * MILLI))
        .isBetween(SECOND + 99 * MILLI, SECOND + 100 * MILLI);
  }

  @Test
  void aBurstAfterAStallKeepsItsPlaceAndMovesNothing() {
    SenderClock clock = new SenderClock(48_000);
    List<Arrival> packets = sound(20, 0, 0);
    for (int i = 0; i < packets.size(); i++) {
      boolean stalled = i > 300 && i < 345;
      long place = clock.place(packets.get(i).timestamp(), packets.get(stalled ? 345 : i).time());
      assertThat(place - packets.get(i).time()).as("packet %d", i).isBetween(0L, MILLI);
    }
  }

  @Test
  void aStreamThatBeginsWithABurstIsAtItsPlaceAfterIt() {
    SenderClock clock = new SenderClock(48_000);
    List<Arrival> packets = sound(4, 0, 0);
    for (int i = 0; i < packets.size(); i++) {
      long arrival = packets.get(Math.max(i, 25)).time();
      long place = clock.place(packets.get(i).timestamp(), arrival);
      assertThat(place - arrival).as("packet %d", i).isBetween(0L, 40 * MILLI);
      if (i > 100) {
        assertThat(place - arrival).as("packet %d", i).isBetween(0L, MILLI);
      }
    }
  }

  @Test
  void aWayThatHasBecomeLongerIsTakenUp() {
    SenderClock clock = new SenderClock(48_000);
    List<Arrival> packets = sound(20, 0, 0);
    for (int i = 0; i < packets.size(); i++) {
      long arrival = packets.get(i).time() + (i < 300 ? 0 : 400 * MILLI);
      long place = clock.place(packets.get(i).timestamp(), arrival);
      if (i < 300 || i > 306) {
        assertThat(place).as("packet %d", i).isBetween(arrival - MILLI, arrival + MILLI);
      }
    }
  }

  /** Drift, jitter, and a pause. */
  @Test
  void agreesWithGStreamersJitterBuffer() {
    List<Arrival> packets = new ArrayList<>();
    List<Arrival> all = sound(10, 250, 15 * MILLI);
    for (int i = 0; i < all.size(); i++) {
      Arrival one = all.get(i);
      packets.add(new Arrival(one.timestamp(), one.time() + (i < 350 ? 0 : 3 * SECOND)));
    }
    List<Long> theirs = reference(packets);
    SenderClock clock = new SenderClock(48_000);
    for (int i = 0; i < packets.size(); i++) {
      long ours = clock.place(packets.get(i).timestamp(), packets.get(i).time());
      assertThat((double) (ours - theirs.get(i)) / MILLI)
          .as("packet %d, ms", i)
          .isBetween(-0.5, 0.5);
    }
  }

  private static List<Long> reference(List<Arrival> packets) {
    List<Long> places = new ArrayList<>();
    try (Pipeline pipeline =
            Pipeline.parse(
                "appsrc name=source format=time is-live=true caps=\"application/x-rtp,"
                    + " media=(string)audio, clock-rate=(int)48000, encoding-name=(string)OPUS,"
                    + " payload=(int)96\" ! rtpjitterbuffer mode=slave drop-on-latency=false latency="
                    + JitterBuffer.LATENCY_MILLIS
                    + " ! appsink name=sink sync=false async=false");
        AppSrc source = pipeline.appSrc("source");
        AppSink sink = pipeline.appSink("sink")) {
      pipeline.play();
      for (int i = 0; i < packets.size(); i++) {
        byte[] packet =
            ByteBuffer.allocate(20)
                .put((byte) 0x80)
                .put((byte) 96)
                .putShort((short) i)
                .putInt((int) packets.get(i).timestamp())
                .array();
        long time = packets.get(i).time();
        assertThat(source.push(packet, 0, packet.length, time, time, Gst.TIME_NONE)).isTrue();
        Sample sample = sink.pull(10 * SECOND);
        assertThat(sample).as("packet %d", i).isNotNull();
        try (Sample open = sample) {
          places.add(open.pts());
        }
      }
      pipeline.halt();
    }
    return places;
  }
}
