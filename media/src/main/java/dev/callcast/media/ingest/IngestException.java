package dev.callcast.media.ingest;

/** Something that was declared can't be received; the message names it and says what to do. */
public final class IngestException extends RuntimeException {
  public IngestException(String message) {
    super(message);
  }

  public IngestException(String message, Throwable cause) {
    super(message, cause);
  }
}
