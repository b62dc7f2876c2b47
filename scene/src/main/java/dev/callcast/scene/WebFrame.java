package dev.callcast.scene;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A web page that a layout shows.
 *
 * @param url http or https
 * @param width of the browser's viewport, px
 * @param height likewise
 */
public record WebFrame(String url, int width, int height) {
  /** Of the layer that it is among the videos. */
  static final String ID = "webFrame";

  /** No participant's id has a colon. */
  private static final String KEY = "page:";

  private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";

  private static final Pattern URL =
      Pattern.compile(
          "https?://(\\[[0-9A-Fa-f:.]+]|"
              + LABEL
              + "(?:\\."
              + LABEL
              + ")*\\.?)(?::[0-9]{1,5})?(?:[/?#][^\\s\\\\<>\"\\p{Cntrl}]*)?");

  private static final Set<String> KEYS =
      Set.of(
          "ArrowDown",
          "ArrowLeft",
          "ArrowRight",
          "ArrowUp",
          "Backspace",
          "Delete",
          "End",
          "Enter",
          "Escape",
          "Home",
          "Insert",
          "PageDown",
          "PageUp",
          "Space",
          "Tab",
          "F1",
          "F2",
          "F3",
          "F4",
          "F5",
          "F6",
          "F7",
          "F8",
          "F9",
          "F10",
          "F11",
          "F12");

  /**
   * A press of a key that the page is to see once, when {@code number} has grown.
   *
   * @param key a letter, a digit or another character, or a name such as {@code ArrowRight}
   * @param modifiers of Alt, Control, Meta and Shift
   */
  public record KeyPress(int number, String key, List<String> modifiers) {
    public KeyPress {
      modifiers = List.copyOf(modifiers);
    }
  }

  /** By which its pictures are asked for, as a track's are. */
  public String key() {
    return KEY + width + "x" + height + ":" + url;
  }

  /** Whether the key of a tile's track is that of a page. */
  public static boolean isKey(String track) {
    return track.startsWith(KEY);
  }

  /** Width by height. */
  double aspect() {
    return (double) width / height;
  }

  /** Whether it can be pressed. */
  static boolean isKeyName(String name) {
    return KEYS.contains(name)
        || (name.codePointCount(0, name.length()) == 1
            && !Character.isISOControl(name.codePointAt(0)));
  }

  /** What is wrong with a URL, or null. */
  static @Nullable String wrong(String url) {
    if (!url.startsWith("http://") && !url.startsWith("https://")) {
      return "must begin with http:// or https://";
    }
    return URL.matcher(url).matches()
        ? null
        : "is not a URL of a host, without a user's name, spaces and what else has to be escaped";
  }

  /** The host of its URL, without brackets, in lower case. */
  public String host() {
    Matcher matcher = URL.matcher(url);
    return matcher.matches()
        ? matcher.group(1).replaceAll("^\\[|]$", "").toLowerCase(Locale.ROOT)
        : "";
  }

  /** Its URL without what may be secret in it: the query and the fragment. */
  public String shownUrl() {
    return url.replaceFirst("[?#].*", "");
  }

  /** The tile of a page; it is nothing before the first picture. */
  static Layer.Tile tile(
      String id, WebFrame page, Rect rect, Layer.ScaleMode mode, double radius, double opacity) {
    return new Layer.Tile(
        id, "", page.key(), rect, mode, 1, radius, opacity, null, Layer.Placeholder.NOTHING);
  }

  /** The page that params name, shown or not; null without a URL. */
  static @Nullable WebFrame of(LayoutParams params) {
    String url = params.text("webFrame.url");
    return url.isEmpty()
        ? null
        : new WebFrame(
            url,
            params.integer("webFrame.viewportWidth_px"),
            params.integer("webFrame.viewportHeight_px"));
  }

  static KeyPress keyPress(LayoutParams params) {
    return new KeyPress(
        params.integer("webFrame.keyPress.key"),
        params.text("webFrame.keyPress.keyName"),
        params.texts("webFrame.keyPress.modifiers"));
  }
}
