package dev.callcast.media.output.mp4;

import dev.callcast.media.output.RecordingFormatException;

/** The file is no MP4 recording of ours, or was changed by someone else. */
public final class Mp4FormatException extends RecordingFormatException {
  private static final long serialVersionUID = 1L;

  Mp4FormatException(String message) {
    super(message);
  }
}
