package dev.callcast.server.workers;

/** No worker answered in time: it is starting, restarting, or gone. The message says which. */
public final class WorkerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public WorkerUnavailableException(String message) {
    super(message);
  }

  public WorkerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
