package dev.callcast.server.webrtc;

/** An offer that cannot be answered: what is wrong with it, and what to do. */
public final class SdpException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String fix;

  SdpException(String detail, String fix) {
    super(detail, null, false, false);
    this.fix = fix;
  }

  /** What is wrong, a sentence. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** What to do, a sentence. */
  public String fix() {
    return fix;
  }
}
