package dev.callcast.media.output.hls;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.PacketSink;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.OutputListener;
import dev.callcast.media.output.OutputTimers;
import dev.callcast.media.output.RecordingFile.Outcome;
import dev.callcast.media.output.StreamOutput;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a composition into segments in a directory, from where the node publishes them. One thread
 * of its own writes; when the disk is full or too slow it begins anew after a while, with a
 * discontinuity, and nothing else is held up. Made and closed by the composition.
 */
public final class HlsOutput extends StreamOutput implements PacketSink {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SECOND = 1_000_000_000L;

  /** Of what is no low-latency stream: so much is lost at most when a worker dies. */
  private static final int USUAL_PART_MILLIS = 1000;

  /** From this many pictures on, a part may lack one and be no shorter than it has to be. */
  private static final int TOLERANT = 6;

  private final OutputSpec.Hls spec;
  private final StreamFormat format;
  private final PacketFanout fanout;
  private final LongUnaryOperator wallMillis;
  private final Parts parts;
  private final long keyFrames;

  private final Deque<Packet> queue = new ArrayDeque<>(); // guarded by this
  private long queuedBytes; // guarded by this
  private boolean tooSlow; // guarded by this

  /**
   * Begins to write.
   *
   * @param keyFrames ns between two key frames
   * @param wallMillis of a time on the composition's timeline, ns: ms since 1970
   */
  public HlsOutput(
      OutputSpec.Hls spec,
      StreamFormat format,
      long keyFrames,
      PacketFanout fanout,
      LongUnaryOperator wallMillis,
      OutputTimers timers,
      OutputListener listener) {
    super(spec.id(), "hls", timers, listener);
    this.spec = spec;
    this.format = format;
    this.fanout = fanout;
    this.wallMillis = wallMillis;
    this.parts = Parts.of(spec.partMillis() > 0 ? spec.partMillis() : USUAL_PART_MILLIS, format);
    this.keyFrames = format.hasVideo() ? keyFrames : parts.duration();
    start();
  }

  /**
   * How long parts are.
   *
   * @param duration ns: of each that a key frame does not end before
   * @param target s that none is longer than, also where one picture was left out
   */
  record Parts(long duration, double target) {
    static Parts of(int millis, StreamFormat format) {
      if (!format.hasVideo()) {
        // The last sound may reach beyond by almost its own length.
        return new Parts(
            TimeUnit.MILLISECONDS.toNanos(millis), millis / 1000.0 + 1024.0 / format.sampleRate());
      }
      int pictures = Math.max(1, Math.round(millis * format.fps() / 1000f));
      int most = pictures >= TOLERANT ? pictures + 1 : pictures;
      return new Parts(pictures * SECOND / format.fps(), (double) most / format.fps());
    }
  }

  @Override
  public synchronized void packet(Packet packet) {
    if (tooSlow) {
      countDropped(packet);
      return;
    }
    if (queuedBytes + packet.data().length > timers.queueBytes()) {
      queue.forEach(this::countDropped);
      countDropped(packet);
      queue.clear();
      queuedBytes = 0;
      tooSlow = true;
    } else {
      queue.add(packet);
      queuedBytes += packet.data().length;
    }
    notifyAll();
  }

  /** One run: from a key frame to the end, or to what the disk does not take. */
  @Override
  protected String connection() {
    Path directory = Path.of(spec.directory());
    HlsFolder.Options options =
        new HlsFolder.Options(
            TimeUnit.MILLISECONDS.toNanos(spec.segmentMillis()),
            keyFrames,
            spec.window(),
            parts.target());
    synchronized (this) {
      queue.clear();
      queuedBytes = 0;
      tooSlow = false;
    }
    try (HlsFolder folder = HlsFolder.open(directory, format, options, wallMillis);
        FragmentedMp4Writer writer =
            FragmentedMp4Writer.into(
                folder,
                directory.toString(),
                format,
                FragmentedMp4Writer.Options.segments(parts.duration()))) {
      fanout.add(this);
      try {
        String failure = write(writer);
        if (failure != null) {
          return failure;
        }
      } finally {
        fanout.remove(this);
      }
      if (writer.end().isEnd()) {
        return full();
      }
      HlsFolder.end(directory);
      return "stopped";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Writes until the end; why it cannot go on, or null at the end. */
  private @Nullable String write(FragmentedMp4Writer writer) throws IOException {
    long before = bytes.get();
    while (true) {
      Packet packet;
      synchronized (this) {
        if (tooSlow) {
          return "the disk is too slow: " + (timers.queueBytes() >> 20) + " MiB were waiting";
        }
        if (queue.isEmpty() && !isClosing()) {
          pause(STEP);
        }
        packet = queue.poll();
        if (packet != null) {
          queuedBytes -= packet.data().length;
        }
      }
      if (packet == null) {
        if (isClosing()) {
          return null;
        }
        continue;
      }
      Outcome outcome = writer.write(packet);
      if (outcome.isEnd()) {
        return full();
      }
      if (packet.kind() == Packet.Kind.VIDEO) {
        frames.incrementAndGet();
      }
      if (outcome == Outcome.WRITTEN && writer.fragments() > 0) {
        bytes.set(before + writer.length());
        become(OutputStatus.LIVE, null);
      }
    }
  }

  private String full() {
    return "no room on the disk of " + spec.directory();
  }

  private void countDropped(Packet packet) {
    if (packet.kind() == Packet.Kind.VIDEO) {
      dropped.incrementAndGet();
    }
  }
}
