package dev.callcast.media.output.recording;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.media.output.ogg.OpusFile;
import dev.callcast.protocol.OutputSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A process to be killed. {@code record FILE STREAMS FROM SPEED}: records the streams over and
 * over, from a media time in ns, SPEED times as fast as the wall, and prints each pts that it has
 * handed over; without pictures where FILE is an m4a, a noise that it makes itself where it is an
 * ogg. {@code finish FILE}: finishes.
 */
public final class KilledRecorder {
  private KilledRecorder() {}

  public static void main(String[] args) throws IOException {
    if (args[0].equals("finish")) {
      System.out.println("finishing");
      Mp4Finisher.finish(Path.of(args[1]), Mp4Finisher.Options.of("killed"));
      return;
    }
    var streams = TestStreams.load(Path.of(args[2]));
    long from = Long.parseLong(args[3]);
    int speed = Integer.parseInt(args[4]);
    var output = output(args[1], streams);
    output.start();
    boolean opus = args[1].endsWith(".ogg");
    long start = System.nanoTime();
    for (long loop = 0; ; loop++) {
      for (Packet p : opus ? pcm(args[2]) : streams.interleaved(0, 12_000_000_000L, 370_000_000L)) {
        long at = p.dts() + loop * 12_000_000_000L;
        long due = start + at / speed;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        output.packet(TestStreams.shifted(p, from + loop * 12_000_000_000L));
        System.out.println("P" + (p.pts() + from + loop * 12_000_000_000L));
      }
    }
  }

  private static RecordingOutput output(String file, TestStreams streams) {
    boolean video = file.endsWith(".mp4");
    var format = video ? streams.format() : streams.format().withoutVideo();
    return new RecordingOutput(
        new OutputSpec.Recording("rec", "r1", file, 0),
        video,
        file.endsWith(".ogg")
            ? path -> OpusFile.open(path, OpusFile.Options.of(2, 96_000))
            : RecordingOutput.mp4(format, FragmentedMp4Writer.Options.defaults()),
        new RecordingListener() {
          @Override
          public void started(boolean resumed, long mediaTime) {
            System.out.println("started " + resumed);
          }

          @Override
          public void progress(RecordingProgress progress) {}

          @Override
          public void ended(RecordingEnd end, String detail, RecordingProgress progress) {
            System.out.println("ended " + end + " " + detail);
          }
        });
  }

  /** Twelve seconds of noise, or of silence where the streams are silent, in blocks of 20 ms. */
  private static List<Packet> pcm(String streams) {
    var random = new Random(9);
    var blocks = new ArrayList<Packet>();
    for (int n = 0; n < 600; n++) {
      var data = ByteBuffer.allocate(960 * 2 * 4).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < 960 * 2; i++) {
        data.putFloat(streams.endsWith("silent") ? 0 : (random.nextFloat() - 0.5f) / 4);
      }
      long pts = n * 20_000_000L;
      blocks.add(new Packet(Packet.Kind.AUDIO, data.array(), pts, pts, 20_000_000L, true));
    }
    return blocks;
  }
}
