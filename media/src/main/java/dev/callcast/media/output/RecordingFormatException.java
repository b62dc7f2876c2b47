package dev.callcast.media.output;

import java.io.IOException;

/** The file is no recording of ours, or was changed by someone else. */
public class RecordingFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public RecordingFormatException(String message) {
    super(message);
  }
}
