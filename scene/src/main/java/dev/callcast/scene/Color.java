package dev.callcast.scene;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Straight (not premultiplied) sRGB with alpha, 0 to 255 each. */
public record Color(int red, int green, int blue, int alpha) {
  public static final Color BLACK = new Color(0, 0, 0, 255);
  public static final Color WHITE = new Color(255, 255, 255, 255);

  private static final String NUMBER = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)%?)";
  private static final Pattern RGB_COMMAS =
      Pattern.compile(
          "rgba?\\(\\s*%1$s\\s*,\\s*%1$s\\s*,\\s*%1$s\\s*(?:,\\s*%1$s\\s*)?\\)".formatted(NUMBER));
  private static final Pattern RGB_SPACES =
      Pattern.compile(
          "rgba?\\(\\s*%1$s\\s+%1$s\\s+%1$s\\s*(?:/\\s*%1$s\\s*)?\\)".formatted(NUMBER));
  private static final Pattern HEX = Pattern.compile("#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})");

  public Color {
    if (((red | green | blue | alpha) & ~0xff) != 0) {
      throw new IllegalArgumentException("colour component outside 0 to 255");
    }
  }

  /**
   * Reads a colour as CSS writes it: {@code #rgb}, {@code #rgba}, {@code #rrggbb}, {@code
   * #rrggbbaa}, {@code rgb()} and {@code rgba()} with numbers or percentages, or a name (CSS Color
   * Module Level 4). Components out of range are clamped, as in CSS.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static Color parse(String text) {
    String css = text.strip().toLowerCase(Locale.ROOT);
    if (HEX.matcher(css).matches()) {
      return hex(css.substring(1));
    }
    Color named = Names.ALL.get(css);
    if (named != null) {
      return named;
    }
    Matcher matcher = RGB_COMMAS.matcher(css);
    if (!matcher.matches()) {
      matcher = RGB_SPACES.matcher(css);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "not a colour: '" + text + "' (use #rrggbb, rgb(), rgba() or a CSS name)");
      }
    }
    String alpha = matcher.group(4);
    return new Color(
        component(matcher.group(1), 1),
        component(matcher.group(2), 1),
        component(matcher.group(3), 1),
        alpha == null ? 255 : component(alpha, 255));
  }

  private static int component(String text, double scale) {
    double value =
        text.endsWith("%")
            ? Double.parseDouble(text.substring(0, text.length() - 1)) * 255 / 100
            : Double.parseDouble(text) * scale;
    return (int) Math.round(Math.clamp(value, 0, 255));
  }

  private static Color hex(String digits) {
    String full = digits;
    if (digits.length() <= 4) {
      StringBuilder doubled = new StringBuilder();
      digits.chars().forEach(c -> doubled.append((char) c).append((char) c));
      full = doubled.toString();
    }
    return new Color(
        Integer.parseInt(full, 0, 2, 16),
        Integer.parseInt(full, 2, 4, 16),
        Integer.parseInt(full, 4, 6, 16),
        full.length() == 8 ? Integer.parseInt(full, 6, 8, 16) : 255);
  }

  private static final class Names {
    static final Map<String, Color> ALL = new HashMap<>();

    static {
      for (String[] row : Resources.rows("css-colors.tsv")) {
        ALL.put(row[0], hex(row[1]));
      }
    }
  }
}
