package dev.callcast.media.output.ogg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Builds and checks pages of Ogg (RFC 3533 §6). Stateless. */
final class OggPage {
  /** Bytes before the segment table. */
  static final int HEADER = 27;

  /** The largest page: 255 segments of 255 bytes. */
  static final int LARGEST = HEADER + 255 + 255 * 255;

  static final int FIRST = 2;
  static final int LAST = 4;

  private static final int CRC_OFFSET = 22;
  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int r = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        r = (r << 1) ^ (r < 0 ? 0x04c11db7 : 0);
      }
      CRC[i] = r;
    }
  }

  private OggPage() {}

  /**
   * What a page's header says.
   *
   * @param granule of the last packet that ends on it
   * @param size bytes of the whole page
   */
  record Header(int flags, long granule, int serial, int sequence, int size, int segments) {}

  /**
   * A page of whole packets, each shorter than 64 KiB together.
   *
   * @param flags {@link #FIRST} and {@link #LAST}, or 0
   */
  static byte[] of(int flags, long granule, int serial, int sequence, List<byte[]> packets) {
    int segments = 0;
    int bytes = 0;
    for (byte[] packet : packets) {
      segments += packet.length / 255 + 1;
      bytes += packet.length;
    }
    if (segments > 255) {
      throw new IllegalArgumentException(segments + " segments do not fit into a page");
    }
    var page = ByteBuffer.allocate(HEADER + segments + bytes).order(ByteOrder.LITTLE_ENDIAN);
    page.put(new byte[] {'O', 'g', 'g', 'S', 0, (byte) flags});
    page.putLong(granule).putInt(serial).putInt(sequence).putInt(0).put((byte) segments);
    for (byte[] packet : packets) {
      for (int left = packet.length; left >= 255; left -= 255) {
        page.put((byte) 255);
      }
      page.put((byte) (packet.length % 255));
    }
    packets.forEach(page::put);
    page.putInt(CRC_OFFSET, crc(page.array()));
    return page.array();
  }

  /**
   * Reads a header, with no more than what is there.
   *
   * @param start the page's first bytes, {@link #HEADER} and all 255 segments unless the file ends
   * @return null where no page starts, or its segment table is not all there
   */
  static @org.jspecify.annotations.Nullable Header header(ByteBuffer start) {
    var page = start.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (page.remaining() < HEADER
        || page.getInt(0) != 0x5367_674f // "OggS"
        || page.get(4) != 0) {
      return null;
    }
    int segments = page.get(26) & 0xff;
    if (page.remaining() < HEADER + segments) {
      return null;
    }
    int size = HEADER + segments;
    for (int i = 0; i < segments; i++) {
      size += page.get(HEADER + i) & 0xff;
    }
    return new Header(
        page.get(5), page.getLong(6), page.getInt(14), page.getInt(18), size, segments);
  }

  /** Whether a whole page is as it was written. */
  static boolean isWhole(byte[] page) {
    int stored = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getInt(CRC_OFFSET);
    return stored == crc(page);
  }

  /** The checksum, with the four bytes of its own place taken as 0. */
  private static int crc(byte[] page) {
    int crc = 0;
    for (int i = 0; i < page.length; i++) {
      int value = i >= CRC_OFFSET && i < CRC_OFFSET + 4 ? 0 : page[i] & 0xff;
      crc = (crc << 8) ^ CRC[(crc >>> 24) ^ value];
    }
    return crc;
  }
}
