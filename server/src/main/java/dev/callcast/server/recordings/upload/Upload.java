package dev.callcast.server.recordings.upload;

import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.ObjectInfo;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.StoredUpload;
import dev.callcast.server.store.StoredUpload.Part;
import dev.callcast.server.store.StoredUpload.State;
import dev.callcast.server.store.StoredUpload.Tail;
import dev.callcast.server.store.UploadStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one growing file of the spool an object, while it grows. It has a virtual thread of its own
 * that sends one request at a time; {@link Uploads} makes, wakes and ends it.
 *
 * <p><b>While the file grows</b> every full part of it is sent, and every few seconds the rest, as
 * a side object that only {@link Recovery} reads. Only bytes that will never change are sent.
 *
 * <p><b>At the end</b> the order is: the parts that are missing, with the index in the last; the
 * first part again, whose header bytes were patched; Complete from the journal; HEAD. Never in
 * another order: a patched head without its index is unplayable. Then the journal says {@code
 * verified}, and only then the side object and the file of the spool are deleted.
 *
 * <p><b>Whatever happens</b> between two lines, the journal has what was promised before and the
 * file of the spool is the truth: a part that was sent and not noted is sent again; a Complete
 * whose answer was lost is recognised by what HEAD shows; an upload that the storage forgot starts
 * from scratch. Failures are repeated for ever, or until the configured time has passed without any
 * success after the end of the recording.
 */
final class Upload {
  private static final Logger LOG = LoggerFactory.getLogger(Upload.class);
  static final String RECORDING = "callcast-recording";
  static final String EPOCH = "callcast-epoch";
  static final String OFFSET = "callcast-offset";

  /** How often a growing file is looked at. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** An object that is not what was sent, so often in a row, is not going to be. */
  private static final int MISMATCHES = 3;

  /** Another node has taken it. */
  private static final class TakenException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private final String id;
  private final UploadStore journal;
  private final S3Storage storage;
  private final StorageConfig.Timing timing;
  private final UploadListener listener;
  private final NotesCopy notes;
  private final Backoff backoff = new Backoff();
  private final TreeMap<Integer, Part> parts = new TreeMap<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private boolean changed = true; // guarded by lock
  private boolean closing; // guarded by lock
  private @Nullable Thread thread; // guarded by lock

  // Of the thread alone.
  private StoredUpload row;
  private @Nullable FileChannel file;
  private long stable;
  private long lastSuccess = System.nanoTime();
  private long nextTail = System.nanoTime();
  private int mismatches;
  private long retries;
  private @Nullable String lastError;
  private volatile UploadProgress progress = new UploadProgress(0, 0, 0, 0, null);

  Upload(StoredUpload row, UploadStore journal, S3Storage storage, UploadListener listener) {
    this.id = row.id();
    this.row = row;
    this.journal = journal;
    this.storage = storage;
    this.timing = storage.config().timing();
    this.listener = listener;
    this.notes = new NotesCopy(storage);
  }

  /** Starts its thread; {@code ended} runs on it at the end. */
  void start(Runnable ended) {
    lock.lock();
    try {
      thread =
          Thread.ofVirtual()
              .name("upload-" + id)
              .start(() -> {
                try {
                  run();
                } finally {
                  ended.run();
                }
              });
    } finally {
      lock.unlock();
    }
  }

  /** Something is new in the journal: it looks at once, also when it waits after a failure. */
  void wake() {
    lock.lock();
    try {
      changed = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends it as it is; a request under way is broken off. */
  void interrupt() {
    lock.lock();
    try {
      closing = true;
      woken.signalAll();
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The same, and waits for its end. */
  void close() {
    interrupt();
    Thread running;
    lock.lock();
    try {
      running = thread;
    } finally {
      lock.unlock();
    }
    if (running != null) {
      try {
        running.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  UploadProgress progress() {
    return progress;
  }

  private void run() {
    try {
      boolean done = false;
      while (!done && !isClosing()) {
        Duration pause = LOOK;
        try {
          done = step();
          backoff.succeeded();
        } catch (TakenException e) {
          LOG.warn("upload {} was taken by another node; the file stays in the spool", id);
          return;
        } catch (IOException e) {
          if (isClosing()) {
            return;
          }
          done = failed(e);
          pause = backoff.next();
        }
        publish();
        if (!done) {
          await(pause);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("upload {} ends with the node", id);
    } catch (RuntimeException e) {
      if (!isClosing()) {
        LOG.error("upload {} stops; the next look begins it again", id, e);
      }
    } finally {
      closeFile();
    }
  }

  /** Does what there is to do now; true when nothing is left. */
  private boolean step() throws IOException {
    if (takeChanged()) {
      refresh();
    }
    switch (row.state()) {
      case FAILED, INTENDED, DONE -> {
        return true;
      }
      case VERIFIED -> {
        cleanUp();
        return true;
      }
      case ACTIVE, COMPLETING -> {
        // Below.
      }
    }
    FileChannel open = open();
    if (open == null) {
      if (parts.isEmpty() && row.tail() == null && row.finalLength() == null) {
        return false; // its worker has written nothing yet
      }
      rebuild();
      return false;
    }
    begin();
    Long length = row.finalLength();
    if (length == null) {
      grow(open);
      return false;
    }
    if (finish(open, length)) {
      cleanUp();
      return true;
    }
    return false;
  }

  private void refresh() throws IOException {
    row = journal.get(id).orElseThrow(TakenException::new);
    parts.clear();
    journal.parts(id).forEach(part -> parts.put(part.number(), part));
  }

  private @Nullable FileChannel open() throws IOException {
    Path path = Path.of(row.file());
    if (file != null && !file.isOpen()) {
      file = null; // a timeout interrupted its reading, which closes it
    }
    if (file == null && Files.exists(path)) {
      file = FileChannel.open(path, StandardOpenOption.READ);
      stable = 0;
      checkParts(file);
    }
    return file;
  }

  /** The journal's parts are of this very file, or all of it is sent again. */
  private void checkParts(FileChannel open) throws IOException {
    long end = 0;
    int expected = 1;
    boolean contiguous = true;
    for (Part part : parts.values()) {
      contiguous &= part.number() == expected || (expected == 1 && part.number() == 2);
      expected = part.number() + 1;
      end = offset(part.number()) + part.size();
    }
    boolean same = contiguous && end <= open.size();
    // The first part may have been sent before its head was patched; the last one tells as well.
    boolean patched = row.finalLength() != null && row.rewritten() > 0;
    if (same && !parts.isEmpty() && (parts.lastKey() > 1 || !patched)) {
      Part last = parts.lastEntry().getValue();
      FileSlice slice = new FileSlice(open, offset(last.number()), last.size());
      same = last.sha256().equals(slice.digests().sha256());
    }
    if (!same) {
      LOG.warn("upload {}: its file is not the one that was sent; all of it is sent again", id);
      restart();
    }
  }

  private void begin() throws IOException {
    if (row.uploadId() == null) {
      String uploadId = create(storage, row);
      success();
      owned(journal.began(id, row.epoch(), uploadId));
      refresh();
    }
  }

  /** Has the storage begin a multipart upload that is recognised by what HEAD will show. */
  static String create(S3Storage storage, StoredUpload upload) throws StorageException {
    return storage.createUpload(
        upload.key(),
        upload.contentType(),
        Map.of(RECORDING, upload.recording(), EPOCH, Long.toString(upload.epoch())));
  }

  private void grow(FileChannel open) throws IOException {
    stable = Growth.of(row.format()).stable(open, stable);
    while (stable - partsEnd() >= row.partSize() && !isClosing()) {
      send(open, parts.size() + 1, row.partSize());
      publish();
      if (takeChanged()) {
        refresh();
        if (row.finalLength() != null) {
          return;
        }
      }
    }
    Tail tail = row.tail();
    boolean more = stable > partsEnd() && (tail == null || stable > tail.offset() + tail.length());
    if (more && System.nanoTime() - nextTail >= 0) {
      nextTail = System.nanoTime() + timing.tailInterval().toNanos();
      sendTail(open);
      notes.send(row);
    }
  }

  private void sendTail(FileChannel open) throws IOException {
    if (row.tail() == null) {
      // So that it is known to exist, and deleted, whatever happens next.
      owned(journal.tail(id, row.epoch(), new Tail(partsEnd(), 0, "", Ids.now())));
    }
    FileSlice slice = new FileSlice(open, partsEnd(), stable - partsEnd());
    String etag =
        storage.put(
            tailKey(row.key()),
            "application/octet-stream",
            Map.of(
                RECORDING,
                row.recording(),
                EPOCH,
                Long.toString(row.epoch()),
                OFFSET,
                Long.toString(slice.offset())),
            slice,
            slice.md5());
    success();
    owned(journal.tail(id, row.epoch(), new Tail(slice.offset(), slice.length(), etag, Ids.now())));
    refresh();
  }

  /** Sends what is missing and has it put together; false when it has to be done again. */
  private boolean finish(FileChannel open, long length) throws IOException {
    int count = (int) Math.max(1, Math.ceilDiv(length, row.partSize()));
    if (!parts.isEmpty() && parts.lastKey() > count) {
      restart();
      return false;
    }
    if (row.state() == State.ACTIVE) {
      boolean headLast = count > 1 && row.rewritten() > 0;
      for (int number = headLast ? 2 : 1; number <= count; number++) {
        long size = Math.min(row.partSize(), length - offset(number));
        Part part = parts.get(number);
        if (part == null || part.size() != size) {
          send(open, number, size);
          publish();
        }
      }
      resendHead(open, Math.min(row.partSize(), length));
      owned(journal.completing(id, row.epoch()));
      refresh();
    }
    return complete(length);
  }

  private void resendHead(FileChannel open, long size) throws IOException {
    Part head = parts.get(1);
    FileSlice slice = new FileSlice(open, 0, size);
    FileSlice.Digests digests = slice.digests();
    if (head == null || head.size() != size || !head.sha256().equals(digests.sha256())) {
      send(1, slice, digests);
    }
  }

  private boolean complete(long length) throws IOException {
    String uploadId = row.uploadId();
    if (uploadId == null) {
      restart();
      return false;
    }
    ObjectInfo object = storage.head(row.key()).filter(info -> isOurs(info, length)).orElse(null);
    if (object == null) {
      List<S3Storage.PartTag> tags =
          parts.values().stream()
              .map(part -> new S3Storage.PartTag(part.number(), part.etag()))
              .toList();
      try {
        storage.complete(row.key(), uploadId, tags);
      } catch (StorageException e) {
        if (e.kind() == StorageException.Kind.AWAY || e.kind() == StorageException.Kind.DENIED) {
          throw e;
        }
        // Forgotten by the storage, or parts that it does not have: all is sent again.
        LOG.warn("upload {} starts again: {}", id, e.what());
        mismatches += e.kind() == StorageException.Kind.REFUSED ? 1 : 0;
        restart();
        throw e;
      }
      object = storage.head(row.key()).orElse(null);
    }
    success();
    if (object == null || !isOurs(object, length)) {
      mismatches++;
      restart();
      throw new IOException(
          "the object is not what was sent: "
              + (object == null ? "nothing" : object.size() + " bytes, ETag " + object.etag()));
    }
    String fault = storage.encryptionFault(object);
    if (fault != null) {
      // What was to be encrypted must not stay there in clear.
      storage.delete(row.key());
      storage.delete(tailKey(row.key()));
      notes.delete(row);
      owned(journal.failed(id, row.epoch(), fault));
      refresh();
      listener.failed(row, fault);
      return false;
    }
    owned(journal.verified(id, row.epoch(), object.etag()));
    refresh();
    return true;
  }

  /** Whether that is what this epoch of the upload was to become. */
  private boolean isOurs(ObjectInfo object, long length) {
    if (object.size() != length) {
      return false;
    }
    String epoch = object.metadata().get(EPOCH);
    if (epoch != null) {
      return epoch.equals(Long.toString(row.epoch()))
          && row.recording().equals(object.metadata().get(RECORDING))
          && (!storage.etagsAreMd5()
              || !object.etag().contains("-")
              || object.etag().equals(expectedEtag()));
    }
    return object.etag().equals(expectedEtag());
  }

  /** MD5 over the parts' MD5s, and their number. */
  private String expectedEtag() {
    return MultipartEtag.of(parts.values().stream().map(Part::etag).toList());
  }

  private void cleanUp() throws IOException {
    Long length = row.finalLength();
    if (row.tail() != null) {
      try {
        storage.delete(tailKey(row.key()));
        notes.delete(row);
      } catch (IOException e) {
        LOG.warn("what is beside {} stays: {}", row.key(), e.getMessage());
      }
    }
    // While it is open its blocks are not given back yet, which takes a second a gigabyte: nobody
    // waits for that.
    Files.deleteIfExists(Path.of(row.file()));
    listener.uploaded(row, length == null ? 0 : length);
    closeFile();
  }

  private void send(FileChannel open, int number, long size) throws IOException {
    FileSlice slice = new FileSlice(open, offset(number), size);
    send(number, slice, slice.digests());
  }

  private void send(int number, FileSlice slice, FileSlice.Digests digests) throws IOException {
    String uploadId = row.uploadId();
    if (uploadId == null) {
      throw new IOException("no upload was begun");
    }
    String etag;
    try {
      etag = storage.uploadPart(row.key(), uploadId, number, slice, digests.md5());
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.UNKNOWN) {
        LOG.warn("upload {}: the storage knows it no more; all of it is sent again", id);
        restart();
      }
      throw e;
    }
    success();
    Part part = new Part(number, slice.length(), etag, digests.sha256());
    owned(journal.part(id, row.epoch(), part));
    parts.put(number, part);
  }

  private void restart() throws IOException {
    long epoch = journal.restart(id, row.epoch());
    owned(epoch > 0);
    refresh();
  }

  private void rebuild() throws IOException {
    owned(listener.lost(row));
    new Recovery(journal, storage, notes).rebuild(row, Map.copyOf(parts));
    success();
    refresh();
    listener.rebuilt(row);
  }

  /** Counts a failure; true when this was the last. */
  private boolean failed(IOException e) throws InterruptedException {
    retries++;
    String error = e instanceof StorageException storageError ? storageError.what() : e.toString();
    if (e instanceof Recovery.NothingException || mismatches >= MISMATCHES) {
      return giveUp(error);
    }
    boolean late =
        row.finalLength() != null
            && !timing.giveUp().isZero()
            && System.nanoTime() - lastSuccess > timing.giveUp().toNanos();
    if (late) {
      return giveUp(error);
    }
    if (backoff.failures() == 0) {
      LOG.warn("upload {} does not get on, and is tried again: {}", id, error);
    } else {
      LOG.debug("upload {}: {}", id, error);
    }
    if (!error.equals(lastError)) {
      lastError = error;
      journal.error(id, row.epoch(), error);
    }
    return false;
  }

  private boolean giveUp(String error) {
    if (journal.failed(id, row.epoch(), error)) {
      LOG.error("upload {} is given up: {}; its file stays: {}", id, error, row.file());
      listener.failed(row, error);
    }
    return true;
  }

  private void success() {
    lastSuccess = System.nanoTime();
    lastError = null;
  }

  private static void owned(boolean written) throws TakenException {
    if (!written) {
      throw new TakenException();
    }
  }

  private long offset(int number) {
    return (number - 1) * row.partSize();
  }

  /** Up to where all is in parts. */
  private long partsEnd() {
    return parts.isEmpty() || parts.firstKey() > 1
        ? 0
        : offset(parts.lastKey()) + parts.lastEntry().getValue().size();
  }

  private void publish() {
    look();
    long sent = partsEnd();
    Tail tail = row.tail();
    if (tail != null && row.finalLength() == null) {
      sent = Math.max(sent, tail.offset() + tail.length());
    }
    Long length = row.finalLength();
    long whole = length == null ? Math.max(stable, sent) : length;
    sent = Math.min(sent, whole);
    progress = new UploadProgress(sent, whole - sent, parts.size(), retries, lastError);
  }

  /** What was written meanwhile counts as well, or a slow storage would seem to keep up. */
  private void look() {
    FileChannel open = file;
    if (open != null && open.isOpen() && row.finalLength() == null) {
      try {
        stable = Growth.of(row.format()).stable(open, stable);
      } catch (IOException e) {
        LOG.debug("upload {}: its file cannot be read now", id, e);
      }
    }
  }

  static String tailKey(String key) {
    return key + ".tail";
  }

  private void closeFile() {
    FileChannel open = file;
    file = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("closing the file of upload {}", id, e);
      }
    }
  }

  private boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  private boolean takeChanged() {
    lock.lock();
    try {
      boolean was = changed;
      changed = false;
      return was;
    } finally {
      lock.unlock();
    }
  }

  private void await(Duration pause) throws InterruptedException {
    long nanos = pause.toNanos();
    lock.lockInterruptibly();
    try {
      while (!changed && !closing && nanos > 0) {
        nanos = woken.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
