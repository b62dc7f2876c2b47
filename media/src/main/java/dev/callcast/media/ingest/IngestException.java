package dev.callcast.media.ingest;

import java.util.Map;

/** Something of what is to be received can't be: a port that is taken, a key that is none. */
public final class IngestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, String> endpoints;

  public IngestException(String message) {
    super(message);
    endpoints = Map.of();
  }

  public IngestException(String message, Throwable cause) {
    super(message, cause);
    endpoints = Map.of();
  }

  IngestException(String message, Map<String, String> endpoints) {
    super(message);
    this.endpoints = Map.copyOf(endpoints);
  }

  /** Why which endpoints are not received; those not named here are. */
  public Map<String, String> endpoints() {
    return endpoints;
  }
}
