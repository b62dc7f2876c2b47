package dev.callcast.testkit.check;

import dev.callcast.testkit.clip.ClipPainter;
import dev.callcast.testkit.clip.TonePainter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of four participants in a 2x2 grid of 1280x720, made with no part of the product, with
 * faults of known size.
 */
final class KnownFile {
  static final int SECONDS = 6;
  static final int FPS = 30;

  /** Which participant is in which tile, from top left. */
  List<Integer> grid = List.of(0, 1, 2, 3);

  /** By how much all sound is late. */
  int audioLateMs;

  /** The tile that stands still from 2 s to 3 s; −1 for none. */
  int frozenTile = -1;

  /** The participant that is silent from 3 s to 4 s; −1 for none. */
  int silentParticipant = -1;

  /** The whole canvas is black, and all sound is off, from 4 s to 5 s. */
  boolean blackout;

  /** ffmpeg arguments between input and output. */
  String options = "-c:v libx264 -preset ultrafast -b:v 3M -g 60 -bf 0 -c:a aac -b:a 128k";

  Path write(Path file) throws IOException, InterruptedException {
    Path sound = Files.createTempFile("known-", ".pcm");
    Files.write(sound, sound());
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            ("ffmpeg -hide_banner -loglevel error -y -f rawvideo -pix_fmt yuv420p"
                    + " -video_size 1280x720 -framerate 30 -i pipe:0 -f s16le -ar 48000 -ac 1 -i "
                    + sound
                    + " "
                    + options)
                .split(" ")));
    command.add(file.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream out = new BufferedOutputStream(process.getOutputStream(), 1 << 16)) {
      pictures(out);
    }
    if (process.waitFor() != 0) {
      throw new IOException("ffmpeg failed");
    }
    Files.delete(sound);
    return file;
  }

  private void pictures(OutputStream out) throws IOException {
    List<ClipPainter> painters = new ArrayList<>();
    for (int participant : grid) {
      painters.add(new ClipPainter(participant, "P" + participant, 640, 360, FPS, 300));
    }
    byte[] canvas = new byte[1280 * 720 * 3 / 2];
    for (int frame = 0; frame < SECONDS * FPS; frame++) {
      for (int tile = 0; tile < 4; tile++) {
        boolean frozen = tile == frozenTile && frame >= 2 * FPS && frame < 3 * FPS;
        byte[] picture = painters.get(tile).paint(frozen ? 2 * FPS - 1 : frame);
        place(picture, canvas, tile % 2, tile / 2);
      }
      if (blackout && frame >= 4 * FPS && frame < 5 * FPS) {
        java.util.Arrays.fill(canvas, 0, 1280 * 720, (byte) 16);
        java.util.Arrays.fill(canvas, 1280 * 720, canvas.length, (byte) 128);
      }
      out.write(canvas);
    }
  }

  private static void place(byte[] picture, byte[] canvas, int column, int row) {
    for (int y = 0; y < 360; y++) {
      System.arraycopy(picture, y * 640, canvas, (row * 360 + y) * 1280 + column * 640, 640);
    }
    for (int plane = 0; plane < 2; plane++) {
      int from = 640 * 360 + plane * 320 * 180;
      int to = 1280 * 720 + plane * 640 * 360;
      for (int y = 0; y < 180; y++) {
        System.arraycopy(
            picture, from + y * 320, canvas, to + (row * 180 + y) * 640 + column * 320, 320);
      }
    }
  }

  private byte[] sound() {
    int rate = 48_000;
    ByteBuffer bytes = ByteBuffer.allocate(SECONDS * rate * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < SECONDS * rate; i++) {
      double sum = 0;
      int at = i - audioLateMs * rate / 1000;
      for (int participant : grid) {
        boolean silent =
            (participant == silentParticipant && i >= 3 * rate && i < 4 * rate)
                || (blackout && i >= 4 * rate && i < 5 * rate);
        if (at >= 0 && !silent) {
          sum += TonePainter.sample(participant, FPS, -36, at, rate);
        }
      }
      bytes.putShort((short) Math.round(32_767 * sum));
    }
    return bytes.array();
  }
}
