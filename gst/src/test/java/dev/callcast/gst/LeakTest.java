package dev.callcast.gst;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred times nine pipelines started and stopped, in a process of its own under GStreamer's
 * leaks tracer: no native object is alive at the end, and the resident memory does not grow.
 */
@Tag("media")
class LeakTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int ROUNDS = 100;

  @TempDir Path directory;

  @Test
  void nothingIsAliveAfterAHundredRoundsOfNinePipelines() throws Exception {
    Path log = directory.resolve("gst.log");
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            LeakTest.class.getName());
    builder.environment().put("GST_TRACERS", "leaks");
    builder.environment().put("GST_DEBUG", "GST_TRACER:7,leaks:7");
    builder.environment().put("GST_DEBUG_FILE", log.toString());
    builder.environment().put("G_DEBUG", "fatal-criticals");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor()).as(() -> read(output)).isZero();

    List<String> alive =
        read(log)
            .lines()
            .filter(line -> line.contains("object-alive, ") && !line.contains("new format string"))
            .toList();
    assertThat(alive).isEmpty();
    assertThat(read(log)).as("the tracer ran").contains("new format string: object-alive");

    long[] rss =
        read(output)
            .lines()
            .filter(l -> l.startsWith("rss "))
            .mapToLong(l -> Long.parseLong(l.substring(4)))
            .toArray();
    assertThat(rss).hasSize(ROUNDS);
    // The first rounds load plugins and fill caches, and the JVM's compilers take 8 MiB once, a
    // second or so after the start; the second half must be flat.
    assertThat(rss[ROUNDS - 1] - rss[ROUNDS / 2])
        .as("growth in KiB over 50 rounds of nine pipelines")
        .isLessThan(3_000);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The process under test. */
  public static void main(String[] arguments) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      List<AutoCloseable> open = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        Pipeline pipeline =
            Pipeline.parse(
                "videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 "
                    + "! queue ! appsink name=out sync=false max-buffers=4 drop=true");
        AppSink out = pipeline.appSink("out");
        Pad pad = out.staticPad("sink");
        pad.acceptVideoMeta();
        pipeline.onPadAdded(added -> {});
        pipeline.play();
        open.add(pad);
        open.add(out);
        open.add(pipeline);
      }
      for (AutoCloseable closeable : open) {
        if (closeable instanceof AppSink sink) {
          Objects.requireNonNull(sink.pull(10 * SECOND)).picture().close();
        }
      }
      for (AutoCloseable closeable : open) {
        closeable.close();
      }
      if (Callbacks.count() != 0) {
        throw new IllegalStateException(Callbacks.count() + " callbacks left");
      }
      System.out.println("rss " + rssKib());
    }
    Gst.deinit();
  }

  private static long rssKib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IllegalStateException("no VmRSS");
  }
}
