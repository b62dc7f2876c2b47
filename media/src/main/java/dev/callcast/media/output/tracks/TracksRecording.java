package dev.callcast.media.output.tracks;

import dev.callcast.media.output.DiskFullException;
import dev.callcast.media.output.TrackFile;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.report.ReportLine.TrackCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records encoded streams into a directory of the spool: a file for each, and the journal that the
 * manifest is made of. A recorder that comes after a crash goes on there with new files on the same
 * timeline. Whoever made it stops it.
 *
 * <p>Frames go through one queue to a platform thread of its own that opens, writes and ends the
 * files, so a slow disk stalls nobody. The queue drops nothing; when {@link #MAX_QUEUED} bytes
 * wait, the disk is taken for dead and the recording ends with an error. {@code lock} guards the
 * queue; streams and journal belong to the thread. A second thread syncs: a kill of the process
 * loses what is in memory, half a second at the most; only a crash of the machine loses what is not
 * synced, {@link #SYNC_SECONDS} at the most.
 */
public final class TracksRecording implements AutoCloseable {
  /** Bytes: half a minute of a large call. */
  public static final long MAX_QUEUED = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(TracksRecording.class);
  private static final long SYNC_SECONDS = 2;
  private static final long TICK = 250_000_000L;

  /** Between two counts of packets, ticks: two seconds, what a kill takes of them. */
  private static final int COUNT_EVERY = 8;

  private static final Duration STOP_WAIT = Duration.ofSeconds(5);

  /** Bytes of a frame's own, in the queue. */
  private static final int OVERHEAD = 100;

  /**
   * What is recorded where.
   *
   * @param origin ns on the call's clock at the recording's time 0
   * @param quota bytes of all files at which it ends; 0 for none
   */
  public record Spec(String call, String recording, Path directory, long origin, long quota) {}

  private sealed interface Item {
    record Frame(StreamRecorder stream, TrackFrame frame) implements Item {}

    record Ended(StreamRecorder stream) implements Item {}

    record Event(TracksJournal.Line line, Map<String, ?> data) implements Item {}
  }

  private final Spec spec;
  private final TracksListener listener;
  private final Supplier<List<TrackCount>> counters;
  private final long maxQueued;
  private final Instant startedAt;
  private final Thread thread;
  private final ScheduledExecutorService syncer;
  private final AtomicBoolean told = new AtomicBoolean();
  private final AtomicInteger names = new AtomicInteger();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Item> queue = new ArrayDeque<>();
  private long queuedBytes;
  private boolean accepting = true;

  /** Open files, for the thread that syncs. */
  private final Set<TrackFile> open = ConcurrentHashMap.newKeySet();

  // Of the thread.
  private final Set<StreamRecorder> streams = ConcurrentHashMap.newKeySet();
  private final Shelf shelf = new Shelf();
  private @Nullable TracksJournal journal;
  private long bytesBefore; // of files of earlier runs, and of those that have ended
  private long lastTime;
  private int ticks;
  private List<TrackCount> receivedBefore = List.of(); // set before the thread starts
  private @Nullable Set<TrackCount> counted; // null before the first count
  private volatile long bytes;

  /**
   * Makes it; {@link #start} lets it go. Frames may come before that.
   *
   * @param counters what was received of each track since this process began; any thread
   */
  public TracksRecording(Spec spec, TracksListener listener, Supplier<List<TrackCount>> counters) {
    this(spec, listener, counters, MAX_QUEUED);
  }

  TracksRecording(
      Spec spec, TracksListener listener, Supplier<List<TrackCount>> counters, long maxQueued) {
    this.spec = spec;
    this.listener = listener;
    this.counters = counters;
    this.maxQueued = maxQueued;
    this.startedAt = Instant.now().minusNanos(System.nanoTime() - spec.origin());
    this.thread =
        Thread.ofPlatform().name("tracks-" + spec.recording()).daemon().unstarted(this::record);
    this.syncer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("tracks-sync").daemon().factory());
  }

  /** Begins. What was received up to here is not of it. */
  public void start() {
    receivedBefore = counters.get();
    thread.start();
  }

  /** One stream's way in. Its methods never block. */
  public interface Inlet extends AutoCloseable {
    /** Takes the next frame. Does nothing after the recording's end. */
    void frame(TrackFrame frame);

    /** Nothing comes any more: its file ends. */
    @Override
    void close();
  }

  /** Adds a stream. */
  public Inlet stream(TrackInfo info) {
    StreamRecorder recorder = new StreamRecorder(info, shelf);
    streams.add(recorder);
    return new Inlet() {
      @Override
      public void frame(TrackFrame frame) {
        put(new Item.Frame(recorder, frame), frame.data().length);
      }

      @Override
      public void close() {
        put(new Item.Ended(recorder), 0);
      }
    };
  }

  /** A participant is there, or is otherwise than before. */
  public void participant(long time, Map<String, ?> participant) {
    event(TracksJournal.Line.PARTICIPANT, time, Map.of("participant", participant));
  }

  /** A participant is gone. */
  public void left(long time, String participant) {
    event(TracksJournal.Line.LEFT, time, Map.of("participant", participant));
  }

  /** Another one speaks; null for nobody. */
  public void speaker(long time, @Nullable String participant) {
    event(
        TracksJournal.Line.SPEAKER,
        time,
        participant == null ? Map.of() : Map.of("participant", participant));
  }

  /** Something happened to how a track is received. */
  public void track(long time, String participant, String track, String state) {
    event(
        TracksJournal.Line.TRACK,
        time,
        Map.of("participant", participant, "track", track, "state", state));
  }

  /** A composition looks otherwise from here on; without a spec it has ended. */
  public void composition(long time, String composition, Map<String, ?> spec) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("composition", composition);
    data.putAll(spec);
    event(TracksJournal.Line.COMPOSITION, time, data);
  }

  private void event(TracksJournal.Line line, long time, Map<String, ?> data) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("at", Seconds.of(time));
    all.putAll(data);
    put(new Item.Event(line, all), 0);
  }

  private void put(Item item, int size) {
    boolean overflow = false;
    lock.lock();
    try {
      if (!accepting) {
        return;
      }
      queuedBytes += size + OVERHEAD;
      queue.add(item);
      if (queuedBytes > maxQueued) {
        overflow = true;
        accepting = false;
        queue.clear();
      }
      if (queue.size() == 1) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
    if (overflow) {
      // The thread may hang in the kernel: what happened is told from here.
      tellEnd(
          RecordingEnd.ERROR, "the disk is too slow: " + (maxQueued >> 20) + " MiB were waiting");
    }
  }

  /** Bytes of all its files so far, as of the last look. */
  public long bytes() {
    return bytes;
  }

  /**
   * Writes what has come so far and ends the files. Waits for that, at most 5 s.
   *
   * @return false where the disk did not take it in that time
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
      ended = thread.join(STOP_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      thread.interrupt();
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

  private void record() {
    RecordingEnd end = RecordingEnd.ERROR;
    String detail = "";
    try {
      Files.createDirectories(
          spec.directory(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try (TracksJournal opened = TracksJournal.open(spec.directory())) {
        journal = opened;
        var _ =
            syncer.scheduleWithFixedDelay(
                () -> sync(opened), SYNC_SECONDS, SYNC_SECONDS, TimeUnit.SECONDS);
        boolean resumed = begin(opened);
        listener.started(resumed);
        end = run(opened);
        detail =
            end == RecordingEnd.QUOTA ? "the quota of " + spec.quota() + " bytes is used up" : "";
        finish(opened, end, detail);
      } finally {
        journal = null;
      }
    } catch (DiskFullException e) {
      end = RecordingEnd.DISK_FULL;
      detail = String.valueOf(e.getMessage());
    } catch (IOException e) {
      LOG.warn("recording {} to {}", spec.recording(), spec.directory(), e);
      detail = e.toString();
    } catch (InterruptedException e) {
      detail = "interrupted";
    } catch (RuntimeException e) {
      LOG.error("recording {} to {}", spec.recording(), spec.directory(), e);
      detail = e.toString();
    }
    streams.forEach(StreamRecorder::abandon);
    awaitSyncer();
    tellEnd(end, detail);
  }

  private boolean begin(TracksJournal opened) throws IOException {
    boolean resumed = !opened.fresh();
    if (resumed) {
      try (Stream<Path> there = Files.list(spec.directory())) {
        for (Path file : there.toList()) {
          names.accumulateAndGet(number(file), Math::max);
          bytesBefore += Files.size(file);
        }
      }
    } else {
      Map<String, Object> head = new LinkedHashMap<>();
      head.put("version", TracksManifest.VERSION);
      head.put("recording", spec.recording());
      head.put("call", spec.call());
      head.put("startedAt", startedAt.truncatedTo(ChronoUnit.MILLIS).toString());
      opened.add(TracksJournal.Line.RECORDING, head);
    }
    opened.add(
        TracksJournal.Line.RUN,
        Map.of("at", Seconds.of(System.nanoTime() - spec.origin()), "resumed", resumed));
    count(opened, receivedBefore);
    opened.flush();
    return resumed;
  }

  /** The number that a file's name begins with; 0 for none. */
  private static int number(Path file) {
    String name = file.getFileName().toString();
    int digits = 0;
    while (digits < name.length() && digits < 9 && Character.isDigit(name.charAt(digits))) {
      digits++;
    }
    return digits == 0 ? 0 : Integer.parseInt(name.substring(0, digits));
  }

  private RecordingEnd run(TracksJournal opened) throws IOException, InterruptedException {
    long nextTick = System.nanoTime() + TICK;
    List<Item> taken = new ArrayList<>();
    while (true) {
      boolean more = next(taken);
      for (Item item : taken) {
        handle(item);
      }
      taken.clear();
      if (System.nanoTime() - nextTick >= 0) {
        nextTick = System.nanoTime() + TICK;
        long now = System.nanoTime() - spec.origin();
        for (StreamRecorder stream : streams) {
          stream.flushIfQuiet(now);
        }
        if (++ticks % COUNT_EVERY == 0) {
          count(opened, counters.get());
        }
        opened.flush();
        bytes = bytesBefore + opened.length() + sum();
        if (spec.quota() > 0 && bytes > spec.quota()) {
          return RecordingEnd.QUOTA;
        }
      }
      if (!more) {
        return RecordingEnd.STOPPED;
      }
    }
  }

  /** Notes what was received: at first of all tracks, then of those of which it has changed. */
  private void count(TracksJournal opened, List<TrackCount> now) {
    Set<TrackCount> before = counted;
    List<TrackCount> news =
        now.stream().filter(one -> before == null || !before.contains(one)).toList();
    if (before == null || !news.isEmpty()) {
      opened.add(
          TracksJournal.Line.COUNT,
          Map.of(
              "at",
              Seconds.of(System.nanoTime() - spec.origin()),
              "tracks",
              TrackCounts.line(news)));
    }
    counted = Set.copyOf(now);
  }

  private long sum() {
    return streams.stream().mapToLong(StreamRecorder::bytes).sum();
  }

  private void handle(Item item) throws IOException {
    switch (item) {
      case Item.Frame(StreamRecorder stream, TrackFrame frame) -> {
        stream.take(frame);
        lastTime = Math.max(lastTime, frame.time());
      }
      case Item.Ended(StreamRecorder stream) -> {
        stream.end("left");
        streams.remove(stream);
      }
      case Item.Event(TracksJournal.Line line, Map<String, ?> data) -> shelf.line(line, data);
    }
  }

  /** Takes what waits, or waits for it until the next tick; false at the end. */
  private boolean next(List<Item> into) throws InterruptedException {
    lock.lock();
    try {
      long wait = TICK;
      while (queue.isEmpty() && accepting && wait > 0) {
        wait = changed.awaitNanos(wait);
      }
      into.addAll(queue);
      queue.clear();
      queuedBytes = 0;
      return accepting || !into.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void finish(TracksJournal opened, RecordingEnd end, String detail) throws IOException {
    for (StreamRecorder stream : streams) {
      stream.end(end.json());
    }
    count(opened, counters.get());
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("at", Seconds.of(System.nanoTime() - spec.origin()));
    line.put("reason", end.json());
    if (!detail.isEmpty()) {
      line.put("detail", detail);
    }
    opened.add(TracksJournal.Line.ENDED, line);
    opened.flush();
    bytes = bytesBefore + opened.length();
    opened.sync();
  }

  private void sync(TracksJournal opened) {
    try {
      for (TrackFile file : open) {
        file.sync();
      }
      opened.sync();
    } catch (java.nio.channels.ClosedChannelException e) {
      // It has ended meanwhile, and was synced then.
    } catch (IOException e) {
      LOG.warn("recording {}: syncing: {}", spec.recording(), e.getMessage());
    }
  }

  /** What has ended is closed by then. */
  private void awaitSyncer() {
    syncer.shutdown();
    try {
      if (!syncer.awaitTermination(STOP_WAIT.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("recording {}: the disk takes long to sync", spec.recording());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
    LOG.info("recording {} of tracks has ended: {} {}", spec.recording(), end.json(), detail);
    listener.ended(end, detail, lastTime, bytes);
  }

  /** What the streams' files are put on. Used by the thread. */
  private final class Shelf implements StreamRecorder.Shelf {
    @Override
    public Path next(String participant, String track, String extension) {
      String name =
          "%04d-%s-%s.%s".formatted(names.incrementAndGet(), participant, track, extension);
      return spec.directory().resolve(name);
    }

    @Override
    public Instant wall(long time) {
      return startedAt.plusNanos(time);
    }

    @Override
    public void line(TracksJournal.Line line, Map<String, ?> data) throws IOException {
      TracksJournal to = journal;
      if (to != null) {
        to.add(line, data);
        if (line == TracksJournal.Line.FILE) {
          to.flush(); // before there is a file of that name
        }
      }
    }

    @Override
    public void opened(TrackFile file) {
      open.add(file);
    }

    @Override
    public void finished(TrackFile file) {
      bytesBefore += file.length();
      syncer.execute(() -> {
        open.remove(file);
        try (file) {
          file.sync();
        } catch (IOException e) {
          LOG.warn("recording {}: a file's last sync: {}", spec.recording(), e.getMessage());
        }
      });
    }
  }
}
