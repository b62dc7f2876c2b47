package dev.callcast.server.api;

import dev.callcast.server.store.Ids;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads outputs of requests, and makes what is stored of them. Safe for any thread. */
final class OutputFactory {
  private static final List<String> TYPES = List.of("recording", "rtmp");
  private static final long LARGEST = 1L << 50;

  private final Store store;
  private final RecordingFiles files;

  OutputFactory(Store store, RecordingFiles files) {
    this.store = store;
    this.files = files;
  }

  /** An output as it was asked for, with its secrets in clear. */
  sealed interface Wanted {
    String id();

    record Recording(String id, long quota) implements Wanted {}

    record Rtmp(String id, String url, @Nullable String backupUrl, boolean tlsVerify)
        implements Wanted {
      @Override
      public String toString() {
        return "Rtmp[" + id + "]";
      }
    }
  }

  /** Reads an output's fields; the caller ends them. */
  static Wanted read(Fields fields) {
    String given = fields.optionalId("id");
    String type = fields.oneOf("type", TYPES, null);
    if (type.equals("recording")) {
      return new Wanted.Recording(
          given == null ? Ids.random("rec") : given, fields.integer("quota", 0, LARGEST, 0));
    }
    String url = fields.requiredString("url", 2000);
    RtmpUrls.check(url, fields.at("url"));
    String backupUrl = fields.optionalString("backupUrl", 2000);
    if (backupUrl != null) {
      RtmpUrls.check(backupUrl, fields.at("backupUrl"));
    }
    return new Wanted.Rtmp(
        given == null ? Ids.random("out") : given, url, backupUrl, fields.bool("tlsVerify", true));
  }

  /** Makes the output; a recording gets its row and its file's name. In a write transaction. */
  OutputDocument make(StoredCall call, String composition, Wanted wanted) {
    String now = Ids.now();
    return switch (wanted) {
      case Wanted.Recording recording -> {
        RecordingFiles.Place place = files.add(call, composition, recording.id());
        yield new OutputDocument.Recording(
            recording.id(), place.recording(), place.file(), recording.quota(), now, false);
      }
      case Wanted.Rtmp rtmp ->
          new OutputDocument.Rtmp(
              rtmp.id(),
              RtmpUrls.redact(rtmp.url()),
              store.states().seal(call.instance(), rtmp.url()),
              rtmp.backupUrl() == null ? null : RtmpUrls.redact(rtmp.backupUrl()),
              rtmp.backupUrl() == null
                  ? null
                  : store.states().seal(call.instance(), rtmp.backupUrl()),
              rtmp.tlsVerify(),
              now,
              false);
    };
  }
}
