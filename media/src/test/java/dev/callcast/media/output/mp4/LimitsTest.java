package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.RecordingFile.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full disks, quotas, files above 4 GiB, locks, silence. */
@Tag("media")
class LimitsTest {
  @TempDir Path directory;

  @Test
  void fullDiskEndsTheFileWholeAndLeavesRoomToFinishIt() throws IOException {
    Path mount = Files.createDirectory(directory.resolve("small"));
    var mounted = Tools.tryRun("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString());
    assumeTrue(mounted.status() == 0, "mounting needs root");
    try {
      fill(mount.resolve("full.mp4"), FragmentedMp4Writer.Options.defaults(), Outcome.DISK_FULL);
    } finally {
      Tools.run("umount", mount.toString());
    }
  }

  @Test
  void quotaEndsTheFileWholeAndHoldsWhenItIsFinished() throws IOException {
    Path file = directory.resolve("quota.mp4");
    fill(file, FragmentedMp4Writer.Options.defaults().withQuota(600_000), Outcome.QUOTA);
    assertThat(Files.size(file)).isLessThanOrEqualTo(600_000);
  }

  private static void fill(Path file, FragmentedMp4Writer.Options options, Outcome expected)
      throws IOException {
    var streams = TestStreams.lively();
    Outcome last = Outcome.BUFFERED;
    long written;
    var opening = FragmentedMp4Writer.open(file, streams.format(), options);
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (int loop = 0; loop < 100 && last.compareTo(Outcome.QUOTA) < 0; loop++) {
        for (Packet p : streams.interleaved(0, 12_000_000_000L, RecordingFileTest.LOOKAHEAD)) {
          last = writer.write(TestStreams.shifted(p, loop * 12_000_000_000L));
          if (last.compareTo(Outcome.QUOTA) >= 0) {
            break;
          }
        }
      }
      written = writer.pictures();
      assertThat(writer.write(streams.video().getFirst())).isEqualTo(expected);
      assertThat(writer.end()).isEqualTo(expected);
    }
    assertThat(last).isEqualTo(expected);
    assertThat(Mp4Inspector.completeLength(file)).isEqualTo(Files.size(file));
    assertThat(Tools.decodedPictures(file)).isEqualTo((int) written);
    Tools.decodesCleanly(file);
    assertThat(Mp4Finisher.finish(file, Mp4Finisher.Options.of(null)))
        .isInstanceOf(Mp4Finisher.Result.Finished.class);
    assertThat(Tools.decodedPictures(file)).isEqualTo((int) written);
  }

  /** A hole of 4 GiB before the last fragments: offsets beyond 32 bits in both forms. */
  @Test
  void fileAboveFourGibibytes() throws IOException {
    var streams = TestStreams.lively();
    Path file = directory.resolve("large.mp4");
    RecordingFileTest.write(file, streams, streams.interleaved(RecordingFileTest.LOOKAHEAD));
    byte[] all = Files.readAllBytes(file);
    var starts = new ArrayList<Long>();
    try (var channel = FileChannel.open(file)) {
      Mp4Scan.of(
          channel,
          new Mp4Scan.Visitor() {
            @Override
            public void fragment(long start, long end, Mp4Scan.Run video, Mp4Scan.Run audio) {
              starts.add(start);
            }

            @Override
            public void cut(Gap cut) {}
          });
    }
    int middle = starts.get(starts.size() / 2).intValue();
    long hole = 0xffff_fff0L;
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(middle);
      channel.write(
          ByteBuffer.allocate(8)
              .putInt((int) hole)
              .put("free".getBytes(StandardCharsets.US_ASCII))
              .flip(),
          middle);
      channel.write(ByteBuffer.wrap(all, middle, all.length - middle), middle + hole);
    }
    assertThat(Tools.decodedPictures(file)).isEqualTo(360);
    Mp4Finisher.finish(file, Mp4Finisher.Options.of(null));

    assertThat(Files.size(file)).isGreaterThan(1L << 32);
    try (var channel = FileChannel.open(file)) {
      var tail = ByteBuffer.allocate((int) (Files.size(file) - hole - all.length));
      channel.read(tail, hole + all.length);
      assertThat(new String(tail.array(), StandardCharsets.ISO_8859_1)).contains("co64");
    }
    assertThat(Tools.decodedPictures(file)).isEqualTo(360);
    Tools.decodesCleanly(file);
    Tools.playsInGStreamer(file);
    assertThat(Mp4Inspector.inspect(file).orElseThrow().pictures()).isEqualTo(360);
  }

  @Test
  void nobodyFinishesWhatIsBeingWritten() throws IOException {
    var streams = TestStreams.lively();
    Path file = directory.resolve("busy.mp4");
    try (var writer = RecordingFileTest.open(file, streams)) {
      for (Packet p : streams.interleaved(RecordingFileTest.LOOKAHEAD)) {
        writer.write(p);
      }
      assertThat(Mp4Finisher.finish(file, Mp4Finisher.Options.of(null)))
          .isInstanceOf(Mp4Finisher.Result.InUse.class);
      assertThat(
              FragmentedMp4Writer.open(
                  file, streams.format(), FragmentedMp4Writer.Options.defaults()))
          .isInstanceOfSatisfying(
              Mp4Opening.Refused.class,
              r -> assertThat(r.refusal()).isEqualTo(Mp4Opening.Refusal.IN_USE));
    }
  }

  @Test
  void foreignFileIsLeftAlone() throws IOException {
    Path file = directory.resolve("notes.txt");
    Files.writeString(file, "not a recording, but long enough to be taken for something at all");
    assertThat(
            FragmentedMp4Writer.open(
                file, TestStreams.lively().format(), FragmentedMp4Writer.Options.defaults()))
        .isInstanceOfSatisfying(
            Mp4Opening.Refused.class,
            r -> assertThat(r.refusal()).isEqualTo(Mp4Opening.Refusal.FOREIGN));
    assertThat(Files.readString(file)).startsWith("not a recording");
  }

  /** The silence made here is silence to a decoder, in mono and stereo. */
  @Test
  void silenceIsSilent() throws IOException {
    var streams = TestStreams.lively();
    for (int channels : new int[] {1, 2}) {
      var f = streams.format();
      var format =
          new StreamFormat(
              f.width(),
              f.height(),
              f.fps(),
              f.avcConfig(),
              48000,
              channels,
              new byte[] {0x11, (byte) (0x80 | channels << 3)});
      Path file = directory.resolve("silence" + channels + ".mp4");
      var packets = new ArrayList<>(streams.video());
      byte[] silence = AacSilence.frame(channels);
      for (int n = 0; n < 562; n++) {
        long pts = TestStreams.frame(n);
        packets.add(new Packet(Packet.Kind.AUDIO, silence, pts, pts, TestStreams.frame(1), true));
      }
      RecordingFileTest.write(
          file, new TestStreams(format, streams.video(), List.of()), List.copyOf(packets));
      Tools.decodesCleanly(file);
      assertThat(Tools.decodedSounds(file)).isEqualTo(562);
      assertThat(Tools.peak(file)).isCloseTo(-91.0, within(0.1));
    }
  }
}
