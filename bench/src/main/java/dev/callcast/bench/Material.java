package dev.callcast.bench;

import dev.callcast.protocol.Codec;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.Rect;
import dev.callcast.scene.SceneState;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.ClipFile;
import dev.callcast.testkit.clip.ClipLibrary;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * What all programs of one comparison work on: N participants' clips as files, cut to a length, and
 * the places of their tiles. The files stay in the directory.
 */
final class Material {
  static final int WIDTH = 1280;
  static final int HEIGHT = 720;
  static final int FPS = 30;
  static final int SOURCE_WIDTH = 640;
  static final int SOURCE_HEIGHT = 360;
  static final int VIDEO_BITRATE = 3_000_000;
  static final int AUDIO_BITRATE = 128_000;

  /** A picture of the canvas, I420, in bytes. */
  static final int PICTURE_BYTES = WIDTH * HEIGHT * 3 / 2;

  private final Path directory;
  private final int participants;
  private final List<Rect> tiles;

  Material(Path directory, int participants) {
    this.directory = directory;
    this.participants = participants;
    this.tiles = tiles(participants);
  }

  int participants() {
    return participants;
  }

  /** The participants' places on the canvas, in order. */
  List<Rect> tiles() {
    return tiles;
  }

  Path directory() {
    return directory;
  }

  Path video(int participant, int seconds) {
    return directory.resolve("p%02d-%ds.ivf".formatted(participant, seconds));
  }

  Path audio(int participant, int seconds) {
    return directory.resolve("p%02d-%ds.ogg".formatted(participant, seconds));
  }

  /** The picture as it should be, raw I420. */
  Path ideal(int seconds) {
    return directory.resolve("ideal-%d-%ds.yuv".formatted(participants, seconds));
  }

  /** An image with soft edges that lets the video through; made when it is missing. */
  Path logo() throws IOException {
    Path file = directory.resolve("logo.png");
    if (!Files.exists(file)) {
      BufferedImage image = new BufferedImage(480, 270, BufferedImage.TYPE_INT_ARGB);
      Graphics2D graphics = image.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setColor(new java.awt.Color(0xCC, 0x22, 0x44, 0xB0));
      graphics.fillOval(20, 20, 440, 230);
      graphics.dispose();
      ImageIO.write(image, "png", file.toFile());
    }
    return file;
  }

  private static List<Rect> tiles(int participants) {
    List<SceneState.Participant> states = new ArrayList<>();
    for (int i = 0; i < participants; i++) {
      SceneState.Video camera = new SceneState.Video("p" + i, SOURCE_WIDTH, SOURCE_HEIGHT, false);
      states.add(new SceneState.Participant("p" + i, "p" + i, false, camera, null, true, 0));
    }
    return Layouts.scene(
            "grid",
            LayoutParams.parse(Map.of()),
            WIDTH,
            HEIGHT,
            Color.BLACK,
            new SceneState(states, null, 0))
        .layers()
        .stream()
        .map(Layer::rect)
        .toList();
  }

  /** Makes the clips' files that are missing. */
  void prepare(int seconds) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    ClipLibrary library = ClipLibrary.standard();
    List<VideoClipSpec> videos = new ArrayList<>();
    List<AudioClipSpec> audios = new ArrayList<>();
    for (int i = 0; i < participants; i++) {
      videos.add(
          VideoClipSpec.standard(i, "Participant " + i, Codec.VP8)
              .withSize(SOURCE_WIDTH, SOURCE_HEIGHT));
      audios.add(AudioClipSpec.standard(i, Codec.OPUS));
    }
    library.prepare(videos, audios);
    for (int i = 0; i < participants; i++) {
      if (!Files.exists(video(i, seconds))) {
        List<byte[]> frames = loop(library.video(videos.get(i)), seconds);
        Path fresh = fresh(video(i, seconds));
        Containers.ivf(fresh, SOURCE_WIDTH, SOURCE_HEIGHT, FPS, frames);
        Files.move(fresh, video(i, seconds));
      }
      if (!Files.exists(audio(i, seconds))) {
        List<byte[]> packets = loop(library.audio(audios.get(i)), seconds);
        Path fresh = fresh(audio(i, seconds));
        Containers.ogg(fresh, i + 1, packets);
        Files.move(fresh, audio(i, seconds));
      }
    }
  }

  private static Path fresh(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /** The clip over and over, for so long. */
  private static List<byte[]> loop(Path file, int seconds) throws IOException {
    ClipFile clip = ClipFile.open(file);
    List<byte[]> samples = new ArrayList<>();
    for (int i = 0; i < seconds * clip.rate(); i++) {
      ByteBuffer sample = clip.sample(i % clip.frames(), 0);
      byte[] bytes = new byte[sample.remaining()];
      sample.get(bytes);
      samples.add(bytes);
    }
    return samples;
  }

  /** Makes the ideal picture: decoded and scaled by ffmpeg as exactly as it can, uncompressed. */
  void prepareIdeal(int seconds) throws IOException, InterruptedException {
    if (Files.exists(ideal(seconds))) {
      return;
    }
    Path fresh = fresh(ideal(seconds));
    List<String> command = Programs.ffmpegVideoInputs(this, seconds);
    command.addAll(
        List.of(
            "-filter_complex",
            Programs.stack(this, "bicubic+accurate_rnd+full_chroma_int"),
            "-map",
            "[v]",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            fresh.toString()));
    Tools.run(command);
    long expected = (long) seconds * FPS * PICTURE_BYTES;
    if (Files.size(fresh) != expected) {
      throw new IOException(
          "the ideal picture has %d bytes instead of %d".formatted(Files.size(fresh), expected));
    }
    Files.move(fresh, ideal(seconds));
  }

  /** Deletes the ideal picture: it is large. */
  void dropIdeal(int seconds) throws IOException {
    Files.deleteIfExists(ideal(seconds));
  }
}
