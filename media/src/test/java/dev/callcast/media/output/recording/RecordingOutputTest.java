package dev.callcast.media.output.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.media.output.mp4.Tools;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("media")
class RecordingOutputTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long LOOKAHEAD = 370_000_000L;

  @TempDir Path directory;

  private static final class Heard implements RecordingListener {
    final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    public void started(boolean resumed, long mediaTime) {
      events.add("started " + resumed + " " + mediaTime);
    }

    @Override
    public void progress(RecordingProgress progress) {
      events.add("progress");
    }

    @Override
    public void ended(RecordingEnd end, String detail, RecordingProgress progress) {
      events.add("ended " + end.json() + " " + detail);
    }
  }

  private OutputSpec.Recording spec(Path file, long quota) {
    return new OutputSpec.Recording("rec", "r1", file.toString(), quota);
  }

  @Test
  void recordsStopsAndGoesOn() throws IOException {
    var streams = TestStreams.lively();
    Path file = directory.resolve("spool/call/rec.mp4");
    var heard = new Heard();
    var output = new RecordingOutput(spec(file, 0), streams.format(), heard);
    assertThat(output.stats().state()).isEqualTo(OutputStatus.CONNECTING);
    output.start();
    streams.interleaved(LOOKAHEAD).forEach(output::packet);
    assertThat(output.stop()).isTrue();
    assertThat(heard.events).first().isEqualTo("started false 0");
    assertThat(heard.events).last().isEqualTo("ended stopped ");
    assertThat(output.stats().state()).isEqualTo(OutputStatus.STOPPED);
    assertThat(output.stats().frames()).isEqualTo(360);
    assertThat(output.stats().bytes()).isEqualTo(Files.size(file));

    var again = new Heard();
    try (var next = new RecordingOutput(spec(file, 0), streams.format(), again)) {
      next.start();
      for (Packet p : streams.interleaved(LOOKAHEAD)) {
        next.packet(TestStreams.shifted(p, 14 * SECOND));
      }
      await().until(() -> next.progress().frames() > 300);
      assertThat(next.stats().state()).isEqualTo(OutputStatus.LIVE);
    }
    // The last sound lasts a little longer than the last picture.
    assertThat(again.events).first().asString().startsWith("started true 120");
    var summary = Mp4Inspector.inspect(file).orElseThrow();
    assertThat(summary.pictures()).isEqualTo(720);
    assertThat(summary.gaps()).hasSize(1);
    Tools.decodesCleanly(file);
  }

  @Test
  void otherParameterSetsAskForAnotherFile() {
    Path file = directory.resolve("rec.mp4");
    var streams = TestStreams.lively();
    var first = new RecordingOutput(spec(file, 0), streams.format(), new Heard());
    first.start();
    streams.interleaved(LOOKAHEAD).forEach(first::packet);
    first.stop();
    var heard = new Heard();
    var second = new RecordingOutput(spec(file, 0), TestStreams.larger().format(), heard);
    second.start();
    await().until(() -> !heard.events.isEmpty());
    assertThat(heard.events.getFirst()).startsWith("ended formatChanged");
    assertThat(second.stats().state()).isEqualTo(OutputStatus.FAILED);
    second.packet(TestStreams.larger().video().getFirst()); // does no harm
    assertThat(second.stop()).isTrue();
    assertThat(heard.events).hasSize(1);
  }

  @Test
  void quotaEndsIt() {
    Path file = directory.resolve("rec.mp4");
    var streams = TestStreams.lively();
    var heard = new Heard();
    var output = new RecordingOutput(spec(file, 400_000), streams.format(), heard);
    output.start();
    streams.interleaved(LOOKAHEAD).forEach(output::packet);
    await().until(() -> heard.events.getLast().startsWith("ended"));
    assertThat(heard.events).last().asString().startsWith("ended quota");
    assertThat(file).isRegularFile();
    assertThat(output.stop()).isTrue();
    Tools.decodesCleanly(file);
  }

  /** A disk that takes nothing: here, a thread that is not let go before its queue is full. */
  @Test
  void stalledDiskEndsItWithoutHurtingTheSender() {
    var streams = TestStreams.lively();
    var heard = new Heard();
    var output =
        new RecordingOutput(
            spec(directory.resolve("rec.mp4"), 0),
            streams.format(),
            heard,
            FragmentedMp4Writer.Options.defaults(),
            100_000);
    streams.interleaved(LOOKAHEAD).forEach(output::packet);
    assertThat(heard.events).hasSize(1);
    assertThat(heard.events.getFirst()).startsWith("ended error the disk is too slow");
    assertThat(output.stats().state()).isEqualTo(OutputStatus.FAILED);
    output.start();
    assertThat(output.stop()).isTrue();
    assertThat(heard.events).hasSize(1);
  }

  @Test
  void unwritableDirectoryIsAnError() throws IOException {
    Path notADirectory = Files.writeString(directory.resolve("file"), "x");
    var heard = new Heard();
    var output =
        new RecordingOutput(
            spec(notADirectory.resolve("rec.mp4"), 0), TestStreams.lively().format(), heard);
    output.start();
    await().until(() -> !heard.events.isEmpty());
    assertThat(heard.events.getFirst()).startsWith("ended error").contains("file");
  }

  @Test
  void mediaTimeThatWentBackIsAnErrorAndNotALongSilence() {
    Path file = directory.resolve("rec.mp4");
    var streams = TestStreams.lively();
    var first = new RecordingOutput(spec(file, 0), streams.format(), new Heard());
    first.start();
    streams.interleaved(LOOKAHEAD).forEach(first::packet);
    first.stop();
    var heard = new Heard();
    var second = new RecordingOutput(spec(file, 0), streams.format(), heard);
    second.start();
    streams.interleaved(LOOKAHEAD).forEach(second::packet);
    await().until(() -> heard.events.getLast().startsWith("ended"));
    assertThat(heard.events.getLast()).startsWith("ended error").contains("media time went back");
  }

  /** A pause from and to the middle of a group of pictures: exact to the picture. */
  @Test
  void pauseIsCutOutToThePicture() throws IOException {
    var streams = TestStreams.lively();
    Path whole = directory.resolve("whole.mp4");
    record(whole, streams, _ -> {});
    for (long[] span : List.of(new long[] {75, 156}, new long[] {70, 80}, new long[] {60, 120})) {
      Path file = directory.resolve("paused" + span[0] + ".mp4");
      record(
          file,
          streams,
          output -> {
            output.pause(TestStreams.tick(span[0]));
            output.resume(TestStreams.tick(span[1]));
          });
      var expected = new ArrayList<>(Tools.pictureHashes(whole));
      assertThat(expected).hasSize(360);
      expected.subList((int) span[0], (int) span[1]).clear();
      assertThat(Tools.pictureHashes(file)).isEqualTo(expected);
      // ffmpeg warns of decode times that step back where an edit starts between key frames.
      Tools.decodes(file, "error");
      Tools.playsInGStreamer(file);
      double length = 12 - (span[1] - span[0]) / 30.0;
      assertThat(Tools.times(file, "v").stream().max(Double::compare).orElseThrow() + 1 / 30.0)
          .isCloseTo(length, within(0.002));
      assertThat(Tools.times(file, "a").stream().max(Double::compare).orElseThrow())
          .isCloseTo(length - 0.02, within(0.03));
    }
  }

  private void record(Path file, TestStreams streams, Consumer<RecordingOutput> control)
      throws IOException {
    var output = new RecordingOutput(spec(file, 0), streams.format(), new Heard());
    output.start();
    control.accept(output);
    streams.interleaved(LOOKAHEAD).forEach(output::packet);
    assertThat(output.stop()).isTrue();
    assertThat(Mp4Finisher.finish(file, Mp4Finisher.Options.of(null)))
        .isInstanceOf(Mp4Finisher.Result.Finished.class);
  }
}
