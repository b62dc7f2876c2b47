package dev.callcast.server.hls;

import dev.callcast.media.output.hls.HlsLine;
import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Backoff;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredHlsStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's HLS streams. One thread follows what the workers write; each stream that has not ended
 * has a (virtual) thread that publishes it, so that no storage holds up another stream. What has
 * ended is looked at again when somebody asks for it. Safe for any thread; owned by the node.
 */
public final class HlsStreams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HlsStreams.class);

  /** Between two looks at what is live, of low latency and of other streams. */
  private static final Duration OFTEN = Duration.ofMillis(15);

  private static final Duration USUALLY = Duration.ofMillis(200);
  private static final long CHECK = TimeUnit.SECONDS.toNanos(1);

  /** A worker that ends in order takes no longer; after this nobody is left to write. */
  private static final long ENDING = TimeUnit.SECONDS.toNanos(20);

  private static final Duration ROUND = Duration.ofMinutes(10);
  private static final int MOST_REMEMBERED = 200;

  private final Store store;
  private final Storages storages;
  private final Duration kept;
  private final InstantSource clock;
  private final Map<String, Live> live = new ConcurrentHashMap<>();
  private final Map<String, HlsStream> over =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, HlsStream> eldest) {
          return size() > MOST_REMEMBERED;
        }
      }; // guarded by itself
  private final Thread thread;
  private volatile boolean closing;

  /**
   * Makes it.
   *
   * @param kept how long a live stream, and files that S3 has as well, stay after the end
   * @param clock the wall's
   */
  public HlsStreams(Store store, Storages storages, Duration kept, InstantSource clock) {
    this.store = store;
    this.storages = storages;
    this.kept = kept;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("hls").daemon().unstarted(this::follow);
  }

  /** Goes on with every stream that has not ended. */
  public void start() {
    thread.start();
  }

  /** A stream that is shown or was, as far as it is on this machine. */
  public Optional<HlsStream> find(String id) {
    Live running = live.get(id);
    if (running != null) {
      return Optional.of(running.stream);
    }
    synchronized (over) {
      HlsStream known = over.get(id);
      if (known != null) {
        return Optional.of(known);
      }
    }
    Optional<StoredHlsStream> row = store.hls().get(id);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    if (!row.get().ended()) {
      return Optional.of(started(row.get()).stream);
    }
    HlsStream stream = new HlsStream(row.get());
    try {
      stream.look();
    } catch (IOException e) {
      log.warn("stream {} can't be read", id, e);
    }
    synchronized (over) {
      over.put(id, stream);
    }
    return Optional.of(stream);
  }

  /** How many segments of a stream are where they go. */
  public long published(String id) {
    Live running = live.get(id);
    if (running != null) {
      return running.published;
    }
    return find(id).map(stream -> stream.progress().segments()).orElse(0L);
  }

  /** A link to a file of a stream that only S3 has any more; null where it has none. */
  public @Nullable String link(HlsStream stream, String file, String type) throws IOException {
    S3Storage s3 = storages.s3(stream.row().storage());
    return s3 == null
        ? null
        : s3.link(stream.row().key() + "/" + file, Duration.ofHours(1), type, "inline").toString();
  }

  private Live started(StoredHlsStream row) {
    return live.computeIfAbsent(
        row.id(),
        id -> {
          HlsStream stream = new HlsStream(row);
          try {
            stream.look();
          } catch (IOException e) {
            log.warn("stream {} can't be read, it is tried again", id, e);
          }
          return new Live(stream, storages.s3(row.storage()));
        });
  }

  private void follow() {
    long nextCheck = System.nanoTime();
    long nextRound = nextCheck;
    while (!closing) {
      try {
        long now = System.nanoTime();
        if (now - nextCheck >= 0) {
          nextCheck = now + CHECK;
          store.hls().live().forEach(this::started);
          live.values().forEach(this::check);
        }
        if (now - nextRound >= 0) {
          nextRound = now + ROUND.toNanos();
          tidy();
        }
        live.values().forEach(Live::look);
      } catch (RuntimeException e) {
        log.error("HLS streams", e);
      }
      boolean often = live.values().stream().anyMatch(one -> one.stream.row().lowLatency());
      try {
        Thread.sleep(often ? OFTEN : USUALLY);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Ends a stream that nobody writes any more. */
  private void check(Live one) {
    if (one.stream.ended() || isWanted(one.stream.row())) {
      one.unwantedSince = 0;
      return;
    }
    long now = System.nanoTime();
    if (one.unwantedSince == 0) {
      one.unwantedSince = now;
    }
    one.look();
    boolean late = now - one.unwantedSince > ENDING;
    if (one.stream.writerEnded() || late) {
      if (late && !one.stream.writerEnded()) {
        log.info("stream {}: its worker did not end it, it ends as it is", one.stream.row().id());
      }
      one.stream.end();
      one.wake();
    }
  }

  private boolean isWanted(StoredHlsStream row) {
    return store
        .calls()
        .run(row.instance())
        .filter(StoredCall::open)
        .flatMap(call -> call.document().composition(row.composition()))
        .filter(composition -> !composition.stopped())
        .flatMap(composition -> composition.output(row.output()))
        .filter(output -> !output.ended())
        .filter(output -> output instanceof OutputDocument.Hls hls && hls.stream().equals(row.id()))
        .isPresent();
  }

  /** One that has not ended, or is not all published. */
  private final class Live {
    final HlsStream stream;
    final HlsPublisher publisher;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private boolean news = true; // guarded by lock
    private volatile long published;
    private final Thread publishing;
    private long unwantedSince; // the following thread's

    Live(HlsStream stream, @Nullable S3Storage storage) {
      this.stream = stream;
      this.publisher = new HlsPublisher(stream, store.hls(), storage);
      this.published = publisher.published();
      this.publishing = Thread.ofVirtual().name("hls-" + stream.row().id()).start(this::publish);
    }

    void look() {
      try {
        if (stream.look()) {
          wake();
        }
      } catch (IOException e) {
        log.debug("stream {}: {}", stream.row().id(), e.toString());
      }
    }

    void wake() {
      lock.lock();
      try {
        news = true;
        woken.signal();
      } finally {
        lock.unlock();
      }
    }

    private void await(Duration most) throws InterruptedException {
      lock.lock();
      try {
        long nanos = most.toNanos();
        while (!news && nanos > 0) {
          nanos = woken.awaitNanos(nanos);
        }
        news = false;
      } finally {
        lock.unlock();
      }
    }

    private void publish() {
      Backoff backoff = new Backoff();
      try {
        while (!closing) {
          await(Duration.ofSeconds(10));
          try {
            boolean done = publisher.publish();
            backoff.succeeded();
            told(null);
            published = publisher.published();
            if (done) {
              over(this);
              return;
            }
          } catch (IOException e) {
            published = publisher.published();
            told(String.valueOf(e.getMessage()));
            TimeUnit.NANOSECONDS.sleep(backoff.next().toNanos());
            wake();
          } catch (RuntimeException e) {
            log.error("stream {} is not published", stream.row().id(), e);
            told(e.toString());
            TimeUnit.NANOSECONDS.sleep(backoff.next().toNanos());
            wake();
          }
        }
      } catch (InterruptedException e) {
        log.debug("stream {}: the node ends", stream.row().id());
      }
    }

    private void told(@Nullable String error) {
      boolean was = stream.error() != null;
      stream.error(error);
      if (was != (error != null)) {
        Map<String, Object> data = data(stream.row());
        if (error != null) {
          data.put("reason", error);
        }
        event(stream.row(), error == null ? "hls.publishing" : "hls.retrying", data);
      }
    }
  }

  private void over(Live one) {
    StoredHlsStream row = one.stream.row();
    if (store.hls().ended(row.id())) {
      Map<String, Object> data = data(row);
      data.put("segments", one.stream.progress().segments());
      event(row, "hls.ended", data);
    }
    synchronized (over) {
      over.put(row.id(), one.stream);
    }
    live.remove(row.id());
  }

  private static Map<String, Object> data(StoredHlsStream row) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("composition", row.composition());
    data.put("output", row.output());
    data.put("storage", row.storage());
    data.put("key", row.key());
    return data;
  }

  private void event(StoredHlsStream row, String type, Map<String, Object> data) {
    try {
      store.calls().appendEvent(row.instance(), row.call(), type, data);
    } catch (RuntimeException e) {
      log.warn("event {} of stream {} is lost", type, row.id(), e);
    }
  }

  /** Deletes what nobody may ask for any more. */
  void tidy() {
    Instant now = clock.instant();
    for (StorageConfig config : storages.all()) {
      for (StoredHlsStream row :
          store.hls().endedBefore(config.name(), Ids.time(now.minus(kept)))) {
        Instant ended = Instant.parse(String.valueOf(row.endedAt()));
        boolean expired =
            config.retention() > 0
                && ended.isBefore(now.minus(Duration.ofDays(config.retention())));
        try {
          if (row.playlist() == HlsPlaylistType.LIVE || expired) {
            remove(row, expired ? "retention" : "live");
          } else if (config instanceof StorageConfig.S3) {
            removeSpooled(row);
          }
        } catch (IOException e) {
          log.warn("stream {} is not tidied now: {}", row.id(), e.getMessage());
        }
      }
    }
  }

  /** Segments that S3 has; index and playlists stay, for those who have the URL. */
  private static void removeSpooled(StoredHlsStream row) throws IOException {
    Path directory = Path.of(row.directory());
    if (Files.isDirectory(directory)) {
      delete(directory, "*.{m4s,mp4}");
    }
  }

  /**
   * Removes all of a stream that has ended: its objects, its files and its row, in this order.
   *
   * @param reason for the event
   * @throws StorageException where its storage does not delete it: nothing is forgotten then
   */
  public void remove(StoredHlsStream row, String reason) throws IOException {
    Path directory = Path.of(row.directory());
    S3Storage s3 = storages.s3(row.storage());
    if (s3 != null) {
      // The playlists first, so that none lists what is gone.
      for (Collection<String> names :
          List.of(List.of(HlsPlaylist.MAIN, HlsPlaylist.MEDIA), media(row))) {
        s3.deleteAll(names.stream().map(name -> row.key() + "/" + name).toList());
      }
    }
    if (Files.isDirectory(directory)) {
      delete(directory, "*");
      Files.deleteIfExists(directory);
    }
    Map<String, Object> data = data(row);
    data.put("reason", reason);
    store
        .database()
        .write(handle -> {
          if (store.hls().delete(row.id())) {
            store.calls().appendEvent(row.instance(), row.call(), "hls.deleted", data);
          }
          return null;
        });
    synchronized (over) {
      over.remove(row.id());
    }
    log.info("stream {} of call {} is deleted ({})", row.id(), row.call(), reason);
  }

  /** The names of segments and init files that S3 may have. */
  private static Set<String> media(StoredHlsStream row) throws IOException {
    HlsStream stream = new HlsStream(row);
    stream.look();
    List<HlsSegment> segments = stream.segments(0);
    Set<String> names = new LinkedHashSet<>();
    segments.forEach(segment -> names.add(segment.file()));
    // Also where the index is lost, with the disk that it was on.
    LongStream.range(row.deleted(), row.published()).mapToObj(HlsSegment::file).forEach(names::add);
    int runs = segments.isEmpty() ? 1 : segments.getLast().run().run();
    IntStream.rangeClosed(1, runs).mapToObj(HlsLine.Run::file).forEach(names::add);
    return names;
  }

  private static void delete(Path directory, String glob) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    live.values().forEach(one -> one.publishing.interrupt());
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
      for (Live one : live.values()) {
        one.publishing.join(TimeUnit.SECONDS.toMillis(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
