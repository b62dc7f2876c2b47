package dev.callcast.testkit.clip;

import dev.callcast.protocol.Codec;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Encoded frames of one clip, mapped from its cache file. Immutable, usable by any thread; the
 * mapping goes with the object.
 *
 * <p>The file is {@code CCC1}, six 32-bit numbers (codec's name, rate, frames, key interval, patch
 * interval, samples), then a 32-bit size and a 32-bit level per sample, then the samples.
 */
public final class ClipFile {
  private static final int MAGIC = 0x43434331;
  private static final int HEADER_BYTES = 28;

  private final ByteBuffer data;
  private final Codec codec;
  private final int rate;
  private final int frames;
  private final int keyInterval;
  private final int patchInterval;
  private final int[] offsets;
  private final int[] levels;

  private ClipFile(ByteBuffer data) {
    this.data = data;
    codec = codecOf(data.getInt(4));
    rate = data.getInt(8);
    frames = data.getInt(12);
    keyInterval = data.getInt(16);
    patchInterval = data.getInt(20);
    int samples = data.getInt(24);
    offsets = new int[samples + 1];
    levels = new int[samples];
    int offset = HEADER_BYTES + 8 * samples;
    for (int i = 0; i < samples; i++) {
      offsets[i] = offset;
      offset += data.getInt(HEADER_BYTES + 8 * i);
      levels[i] = data.getInt(HEADER_BYTES + 8 * i + 4);
    }
    offsets[samples] = offset;
  }

  /**
   * Maps a clip.
   *
   * @throws IOException when the file cannot be read or is no clip
   */
  public static ClipFile open(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      if (data.limit() < HEADER_BYTES || data.getInt(0) != MAGIC) {
        throw new IOException(file + " is not a clip");
      }
      return new ClipFile(data);
    }
  }

  /** Writes a clip. {@code levels} are RFC 6464 levels (0 to 127 −dBov), 127 for video. */
  static void write(
      Path file,
      Codec codec,
      int rate,
      int frames,
      int keyInterval,
      int patchInterval,
      List<byte[]> samples,
      int[] levels)
      throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
      int[] header = {
        MAGIC, fourCharacters(codec), rate, frames, keyInterval, patchInterval, samples.size()
      };
      for (int value : header) {
        out.writeInt(value);
      }
      for (int i = 0; i < samples.size(); i++) {
        out.writeInt(samples.get(i).length);
        out.writeInt(levels[i]);
      }
      for (byte[] sample : samples) {
        out.write(sample);
      }
    }
  }

  /** The first four letters of the codec's name, padded with spaces. */
  private static int fourCharacters(Codec codec) {
    String name = (codec.encodingName() + "    ").substring(0, 4);
    return name.charAt(0) << 24 | name.charAt(1) << 16 | name.charAt(2) << 8 | name.charAt(3);
  }

  private static Codec codecOf(int fourCharacters) {
    for (Codec codec : Codec.values()) {
      if (fourCharacters(codec) == fourCharacters) {
        return codec;
      }
    }
    throw new IllegalArgumentException("unknown codec " + Integer.toHexString(fourCharacters));
  }

  public Codec codec() {
    return codec;
  }

  /** Frames per second; of audio, 50. */
  public int rate() {
    return rate;
  }

  /** The frames of the clip, after which it loops. */
  public int frames() {
    return frames;
  }

  public int keyInterval() {
    return keyInterval;
  }

  public int patchInterval() {
    return patchInterval;
  }

  /** The RFC 6464 level of a frame, 0 (loudest) to 127 −dBov. */
  public int level(int frame) {
    return levels[frame];
  }

  /**
   * The bytes of a frame, read only.
   *
   * @param frame 0 to {@link #frames()} − 1
   * @param start the frame at which the run began that the sender is in: a multiple of the patch
   *     interval, in the same key interval
   */
  public ByteBuffer sample(int frame, int start) {
    int index = frame;
    int inInterval = start % keyInterval;
    if (inInterval != 0) {
      index = frames + patchIndex(start) + frame - start;
    }
    return data.slice(offsets[index], offsets[index + 1] - offsets[index]);
  }

  /** The samples of all patches before the one that begins at {@code start}. */
  private int patchIndex(int start) {
    int before = 0;
    for (int at = patchInterval; at < keyInterval; at += patchInterval) {
      before += keyInterval - at;
    }
    int index = start / keyInterval * before;
    for (int at = patchInterval; at < start % keyInterval; at += patchInterval) {
      index += keyInterval - at;
    }
    return index;
  }

  /** How many samples are stored, patches included. */
  public int samples() {
    return levels.length;
  }
}
