package dev.callcast.media.output.mp4;

import java.io.IOException;

/** The file is no recording of ours, or was changed by someone else. */
public final class Mp4FormatException extends IOException {
  private static final long serialVersionUID = 1L;

  Mp4FormatException(String message) {
    super(message);
  }
}
