package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.rtp.RtpPacket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JitterBufferTest {
  private static final long MILLI = 1_000_000;
  private static final long START = 1_000 * MILLI;

  private final List<Integer> out = new ArrayList<>();
  private final List<Long> places = new ArrayList<>();
  private final JitterBuffer buffer =
      new JitterBuffer(
          48_000,
          (packet, pts, now) -> {
            assertThat(packet.payloadLength()).isEqualTo(2);
            assertThat(RtpPacket.sequenceDistance(packet.sequence(), payload(packet))).isZero();
            out.add(packet.sequence());
            places.add(pts);
          });

  private static int payload(RtpPacket packet) {
    return ByteBuffer.wrap(packet.data(), packet.payloadOffset(), 2).getShort() & 0xFFFF;
  }

  /** One of 20 ms, that says its number twice. */
  private void push(int number, long millis) {
    byte[] data =
        ByteBuffer.allocate(14)
            .put((byte) 0x80)
            .put((byte) 96)
            .putShort((short) number)
            .putInt(number * 960)
            .putInt(1)
            .putShort((short) number)
            .array();
    RtpPacket packet = new RtpPacket();
    assertThat(packet.parse(data, 0, data.length)).isTrue();
    buffer.push(packet, START + millis * MILLI);
  }

  private void expire(long millis) {
    buffer.expire(START + millis * MILLI);
  }

  @Test
  void whatIsInOrderGoesOnAtOnce() {
    push(5, 0);
    push(6, 20);
    assertThat(out).containsExactly(5, 6);
    assertThat(places).containsExactly(START, START + 20 * MILLI);
  }

  @Test
  void putsInOrderOverTheWrap() {
    push(65_534, 0);
    push(0, 20);
    push(1, 22);
    push(65_535, 30);
    push(2, 40);
    assertThat(out).containsExactly(65_534, 65_535, 0, 1, 2);
  }

  @Test
  void whatIsMissingIsGivenUpAfterItsTime() {
    push(1, 0);
    push(3, 40);
    push(6, 100);
    expire(239);
    assertThat(out).containsExactly(1);
    expire(240);
    assertThat(out).containsExactly(1, 3);
    push(2, 241);
    assertThat(out).as("too late").containsExactly(1, 3);
    push(4, 250);
    expire(299);
    assertThat(out).containsExactly(1, 3, 4);
    expire(300);
    assertThat(out).containsExactly(1, 3, 4, 6);
  }

  @Test
  void whatComesTwiceGoesOnOnce() {
    push(1, 0);
    push(1, 1);
    push(3, 40);
    push(3, 41);
    push(2, 42);
    push(2, 43);
    assertThat(out).containsExactly(1, 2, 3);
  }

  @Test
  void aStrayPacketIsDropped() {
    push(1, 0);
    push(30_000, 10);
    push(2, 20);
    push(30_001, 30);
    push(3, 40);
    assertThat(out).containsExactly(1, 2, 3);
  }

  @Test
  void aSenderThatCountsAnewIsFollowed() {
    push(20_000, 0);
    push(20_002, 40);
    push(100, 60);
    push(101, 80);
    assertThat(out).containsExactly(20_000);
    push(102, 100);
    assertThat(out).containsExactly(20_000, 20_002, 100, 101, 102);
    push(103, 120);
    assertThat(out).endsWith(102, 103);
  }

  @Test
  void aLongGapEndsAfterTheSameTime() {
    push(1, 0);
    IntStream.range(0, 30).forEach(i -> push(600 + i, 12_000 + 20L * i));
    expire(12_201);
    assertThat(out).hasSize(31).endsWith(629);
  }
}
