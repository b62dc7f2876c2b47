package dev.callcast.server.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.RecordingOptions;
import org.jspecify.annotations.Nullable;

/** An output as it is stored. {@code ended}: its worker told that it has ended for good. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = OutputDocument.Recording.class, name = "recording"),
  @JsonSubTypes.Type(value = OutputDocument.Rtmp.class, name = "rtmp"),
  @JsonSubTypes.Type(value = OutputDocument.Srt.class, name = "srt"),
  @JsonSubTypes.Type(value = OutputDocument.Hls.class, name = "hls")
})
public sealed interface OutputDocument {
  String id();

  String createdAt();

  boolean ended();

  /** The type in the API. */
  String type();

  /** The same, ended. */
  OutputDocument end();

  /**
   * A recording.
   *
   * @param quota in bytes, 0 for none
   * @param storage its name; null for the standard one
   * @param filename a {@link FilenameTemplate}; null for the standard one
   * @param options how it is made
   * @param previous the recording that this one was split from; null for none
   */
  record Recording(
      String id,
      String recording,
      String file,
      long quota,
      @Nullable String storage,
      @Nullable String filename,
      RecordingOptions options,
      @Nullable String previous,
      String createdAt,
      boolean ended)
      implements OutputDocument {
    public Recording {
      // Documents from before there were options have none.
      options = options == null ? RecordingOptions.DEFAULT : options;
    }

    @Override
    public String type() {
      return "recording";
    }

    /** The same output with another file, which follows. */
    public Recording next(RecordingFiles.Place place) {
      return new Recording(
          id,
          place.recording(),
          place.file(),
          quota,
          storage,
          filename,
          options,
          null,
          createdAt,
          false);
    }

    /** The same output with another file that goes on where this one is split. */
    public Recording split(RecordingFiles.Place place) {
      return new Recording(
          id,
          place.recording(),
          place.file(),
          quota,
          storage,
          filename,
          options,
          recording,
          createdAt,
          false);
    }

    @Override
    public Recording end() {
      return new Recording(
          id, recording, file, quota, storage, filename, options, previous, createdAt, true);
    }
  }

  /**
   * RTMP or RTMPS. The URLs hold stream keys: {@code sealedUrl} is {@link NodeKey#seal sealed},
   * {@code url} is what may be shown, {@code destination} the configured one that they are of.
   */
  record Rtmp(
      String id,
      String url,
      String sealedUrl,
      @Nullable String backupUrl,
      @Nullable String sealedBackupUrl,
      boolean tlsVerify,
      @Nullable String destination,
      String createdAt,
      boolean ended)
      implements OutputDocument {
    @Override
    public String type() {
      return "rtmp";
    }

    @Override
    public Rtmp end() {
      return new Rtmp(
          id, url, sealedUrl, backupUrl, sealedBackupUrl, tlsVerify, destination, createdAt, true);
    }
  }

  /** SRT. Passphrase and stream id are {@link NodeKey#seal sealed}; the latter often is a key. */
  record Srt(
      String id,
      String host,
      int port,
      OutputSpec.Srt.Mode mode,
      @Nullable String sealedPassphrase,
      @Nullable String sealedStreamId,
      int latencyMillis,
      String createdAt,
      boolean ended)
      implements OutputDocument {
    @Override
    public String type() {
      return "srt";
    }

    /** Where it goes, or listens. */
    public String url() {
      return "srt://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public Srt end() {
      return new Srt(
          id, host, port, mode, sealedPassphrase, sealedStreamId, latencyMillis, createdAt, true);
    }
  }

  /**
   * HLS.
   *
   * @param stream its id in the {@link HlsStore}
   * @param directory absolute path of its segments
   * @param storage its name
   * @param key its name in the storage
   * @param partMillis 0 for no low latency
   * @param window segments of a live playlist; 0 for all
   */
  record Hls(
      String id,
      String stream,
      String directory,
      String storage,
      String key,
      HlsPlaylistType playlist,
      int segmentMillis,
      int partMillis,
      int window,
      String createdAt,
      boolean ended)
      implements OutputDocument {
    @Override
    public String type() {
      return "hls";
    }

    @Override
    public Hls end() {
      return new Hls(
          id,
          stream,
          directory,
          storage,
          key,
          playlist,
          segmentMillis,
          partMillis,
          window,
          createdAt,
          true);
    }
  }
}
