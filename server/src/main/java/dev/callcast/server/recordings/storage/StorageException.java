package dev.callcast.server.recordings.storage;

import java.io.IOException;

/** What a storage did not do, and why, in its own words. Holds no secret. */
public final class StorageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What can be done about it. */
  public enum Kind {
    /** Not reached, slow, overloaded: it may well work later. */
    AWAY,
    /** Credentials or permissions: somebody has to change something. */
    DENIED,
    /** The request is wrong for this storage: bucket, region, option. */
    REFUSED,
    /** It knows no such multipart upload, or no such object. */
    UNKNOWN
  }

  private final Kind kind;

  StorageException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** The message, which is never null. */
  public String what() {
    return String.valueOf(getMessage());
  }
}
