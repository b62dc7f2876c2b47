package dev.callcast.server.store;

/**
 * An uploaded image or font.
 *
 * @param type a media type
 * @param width px; of a drawing without a size, what its proportions are; 0 of a font
 * @param hash SHA-256 of the content, hex
 */
public record StoredAsset(
    String name, String type, int width, int height, long bytes, String hash, String updatedAt) {
  public boolean font() {
    return type.startsWith("font/");
  }
}
