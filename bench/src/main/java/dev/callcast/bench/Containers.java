package dev.callcast.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes clips into files that every program can read: IVF for VP8, Ogg for Opus. Pure but for I/O.
 */
final class Containers {
  private static final int OGG_SAMPLES = 960;
  private static final int OGG_PRE_SKIP = 312;
  private static final int PACKETS_PER_PAGE = 25;
  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int value = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        value = (value << 1) ^ ((value >>> 31) * 0x04C11DB7);
      }
      CRC[i] = value;
    }
  }

  private Containers() {}

  /** Writes VP8 frames as IVF, the frame rate's inverse as the unit of time. */
  static void ivf(Path file, int width, int height, int fps, List<byte[]> frames)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      ByteBuffer header = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
      header.put("DKIF".getBytes(StandardCharsets.US_ASCII)).putShort((short) 0);
      header.putShort((short) 32).put("VP80".getBytes(StandardCharsets.US_ASCII));
      header.putShort((short) width).putShort((short) height).putInt(fps).putInt(1);
      header.putInt(frames.size());
      out.write(header.array());
      for (int i = 0; i < frames.size(); i++) {
        ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        out.write(head.putInt(frames.get(i).length).putLong(i).array());
        out.write(frames.get(i));
      }
    }
  }

  /** The frames of an IVF file. */
  static List<byte[]> readIvf(Path file) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> frames = new ArrayList<>();
    data.position(32);
    while (data.remaining() > 12) {
      byte[] frame = new byte[data.getInt()];
      data.getLong();
      data.get(frame);
      frames.add(frame);
    }
    return frames;
  }

  /** Writes mono Opus packets of 20 ms as Ogg (RFC 7845). */
  static void ogg(Path file, int serial, List<byte[]> packets) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      ByteBuffer head = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
      head.put("OpusHead".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 1);
      head.putShort((short) OGG_PRE_SKIP).putInt(48_000).putShort((short) 0).put((byte) 0);
      page(out, 2, 0, serial, 0, List.of(head.array()));
      ByteBuffer tags = ByteBuffer.allocate(8 + 4 + 5 + 4).order(ByteOrder.LITTLE_ENDIAN);
      tags.put("OpusTags".getBytes(StandardCharsets.US_ASCII)).putInt(5);
      tags.put("bench".getBytes(StandardCharsets.US_ASCII)).putInt(0);
      page(out, 0, 0, serial, 1, List.of(tags.array()));
      int sequence = 2;
      for (int at = 0; at < packets.size(); at += PACKETS_PER_PAGE) {
        int end = Math.min(at + PACKETS_PER_PAGE, packets.size());
        page(
            out,
            end == packets.size() ? 4 : 0,
            (long) end * OGG_SAMPLES,
            serial,
            sequence++,
            packets.subList(at, end));
      }
    }
  }

  /** The packets of an Ogg file of one stream, without the two headers. */
  static List<byte[]> readOgg(Path file) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file));
    List<byte[]> packets = new ArrayList<>();
    while (data.remaining() > 27) {
      int start = data.position();
      int segments = data.get(start + 26) & 0xFF;
      int body = start + 27 + segments;
      int size = 0;
      for (int i = 0; i < segments; i++) {
        int lace = data.get(start + 27 + i) & 0xFF;
        size += lace;
        if (lace < 255) {
          byte[] packet = new byte[size];
          data.get(body, packet);
          packets.add(packet);
          body += size;
          size = 0;
        }
      }
      data.position(body);
    }
    return packets.subList(2, packets.size());
  }

  private static void page(
      OutputStream out, int flags, long granule, int serial, int sequence, List<byte[]> packets)
      throws IOException {
    List<Byte> laces = new ArrayList<>();
    int size = 0;
    for (byte[] packet : packets) {
      size += packet.length;
      for (int left = packet.length; left >= 0; left -= 255) {
        laces.add((byte) Math.min(left, 255));
      }
    }
    ByteBuffer page = ByteBuffer.allocate(27 + laces.size() + size).order(ByteOrder.LITTLE_ENDIAN);
    page.put("OggS".getBytes(StandardCharsets.US_ASCII)).put((byte) 0).put((byte) flags);
    page.putLong(granule).putInt(serial).putInt(sequence).putInt(0).put((byte) laces.size());
    laces.forEach(page::put);
    packets.forEach(page::put);
    int crc = 0;
    for (byte b : page.array()) {
      crc = (crc << 8) ^ CRC[(crc >>> 24) ^ (b & 0xFF)];
    }
    page.putInt(22, crc);
    out.write(page.array());
  }
}
