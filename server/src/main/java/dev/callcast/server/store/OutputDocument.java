package dev.callcast.server.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/** An output as it is stored. {@code ended}: its worker told that it has ended for good. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = OutputDocument.Recording.class, name = "recording"),
  @JsonSubTypes.Type(value = OutputDocument.Rtmp.class, name = "rtmp")
})
public sealed interface OutputDocument {
  String id();

  String createdAt();

  boolean ended();

  /** The type in the API. */
  String type();

  /** The same, ended. */
  OutputDocument end();

  /** A recording; {@code quota} in bytes, 0 for none. */
  record Recording(
      String id, String recording, String file, long quota, String createdAt, boolean ended)
      implements OutputDocument {
    @Override
    public String type() {
      return "recording";
    }

    @Override
    public Recording end() {
      return new Recording(id, recording, file, quota, createdAt, true);
    }
  }

  /**
   * RTMP or RTMPS. The URLs hold stream keys: {@code sealedUrl} is {@link NodeKey#seal sealed},
   * {@code url} is what may be shown.
   */
  record Rtmp(
      String id,
      String url,
      String sealedUrl,
      @Nullable String backupUrl,
      @Nullable String sealedBackupUrl,
      boolean tlsVerify,
      String createdAt,
      boolean ended)
      implements OutputDocument {
    @Override
    public String type() {
      return "rtmp";
    }

    @Override
    public Rtmp end() {
      return new Rtmp(id, url, sealedUrl, backupUrl, sealedBackupUrl, tlsVerify, createdAt, true);
    }
  }
}
