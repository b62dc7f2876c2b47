package dev.callcast.media.output.recording;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.protocol.OutputSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A process to be killed. {@code record FILE STREAMS FROM SPEED}: records the streams over and
 * over, from a media time in ns, SPEED times as fast as the wall, and prints each pts that it has
 * handed over. {@code finish FILE}: finishes.
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
    var output =
        new RecordingOutput(
            new OutputSpec.Recording("rec", "r1", args[1], 0),
            streams.format(),
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
    output.start();
    long start = System.nanoTime();
    for (long loop = 0; ; loop++) {
      for (Packet p : streams.interleaved(0, 12_000_000_000L, 370_000_000L)) {
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
}
