package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.RecordingOptions;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.destinations.StreamingService;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.FilenameTemplate;
import dev.callcast.server.store.HlsStore;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredHlsStream;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads outputs of requests, and makes what is stored of them. Safe for any thread. */
final class OutputFactory {
  private static final List<String> TYPES = List.of("recording", "rtmp", "srt", "hls");
  private static final long LARGEST = 1L << 50;

  private final Store store;
  private final Storages storages;
  private final Uploads uploads;
  private final OutgoingUrls urls;
  private final Destinations destinations;
  private final NodeConfig config;

  OutputFactory(
      Store store, Storages storages, Uploads uploads, OutgoingUrls urls, NodeConfig config) {
    this.store = store;
    this.storages = storages;
    this.uploads = uploads;
    this.urls = urls;
    this.destinations = config.destinations();
    this.config = config;
  }

  /** An output as it was asked for, with its secrets in clear. */
  sealed interface Wanted {
    String id();

    /**
     * A recording.
     *
     * @param options how it is made
     * @param at the JSON pointer of its storage
     * @param intended its upload, once that was asked for; null before, and where none is needed
     */
    record Recording(
        String id,
        long quota,
        @Nullable String storage,
        @Nullable String filename,
        RecordingOptions options,
        String at,
        @Nullable StoredUpload intended)
        implements Wanted {}

    /** {@code destination} is the name of the one that the URLs are of, or null. */
    record Rtmp(
        String id,
        String url,
        @Nullable String backupUrl,
        boolean tlsVerify,
        @Nullable String destination)
        implements Wanted {
      @Override
      public String toString() {
        return "Rtmp[" + id + "]";
      }
    }

    record Srt(
        String id,
        String host,
        int port,
        OutputSpec.Srt.Mode mode,
        @Nullable String passphrase,
        @Nullable String streamId,
        int latencyMillis)
        implements Wanted {
      @Override
      public String toString() {
        return "Srt[" + id + "]";
      }
    }

    record Hls(String id, HlsStore.Wanted stream) implements Wanted {}
  }

  /**
   * Reads an output's fields; the caller ends them.
   *
   * @param spec its composition's settings
   */
  Wanted read(Fields fields, CompositionSpec spec) {
    boolean pictures = !spec.video().off();
    String given = fields.optionalId("id");
    String type = fields.oneOf("type", TYPES, null);
    if (type.equals("recording")) {
      return new Wanted.Recording(
          given == null ? Ids.random("rec") : given,
          fields.integer("quota", 0, LARGEST, 0),
          storage(fields),
          filename(fields),
          options(fields, pictures),
          fields.at("storage"),
          null);
    }
    String id = given == null ? Ids.random("out") : given;
    if (type.equals("hls")) {
      String storage = storage(fields);
      return HlsFields.read(id, fields, spec, storage == null ? storages.standard() : storage);
    }
    if (!pictures) {
      throw Problem.field(
          fields.at("type"),
          "The composition has no picture, its video is off.",
          "Use hls, or a recording of the format m4a or ogg.");
    }
    if (type.equals("srt")) {
      return SrtFields.read(id, fields, urls, config);
    }
    String destination = fields.optionalString("destination", 64);
    if (destination != null) {
      return rtmp(id, destination, fields, spec);
    }
    String url = fields.requiredString("url", 2000);
    RtmpUrls.check(url, fields.at("url"));
    urls.check(url, fields.at("url"));
    String backupUrl = fields.optionalString("backupUrl", 2000);
    if (backupUrl != null) {
      RtmpUrls.check(backupUrl, fields.at("backupUrl"));
      urls.check(backupUrl, fields.at("backupUrl"));
    }
    return new Wanted.Rtmp(id, url, backupUrl, fields.bool("tlsVerify", true), null);
  }

  /** To a configured destination, if it takes what the composition makes. */
  private Wanted rtmp(String id, String name, Fields fields, CompositionSpec spec) {
    String at = fields.at("destination");
    Destination destination = destinations.get(name);
    if (destination == null) {
      throw Problem.field(
          at,
          "There is no destination of this name.",
          "Use one of "
              + destinations.all().stream().map(Destination::name).toList()
              + ", or configure it; docs/destinations.md says how.");
    }
    for (String field : List.of("url", "backupUrl", "tlsVerify")) {
      if (fields.has(field)) {
        throw Problem.field(
            fields.at(field),
            "The destination has its own.",
            "Leave it out, or leave destination out.");
      }
    }
    StreamingService service = destination.service();
    List<String> reasons = service == null ? List.of() : service.refuses(spec);
    if (!reasons.isEmpty()) {
      throw Problem.field(
          at,
          String.join("; ", reasons) + ".",
          "Make a composition of the call that fits: its canvas, video and audio are fixed.");
    }
    Destination.Urls made;
    try {
      made = destination.urls();
    } catch (IOException e) {
      throw Problem.field(
          at,
          "The destination cannot be used: " + e.getMessage() + ".",
          "Put it right in the node's configuration.");
    }
    RtmpUrls.check(made.primary(), at);
    urls.check(made.primary(), at);
    String backup = made.backup();
    if (backup != null) {
      RtmpUrls.check(backup, at);
      urls.check(backup, at);
    }
    return new Wanted.Rtmp(id, made.primary(), backup, destination.tlsVerify(), name);
  }

  private static RecordingOptions options(Fields fields, boolean pictures) {
    RecordingOptions.Format format =
        fields.choice(
            "format",
            RecordingOptions.Format.values(),
            RecordingOptions.Format::json,
            pictures ? RecordingOptions.Format.MP4 : RecordingOptions.Format.M4A);
    if (format.video() && !pictures) {
      throw Problem.field(
          fields.at("format"),
          "The composition has no picture, its video is off.",
          "Use m4a or ogg.");
    }
    boolean faststart = fields.bool("faststart", false);
    if (faststart && format == RecordingOptions.Format.OGG) {
      throw Problem.field(
          fields.at("faststart"), "Ogg has no index to be put in front.", "Leave it out.");
    }
    return new RecordingOptions(
        format,
        fields.choice(
            "gaps",
            RecordingOptions.Gaps.values(),
            RecordingOptions.Gaps::json,
            RecordingOptions.Gaps.KEEP),
        faststart);
  }

  /** The same recording again, into another file. */
  static Wanted again(OutputDocument.Recording old) {
    return new Wanted.Recording(
        old.id(), old.quota(), old.storage(), old.filename(), old.options(), "/storage", null);
  }

  private @Nullable String storage(Fields fields) {
    String storage = fields.optionalString("storage", 64);
    if (storage != null && storages.config(storage) == null) {
      throw Problem.field(
          fields.at("storage"),
          "There is no storage of this name.",
          "Use one of " + storages.all().stream().map(StorageConfig::name).toList() + ".");
    }
    return storage;
  }

  private static @Nullable String filename(Fields fields) {
    String filename = fields.optionalString("filename", 300);
    if (filename != null) {
      try {
        FilenameTemplate.parse(filename);
      } catch (IllegalArgumentException e) {
        throw Problem.field(
            fields.at("filename"),
            "It is not a file name: " + e.getMessage() + ".",
            "Use letters, digits, slashes and "
                + FilenameTemplate.NAMES.stream()
                    .map(name -> "{" + name + "}")
                    .collect(Collectors.joining(", "))
                + ".");
      }
    }
    return filename;
  }

  /**
   * Asks the storages of recordings for their uploads, so that a wrong credential is told now and
   * not an hour later. A storage that is only away refuses nothing: the recording begins, and is
   * uploaded when it is back. Not in a transaction.
   *
   * @param warnings gets what was not well, but stops nothing
   */
  List<Wanted> prepare(
      StoredCall call, String composition, List<Wanted> wanted, List<String> warnings) {
    List<Wanted> prepared = new ArrayList<>();
    try {
      for (Wanted output : wanted) {
        prepared.add(
            output instanceof Wanted.Recording recording
                ? prepare(call, composition, recording, warnings)
                : output);
      }
      return prepared;
    } catch (RuntimeException e) {
      abandon(prepared);
      throw e;
    }
  }

  private Wanted prepare(
      StoredCall call, String composition, Wanted.Recording wanted, List<String> warnings) {
    StoredUpload intended = store.files().intend(call, composition, file(wanted));
    if (intended == null) {
      return wanted;
    }
    try {
      uploads.prepare(intended);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.AWAY) {
        store.uploads().delete(intended.id());
        throw Problem.storage(wanted.at(), "The storage refuses the recording: " + e.what() + ".");
      }
      warnings.add(
          "storage " + intended.storage() + " is away, the upload begins later: " + e.what());
    }
    return new Wanted.Recording(
        wanted.id(),
        wanted.quota(),
        wanted.storage(),
        wanted.filename(),
        wanted.options(),
        wanted.at(),
        intended);
  }

  /** Takes back what {@link #prepare} asked for: its recordings do not begin. */
  void abandon(List<Wanted> prepared) {
    for (Wanted output : prepared) {
      if (output instanceof Wanted.Recording recording && recording.intended() != null) {
        StoredUpload intended = recording.intended();
        Thread.ofVirtual().start(() -> uploads.abandon(intended));
      }
    }
  }

  private static RecordingFiles.Wanted file(Wanted.Recording recording) {
    return RecordingFiles.Wanted.of(recording.storage(), recording.filename(), recording.options());
  }

  /** Lets a recording go on in another file, made of {@link #again}. In a write transaction. */
  OutputDocument.Recording split(
      StoredCall call, String composition, OutputDocument.Recording old, Wanted.Recording wanted) {
    RecordingFiles.Place place =
        store.files().add(call, composition, old.id(), file(wanted), wanted.intended());
    store.recordings().follows(old.recording(), place.recording());
    return old.split(place);
  }

  /** Makes the output; a recording gets its row and its file's name. In a write transaction. */
  OutputDocument make(StoredCall call, String composition, Wanted wanted) {
    String now = Ids.now();
    return switch (wanted) {
      case Wanted.Recording recording -> {
        RecordingFiles.Place place =
            store
                .files()
                .add(call, composition, recording.id(), file(recording), recording.intended());
        yield new OutputDocument.Recording(
            recording.id(),
            place.recording(),
            place.file(),
            recording.quota(),
            recording.storage(),
            recording.filename(),
            recording.options(),
            null,
            now,
            false);
      }
      case Wanted.Srt srt ->
          new OutputDocument.Srt(
              srt.id(),
              srt.host(),
              srt.port(),
              srt.mode(),
              sealOptional(call, srt.passphrase()),
              sealOptional(call, srt.streamId()),
              srt.latencyMillis(),
              now,
              false);
      case Wanted.Hls hls -> {
        StoredHlsStream stream = store.hls().add(call, composition, hls.id(), hls.stream());
        yield new OutputDocument.Hls(
            hls.id(),
            stream.id(),
            stream.directory(),
            stream.storage(),
            stream.key(),
            stream.playlist(),
            stream.segmentMillis(),
            stream.partMillis(),
            stream.window(),
            now,
            false);
      }
      case Wanted.Rtmp rtmp ->
          new OutputDocument.Rtmp(
              rtmp.id(),
              RtmpUrls.redact(rtmp.url()),
              store.states().seal(call.instance(), rtmp.url()),
              rtmp.backupUrl() == null ? null : RtmpUrls.redact(rtmp.backupUrl()),
              sealOptional(call, rtmp.backupUrl()),
              rtmp.tlsVerify(),
              rtmp.destination(),
              now,
              false);
    };
  }

  private @Nullable String sealOptional(StoredCall call, @Nullable String secret) {
    return secret == null ? null : store.states().seal(call.instance(), secret);
  }
}
