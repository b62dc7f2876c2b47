package dev.callcast.media.script;

/** A script that cannot be used, or failed; the message is for its author. */
public final class ScriptException extends Exception {
  private static final long serialVersionUID = 1;

  private final int line;
  private final boolean overran;

  /**
   * Says what is wrong.
   *
   * @param line of the script from 1, or 0 where none is to blame
   */
  ScriptException(String message, int line) {
    this(message, line, false);
  }

  ScriptException(String message, int line, boolean overran) {
    super(message);
    this.line = line;
    this.overran = overran;
  }

  /** The line from 1, or 0. */
  public int line() {
    return line;
  }

  /** Whether it took more time or memory than it is given, so that its sandbox is gone. */
  boolean overran() {
    return overran;
  }

  /** The message with the line in front. */
  public String text() {
    return line > 0 ? "line " + line + ": " + getMessage() : String.valueOf(getMessage());
  }
}
