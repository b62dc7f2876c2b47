package dev.callcast.media.whep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.media.encode.Packet;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is cut is put together again by the rules of RFC 6184, and is the same. */
class H264PacketizerTest {
  private static final byte[] SPS = {0x67, 0x64, 0, 31, 1};
  private static final byte[] PPS = {0x68, 1, 2, 3};
  private static final byte[] CONFIG =
      ByteBuffer.allocate(5 + 1 + 2 + 5 + 1 + 2 + 4)
          .put(new byte[] {1, 0x64, 0, 31, (byte) 0xFF, (byte) 0xE1, 0, 5})
          .put(SPS)
          .put(new byte[] {1, 0, 4})
          .put(PPS)
          .array();

  private final H264Packetizer packetizer = new H264Packetizer(CONFIG);
  private final Random random = new Random(5);

  private byte[] unit(int header, int size) {
    byte[] unit = new byte[size];
    random.nextBytes(unit);
    unit[0] = (byte) header;
    return unit;
  }

  private static Packet picture(boolean key, byte[]... units) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (byte[] unit : units) {
      data.writeBytes(ByteBuffer.allocate(4).putInt(unit.length).array());
      data.writeBytes(unit);
    }
    return new Packet(Packet.Kind.VIDEO, data.toByteArray(), 0, 0, 1, key);
  }

  private static List<byte[]> units(List<byte[]> packets) {
    List<byte[]> units = new ArrayList<>();
    ByteArrayOutputStream cut = null;
    for (byte[] packet : packets) {
      assertThat(packet.length - 12).isBetween(1, H264Packetizer.LARGEST);
      byte[] payload = Arrays.copyOfRange(packet, 12, packet.length);
      switch (payload[0] & 0x1F) {
        case 24 -> {
          for (int at = 1; at < payload.length; ) {
            int size = (payload[at] & 0xFF) << 8 | (payload[at + 1] & 0xFF);
            units.add(Arrays.copyOfRange(payload, at + 2, at + 2 + size));
            at += 2 + size;
          }
        }
        case 28 -> {
          if ((payload[1] & 0x80) != 0) {
            assertThat(cut).isNull();
            cut = new ByteArrayOutputStream();
            cut.write((payload[0] & 0xE0) | (payload[1] & 0x1F));
          }
          cut.write(payload, 2, payload.length - 2);
          if ((payload[1] & 0x40) != 0) {
            units.add(cut.toByteArray());
            cut = null;
          }
        }
        default -> units.add(payload);
      }
    }
    assertThat(cut).isNull();
    return units;
  }

  @Test
  void everySizeComesTogetherAgain() {
    for (int size : new int[] {2, 100, 1149, 1150, 1151, 1152, 2297, 2298, 2299, 40_000}) {
      byte[] unit = unit(0x65, size);
      byte[] second = unit(0x41, 7);
      assertThat(units(packetizer.packets(picture(false, unit, second))))
          .as("%d bytes", size)
          .containsExactly(unit, second);
    }
  }

  @Test
  void aKeyFrameBringsItsParameterSetsAndNothingElseIsAdded() {
    byte[] slice = unit(0x65, 3000);
    byte[] sei = unit(6, 30);
    assertThat(units(packetizer.packets(picture(true, sei, slice))))
        .containsExactly(SPS, PPS, slice);
    assertThat(packetizer.packets(picture(true, slice)).getFirst()[12])
        .as("NRI as high as theirs, and the type")
        .isEqualTo((byte) (0x60 | 24));
  }

  @Test
  void whatIsBrokenIsRefused() {
    byte[] broken = {0, 0, 1, 0, 0x65, 1};
    assertThatThrownBy(
            () -> packetizer.packets(new Packet(Packet.Kind.VIDEO, broken, 0, 0, 1, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("256");
  }
}
