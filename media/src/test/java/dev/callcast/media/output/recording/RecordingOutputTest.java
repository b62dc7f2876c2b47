package dev.callcast.media.output.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Opening;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.media.output.mp4.Tools;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
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
            true,
            RecordingOutput.mp4(streams.format(), FragmentedMp4Writer.Options.defaults()),
            heard,
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

  /** From the middle of a group of pictures to a key frame: exact to the picture. */
  @Test
  void pauseIsCutOutToThePicture() throws IOException {
    var streams = TestStreams.noisy();
    Path whole = directory.resolve("whole.mp4");
    record(whole, streams, _ -> {});
    for (int[] span : new int[][] {{75, 156, 180}, {70, 80, 120}, {60, 120, 120}}) {
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
      expected.subList(span[0], span[2]).clear();
      assertThat(Tools.pictureHashes(file)).isEqualTo(expected);
      // ffmpeg warns of decode times that step back where an edit ends between key frames.
      Tools.decodes(file, "error");
      Tools.playsInGStreamer(file);
      double length = 12 - (span[2] - span[0]) / 30.0;
      assertThat(Tools.times(file, "v").stream().max(Double::compare).orElseThrow() + 1 / 30.0)
          .isCloseTo(length, within(0.002));
      assertThat(Tools.times(file, "a").stream().max(Double::compare).orElseThrow())
          .isCloseTo(length - 0.02, within(0.03));
      assertSoundInTime(streams, file, List.of(span[0], span[2]));
    }
  }

  /** Pause after pause: the sound is where the picture is, and frame follows frame. */
  @Test
  void soundStaysInTimeOverPauses() throws IOException {
    var streams = TestStreams.noisy();
    Path file = directory.resolve("pauses.mp4");
    List<Integer> spans = List.of(7, 60, 83, 120, 140, 180, 203, 240, 255, 300);
    record(
        file,
        streams,
        output -> {
          for (int i = 0; i < spans.size(); i += 2) {
            output.pause(TestStreams.tick(spans.get(i)));
            output.resume(TestStreams.tick(spans.get(i + 1)));
          }
        });
    assertThat(Tools.pictureHashes(file)).hasSize(360 - 53 - 37 - 40 - 37 - 45);
    assertSoundInTime(streams, file, spans);
    Tools.decodes(file, "error");
  }

  /** Each AAC frame that is shown is where its picture is, to half a frame, and none overlap. */
  private static void assertSoundInTime(TestStreams streams, Path file, List<Integer> spans) {
    var shown = Tools.soundsShown(file);
    for (int i = 1; i < shown.size(); i++) {
      assertThat(shown.get(i).seconds() - shown.get(i - 1).seconds())
          .as("frame %d", i)
          .isCloseTo(1024 / 48000.0, within(0.00003));
    }
    var byHash = new HashMap<String, Double>();
    for (Packet p : streams.audio()) {
      byHash.put(Tools.md5(p.data()), p.pts() / 1e9);
    }
    int known = 0;
    for (var sound : shown) {
      Double source = byHash.get(sound.md5());
      if (source == null) {
        assertThat(sound.md5()).isEqualTo(Tools.silenceMd5());
        continue;
      }
      double cut = 0;
      for (int i = 0; i < spans.size(); i += 2) {
        if (source > (spans.get(i) + spans.get(i + 1)) / 60.0) {
          cut += (spans.get(i + 1) - spans.get(i)) / 30.0;
        }
      }
      assertThat(sound.seconds()).isCloseTo(source - cut, within(0.0108));
      known++;
    }
    assertThat(known).isGreaterThan(200);
  }

  /** The worker dies in a pause; whoever takes the file up is paused as well, and then goes on. */
  @Test
  void killedInAPauseAndGoneOnWith() throws IOException {
    var streams = TestStreams.noisy();
    for (boolean stillPaused : new boolean[] {true, false}) {
      Path file = directory.resolve("killed" + stillPaused + ".mp4");
      var opening =
          FragmentedMp4Writer.open(file, streams.format(), FragmentedMp4Writer.Options.defaults());
      try (var writer = ((Mp4Opening.Created) opening).writer()) {
        for (Packet p : streams.interleaved(0, 4 * SECOND, LOOKAHEAD)) {
          if (p.pts() < TestStreams.tick(95)) {
            writer.write(p);
          }
        }
        writer.pause(TestStreams.tick(95));
      } // closed without an end, as a kill leaves it
      assertThat(Tools.decodedPictures(file)).isEqualTo(95);
      Tools.decodesCleanly(file);

      var output = new RecordingOutput(spec(file, 0), streams.format(), new Heard());
      if (stillPaused) {
        output.startPaused();
      }
      output.start();
      if (stillPaused) {
        output.resume(TestStreams.tick(230)); // so from the key frame of 240 on
      }
      streams.interleaved(6 * SECOND, 12 * SECOND, LOOKAHEAD).forEach(output::packet);
      assertThat(output.stop()).isTrue();
      var summary = Mp4Inspector.inspect(file).orElseThrow();
      int from = stillPaused ? 240 : 180;
      assertThat(summary.pictures()).isEqualTo(95 + 360 - from);
      assertThat(summary.cuts()).hasSize(1);
      assertThat(summary.gaps()).isEmpty();
      assertThat(Mp4Finisher.finish(file, Mp4Finisher.Options.of(null)))
          .isInstanceOf(Mp4Finisher.Result.Finished.class);
      assertThat(Tools.duration(file)).isCloseTo((95 + 360 - from) / 30.0, within(0.03));
      assertSoundInTime(streams, file, List.of(95, from));
    }
  }

  /** One file ends with a picture, the next starts with the one behind it. */
  @Test
  void splitLosesAndDoublesNothing() throws IOException {
    var streams = TestStreams.noisy();
    Path whole = directory.resolve("whole.mp4");
    record(whole, streams, _ -> {});
    Path one = directory.resolve("one.mp4");
    Path other = directory.resolve("other.mp4");
    var heard = new Heard();
    var first = new RecordingOutput(spec(one, 0), streams.format(), heard);
    var second = new RecordingOutput(spec(other, 0), streams.format(), new Heard());
    var fanout = new PacketFanout();
    fanout.started(streams.format());
    first.start();
    second.start();
    fanout.add(first);
    for (Packet p : streams.interleaved(LOOKAHEAD)) {
      if (p.kind() == Packet.Kind.VIDEO && p.pts() == TestStreams.tick(130)) {
        fanout.handOver(first, second, first::splitAt);
      }
      fanout.packet(p);
    }
    await().until(() -> heard.events.getLast().startsWith("ended split"));
    assertThat(second.stop()).isTrue();
    Mp4Finisher.finish(one, Mp4Finisher.Options.of(null));
    Mp4Finisher.finish(other, Mp4Finisher.Options.of(null));

    var pictures = new ArrayList<>(Tools.pictureHashes(one));
    assertThat(pictures).hasSize(180);
    pictures.addAll(Tools.pictureHashes(other));
    assertThat(pictures).isEqualTo(Tools.pictureHashes(whole));
    assertThat(Tools.duration(one)).isCloseTo(6, within(0.001));
    assertThat(Tools.duration(other)).isCloseTo(6, within(0.03));
    // Every frame of sound is in one of them, and where they meet the split cuts through one.
    var sounds = new TreeSet<String>();
    var all = Tools.soundsShown(whole).stream().map(Tools.Sound::md5).toList();
    var before = Tools.soundsShown(one).stream().map(Tools.Sound::md5).toList();
    var behind = Tools.soundsShown(other).stream().map(Tools.Sound::md5).toList();
    sounds.addAll(before);
    sounds.addAll(behind);
    assertThat(sounds).containsAll(all);
    assertThat(before).isEqualTo(all.subList(0, before.size()));
    assertThat(before.size() + behind.size()).isBetween(all.size(), all.size() + 2);
    double middle = 6 - (before.size() - 1) * 1024 / 48000.0;
    assertThat(middle).as("the frame that the split cuts through").isBetween(0.0, 0.0214);
    Tools.decodesCleanly(one);
    Tools.decodesCleanly(other);
    Tools.playsInGStreamer(other);
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
