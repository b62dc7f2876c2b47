package dev.callcast.testkit.clip;

import dev.callcast.protocol.Codec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The cache of encoded clips: a clip is painted and encoded (by ffmpeg as a child process) when it
 * is first asked for, and then kept under a name that is the hash of its parameters.
 *
 * <p>Usable by any thread and by several processes at once: a clip is made under a file lock and
 * appears by an atomic rename. Holds nothing open.
 */
public final class ClipLibrary {
  /** Raise it when painter or encoder settings change, so that old clips are not used. */
  private static final int VERSION = 1;

  private static final Duration ENCODER_DEADLINE = Duration.ofMinutes(2);
  private static final int OPUS_BITRATE = 32_000;
  private static final Map<Path, Object> LOCKS = new ConcurrentHashMap<>();

  private final Path directory;

  public ClipLibrary(Path directory) {
    this.directory = directory;
  }

  /** The library in {@code $XDG_CACHE_HOME/callcast/clips} or {@code ~/.cache/callcast/clips}. */
  public static ClipLibrary standard() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return new ClipLibrary(base.resolve("callcast").resolve("clips"));
  }

  /** Where the clips are kept. */
  public Path directory() {
    return directory;
  }

  /**
   * The file of a clip, made now if it is not there.
   *
   * @throws IOException when ffmpeg is missing, fails or takes longer than two minutes
   */
  public Path video(VideoClipSpec spec) throws IOException, InterruptedException {
    return obtain(spec.toString(), target -> encodeVideo(spec, target));
  }

  /**
   * The file of a clip, made now if it is not there.
   *
   * @throws IOException when ffmpeg is missing, fails or takes longer than two minutes
   */
  public Path audio(AudioClipSpec spec) throws IOException, InterruptedException {
    return obtain(spec.toString(), target -> encodeAudio(spec, target));
  }

  /** Whether a clip is there already. */
  public boolean has(VideoClipSpec spec) {
    return Files.exists(file(spec.toString()));
  }

  /** Whether a clip is there already. */
  public boolean has(AudioClipSpec spec) {
    return Files.exists(file(spec.toString()));
  }

  private Path file(String parameters) {
    return directory.resolve(hash(VERSION + " " + parameters) + ".clip");
  }

  /** Makes all that are missing, as many at once as there are processors. */
  public void prepare(List<VideoClipSpec> videos, List<AudioClipSpec> audios)
      throws IOException, InterruptedException {
    List<Future<Path>> pending = new ArrayList<>();
    try (ExecutorService pool =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (VideoClipSpec spec : videos) {
        pending.add(pool.submit(() -> video(spec)));
      }
      for (AudioClipSpec spec : audios) {
        pending.add(pool.submit(() -> audio(spec)));
      }
    }
    for (Future<Path> clip : pending) {
      try {
        clip.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw new IOException(cause.getMessage(), cause);
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Makes one file. */
  private interface Maker {
    void make(Path target) throws IOException, InterruptedException;
  }

  private Path obtain(String parameters, Maker maker) throws IOException, InterruptedException {
    Path file = file(parameters);
    if (Files.exists(file)) {
      return file;
    }
    Files.createDirectories(directory);
    // A file lock is the process's, not the thread's: threads of this VM need one of their own.
    synchronized (LOCKS.computeIfAbsent(file.toAbsolutePath(), key -> new Object())) {
      Path lockFile = directory.resolve(file.getFileName() + ".lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!Files.exists(file) && lock.isValid()) {
          Path partial = Files.createTempFile(directory, "partial-", ".tmp");
          try {
            maker.make(partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(partial);
          }
        }
      }
      // The lock file stays: deleting it would let two others lock different files of that name.
    }
    return file;
  }

  private static void encodeVideo(VideoClipSpec spec, Path target)
      throws IOException, InterruptedException {
    List<VideoClipSpec.Segment> segments = spec.segments();
    StringBuilder keys = new StringBuilder();
    int total = 0;
    for (VideoClipSpec.Segment segment : segments) {
      keys.append(keys.isEmpty() ? "" : ",").append("%.6f".formatted((double) total / spec.fps()));
      total += segment.frames();
    }
    List<String> command =
        new ArrayList<>(List.of("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"));
    command.addAll(List.of("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size"));
    command.addAll(List.of(spec.width() + "x" + spec.height(), "-framerate", "" + spec.fps()));
    command.addAll(List.of("-i", "pipe:0", "-threads", "1", "-b:v", "" + spec.bitrate()));
    command.addAll(List.of("-force_key_frames", keys.toString()));
    command.addAll(encoder(spec));
    ClipPainter painter =
        new ClipPainter(
            spec.participant(),
            spec.name(),
            spec.width(),
            spec.height(),
            spec.fps(),
            spec.frames());
    byte[] encoded =
        run(
            command,
            out -> {
              for (VideoClipSpec.Segment segment : segments) {
                for (int i = 0; i < segment.frames(); i++) {
                  out.write(painter.paint(segment.firstFrame() + i));
                }
              }
            });
    List<byte[]> samples =
        spec.codec() == Codec.H264
            ? ElementaryStreams.h264(encoded)
            : ElementaryStreams.ivf(encoded);
    if (samples.size() != total) {
      throw new IOException("the encoder made " + samples.size() + " of " + total + " frames");
    }
    int at = 0;
    for (VideoClipSpec.Segment segment : segments) {
      if (!ElementaryStreams.isKeyFrame(spec.codec(), samples.get(at))) {
        throw new IOException("frame " + at + " of " + spec + " is not a key frame as asked for");
      }
      at += segment.frames();
    }
    int[] levels = new int[total];
    Arrays.fill(levels, 127);
    ClipFile.write(
        target,
        spec.codec(),
        spec.fps(),
        spec.frames(),
        spec.keyInterval(),
        spec.patchInterval(),
        samples,
        levels);
  }

  private static List<String> encoder(VideoClipSpec spec) {
    return switch (spec.codec()) {
      case VP8 ->
          List.of(
              ("-c:v libvpx -deadline realtime -cpu-used 16 -lag-in-frames 0 -auto-alt-ref 0"
                      + " -g 100000 -f ivf pipe:1")
                  .split(" "));
      case VP9 ->
          List.of(
              ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -lag-in-frames 0 -auto-alt-ref 0"
                      + " -g 100000 -f ivf pipe:1")
                  .split(" "));
      case H264 ->
          List.of(
              ("-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -level 3.1"
                      + " -forced-idr 1 -x264-params aud=1:scenecut=0:keyint=infinite:slices=1"
                      + " -f h264 pipe:1")
                  .split(" "));
      case OPUS, PCMU, PCMA -> throw new IllegalArgumentException(spec.codec().toString());
    };
  }

  /**
   * The sound is encoded twice over and the second half is taken: so the encoder's state at the end
   * of the clip is what its first packet was coded with, and the loop is not heard.
   */
  private static void encodeAudio(AudioClipSpec spec, Path target)
      throws IOException, InterruptedException {
    int rate = spec.codec() == Codec.OPUS ? 48_000 : 8_000;
    int perFrame = rate / 50;
    int frames = spec.seconds() * 50;
    short[] pcm = new short[frames * perFrame];
    int[] levels = new int[frames];
    for (int i = 0; i < pcm.length; i++) {
      pcm[i] =
          (short)
              Math.round(
                  32_767
                      * TonePainter.sample(spec.participant(), spec.fps(), spec.toneDb(), i, rate));
    }
    for (int frame = 0; frame < frames; frame++) {
      double sum = 0;
      for (int i = frame * perFrame; i < (frame + 1) * perFrame; i++) {
        sum += (double) pcm[i] * pcm[i];
      }
      double decibel = 20 * Math.log10(Math.sqrt(sum / perFrame) / 32_768 + 1e-9);
      levels[frame] = (int) Math.clamp(Math.round(-decibel), 0L, 127L);
    }
    List<byte[]> samples =
        spec.codec() == Codec.OPUS ? opus(pcm) : companded(spec.codec(), pcm, perFrame);
    ClipFile.write(target, spec.codec(), 50, frames, 1, 1, samples, levels);
  }

  private static List<byte[]> companded(Codec codec, short[] pcm, int perFrame) {
    List<byte[]> samples = new ArrayList<>();
    for (int at = 0; at < pcm.length; at += perFrame) {
      byte[] sample = new byte[perFrame];
      for (int i = 0; i < perFrame; i++) {
        sample[i] = codec == Codec.PCMU ? G711.ulaw(pcm[at + i]) : G711.alaw(pcm[at + i]);
      }
      samples.add(sample);
    }
    return samples;
  }

  private static List<byte[]> opus(short[] pcm) throws IOException, InterruptedException {
    ByteBuffer bytes = ByteBuffer.allocate(pcm.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(pcm);
    List<String> command =
        List.of(
            ("ffmpeg -hide_banner -loglevel error -nostdin -y -f s16le -ar 48000 -ac 1 -i pipe:0"
                    + " -c:a libopus -b:a "
                    + OPUS_BITRATE
                    + " -application audio -frame_duration 20 -f ogg pipe:1")
                .split(" "));
    byte[] encoded =
        run(
            command,
            out -> {
              out.write(bytes.array());
              out.write(bytes.array());
            });
    int frames = pcm.length / 960;
    // OpusHead and OpusTags come first (RFC 7845).
    List<byte[]> packets = ElementaryStreams.ogg(encoded);
    if (packets.size() < 2 + 2 * frames) {
      throw new IOException("the Opus encoder made only " + packets.size() + " packets");
    }
    return packets.subList(2 + frames, 2 + 2 * frames);
  }

  /** Writes a child's input. */
  private interface Feed {
    void to(OutputStream out) throws IOException;
  }

  private static byte[] run(List<String> command, Feed feed)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("callcast-clip-", ".log");
    Process process = null;
    try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
      Process started = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process = started;
      Thread.ofVirtual()
          .start(() -> {
            try {
              if (!started.waitFor(ENCODER_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                started.destroyForcibly();
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      Future<byte[]> output = reader.submit(() -> started.getInputStream().readAllBytes());
      IOException broken = null;
      try (OutputStream out = new BufferedOutputStream(started.getOutputStream(), 1 << 16)) {
        feed.to(out);
      } catch (IOException e) {
        broken = e;
      }
      byte[] encoded = output.get();
      int status = started.waitFor();
      if (status != 0 || broken != null) {
        throw new IOException(
            "ffmpeg ended with status %d: %s"
                .formatted(status, Files.readString(errors, StandardCharsets.UTF_8).strip()),
            broken);
      }
      return encoded;
    } catch (ExecutionException e) {
      throw new IOException("reading from ffmpeg failed", e.getCause());
    } finally {
      if (process != null) {
        Objects.requireNonNull(process).destroyForcibly();
      }
      Files.deleteIfExists(errors);
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
