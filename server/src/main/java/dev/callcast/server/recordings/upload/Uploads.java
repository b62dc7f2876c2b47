package dev.callcast.server.recordings.upload;

import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredUpload;
import dev.callcast.server.store.StoredUpload.State;
import dev.callcast.server.store.UploadStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's uploads: each {@link Upload} of this node's own has a thread while there is something
 * to do. Once a second it looks into the journal for uploads that have none, be they new, from
 * before the node's last start, or of a node that died. Safe for any thread; owned by the node.
 */
public final class Uploads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Store store;
  private final UploadStore journal;
  private final Storages storages;
  private final String node;
  private final String incarnation = Ids.random("");
  private final UploadListener listener;
  private final NodeWatch watch;
  private final Map<String, Upload> running = new ConcurrentHashMap<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("uploads").daemon().factory());
  private volatile boolean superseded;

  /**
   * Makes it.
   *
   * @param node this node's name
   * @param deadAfter how long another node may be silent before its uploads are taken over
   */
  public Uploads(
      Store store, Storages storages, String node, Duration deadAfter, UploadListener listener) {
    this.store = store;
    this.journal = store.uploads();
    this.storages = storages;
    this.node = node;
    this.listener = listener;
    this.watch = new NodeWatch(store.nodes(), node, incarnation, deadAfter, LOOK);
  }

  /** Goes on with what is in the journal, and tries again what was given up. */
  public void start() {
    store.nodes().started(node, incarnation);
    for (StoredUpload upload : journal.in(State.FAILED)) {
      if (isMine(upload) && Files.exists(Path.of(upload.file())) && upload.finalLength() != null) {
        store
            .database()
            .write(handle -> {
              if (journal.revive(upload.id(), upload.epoch())) {
                store.recordings().retry(upload.recording());
              }
              return null;
            });
        LOG.info("upload {} was given up ({}), and is tried again", upload.id(), upload.error());
      }
    }
    var _ = thread.scheduleWithFixedDelay(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Something about an upload is new in the journal. */
  public void wake(String id) {
    Upload upload = running.get(id);
    if (upload != null) {
      upload.wake();
      return;
    }
    try {
      thread.execute(this::look);
    } catch (RejectedExecutionException e) {
      LOG.debug("upload {} goes on at the next start", id, e);
    }
  }

  /** How an upload gets on, where this node is at it. */
  public Optional<UploadProgress> progress(String id) {
    return Optional.ofNullable(running.get(id)).map(Upload::progress);
  }

  /**
   * Ends an upload and removes all that its storage has of it.
   *
   * @throws StorageException where the storage does not do it: nothing is forgotten then
   */
  public void remove(StoredUpload upload) throws StorageException {
    Upload active = running.remove(upload.id());
    if (active != null) {
      active.close();
    }
    S3Storage storage = storages.s3(upload.storage());
    if (storage != null) {
      StoredUpload newest = journal.get(upload.id()).orElse(upload);
      String uploadId = newest.uploadId();
      if (uploadId != null && newest.state() != State.DONE) {
        storage.abort(newest.key(), uploadId);
      }
      if (newest.tail() != null) {
        storage.delete(Upload.tailKey(newest.key()));
        storage.delete(NotesCopy.keyFor(newest.key()));
      }
      storage.delete(newest.key());
    }
    journal.delete(upload.id());
  }

  /**
   * Deletes once more the side objects of one that is done. A node that was killed in the middle of
   * sending one may have had it arrive after the next one deleted it.
   */
  public void removeTail(StoredUpload upload) throws StorageException {
    S3Storage storage = storages.s3(upload.storage());
    if (storage != null) {
      storage.delete(Upload.tailKey(upload.key()));
      storage.delete(NotesCopy.keyFor(upload.key()));
      journal.withoutTail(upload.id());
    }
  }

  /**
   * Asks the storage for an upload, before its recording begins.
   *
   * @throws StorageException what the storage says; where it is only {@link
   *     StorageException.Kind#AWAY} the recording may begin all the same
   */
  public void prepare(StoredUpload intended) throws StorageException {
    S3Storage storage = storages.s3(intended.storage());
    if (storage != null) {
      journal.began(intended.id(), intended.epoch(), Upload.create(storage, intended));
    }
  }

  /** Nothing will come of it. What the storage does not remove now is removed later. */
  public void abandon(StoredUpload upload) {
    try {
      remove(upload);
    } catch (StorageException e) {
      LOG.info("upload {} is removed later: {}", upload.id(), e.what());
      if (!thread.isShutdown()) {
        journal.failed(upload.id(), upload.epoch(), "abandoned");
      }
    }
  }

  private void look() {
    try {
      if (superseded) {
        return;
      }
      if (store.nodes().shared() && !watch.look()) {
        superseded = true;
        LOG.error(
            "another node of the name {} runs on this store: this one uploads nothing any more."
                + " Give each node its own name.",
            node);
        running.values().forEach(Upload::close);
        return;
      }
      for (StoredUpload upload : journal.in(State.ACTIVE, State.COMPLETING, State.VERIFIED)) {
        if (isMine(upload)) {
          begin(upload);
        } else if (watch.isDead(upload.node())) {
          take(upload);
        }
      }
    } catch (RuntimeException e) {
      LOG.error("cannot look for uploads; tried again soon", e);
    }
  }

  private boolean isMine(StoredUpload upload) {
    return !store.nodes().shared() || upload.node().equals(node);
  }

  private void begin(StoredUpload upload) {
    if (thread.isShutdown() || superseded || !isMine(upload)) {
      return;
    }
    S3Storage storage = storages.s3(upload.storage());
    if (storage == null) {
      LOG.debug("upload {} waits: no storage {} is configured", upload.id(), upload.storage());
      return;
    }
    running.computeIfAbsent(
        upload.id(),
        id -> {
          Upload made = new Upload(upload, journal, storage, listener);
          made.start(() -> running.remove(id, made));
          return made;
        });
  }

  /** Goes on with an upload of a node that died, without its spool. */
  private void take(StoredUpload upload) {
    if (storages.config(upload.storage()) == null) {
      return;
    }
    String name = String.valueOf(Path.of(upload.file()).getFileName());
    String file =
        storages
            .spooled(upload.storage(), upload.ofTracks() ? upload.recording() + "/" + name : name)
            .toString();
    boolean first = upload.id().equals(upload.recording());
    boolean taken =
        store
            .database()
            .write(handle -> {
              long epoch = journal.take(upload, node);
              if (epoch == 0 || !journal.moved(upload.id(), epoch, file)) {
                return false;
              }
              store
                  .recordings()
                  .take(
                      upload.recording(),
                      node,
                      journal.get(upload.id()).orElseThrow().recordingFile());
              store.calls().replaceRecording(upload.instance(), upload.call(), upload.recording());
              if (!first) {
                return true; // told with its recording's first upload
              }
              store
                  .calls()
                  .appendEvent(
                      upload.instance(),
                      upload.call(),
                      "recording.taken",
                      Map.of("recording", upload.recording(), "from", upload.node(), "by", node));
              return true;
            });
    if (taken) {
      LOG.warn("node {} is dead: this one goes on with upload {}", upload.node(), upload.id());
      journal.get(upload.id()).ifPresent(this::begin);
    }
  }

  /** Breaks off what is under way; the next start goes on with it. */
  @Override
  public void close() {
    thread.shutdownNow();
    running.values().forEach(Upload::interrupt);
    running.values().forEach(Upload::close);
    running.clear();
  }
}
