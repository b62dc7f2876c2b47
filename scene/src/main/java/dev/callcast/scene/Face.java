package dev.callcast.scene;

import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.SceneState.Participant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands for a participant: a label, and initials on a colour while there is no picture.
 *
 * @param label the name in one line
 * @param initials at most two user-perceived characters
 * @param color of the participant's own, always the same for one id
 */
record Face(String label, String initials, Color color) {
  /** A user-perceived character (UAX #29). */
  private static final Pattern GRAPHEME = Pattern.compile("\\X");

  private static final Pattern NOT_SHOWN = Pattern.compile("[\\p{Cc}\\p{Z}\\s]+");

  /** Zero width non-joiner: two initials are no word; part of the first one's cluster. */
  private static final String NO_JOIN = "\u200c";

  private static final Pattern SPACE = Pattern.compile(" ");

  /** Marks of direction and joiners that begin a word draw nothing. */
  private static final Pattern LEADING_FORMAT = Pattern.compile("^\\p{Cf}+");

  static Face of(Participant participant) {
    String initials = initials(participant.name());
    return new Face(
        oneLine(participant.name()),
        initials.isEmpty() ? initials(participant.id()) : initials,
        color(participant.id()));
  }

  /**
   * What stands in a tile.
   *
   * @param background null: the participant's own colour
   * @param covered px that a label takes at the bottom
   */
  Placeholder placeholder(@Nullable Color background, int covered) {
    return new Placeholder(initials, background == null ? color : background, covered);
  }

  private static String oneLine(String name) {
    return NOT_SHOWN.matcher(name).replaceAll(" ").strip();
  }

  /**
   * The first characters of the first and the last word, in any script; of the words that begin
   * with a letter or digit, if there are any, so that "Ada (she/her)" is A.
   */
  static String initials(String name) {
    List<String> words =
        SPACE
            .splitAsStream(oneLine(name))
            .map(word -> LEADING_FORMAT.matcher(word).replaceAll(""))
            .filter(word -> !word.isEmpty())
            .toList();
    List<String> named =
        words.stream().filter(word -> Character.isLetterOrDigit(word.codePointAt(0))).toList();
    List<String> shown = named.isEmpty() ? words : named;
    if (shown.isEmpty()) {
      return "";
    }
    String first = firstGrapheme(shown.getFirst());
    if (shown.size() == 1) {
      return first;
    }
    String last = firstGrapheme(shown.getLast());
    return joins(first) ? first + NO_JOIN + last : first + last;
  }

  /** Whether a letter would take another shape because of the one that follows. */
  private static boolean joins(String letter) {
    return switch (Character.UnicodeScript.of(letter.codePointAt(0))) {
      case ARABIC, SYRIAC, MONGOLIAN, NKO, MANDAIC -> true;
      default -> false; // most of some hundred scripts
    };
  }

  private static String firstGrapheme(String word) {
    String first = GRAPHEME.matcher(word).results().map(MatchResult::group).findFirst().orElse("");
    String upper = first.toUpperCase(Locale.ROOT);
    return GRAPHEME.matcher(upper).results().count() == 1 ? upper : first; // ß would become SS
  }

  /**
   * A colour dark enough for white initials (contrast at least 4.5), its hue from the id (FNV-1a,
   * 32 bits).
   */
  static Color color(String id) {
    int hash = 0x811c9dc5;
    for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x01000193;
    }
    hash ^= hash >>> 16; // FNV's low bits of short ids differ little
    double hue = Integer.toUnsignedLong(hash * 0x9e3779b1) / 4294967296.0 * 6;
    return new Color(channel(hue, 0), channel(hue, 4), channel(hue, 2), 255);
  }

  /** One channel of an HSL colour of saturation 0.5, lightness 0.32; {@code hue} 0 to 6. */
  private static int channel(double hue, int shift) {
    double distance = Math.abs((hue + shift) % 6 - 3) - 1;
    return (int) Math.round(255 * (0.16 + 0.32 * Math.clamp(distance, 0, 1)));
  }
}
