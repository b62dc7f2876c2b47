package dev.callcast.media.ingest.srtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SrtpContextTest {
  private static final byte[] KEY =
      hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static byte[] rtp(long ssrc, int sequence) {
    byte[] packet = new byte[40 + SrtpContext.TAG];
    packet[0] = (byte) 0x80;
    packet[1] = 96;
    packet[2] = (byte) (sequence >> 8);
    packet[3] = (byte) sequence;
    for (int i = 0; i < 4; i++) {
      packet[8 + i] = (byte) (ssrc >> (24 - 8 * i));
    }
    for (int i = 12; i < 40; i++) {
      packet[i] = (byte) (sequence + i);
    }
    return packet;
  }

  private static int send(SrtpContext sender, SrtpContext receiver, long ssrc, int sequence) {
    byte[] packet = rtp(ssrc, sequence);
    int size = sender.protectRtp(packet, 0, 40);
    int plain = receiver.unprotectRtp(packet, 0, size);
    if (plain > 0) {
      assertThat(Arrays.copyOf(packet, plain)).isEqualTo(Arrays.copyOf(rtp(ssrc, sequence), 40));
    }
    return plain;
  }

  @Test
  void keyStreamOfRfc3711AppendixB2() {
    var session =
        new SrtpContext.Session(
            hex("2b7e151628aed2a6abf7158809cf4f3c"),
            new byte[20],
            hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"));
    byte[] stream = new byte[48];
    session.crypt(stream, 0, 48, 0, 0);
    assertThat(stream)
        .isEqualTo(
            hex(
                "e03ead0935c95e80e166b16dd92b4eb4"
                    + "d23513162b02d0f72a43a2fe4a5f97ab"
                    + "41e95b3bb0a2e8dd477901e4fca894c0"));
  }

  @Test
  void derivedKeysOfRfc3711AppendixB3() {
    byte[] key = Arrays.copyOf(KEY, 16);
    byte[] salt = Arrays.copyOfRange(KEY, 16, 30);
    assertThat(SrtpContext.Session.derive(key, salt, 0, 16))
        .isEqualTo(hex("c61e7a93744f39ee10734afe3ff7a087"));
    assertThat(SrtpContext.Session.derive(key, salt, 2, 14))
        .isEqualTo(hex("30cbbc08863d8c85d49db34a9ae1"));
    assertThat(SrtpContext.Session.derive(key, salt, 1, 94))
        .isEqualTo(
            hex(
                "cebe321f6ff7716b6fd4ab49af256a15"
                    + "6d38baa48f0a0acf3c34e2359e6cdbce"
                    + "e049646c43d9327ad175578ef7227098"
                    + "6371c10c9a369ac2f94a8c5fbcdddc25"
                    + "6d6e919a48b610ef17c2041e47403576"
                    + "6b68642c59bbfc2f34db60dbdfb2"));
  }

  @Test
  void wholePacketsAsLibsrtpMakesThem() {
    byte[] packet = new byte[28 + SrtpContext.TAG];
    System.arraycopy(hex("800f1234decafbadcafebabe" + "ab".repeat(16)), 0, packet, 0, 28);
    assertThat(new SrtpContext(KEY).protectRtp(packet, 0, 28)).isEqualTo(38);
    assertThat(packet)
        .isEqualTo(
            hex(
                "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
                    + "b78d6acc99ea179b8dbb"));

    byte[] report = new byte[24 + SrtpContext.RTCP_OVERHEAD];
    System.arraycopy(hex("81c8000bcafebabe" + "ab".repeat(16)), 0, report, 0, 24);
    SrtpContext sender = new SrtpContext(KEY);
    sender.setRtcpIndex(1);
    assertThat(sender.protectRtcp(report, 0, 24)).isEqualTo(38);
    assertThat(report)
        .isEqualTo(
            hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"));
  }

  @Test
  void followsTheSequenceOverItsEndAndTellsOfIt() {
    SrtpContext sender = new SrtpContext(KEY);
    SrtpContext receiver = new SrtpContext(KEY);
    List<Long> told = new ArrayList<>();
    receiver.onRollover((ssrc, counter) -> told.add(ssrc << 8 | counter));
    for (int i = 65_500; i < 65_536 + 65_536 + 40; i++) {
      assertThat(send(sender, receiver, 7, i & 0xFFFF)).isEqualTo(40);
    }
    assertThat(told).containsExactly(7L << 8 | 1, 7L << 8 | 2);
    assertThat(receiver.rollovers()).containsEntry(7L, 2L);
  }

  @Test
  void acceptsAStragglerFromBeforeTheWrap() {
    SrtpContext sender = new SrtpContext(KEY);
    SrtpContext receiver = new SrtpContext(KEY);
    byte[] straggler = rtp(7, 65_535);
    assertThat(send(sender, receiver, 7, 65_534)).isEqualTo(40);
    int size = sender.protectRtp(straggler, 0, 40);
    assertThat(send(sender, receiver, 7, 0)).isEqualTo(40);
    assertThat(send(sender, receiver, 7, 1)).isEqualTo(40);
    assertThat(receiver.unprotectRtp(straggler, 0, size)).isEqualTo(40);
    assertThat(receiver.rollovers()).containsEntry(7L, 1L);
  }

  @Test
  void aFreshReceiverNeedsTheRestoredCounter() {
    SrtpContext sender = new SrtpContext(KEY);
    sender.restoreRollover(7, 3);
    assertThat(send(sender, new SrtpContext(KEY), 7, 100)).isEqualTo(SrtpContext.AUTH_FAILED);
    for (long known : new long[] {2, 3, 4}) {
      SrtpContext restored = new SrtpContext(KEY);
      restored.restoreRollover(7, known);
      assertThat(send(sender, restored, 7, 101 + (int) known)).isEqualTo(40);
      assertThat(restored.rollovers()).containsEntry(7L, 3L);
    }
    SrtpContext tooOld = new SrtpContext(KEY);
    tooOld.restoreRollover(7, 1);
    assertThat(send(sender, tooOld, 7, 200)).isEqualTo(SrtpContext.AUTH_FAILED);
  }

  @Test
  void aReceiverThatStartsJustAfterTheFirstWrapFindsItByItself() {
    SrtpContext sender = new SrtpContext(KEY);
    SrtpContext receiver = new SrtpContext(KEY);
    List<Long> told = new ArrayList<>();
    receiver.onRollover((ssrc, counter) -> told.add(counter));
    byte[] unheard = rtp(7, 65_535);
    assertThat(sender.protectRtp(unheard, 0, 40)).isPositive();
    assertThat(send(sender, receiver, 7, 0)).isEqualTo(40);
    assertThat(send(sender, receiver, 7, 1)).isEqualTo(40);
    assertThat(told).containsExactly(1L);
  }

  @Test
  void refusesRepetitionsAndTheVeryOld() {
    SrtpContext sender = new SrtpContext(KEY);
    SrtpContext receiver = new SrtpContext(KEY);
    byte[] old = rtp(7, 1000);
    int size = sender.protectRtp(old, 0, 40);
    byte[] again = old.clone();
    assertThat(receiver.unprotectRtp(old, 0, size)).isEqualTo(40);
    assertThat(receiver.unprotectRtp(again.clone(), 0, size)).isEqualTo(SrtpContext.REPLAYED);
    for (int i = 1001; i < 1300; i++) {
      send(sender, receiver, 7, i);
    }
    assertThat(receiver.unprotectRtp(again.clone(), 0, size)).isEqualTo(SrtpContext.REPLAYED);
  }

  @Test
  void acceptsReorderedPacketsWithinTheWindow() {
    SrtpContext sender = new SrtpContext(KEY);
    SrtpContext receiver = new SrtpContext(KEY);
    List<byte[]> packets = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      byte[] packet = rtp(7, i);
      sender.protectRtp(packet, 0, 40);
      packets.add(packet);
    }
    assertThat(receiver.unprotectRtp(packets.get(99), 0, 50)).isEqualTo(40);
    for (int i = 0; i < 99; i++) {
      assertThat(receiver.unprotectRtp(packets.get(i), 0, 50)).isEqualTo(40);
    }
  }

  @Test
  void aWrongKeyFailsAndLeavesNoTrace() {
    byte[] other = KEY.clone();
    other[5] ^= 1;
    SrtpContext receiver = new SrtpContext(KEY);
    assertThat(send(new SrtpContext(other), receiver, 7, 5)).isEqualTo(SrtpContext.AUTH_FAILED);
    assertThat(receiver.rollovers()).isEmpty();
    assertThat(send(new SrtpContext(KEY), receiver, 7, 6)).isEqualTo(40);
  }

  @Test
  void rtcpGoesRoundAndIsNotTakenTwice() {
    SrtpContext sender = new SrtpContext(KEY);
    sender.setRtcpIndex(5L << 20);
    SrtpContext receiver = new SrtpContext(KEY);
    byte[] report = new byte[28 + SrtpContext.RTCP_OVERHEAD];
    report[0] = (byte) 0x80;
    report[1] = (byte) 200;
    report[3] = 6;
    report[7] = 9;
    report[20] = 42;
    byte[] plain = Arrays.copyOf(report, 28);
    assertThat(sender.protectRtcp(report, 0, 28)).isEqualTo(42);
    byte[] again = report.clone();
    assertThat(receiver.unprotectRtcp(report, 0, 42)).isEqualTo(28);
    assertThat(Arrays.copyOf(report, 28)).isEqualTo(plain);
    assertThat(receiver.unprotectRtcp(again, 0, 42)).isEqualTo(SrtpContext.REPLAYED);
    again[9] ^= 1;
    assertThat(receiver.unprotectRtcp(again, 0, 42)).isEqualTo(SrtpContext.AUTH_FAILED);
  }

  @Test
  void neverThrowsOnGarbage() {
    Random random = new Random(4);
    SrtpContext receiver = new SrtpContext(KEY);
    for (int i = 0; i < 20_000; i++) {
      byte[] garbage = new byte[random.nextInt(80)];
      random.nextBytes(garbage);
      if (garbage.length > 0) {
        garbage[0] = (byte) (0x80 | garbage[0] & 0x3F);
      }
      assertThat(receiver.unprotectRtp(garbage.clone(), 0, garbage.length)).isNegative();
      assertThat(receiver.unprotectRtcp(garbage, 0, garbage.length)).isNegative();
    }
  }

  @Test
  void refusesKeysOfAnotherLength() {
    assertThatThrownBy(() -> SrtpContext.ofBase64("AAAA"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("30 bytes");
  }
}
