package dev.callcast.scene;

import java.util.List;
import java.util.Locale;

/**
 * What a form needs to know of one param of a layout.
 *
 * @param name as in a layout's params
 * @param kind "boolean", "number", "integer", "choice", "font", "text", "color", or a
 *     comma-separated list: "ids", "numbers", "choices"
 * @param standard its value where neither the params nor the preset say another: a boolean, a
 *     number or a text
 * @param least of a number, or of each in a list; 0 for other kinds
 * @param most likewise
 * @param choices of a choice, or of each in a list; of a font, those that need no upload; empty for
 *     other kinds
 */
public record ParamInfo(
    String name, String kind, Object standard, double least, double most, List<String> choices) {
  /** Every param, in the order of the vocabulary, without old names. */
  public static List<ParamInfo> all() {
    return Vocabulary.ALL.values().stream()
        .filter(param -> param.state() != Vocabulary.State.ALIAS)
        .map(ParamInfo::of)
        .toList();
  }

  /** Whether {@link #least} and {@link #most} say something. */
  public boolean ranged() {
    return kind.equals("number") || kind.equals("integer") || kind.equals("numbers");
  }

  private static ParamInfo of(Vocabulary.Param param) {
    String text = param.defaultText();
    Object standard =
        switch (param.kind()) {
          case BOOLEAN -> Boolean.valueOf(text);
          case NUMBER, INTEGER -> Double.valueOf(text);
          case CHOICE, FONT, TEXT, COLOR, ZONE, TIME, URL, KEY, IDS, NUMBERS, CHOICES -> text;
        };
    return new ParamInfo(
        param.name(),
        switch (param.kind()) {
          case ZONE, TIME, URL, KEY -> "text";
          case BOOLEAN, NUMBER, INTEGER, CHOICE, FONT, TEXT, COLOR, IDS, NUMBERS, CHOICES ->
              param.kind().name().toLowerCase(Locale.ROOT);
        },
        standard,
        param.least(),
        param.most(),
        param.choices());
  }
}
