package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Finds out whether a file is a layout in JavaScript that workers can use. */
@FunctionalInterface
public interface LayoutInspector {
  /**
   * What it declares.
   *
   * @param rate how often a second it wants to be asked
   * @param assets names of the images that it may show
   */
  record Layout(double rate, List<String> assets) {
    public Layout {
      assets = List.copyOf(assets);
    }
  }

  /** It is none, or fails; the message says why. */
  final class BadLayoutException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;

    public BadLayoutException(String message, int line) {
      super(message);
      this.line = line;
    }

    /** From 1, or 0 where none is to blame. */
    public int line() {
      return line;
    }
  }

  /**
   * Looks at a file.
   *
   * @throws IOException when it could not be looked at, whatever it is
   */
  Layout inspect(Path file) throws BadLayoutException, IOException;
}
