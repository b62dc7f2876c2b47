package dev.callcast.server.sfu;

/** Janus does not do what it was asked for, or what it says is not understood. */
final class JanusException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The feed has left meanwhile. */
  static final int NO_SUCH_FEED = 428;

  private final int code;

  JanusException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** By Janus' or the plugin's numbers; 0 for none. */
  int code() {
    return code;
  }
}
