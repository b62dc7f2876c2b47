package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;

/** Finds out whether an uploaded file is an image that workers can show. */
@FunctionalInterface
public interface ImageInspector {
  /**
   * What was found.
   *
   * @param type a media type
   * @param width px
   * @param height px
   */
  record Image(String type, int width, int height) {}

  /** The file is no image, or one that cannot be shown; the message says why. */
  final class BadImageException extends Exception {
    private static final long serialVersionUID = 1;

    public BadImageException(String message) {
      super(message);
    }
  }

  /**
   * Looks at a file.
   *
   * @throws IOException when it could not be looked at, whatever it is
   */
  Image inspect(Path file) throws BadImageException, IOException;
}
