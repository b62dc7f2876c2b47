package dev.callcast.server.api;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.output.OutputTimers;
import dev.callcast.media.output.hls.HlsOutput;
import dev.callcast.protocol.OutputSpec;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;

/**
 * A worker's HLS output, fed by a test as fast as it wants: a key frame a second, random bytes for
 * pictures. What is in the pictures does not matter here.
 */
final class HlsWriter implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;
  private static final int PICTURE = 500;

  private final PacketFanout fanout = new PacketFanout();
  private final HlsOutput output;
  private final Random random = new Random(3);
  private long pictures;
  private long sounds;

  private HlsWriter(OutputSpec.Hls spec) {
    fanout.started(GrowingFile.FORMAT);
    output =
        new HlsOutput(
            spec,
            GrowingFile.FORMAT,
            SECOND,
            fanout,
            time -> System.currentTimeMillis(),
            OutputTimers.DEFAULT,
            stats -> {});
    Awaitility.await().until(() -> !fanout.isEmpty());
  }

  /** Takes up the output of that id of the call's only composition. */
  static HlsWriter open(TestNode node, String call, String output) {
    return new HlsWriter(
        node
            .store()
            .states()
            .of(node.store().calls().open(call).orElseThrow(), Map.of())
            .compositions()
            .getFirst()
            .outputs()
            .stream()
            .filter(one -> one.id().equals(output))
            .map(OutputSpec.Hls.class::cast)
            .findFirst()
            .orElseThrow());
  }

  /** Writes so many seconds. */
  HlsWriter seconds(double seconds) {
    long end = pictures + Math.round(seconds * 30);
    for (; pictures < end; pictures++) {
      long pts = pictures * SECOND / 30;
      byte[] picture = new byte[PICTURE];
      random.nextBytes(picture);
      fanout.packet(
          new Packet(Packet.Kind.VIDEO, picture, pts, pts, SECOND / 30, pictures % 30 == 0));
      while (sounds * 1024 * SECOND / 48_000 < pts) {
        long at = sounds * 1024 * SECOND / 48_000;
        fanout.packet(
            new Packet(Packet.Kind.AUDIO, new byte[40], at, at, 1024 * SECOND / 48_000, true));
        sounds++;
      }
    }
    return this;
  }

  @Override
  public void close() {
    output.close();
  }
}
