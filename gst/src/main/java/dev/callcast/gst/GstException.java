package dev.callcast.gst;

/**
 * The native layer refused something: a missing plugin, an unknown property, a value that a
 * property does not take.
 */
public final class GstException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public GstException(String message) {
    super(message);
  }

  public GstException(String message, Throwable cause) {
    super(message, cause);
  }
}
