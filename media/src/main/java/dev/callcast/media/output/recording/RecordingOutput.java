package dev.callcast.media.output.recording;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketSink;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.RecordingFile;
import dev.callcast.media.output.RecordingFile.Outcome;
import dev.callcast.media.output.RecordingOpening;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Opening;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records a composition's packets into one file of the spool, a new one or one that a worker before
 * left behind. Whoever made it stops it.
 *
 * <p>Packets go through a queue to a platform thread of its own that opens, writes and closes the
 * file, so a slow disk stalls nobody. The queue drops nothing: it has no bound in time, but when
 * {@link #MAX_QUEUED} bytes wait, the disk is taken for dead and the recording ends with an error.
 * {@code lock} guards the queue, the pauses and the state; the writer belongs to the thread.
 *
 * <p>While paused nothing is written. A pause ends at the first key frame at or after its end, for
 * which whoever ends it asks, so that no picture of the pause gets into the file; only sound waits,
 * because it comes before the picture of its moment.
 */
public final class RecordingOutput implements PacketSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingOutput.class);

  /** Bytes: about ten minutes of a usual recording. */
  public static final long MAX_QUEUED = 256L << 20;

  private static final Duration STOP_WAIT = Duration.ofSeconds(5);
  private static final long SECOND = 1_000_000_000L;

  /** Sound that waits for the end of a pause: an encoder's lookahead and more. */
  private static final long MOST_HELD = 5 * SECOND;

  /** Since when it is paused that never was anything else; far from where sums overflow. */
  private static final long EVER = Long.MIN_VALUE / 4;

  /** A file's media this much ahead of what comes: the composition's timeline did not go on. */
  private static final long MAX_BACK = 10 * SECOND;

  private static final class Pause {
    final long from;
    long to = Long.MAX_VALUE;

    Pause(long from) {
      this.from = from;
    }
  }

  private final OutputSpec.Recording spec;
  private final boolean pictures;
  private final Opener opener;
  private final RecordingListener listener;
  private final long maxQueued;
  private final Thread thread;
  private final AtomicBoolean told = new AtomicBoolean();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Packet> queue = new ArrayDeque<>();
  private final ArrayDeque<Pause> pauses = new ArrayDeque<>();
  private long queuedBytes;
  private boolean accepting = true;
  private long splitAt = Long.MAX_VALUE;
  private long startAt = Long.MIN_VALUE;
  private OutputStatus status = OutputStatus.CONNECTING;
  private @Nullable String reason;
  private Instant since = Instant.now();

  // Written by the thread alone.
  private final ArrayDeque<Packet> held = new ArrayDeque<>();
  private volatile RecordingProgress progress = new RecordingProgress(0, 0, 0, 0, 0, 0);
  private boolean pauseEntered;
  private boolean started;

  /** Opens the file to record into, on the recording's thread. */
  @FunctionalInterface
  public interface Opener {
    RecordingOpening open(Path path) throws IOException;
  }

  /** An MP4 with everything in the format. Makes it; {@link #start} lets it go. */
  public RecordingOutput(
      OutputSpec.Recording spec, StreamFormat format, RecordingListener listener) {
    this(
        spec,
        format.hasVideo(),
        mp4(format, FragmentedMp4Writer.Options.defaults().withQuota(spec.quota())),
        listener);
  }

  /**
   * Makes it; {@link #start} lets it go.
   *
   * @param pictures whether pictures say where it starts, pauses and is split, or else sound
   */
  public RecordingOutput(
      OutputSpec.Recording spec, boolean pictures, Opener opener, RecordingListener listener) {
    this(spec, pictures, opener, listener, MAX_QUEUED);
  }

  RecordingOutput(
      OutputSpec.Recording spec,
      boolean pictures,
      Opener opener,
      RecordingListener listener,
      long maxQueued) {
    this.spec = spec;
    this.pictures = pictures;
    this.opener = opener;
    this.listener = listener;
    this.maxQueued = maxQueued;
    this.thread =
        Thread.ofPlatform().name("recording-" + spec.id()).daemon().unstarted(this::record);
  }

  /** Opens an MP4. */
  public static Opener mp4(StreamFormat format, FragmentedMp4Writer.Options options) {
    return path ->
        switch (FragmentedMp4Writer.open(path, format, options)) {
          case Mp4Opening.Created(var file) -> new RecordingOpening.Created(file);
          case Mp4Opening.Resumed(var file, long end, long torn) ->
              new RecordingOpening.Resumed(file, end, torn);
          case Mp4Opening.Refused(var refusal, var why) ->
              new RecordingOpening.Refused(
                  switch (refusal) {
                    case FORMAT_CHANGED, FINISHED -> true;
                    case FOREIGN, IN_USE -> false;
                  },
                  why);
        };
  }

  /** Starts the thread. Packets may come before; they wait. */
  public void start() {
    thread.start();
  }

  /** Takes one packet; never blocks. After the end it does nothing. */
  @Override
  public void packet(Packet packet) {
    boolean overflow = false;
    lock.lock();
    try {
      if (!accepting) {
        return;
      }
      queuedBytes += packet.data().length;
      queue.add(packet);
      if (queuedBytes > maxQueued) {
        overflow = true;
        accepting = false;
        queue.clear();
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
    if (overflow) {
      // The thread may hang in the kernel: what happened is told from here.
      tellEnd(
          RecordingEnd.ERROR, "the disk is too slow: " + (maxQueued >> 20) + " MiB were waiting");
    }
  }

  /** Leaves out everything until {@link #resume}. Before {@link #start}. */
  public void startPaused() {
    pause(EVER);
  }

  /**
   * Leaves sound before a moment to the recording that this one follows; it matters where no
   * picture says where the file starts. Before the first packet.
   */
  public void startAt(long mediaTime) {
    lock.lock();
    try {
      startAt = mediaTime;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Leaves out what follows.
   *
   * @param mediaTime ns on the composition's timeline of the first picture that is left out; it may
   *     lie ahead of the packets, not behind them
   */
  public void pause(long mediaTime) {
    lock.lock();
    try {
      if (pauses.isEmpty() || pauses.getLast().to != Long.MAX_VALUE) {
        pauses.add(new Pause(mediaTime));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends a pause: at the first key frame from then on.
   *
   * @param mediaTime ns on the composition's timeline of the first picture to be recorded again
   */
  public void resume(long mediaTime) {
    lock.lock();
    try {
      if (!pauses.isEmpty() && pauses.getLast().to == Long.MAX_VALUE) {
        pauses.getLast().to = Math.max(mediaTime, pauses.getLast().from);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the file with a moment, because another one goes on from there; returns at once. Packets
   * of the time before it must have come.
   *
   * @param mediaTime ns on the composition's timeline of the first picture that is not in it
   */
  public void splitAt(long mediaTime) {
    lock.lock();
    try {
      if (accepting) {
        splitAt = mediaTime;
        accepting = false;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes what has come so far and ends the file. Waits for that, at most 5 s.
   *
   * @return false where the disk did not take it in that time: the file is whole up to {@link
   *     RecordingProgress#bytes}
   */
  public boolean stop() {
    lock.lock();
    try {
      accepting = false;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean ended = false;
    try {
      ended = thread.getState() == Thread.State.NEW || thread.join(STOP_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      thread.interrupt(); // closes its channel, if it still can
      tellEnd(
          RecordingEnd.ERROR, "the disk did not take the rest in " + STOP_WAIT.toSeconds() + " s");
    }
    return ended;
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  /** How far it is, as of the last fragment. */
  public RecordingProgress progress() {
    return progress;
  }

  /** Its state for {@link CallStats}. */
  public CallStats.OutputStats stats() {
    var now = progress;
    lock.lock();
    try {
      return new CallStats.OutputStats(
          spec.id(),
          "recording",
          status,
          reason,
          since.truncatedTo(ChronoUnit.MILLIS).toString(),
          now.bytes(),
          now.frames(),
          now.late(),
          0);
    } finally {
      lock.unlock();
    }
  }

  private void record() {
    RecordingEnd end = RecordingEnd.ERROR;
    String detail = "";
    try {
      Path path = Path.of(spec.file());
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      switch (opener.open(path)) {
        case RecordingOpening.Created(var file) -> end = run(file, Long.MIN_VALUE / 2);
        case RecordingOpening.Resumed(var file, long mediaTime, long torn) -> {
          LOG.info("{}: going on after {} s, {} torn bytes", path, mediaTime / 1e9, torn);
          publish(file);
          tellStart(true, mediaTime);
          end = run(file, mediaTime);
        }
        case RecordingOpening.Refused(boolean wantsAnother, var why) -> {
          detail = why;
          end = wantsAnother ? RecordingEnd.FORMAT_CHANGED : RecordingEnd.ERROR;
        }
      }
      detail =
          switch (end) {
            case QUOTA -> "the quota of " + spec.quota() + " bytes is used up";
            case DISK_FULL -> "no room on the disk of " + spec.file();
            case STOPPED, SPLIT, FORMAT_CHANGED, ERROR -> detail;
          };
    } catch (IOException e) {
      LOG.warn("recording {} to {}", spec.recording(), spec.file(), e);
      detail = e.toString();
    } catch (InterruptedException e) {
      detail = "interrupted";
    } catch (RuntimeException e) {
      LOG.error("recording {} to {}", spec.recording(), spec.file(), e);
      detail = e.toString();
    }
    tellEnd(end, detail);
  }

  private RecordingEnd run(RecordingFile writer, long resumedAt)
      throws IOException, InterruptedException {
    try (writer) {
      long nextProgress = System.nanoTime() + SECOND;
      while (true) {
        Packet packet = next();
        if (packet == null && !isAccepting()) {
          break;
        }
        if (packet != null && packet.pts() < resumedAt - MAX_BACK) {
          throw new IOException(
              "media time went back: the file reaches to %.3f s, a packet is of %.3f s"
                  .formatted(resumedAt / 1e9, packet.pts() / 1e9));
        }
        Outcome outcome = packet == null ? writer.flush() : take(writer, packet);
        switch (outcome) {
          case BUFFERED -> {}
          case WRITTEN -> {
            publish(writer);
            if (!started) {
              tellStart(false, writer.startTime());
            }
          }
          case QUOTA, DISK_FULL -> {
            publish(writer);
            return ended(outcome);
          }
        }
        if (started && System.nanoTime() - nextProgress >= 0) {
          nextProgress += SECOND;
          publish(writer);
          listener.progress(progress);
        }
      }
      long split = split();
      Outcome outcome = split == Long.MAX_VALUE ? writer.end() : writer.endAt(split);
      publish(writer);
      RecordingEnd end = ended(outcome);
      return end == RecordingEnd.STOPPED && split != Long.MAX_VALUE ? RecordingEnd.SPLIT : end;
    }
  }

  private long split() {
    lock.lock();
    try {
      return splitAt;
    } finally {
      lock.unlock();
    }
  }

  private static RecordingEnd ended(Outcome outcome) {
    return switch (outcome) {
      case BUFFERED, WRITTEN -> RecordingEnd.STOPPED;
      case QUOTA -> RecordingEnd.QUOTA;
      case DISK_FULL -> RecordingEnd.DISK_FULL;
    };
  }

  /** Writes it, or leaves it out while there is a pause. */
  private Outcome take(RecordingFile writer, Packet packet) throws IOException {
    long from;
    long to;
    lock.lock();
    try {
      if (packet.pts() >= splitAt || (!pictures && packet.pts() < startAt)) {
        return Outcome.BUFFERED;
      }
      Pause pause = pauses.peekFirst();
      from = pause == null ? Long.MAX_VALUE : pause.from;
      to = pause == null ? Long.MAX_VALUE : pause.to;
    } finally {
      lock.unlock();
    }
    if (packet.pts() < from) {
      return writer.write(packet);
    }
    boolean leads = !pictures || packet.kind() == Packet.Kind.VIDEO;
    if (leads && packet.pts() >= to && packet.keyFrame()) {
      return release(writer, from, packet);
    }
    if (packet.kind() == Packet.Kind.AUDIO && pictures) {
      held.add(packet);
      while (packet.pts() - held.getFirst().pts() > MOST_HELD) {
        held.removeFirst();
      }
    }
    if (leads && !pauseEntered) {
      pauseEntered = true;
      return writer.pause(from); // what came before it is on the disk while it lasts
    }
    return Outcome.BUFFERED;
  }

  private Outcome release(RecordingFile writer, long from, Packet packet) throws IOException {
    lock.lock();
    try {
      pauses.removeFirst();
    } finally {
      lock.unlock();
    }
    pauseEntered = false;
    held.removeIf(sound -> !FragmentedMp4Writer.isHeardFrom(sound, packet.pts()));
    Outcome outcome = writer.cut(from, packet.pts());
    var again = new ArrayDeque<>(held);
    held.clear();
    again.add(packet);
    while (!again.isEmpty()) {
      Outcome one = take(writer, again.removeFirst());
      outcome = one.compareTo(outcome) > 0 ? one : outcome;
    }
    return outcome;
  }

  /** The next packet; null after a second without one, and when all are taken after the end. */
  private @Nullable Packet next() throws InterruptedException {
    lock.lock();
    try {
      long wait = SECOND;
      while (queue.isEmpty() && accepting && wait > 0) {
        wait = changed.awaitNanos(wait);
      }
      Packet packet = queue.poll();
      if (packet != null) {
        queuedBytes -= packet.data().length;
      }
      return packet;
    } finally {
      lock.unlock();
    }
  }

  private boolean isAccepting() {
    lock.lock();
    try {
      return accepting;
    } finally {
      lock.unlock();
    }
  }

  private void publish(RecordingFile writer) {
    long waiting;
    lock.lock();
    try {
      waiting = queuedBytes;
    } finally {
      lock.unlock();
    }
    progress =
        new RecordingProgress(
            writer.length(),
            writer.pictures(),
            writer.fragments(),
            writer.endTime(),
            waiting,
            writer.late());
  }

  private void tellStart(boolean resumed, long mediaTime) {
    started = true;
    setStatus(OutputStatus.LIVE, null);
    listener.started(resumed, mediaTime);
  }

  private void tellEnd(RecordingEnd end, String detail) {
    if (!told.compareAndSet(false, true)) {
      return;
    }
    lock.lock();
    try {
      accepting = false;
      queue.clear();
    } finally {
      lock.unlock();
    }
    switch (end) {
      case STOPPED, SPLIT -> setStatus(OutputStatus.STOPPED, null);
      case QUOTA -> setStatus(OutputStatus.STOPPED, detail);
      case DISK_FULL, FORMAT_CHANGED, ERROR -> setStatus(OutputStatus.FAILED, detail);
    }
    listener.ended(end, detail, progress);
  }

  private void setStatus(OutputStatus newStatus, @Nullable String newReason) {
    lock.lock();
    try {
      status = newStatus;
      reason = newReason;
      since = Instant.now();
    } finally {
      lock.unlock();
    }
  }
}
