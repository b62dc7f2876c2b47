package dev.callcast.server.hls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.HlsStore;
import dev.callcast.server.store.NodeKey;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredHlsStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is deleted of streams that are over, and when. */
class HlsStreamsTest {
  private static final Duration KEPT = Duration.ofHours(1);

  @TempDir Path data;
  private Storages storages;
  private Store store;
  private StoredCall call;
  private HlsStreams streams;

  /** How far the wall clock is off. */
  private Duration offset = Duration.ZERO;

  @BeforeEach
  void open() throws Exception {
    storages =
        new Storages(
            List.of(
                new StorageConfig.Directory("local", data.resolve("recordings"), 0),
                new StorageConfig.Directory("days", data.resolve("days"), 2)),
            "local",
            data.resolve("spool"));
    store =
        Store.open(
            "jdbc:sqlite:" + data.resolve("callcast.db"),
            NodeKey.open(data.resolve("node.key")),
            storages,
            "n1",
            data.resolve("assets"),
            NetworkPolicy.LOOPBACK,
            null);
    call = store.calls().create("a");
    streams = new HlsStreams(store, storages, KEPT, () -> Instant.now().plus(offset));
  }

  @AfterEach
  void close() {
    storages.close();
    store.close();
  }

  /** A stream with files as a worker and the node leave them. */
  private StoredHlsStream stream(HlsPlaylistType playlist, String storage) throws Exception {
    StoredHlsStream stream =
        store
            .hls()
            .add(call, "main", "h", new HlsStore.Wanted(storage, playlist, 2000, 0, 6, 3_000_000));
    Path directory = Files.createDirectories(Path.of(stream.directory()));
    for (String file : List.of("index.jsonl", "index.m3u8", "media.m3u8", "init-1.mp4", "7.m4s")) {
      Files.writeString(directory.resolve(file), "\n");
    }
    return stream;
  }

  private StoredHlsStream over(HlsPlaylistType playlist, String storage) throws Exception {
    StoredHlsStream stream = stream(playlist, storage);
    assertThat(store.hls().ended(stream.id())).isTrue();
    return stream;
  }

  private void tidyAfter(Duration time) {
    offset = time;
    streams.tidy();
  }

  private boolean isThere(StoredHlsStream stream) {
    boolean known = store.hls().get(stream.id()).isPresent();
    assertThat(Files.exists(Path.of(stream.directory()))).isEqualTo(known);
    assertThat(streams.find(stream.id()).isPresent()).isEqualTo(known);
    return known;
  }

  @Test
  void aLiveStreamIsDeletedAnHourAfterItsEndAndOthersAfterTheRetention() throws Exception {
    StoredHlsStream live = over(HlsPlaylistType.LIVE, "local");
    StoredHlsStream event = over(HlsPlaylistType.EVENT, "local");
    StoredHlsStream vod = over(HlsPlaylistType.VOD, "days");
    Path neighbour = Files.writeString(Path.of(live.directory()).resolveSibling("rec.mp4"), "x");

    tidyAfter(KEPT.minusMinutes(1));
    assertThat(List.of(live, event, vod)).allMatch(this::isThere);
    tidyAfter(KEPT.plusMinutes(1));
    assertThat(isThere(live)).isFalse();
    assertThat(List.of(event, vod)).allMatch(this::isThere);
    tidyAfter(Duration.ofHours(47));
    assertThat(List.of(event, vod)).allMatch(this::isThere);
    tidyAfter(Duration.ofHours(49));
    assertThat(isThere(vod)).isFalse();
    tidyAfter(Duration.ofDays(4000));
    assertThat(isThere(event)).as("kept for ever").isTrue();
    assertThat(neighbour).exists();
  }

  @Test
  void whatHasNotEndedIsLeftAloneHoweverOldItIs() throws Exception {
    StoredHlsStream live = stream(HlsPlaylistType.LIVE, "local");
    tidyAfter(Duration.ofDays(4000));
    assertThat(store.hls().get(live.id())).isPresent();
    assertThat(Path.of(live.directory()).resolve("7.m4s")).exists();
  }
}
