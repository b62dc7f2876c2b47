package dev.callcast.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.EncodedSource;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.recording.RecordingListener;
import dev.callcast.media.output.recording.RecordingOutput;
import dev.callcast.media.output.recording.RecordingProgress;
import dev.callcast.media.worker.OfflineComposition;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The candidate, a process of its own: composes N participants from files into a recording, as fast
 * as it can, and writes a JSON object that says on which of its parts the CPU time went.
 */
public final class OfflineRun {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int SOUND_PACKETS = 50;
  private static final int MEBIBYTES_OF_HEAP = 256;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final int participants;
  private final int seconds;
  private final Material material;
  private final Path output;
  private final Dressing dressing;
  private volatile @Nullable RecordingOutput recording;
  private volatile @Nullable String failure;
  private long composing;
  private long mixing;

  /** What is in the picture beside the videos. */
  enum Dressing {
    NONE,
    /** A still logo, everyone's name, and a banner. */
    GRAPHICS,
    /** As many emoji as fly at once. */
    EMOJI
  }

  private OfflineRun(
      int participants, int seconds, Material material, Path output, Dressing dressing) {
    this.dressing = dressing;
    this.participants = participants;
    this.seconds = seconds;
    this.material = material;
    this.output = output;
  }

  /** CPU-seconds so far, by part; {@code compiling} is the JVM's compilers. */
  record Split(
      double decode, double compose, double encode, double audio, double compiling, double total) {
    Split minus(Split before) {
      return new Split(
          decode - before.decode,
          compose - before.compose,
          encode - before.encode,
          audio - before.audio,
          compiling - before.compiling,
          total - before.total);
    }
  }

  /**
   * What is written.
   *
   * @param firstPicture CPU-seconds of the process when the first picture was composed
   * @param settled the split until {@code settledSeconds} of media
   * @param all the split until the last picture has been composed
   * @param wall s from {@code settled} to {@code all}
   */
  record Result(double firstPicture, int settledSeconds, Split settled, Split all, double wall) {}

  /**
   * Arguments: participants, seconds, directory of the material, output, where the result goes,
   * seconds after which the steady state begins, {@link Dressing}.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int participants = Integer.parseInt(args[0]);
    OfflineRun run =
        new OfflineRun(
            participants,
            Integer.parseInt(args[1]),
            new Material(Path.of(args[2]), participants),
            Path.of(args[3]),
            Dressing.valueOf(args[6]));
    Result result = run.run(Integer.parseInt(args[5]));
    Files.writeString(Path.of(args[4]), ProtocolJson.MAPPER.writeValueAsString(result));
  }

  /** The command line of a run. */
  static List<String> command(
      Material material,
      int seconds,
      Path output,
      Path result,
      int settledSeconds,
      Dressing dressing) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-Xmx" + MEBIBYTES_OF_HEAP + "m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        OfflineRun.class.getName(),
        Integer.toString(material.participants()),
        Integer.toString(seconds),
        material.directory().toString(),
        output.toString(),
        result.toString(),
        Integer.toString(settledSeconds),
        dressing.name());
  }

  private Result run(int settledSeconds) throws IOException, InterruptedException {
    Files.deleteIfExists(output);
    Map<String, EncodedSource> sources = new HashMap<>();
    List<ParticipantSpec> specs = new ArrayList<>();
    for (int i = 0; i < participants; i++) {
      specs.add(participant(i));
      sources.put(
          "p" + i + "/camera",
          source(Containers.readIvf(material.video(i, seconds)), Material.FPS));
      sources.put(
          "p" + i + "/mic", source(Containers.readOgg(material.audio(i, seconds)), SOUND_PACKETS));
    }
    Result result;
    try (OfflineComposition composition =
        new OfflineComposition(composition(), specs, sources, new ToRecording())) {
      composition.picture();
      double firstPicture = PROCESS.getProcessCpuTime() / 1e9;
      compose(composition, settledSeconds * SECOND);
      Split settled = split();
      long began = System.nanoTime();
      compose(composition, seconds * SECOND);
      Split all = split();
      double wall = (System.nanoTime() - began) / 1e9;
      composition.finish();
      RecordingOutput file = recording;
      if (failure != null || file == null || !file.stop()) {
        throw new IOException("the recording failed: " + failure);
      }
      result = new Result(firstPicture, settledSeconds, settled, all, wall);
    }
    Mp4Finisher.finish(output, Mp4Finisher.Options.of(null));
    return result;
  }

  private void compose(OfflineComposition composition, long end)
      throws IOException, InterruptedException {
    while (composition.mediaTime() < end) {
      long before = THREADS.getCurrentThreadCpuTime();
      composition.soundUntil(composition.mediaTime());
      long between = THREADS.getCurrentThreadCpuTime();
      if (dressing == Dressing.EMOJI) {
        composition.react("🎉"); // 30 a second; of those that would be too many none flies
      }
      composition.picture();
      composing += THREADS.getCurrentThreadCpuTime() - between;
      mixing += between - before;
    }
    long before = THREADS.getCurrentThreadCpuTime();
    composition.soundUntil(end);
    mixing += THREADS.getCurrentThreadCpuTime() - before;
  }

  /** Native threads by their names, which GStreamer takes from the elements and pads. */
  private Split split() throws IOException {
    double decode = 0;
    double encode = 0;
    double audio = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        double cpu;
        String name;
        try {
          name = Files.readString(task.resolve("comm"), StandardCharsets.UTF_8).trim();
          cpu = ProcessCpu.onCpu(task);
        } catch (IOException e) {
          continue; // The thread has ended: one of the JVM's own.
        }
        switch (name) {
          case "source:src" -> decode += cpu;
          case "video:src" -> encode += cpu;
          case "audio:src" -> audio += cpu;
          default -> {
            // The JVM's own, the encoder's output and the recording are the rest of the total.
          }
        }
      }
    }
    return new Split(
        decode,
        composing / 1e9,
        encode,
        audio + mixing / 1e9,
        ProcessCpu.compiling(Path.of("/proc/self")),
        PROCESS.getProcessCpuTime() / 1e9);
  }

  private static EncodedSource source(List<byte[]> samples, int perSecond) {
    Iterator<byte[]> iterator = samples.iterator();
    long[] index = {0};
    return () ->
        iterator.hasNext()
            ? new EncodedSource.Unit(iterator.next(), index[0]++ * SECOND / perSecond)
            : null;
  }

  private static ParticipantSpec participant(int i) {
    return new ParticipantSpec(
        "p" + i,
        "Participant " + i,
        false,
        false,
        1,
        0,
        List.of(
            track("camera", TrackKind.VIDEO, TrackSource.CAMERA, Codec.VP8, 0),
            track("mic", TrackKind.AUDIO, TrackSource.MIC, Codec.OPUS, 2)));
  }

  private static TrackSpec track(
      String id, TrackKind kind, TrackSource source, Codec codec, int channels) {
    return new TrackSpec(
        id, kind, source, "e", 1, 96, codec, codec.clockRate(), channels, null, false, List.of());
  }

  private CompositionSpec composition() throws IOException {
    Map<String, Object> params = new HashMap<>();
    params.put("videoSettings.grid.highlightDominant", false);
    CompositionSpec.Feed feed = CompositionSpec.Feed.NONE;
    if (dressing == Dressing.GRAPHICS) {
      params.put("videoSettings.showParticipantLabels", true);
      params.put("showImageOverlay", true);
      params.put("image.assetName", "logo.png");
      params.put("showBannerOverlay", true);
      params.put("banner.title", "What a call costs");
      params.put("banner.subtitle", "With a logo, a banner and everyone's name");
      feed = feed.withAssets(Map.of("logo.png", material.logo().toString()));
    }
    return new CompositionSpec(
        "bench",
        new CompositionSpec.Canvas(Material.WIDTH, Material.HEIGHT, Material.FPS, "black"),
        new CompositionSpec.Layout("grid", params),
        new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
        new CompositionSpec.Video(Material.VIDEO_BITRATE, 2, Latency.NORMAL, "superfast"),
        new CompositionSpec.Audio(Material.AUDIO_BITRATE, 2),
        new CompositionSpec.Limits(0, 0),
        List.of(),
        1,
        false,
        List.of(),
        feed);
  }

  /** Opens the recording when the streams are known. */
  private final class ToRecording implements Encoder.Output, RecordingListener {
    @Override
    public void started(StreamFormat format) {
      RecordingOutput made =
          new RecordingOutput(
              new OutputSpec.Recording("r", "r", output.toString(), 0), format, this);
      made.start();
      recording = made;
    }

    @Override
    public void packet(Packet packet) {
      RecordingOutput made = recording;
      if (made != null) {
        made.packet(packet);
      }
    }

    @Override
    public void failed(String reason) {
      failure = reason;
    }

    @Override
    public void started(boolean resumed, long mediaTime) {
      if (resumed) {
        failure = "the file was there already";
      }
    }

    @Override
    public void progress(RecordingProgress progress) {
      // Nobody looks.
    }

    @Override
    public void ended(RecordingEnd end, String detail, RecordingProgress progress) {
      if (end != RecordingEnd.STOPPED) {
        failure = end.json() + " " + detail;
      }
    }
  }
}
