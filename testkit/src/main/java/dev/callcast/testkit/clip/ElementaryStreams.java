package dev.callcast.testkit.clip;

import dev.callcast.protocol.Codec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes encoded frames out of the simple containers that ffmpeg writes. Pure. */
final class ElementaryStreams {
  private static final int NAL_AUD = 9;
  private static final int NAL_IDR = 5;

  private ElementaryStreams() {}

  /** The frames of an IVF file. */
  static List<byte[]> ivf(byte[] file) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < 32 || file[0] != 'D' || file[1] != 'K' || file[2] != 'I' || file[3] != 'F') {
      throw new IOException("no IVF file");
    }
    List<byte[]> frames = new ArrayList<>();
    int at = data.getShort(6);
    while (at + 12 <= file.length) {
      int size = data.getInt(at);
      at += 12;
      frames.add(Arrays.copyOfRange(file, at, at + size));
      at += size;
    }
    return frames;
  }

  /** The access units of an Annex B stream that has access unit delimiters. */
  static List<byte[]> h264(byte[] file) {
    List<byte[]> units = new ArrayList<>();
    int start = -1;
    for (int i = 0; i + 3 < file.length; i++) {
      if (file[i] == 0 && file[i + 1] == 0 && file[i + 2] == 1 && (file[i + 3] & 0x1F) == NAL_AUD) {
        int begin = i > 0 && file[i - 1] == 0 ? i - 1 : i;
        if (start >= 0) {
          units.add(Arrays.copyOfRange(file, start, begin));
        }
        start = begin;
      }
    }
    if (start >= 0) {
      units.add(Arrays.copyOfRange(file, start, file.length));
    }
    return units;
  }

  /** The packets of the first logical stream of an Ogg file (RFC 3533), headers included. */
  static List<byte[]> ogg(byte[] file) throws IOException {
    List<byte[]> packets = new ArrayList<>();
    ByteBuffer packet = ByteBuffer.allocate(65_536);
    int at = 0;
    while (at + 27 <= file.length) {
      if (file[at] != 'O' || file[at + 1] != 'g' || file[at + 2] != 'g' || file[at + 3] != 'S') {
        throw new IOException("no Ogg page at " + at);
      }
      int segments = file[at + 26] & 0xFF;
      int body = at + 27 + segments;
      for (int i = 0; i < segments; i++) {
        int size = file[at + 27 + i] & 0xFF;
        packet.put(file, body, size);
        body += size;
        if (size < 255) {
          packets.add(Arrays.copyOf(packet.array(), packet.position()));
          packet.clear();
        }
      }
      at = body;
    }
    return packets;
  }

  /** Whether a frame can be decoded without those before it. */
  static boolean isKeyFrame(Codec codec, byte[] frame) {
    return switch (codec) {
      case VP8 -> (frame[0] & 0x01) == 0;
      // Profile 0: marker (2 bits), profile (2), show_existing_frame, then frame_type, 0 for key.
      case VP9 -> (frame[0] & 0x0C) == 0 && (frame[0] & 0x30) == 0;
      case H264 -> hasNal(frame, NAL_IDR);
      case OPUS, PCMU, PCMA -> true;
    };
  }

  private static boolean hasNal(byte[] unit, int type) {
    for (int i = 0; i + 3 < unit.length; i++) {
      if (unit[i] == 0 && unit[i + 1] == 0 && unit[i + 2] == 1 && (unit[i + 3] & 0x1F) == type) {
        return true;
      }
    }
    return false;
  }
}
