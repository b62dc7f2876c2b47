package dev.callcast.media.ingest.rtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrameAssemblerTest {
  private final List<EncodedFrame> frames = new ArrayList<>();

  @Test
  void aVp8FrameIsPutTogetherWithoutItsDescriptors() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP8, new H264ParameterSets());
    take(assembler, 100, false, false, "90 80 81 23 | 10 02 00 9d 01 2a 80 02 68 01 aa");
    take(assembler, 100, true, false, "80 80 81 23 | bb cc");
    assertThat(frames).hasSize(1);
    EncodedFrame frame = frames.getFirst();
    assertThat(frame.data()).isEqualTo(bytes("10 02 00 9d 01 2a 80 02 68 01 aa bb cc"));
    assertThat(frame.keyFrame()).isTrue();
    assertThat(frame.width()).isEqualTo(640);
    assertThat(frame.height()).isEqualTo(360);
    assertThat(frame.pts()).isEqualTo(100_000);
  }

  @Test
  void afterALossEverythingWaitsForAKeyFrame() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP8, new H264ParameterSets());
    take(assembler, 1, true, false, "10 | 11 00 00 01"); // no key frame yet
    take(assembler, 2, true, false, KEY);
    take(assembler, 3, true, false, "10 | 11 00 00 02");
    take(assembler, 4, true, true, "10 | 11 00 00 03"); // something is missing before it
    take(assembler, 5, true, false, "10 | 11 00 00 04");
    assertThat(assembler.waiting()).isTrue();
    take(assembler, 6, true, false, KEY);
    take(assembler, 7, true, false, "10 | 11 00 00 05");
    assertThat(frames.stream().map(EncodedFrame::pts)).containsExactly(2000L, 3000L, 6000L, 7000L);
    assertThat(assembler.waiting()).isFalse();
  }

  @Test
  void aFrameWhoseMiddleIsMissingIsNotGivenOut() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP8, new H264ParameterSets());
    take(assembler, 1, true, false, KEY);
    take(assembler, 2, false, false, "10 | 11 00 00 01");
    take(assembler, 2, true, true, "00 | 02");
    take(assembler, 3, true, false, "00 | 03"); // no beginning
    assertThat(frames).hasSize(1);
    assertThat(assembler.waiting()).isTrue();
  }

  @Test
  void aFrameEndsAtTheMarkerAndAtAnotherTimestamp() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP8, new H264ParameterSets());
    take(assembler, 1, true, false, KEY);
    take(assembler, 1, true, false, KEY); // a simulcast switch: the timestamp stands still
    take(assembler, 2, false, false, "10 | 11 00 00 01"); // this sender forgot the marker
    take(assembler, 3, true, false, "10 | 11 00 00 02");
    assertThat(frames.stream().map(EncodedFrame::pts)).containsExactly(1000L, 1000L, 2000L, 3000L);
  }

  @Test
  void packetsOfPaddingAreNoFrames() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP8, new H264ParameterSets());
    take(assembler, 1, true, false, KEY);
    take(assembler, 1, true, false, "");
    take(assembler, 2, true, false, "10 | 11 00 00 01");
    assertThat(frames).hasSize(2);
  }

  @Test
  void vp9LayersBecomeASuperframe() {
    FrameAssembler assembler = FrameAssembler.of(Codec.VP9, new H264ParameterSets());
    // B, no picture id, a key frame of 64x48; then E of the second layer.
    take(assembler, 1, false, false, "08 | 82 49 83 42 00 03 f0 02 f7");
    take(assembler, 1, true, false, "0c | 86 01");
    EncodedFrame frame = frames.getFirst();
    assertThat(frame.keyFrame()).isTrue();
    assertThat(frame.width()).isEqualTo(64);
    assertThat(frame.height()).isEqualTo(48);
    assertThat(frame.data())
        .isEqualTo(bytes("82 49 83 42 00 03 f0 02 f7 86 01 d9 09 00 00 00 02 00 00 00 d9"));
  }

  @Test
  void h264BecomesAvcWithItsConfigurationApart() {
    FrameAssembler assembler = FrameAssembler.of(Codec.H264, new H264ParameterSets());
    String sps = "67 42 c0 1e da 02 80 bf e5 c0 44 00 00 03 00 04 00 00 03 00 f0 3c 58 ba 80";
    String pps = "68 ce 0f c8";
    take(assembler, 1, false, false, "78 | 00 19 " + sps + " 00 04 " + pps);
    take(assembler, 1, false, false, "7c | 85 88 84 01"); // FU-A of an IDR slice, its start
    take(assembler, 1, true, false, "7c | 45 02 03");
    take(assembler, 2, true, false, "41 | 9a 24 04");
    assertThat(frames).hasSize(2);
    EncodedFrame key = frames.getFirst();
    assertThat(key.keyFrame()).isTrue();
    assertThat(key.data()).isEqualTo(bytes("00 00 00 06 65 88 84 01 02 03"));
    assertThat(key.width()).isEqualTo(640);
    assertThat(key.height()).isEqualTo(360);
    assertThat(key.configuration())
        .isEqualTo(bytes("01 42 c0 1e ff e1 00 19 " + sps + " 01 00 04 " + pps));
    assertThat(frames.get(1).data()).isEqualTo(bytes("00 00 00 04 41 9a 24 04"));
    assertThat(frames.get(1).configuration()).isNull();
  }

  @Test
  void h264ParameterSetsOfBeforeAreUsed() {
    H264ParameterSets known = new H264ParameterSets();
    for (String set :
        List.of(
            "67 42 c0 1e da 02 80 bf e5 c0 44 00 00 03 00 04 00 00 03 00 f0 3c 58 ba 80",
            "68 ce 0f c8")) {
      byte[] nal = bytes(set);
      known.look(nal, 0, nal.length);
    }
    FrameAssembler assembler = FrameAssembler.of(Codec.H264, known);
    take(assembler, 1, true, false, "65 | 88 84 01 02");
    assertThat(frames).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void garbageDoesNoHarm(Codec codec) {
    FrameAssembler assembler = FrameAssembler.of(codec, new H264ParameterSets());
    Random random = new Random(5);
    for (int i = 0; i < 200_000; i++) {
      byte[] payload = new byte[random.nextInt(40)];
      random.nextBytes(payload);
      take(assembler, random.nextInt(3), random.nextBoolean(), random.nextInt(9) == 0, payload);
    }
    frames.clear();
    if (codec == Codec.VP8) {
      take(assembler, 9, true, false, KEY);
      assertThat(frames).isNotEmpty();
    }
  }

  private static final String KEY = "10 | 10 02 00 9d 01 2a 80 02 68 01";

  private void take(
      FrameAssembler assembler, long timestamp, boolean marker, boolean lost, String payload) {
    take(assembler, timestamp, marker, lost, bytes(payload));
  }

  private void take(
      FrameAssembler assembler, long timestamp, boolean marker, boolean lost, byte[] payload) {
    byte[] packet = new byte[12 + payload.length];
    packet[0] = (byte) 0x80;
    packet[1] = (byte) (marker ? 0x80 : 0);
    packet[7] = (byte) timestamp;
    System.arraycopy(payload, 0, packet, 12, payload.length);
    RtpPacket view = new RtpPacket();
    assertThat(view.parse(packet, 0, packet.length)).isTrue();
    assembler.take(view, 1000 * timestamp, lost, frames::add);
  }

  /** Hexadecimal; the bar is for the reader. */
  private static byte[] bytes(String hex) {
    String plain = hex.replaceAll("[ |]", "");
    byte[] out = new byte[plain.length() / 2];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) Integer.parseInt(plain.substring(2 * i, 2 * i + 2), 16);
    }
    return out;
  }
}
