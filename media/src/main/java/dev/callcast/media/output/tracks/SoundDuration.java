package dev.callcast.media.output.tracks;

import dev.callcast.protocol.Codec;

/** How long a packet of sound is. Stateless. */
final class SoundDuration {
  private static final long SECOND = 1_000_000_000L;

  private SoundDuration() {}

  /** In ns; 0 for an empty packet. */
  static long of(Codec codec, int channels, byte[] packet) {
    return switch (codec) {
      case OPUS -> opus(packet);
      case PCMU, PCMA -> packet.length / Math.max(1, channels) * SECOND / codec.clockRate();
      case VP8, VP9, H264 -> throw new IllegalArgumentException(codec + " is no sound");
    };
  }

  /** RFC 6716 §3.1 and §3.2. */
  private static long opus(byte[] packet) {
    if (packet.length == 0) {
      return 0;
    }
    int toc = packet[0] & 0xFF;
    int config = toc >>> 3;
    long frame;
    if (config < 12) {
      frame = new long[] {10_000_000, 20_000_000, 40_000_000, 60_000_000}[config & 3];
    } else if (config < 16) {
      frame = (config & 1) == 0 ? 10_000_000 : 20_000_000;
    } else {
      frame = 2_500_000L << (config & 3);
    }
    int frames =
        switch (toc & 3) {
          case 0 -> 1;
          case 1, 2 -> 2;
          default -> packet.length > 1 ? packet[1] & 0x3F : 0;
        };
    return frame * frames;
  }
}
