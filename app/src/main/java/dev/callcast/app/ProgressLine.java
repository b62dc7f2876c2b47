package dev.callcast.app;

import java.io.Console;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * How it goes, on standard output: on a terminal one line that is written over and over, elsewhere
 * (a pipe, a log) a line every few seconds. What is worth keeping gets a line of its own. Used by
 * the command's thread alone.
 */
final class ProgressLine {
  /** Columns that every terminal has; a longer line would wrap, and not be written over. */
  private static final int WIDTH = 79;

  private static final long INTERVAL = 5_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long next;
  private @Nullable String shown;

  /**
   * A line.
   *
   * @param terminal whether {@code out} can write over what it has written
   */
  ProgressLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On standard output. */
  @SuppressWarnings("SystemConsoleNull") // JDK 22 to 24 always had one, 25 has none for a pipe
  static ProgressLine standard() {
    Console console = System.console();
    return new ProgressLine(System.out, console != null && console.isTerminal());
  }

  /**
   * Shows how it goes.
   *
   * @param now ns, of {@link System#nanoTime}
   */
  void show(String line, long now) {
    if (terminal) {
      String cut = line.length() > WIDTH ? line.substring(0, WIDTH) : line;
      out.print("\r\u001b[K" + cut);
      out.flush();
      shown = cut;
    } else if (shown == null || now >= next) {
      out.println(line);
      shown = line;
      next = now + INTERVAL;
    }
  }

  /** Says something that stays. */
  void say(String text) {
    if (terminal && shown != null) {
      out.print("\r\u001b[K");
    }
    out.println(text);
    if (terminal && shown != null) {
      out.print(shown);
    }
    out.flush();
  }

  /** Leaves the last line as it is; what follows begins below it. */
  void end() {
    if (terminal && shown != null) {
      out.println();
    }
    shown = null;
  }
}
