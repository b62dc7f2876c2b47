package dev.callcast.media.page;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.WebFrame.KeyPress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Presses of keys, as {@code Input.dispatchKeyEvent} wants them. */
final class Keyboard {
  private static final int SHIFT = 8;
  private static final Map<String, Integer> MODIFIERS =
      Map.of("Alt", 1, "Control", 2, "Meta", 4, "Shift", SHIFT);

  /** By their names, the codes that Windows gave them and all browsers use. */
  private static final Map<String, Integer> CODES =
      Map.ofEntries(
          Map.entry("Backspace", 8),
          Map.entry("Tab", 9),
          Map.entry("Enter", 13),
          Map.entry("Escape", 27),
          Map.entry("Space", 32),
          Map.entry("PageUp", 33),
          Map.entry("PageDown", 34),
          Map.entry("End", 35),
          Map.entry("Home", 36),
          Map.entry("ArrowLeft", 37),
          Map.entry("ArrowUp", 38),
          Map.entry("ArrowRight", 39),
          Map.entry("ArrowDown", 40),
          Map.entry("Insert", 45),
          Map.entry("Delete", 46));

  private Keyboard() {}

  /** The key goes down and up again. */
  static List<ObjectNode> events(KeyPress press) {
    int modifiers = press.modifiers().stream().distinct().mapToInt(MODIFIERS::get).sum();
    String name = press.key();
    String key = name.equals("Space") ? " " : name;
    String code = name;
    String text = "";
    int number;
    if (name.matches("F\\d+")) {
      number = 111 + Integer.parseInt(name.substring(1));
    } else if (CODES.containsKey(name)) {
      number = CODES.get(name);
      text = name.equals("Enter") ? "\r" : name.equals("Space") ? " " : "";
    } else {
      // Letters and digits have codes of their own; others are where the layout has them.
      char upper = name.toUpperCase(Locale.ROOT).charAt(0);
      boolean letter = upper >= 'A' && upper <= 'Z';
      boolean digit = upper >= '0' && upper <= '9';
      code = letter ? "Key" + upper : digit ? "Digit" + upper : "";
      number = letter || digit ? upper : 0;
      text = name;
    }
    boolean commands = (modifiers & ~SHIFT) != 0;
    ObjectNode down = event(key, code, number, modifiers);
    if (text.isEmpty() || commands) {
      down.put("type", "rawKeyDown");
    } else {
      down.put("type", "keyDown").put("text", text);
    }
    return List.of(down, event(key, code, number, modifiers).put("type", "keyUp"));
  }

  private static ObjectNode event(String key, String code, int number, int modifiers) {
    ObjectNode event =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("key", key)
            .put("windowsVirtualKeyCode", number)
            .put("modifiers", modifiers);
    return code.isEmpty() ? event : event.put("code", code);
  }
}
