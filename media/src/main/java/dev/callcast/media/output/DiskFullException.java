package dev.callcast.media.output;

import java.io.IOException;

/** There is no room left on the disk. What was written before is whole. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1;

  public DiskFullException(String message) {
    super(message);
  }
}
