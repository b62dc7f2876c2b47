package dev.callcast.server.store;

/** An id that has to be new is in use. */
public final class DuplicateIdException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DuplicateIdException(String message) {
    super(message);
  }
}
