package dev.callcast.gst;

import java.lang.foreign.Arena;

/** Caps from and to text. */
final class Caps {
  private Caps() {}

  /**
   * Parses caps.
   *
   * @return a reference that the caller owns
   * @throws GstException when the text is none
   */
  static long parse(String text) {
    try (Arena arena = Arena.ofConfined()) {
      long caps = C.gst_caps_from_string(Mem.cString(arena, text));
      if (caps == 0) {
        throw new GstException("no caps: " + text);
      }
      return caps;
    }
  }
}
