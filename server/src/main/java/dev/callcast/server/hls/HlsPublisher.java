package dev.callcast.server.hls;

import dev.callcast.media.output.hls.HlsLine;
import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.HlsStore;
import dev.callcast.server.store.StoredHlsStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one stream readable where its storage is: writes playlists beside the segments, and sends
 * both to S3, segments first. What it has done is noted in the store, so that the next node goes on
 * with it. One thread at a time; nothing to close.
 *
 * <p>Of a live window, what could not be sent before its writer deleted it is left out: the
 * playlist at S3 then begins behind the hole. These playlists have no parts, as nobody could wait
 * at S3 for the next one.
 */
final class HlsPublisher {
  /** Of segments and init files, whose content never changes. */
  static final String FOREVER = "public, max-age=31536000, immutable";

  static final String PLAYLIST_TYPE = "application/vnd.apple.mpegurl";

  private final HlsStream stream;
  private final HlsStore store;
  private final @Nullable S3Storage storage;
  private long contiguous;
  private long published;
  private long deleted;
  private int run;
  private int firstRun = 1; // whose init file may be there
  private String written = "";
  private String writtenMain = "";

  /** {@code storage} is null where everything stays in its directory. */
  HlsPublisher(HlsStream stream, HlsStore store, @Nullable S3Storage storage) {
    this.stream = stream;
    this.store = store;
    this.storage = storage;
    this.contiguous = stream.row().contiguous();
    this.published = stream.row().published();
    this.deleted = stream.row().deleted();
  }

  /** Segments before this one are where they go. */
  long published() {
    return published;
  }

  /**
   * Publishes what is new.
   *
   * @return whether the stream has ended and all of it is published
   */
  boolean publish() throws IOException {
    boolean ended = stream.ended(); // before looking: what came before its end is there
    List<HlsSegment> all = stream.segments(0).stream().filter(one -> one.whole() || ended).toList();
    if (storage == null) {
      published = all.isEmpty() ? published : all.getLast().number() + 1;
    } else {
      for (HlsSegment segment : all) {
        if (segment.number() >= published && segment.bytes() > 0) {
          send(storage, segment);
          playlists(storage, all, false);
        }
      }
    }
    playlists(storage, all, ended);
    if (storage != null) {
      removeOld(storage, all);
    }
    return ended;
  }

  private void send(S3Storage s3, HlsSegment segment) throws IOException {
    StoredHlsStream row = stream.row();
    HlsLine.Run needs = segment.run();
    try {
      if (run != needs.run()) {
        put(s3, needs.init(), "video/mp4", FOREVER, Long.MAX_VALUE);
        run = needs.run();
      }
      put(s3, segment.file(), "video/iso.segment", FOREVER, segment.bytes());
    } catch (NoSuchFileException e) {
      if (row.playlist() != HlsPlaylistType.LIVE) {
        throw e;
      }
      return; // It left the window meanwhile.
    }
    if (segment.number() != published) {
      contiguous = segment.number();
    }
    published = segment.number() + 1;
    store.published(row.id(), contiguous, published, deleted);
  }

  /** Writes the playlists that have changed. */
  private void playlists(@Nullable S3Storage s3, List<HlsSegment> all, boolean ended)
      throws IOException {
    StoredHlsStream row = stream.row();
    if (row.playlist() == HlsPlaylistType.VOD && !ended) {
      return;
    }
    List<HlsSegment> listed =
        all.stream().filter(one -> one.number() >= contiguous && one.number() < published).toList();
    if (listed.isEmpty()) {
      return;
    }
    String text = HlsPlaylist.media(HlsStream.options(row, 0), listed, ended);
    if (!text.equals(written)) {
      write(s3, HlsPlaylist.MEDIA, text, ended);
      written = text;
    }
    // The estimate of before is true until the end; what was is told once it is known.
    if (writtenMain.isEmpty() || ended) {
      String main = HlsStream.main(row, all);
      if (!main.equals(writtenMain)) {
        write(s3, HlsPlaylist.MAIN, main, ended);
        writtenMain = main;
      }
    }
  }

  private void write(@Nullable S3Storage s3, String name, String text, boolean ended)
      throws IOException {
    Path file = stream.directory().resolve(name);
    Path half = stream.directory().resolve(name + ".new");
    Files.writeString(half, text, StandardCharsets.UTF_8);
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (s3 != null) {
      put(s3, name, PLAYLIST_TYPE, cacheControl(stream.row(), ended), Long.MAX_VALUE);
    }
  }

  /** Of a playlist: half a target duration while it changes (§6.2.1). */
  static String cacheControl(StoredHlsStream row, boolean ended) {
    return ended
        ? "public, max-age=3600"
        : "public, max-age=" + Math.max(1, row.segmentMillis() / 2000);
  }

  private void put(S3Storage s3, String name, String type, String cache, long most)
      throws IOException {
    try (FileChannel file =
        FileChannel.open(stream.directory().resolve(name), StandardOpenOption.READ)) {
      FileSlice bytes = new FileSlice(file, 0, Math.min(file.size(), most));
      s3.putWhole(stream.row().key() + "/" + name, type, cache, bytes, bytes.md5());
    }
  }

  /** Of a live window, the objects that left it as long ago as their files did. */
  private void removeOld(S3Storage s3, List<HlsSegment> all) throws StorageException {
    StoredHlsStream row = stream.row();
    long oldest = published - 2L * row.window() - 3;
    if (row.playlist() != HlsPlaylistType.LIVE || all.isEmpty() || deleted >= oldest) {
      return;
    }
    List<String> old = new ArrayList<>();
    LongStream.range(deleted, oldest).mapToObj(HlsSegment::file).forEach(old::add);
    int oldestRun =
        all.stream()
            .filter(one -> one.number() >= oldest)
            .findFirst()
            .map(one -> one.run().run())
            .orElse(firstRun);
    IntStream.range(firstRun, oldestRun).mapToObj(HlsLine.Run::file).forEach(old::add);
    s3.deleteAll(old.stream().map(name -> row.key() + "/" + name).toList());
    firstRun = Math.max(firstRun, oldestRun);
    deleted = oldest;
    store.published(row.id(), contiguous, published, deleted);
  }
}
