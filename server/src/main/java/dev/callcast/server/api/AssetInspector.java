package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;

/** Finds out whether an uploaded file is an image or a font that workers can show. */
@FunctionalInterface
public interface AssetInspector {
  /**
   * What was found.
   *
   * @param type a media type
   * @param width px; 0 of a font
   * @param height px; 0 of a font
   */
  record Found(String type, int width, int height) {}

  /** The file is neither, or cannot be shown; the message says why. */
  final class BadAssetException extends Exception {
    private static final long serialVersionUID = 1;

    public BadAssetException(String message) {
      super(message);
    }
  }

  /**
   * Looks at a file.
   *
   * @throws IOException when it could not be looked at, whatever it is
   */
  Found inspect(Path file) throws BadAssetException, IOException;
}
