package dev.callcast.testkit.clip;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Clips as the files that a browser takes for its camera and its microphone. The browser starts the
 * two when it likes, so flash and beep are not in time with each other.
 */
public final class DeviceFiles {
  private static final int RATE = 48_000;

  private DeviceFiles() {}

  /** Writes a clip as Y4M, uncompressed: 350 KB a frame of 640x360. */
  public static Path camera(VideoClipSpec spec, Path file) throws IOException {
    ClipPainter painter =
        new ClipPainter(
            spec.participant(),
            spec.name(),
            spec.width(),
            spec.height(),
            spec.fps(),
            spec.frames());
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(
          "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n"
              .formatted(spec.width(), spec.height(), spec.fps())
              .getBytes(StandardCharsets.US_ASCII));
      for (int frame = 0; frame < spec.frames(); frame++) {
        out.write("FRAME\n".getBytes(StandardCharsets.US_ASCII));
        out.write(painter.paint(frame));
      }
    }
    return file;
  }

  /** Writes a clip's sound as WAV, 16 bits, mono, 48 kHz. */
  public static Path microphone(AudioClipSpec spec, Path file) throws IOException {
    int samples = spec.seconds() * RATE;
    ByteBuffer wav = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 2 * samples);
    wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    wav.putShort((short) 1).putShort((short) 1).putInt(RATE).putInt(2 * RATE);
    wav.putShort((short) 2).putShort((short) 16);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * samples);
    for (int i = 0; i < samples; i++) {
      wav.putShort(
          (short)
              Math.round(
                  32_767
                      * TonePainter.sample(
                          spec.participant(), spec.fps(), spec.toneDb(), i, RATE)));
    }
    Files.write(file, wav.array());
    return file;
  }
}
