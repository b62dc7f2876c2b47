package dev.callcast.media.output.matroska;

import dev.callcast.protocol.Codec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a file's header says of its one track.
 *
 * @param webm whether the codec is one of WebM's
 * @param codecId of the Matroska codec specifications
 * @param codecPrivate or null
 * @param width px at the beginning; 0 for sound
 * @param height px at the beginning; 0 for sound
 * @param sampleRate Hz; 0 for video
 * @param channels 0 for video
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record MatroskaTrack(
    boolean webm,
    String codecId,
    byte @Nullable [] codecPrivate,
    int width,
    int height,
    int sampleRate,
    int channels) {

  /** WAVE_FORMAT_ALAW and WAVE_FORMAT_MULAW. */
  private static final int ALAW = 6;

  private static final int MULAW = 7;

  /** A VP8 or VP9 track. */
  public static MatroskaTrack video(Codec codec, int width, int height) {
    return switch (codec) {
      case VP8, VP9 ->
          new MatroskaTrack(true, "V_" + codec.encodingName(), null, width, height, 0, 0);
      case H264, OPUS, PCMU, PCMA ->
          throw new IllegalArgumentException(codec + " is no video of WebM");
    };
  }

  /** An Opus or G.711 track. */
  public static MatroskaTrack sound(Codec codec, int channels) {
    return switch (codec) {
      case OPUS ->
          new MatroskaTrack(true, "A_OPUS", opusHead(channels), 0, 0, codec.clockRate(), channels);
      case PCMU, PCMA ->
          new MatroskaTrack(
              false,
              "A_MS/ACM",
              waveFormat(codec == Codec.PCMA ? ALAW : MULAW, codec.clockRate(), channels),
              0,
              0,
              codec.clockRate(),
              channels);
      case VP8, VP9, H264 -> throw new IllegalArgumentException(codec + " is no sound");
    };
  }

  /** Whether it is a picture. */
  public boolean isVideo() {
    return width > 0;
  }

  /** The usual ending of its file's name. */
  public String extension() {
    return webm ? "webm" : isVideo() ? "mkv" : "mka";
  }

  /**
   * RFC 7845 §5.1. The pre-skip is 0: the file begins in the middle of the sender's stream, whose
   * own beginning was skipped long ago.
   */
  private static byte[] opusHead(int channels) {
    return ByteBuffer.allocate(19)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("OpusHead".getBytes(StandardCharsets.US_ASCII))
        .put((byte) 1)
        .put((byte) channels)
        .putShort((short) 0)
        .putInt(48_000)
        .putShort((short) 0)
        .put((byte) 0)
        .array();
  }

  /** WAVEFORMATEX of G.711. */
  private static byte[] waveFormat(int tag, int rate, int channels) {
    return ByteBuffer.allocate(18)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) tag)
        .putShort((short) channels)
        .putInt(rate)
        .putInt(rate * channels)
        .putShort((short) channels)
        .putShort((short) 8)
        .putShort((short) 0)
        .array();
  }
}
