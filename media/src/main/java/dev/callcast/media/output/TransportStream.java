package dev.callcast.media.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Looks into an MPEG transport stream (ISO/IEC 13818-1): packets of 188 bytes. */
final class TransportStream {
  static final int PACKET = 188;

  private TransportStream() {}

  /** Cuts it into pieces of at most so many bytes, a multiple of 188. */
  static List<byte[]> pieces(byte[] stream, int most) {
    if (stream.length <= most) {
      return List.of(stream);
    }
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < stream.length; at += most) {
      pieces.add(Arrays.copyOfRange(stream, at, Math.min(at + most, stream.length)));
    }
    return pieces;
  }

  /** Whether a picture begins in it that can be decoded without those before. */
  static boolean hasKeyFrame(byte[] packets) {
    for (int at = 0; at + PACKET <= packets.length; at += PACKET) {
      if (beginsKeyFrame(packets, at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean beginsKeyFrame(byte[] packets, int at) {
    boolean unitStart = (packets[at + 1] & 0x40) != 0;
    boolean adaptation = (packets[at + 3] & 0x20) != 0;
    boolean payload = (packets[at + 3] & 0x10) != 0;
    if (!unitStart || !adaptation || !payload) {
      return false;
    }
    int length = packets[at + 4] & 0xff;
    int start = at + 5 + length;
    return length > 0
        && (packets[at + 5] & 0x40) != 0 // random_access_indicator
        && start + 4 <= at + PACKET
        && packets[start] == 0
        && packets[start + 1] == 0
        && packets[start + 2] == 1
        && (packets[start + 3] & 0xf0) == 0xe0; // a stream of pictures
  }
}
