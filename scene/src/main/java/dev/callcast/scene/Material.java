package dev.callcast.scene;

import java.util.List;
import java.util.Map;

/**
 * What an application has given to be shown.
 *
 * @param assets files of the uploaded images, by the names that params use
 * @param chat oldest first
 * @param transcript oldest first
 * @param fonts files of the uploaded fonts, by the names that params use
 */
public record Material(
    Map<String, String> assets,
    List<Message> chat,
    List<Message> transcript,
    Map<String, String> fonts) {
  public static final Material NONE = new Material(Map.of(), List.of(), List.of());

  public Material {
    assets = Map.copyOf(assets);
    chat = List.copyOf(chat);
    transcript = List.copyOf(transcript);
    fonts = Map.copyOf(fonts);
  }

  /** One without fonts. */
  public Material(Map<String, String> assets, List<Message> chat, List<Message> transcript) {
    this(assets, chat, transcript, Map.of());
  }

  /**
   * Something that was said or written.
   *
   * @param number grows from message to message
   * @param from a name, may be empty
   */
  public record Message(long number, String from, String text) {}
}
