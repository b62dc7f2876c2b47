package dev.callcast.scene;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checked params of a layout. Immutable; equal params make equal scenes of equal states.
 *
 * <p>Lengths in {@code _gu} are in grid units: a 36th of the canvas' shorter side.
 */
public final class LayoutParams {
  public static final LayoutParams EMPTY = new LayoutParams(Map.of(), List.of());

  private static final int LONGEST_TEXT = 10_000;

  /** What begins so is for a layout in JavaScript, and means something to it alone. */
  private static final String FREE = "custom.";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** Before the name of an uploaded font, where a font is asked for. */
  static final String UPLOADED = "asset:";

  /** Boolean, Double, String, Color, List of String or List of Double, by the param's kind. */
  private final Map<String, Object> values;

  private final List<String> warnings;

  /** The last result of {@link #settings}, which is asked for at every tick. */
  private volatile @Nullable Expanded expanded;

  private record Expanded(String preset, int width, int height, VideoSettings settings) {}

  private LayoutParams(Map<String, Object> values, List<String> warnings) {
    this.values = values;
    this.warnings = warnings;
  }

  /**
   * Checks params against the vocabulary.
   *
   * @param params booleans, numbers and strings by name
   * @throws ParamException on an unknown name, a wrong type, a value outside an enum, a malformed
   *     list or a bad colour
   */
  public static LayoutParams parse(Map<String, ? extends @Nullable Object> params) {
    Map<String, Object> values = new TreeMap<>();
    List<String> warnings = new ArrayList<>();
    for (Map.Entry<String, ? extends @Nullable Object> entry : new TreeMap<>(params).entrySet()) {
      Vocabulary.Param param = Vocabulary.ALL.get(entry.getKey());
      if (param == null && entry.getKey().startsWith(FREE)) {
        values.put(entry.getKey(), free(entry.getKey(), entry.getValue()));
        continue;
      }
      if (param == null) {
        throw new ParamException(
            entry.getKey(), "is not a known param" + suggestion(entry.getKey()));
      }
      Object value = parse(param, entry.getValue(), warnings);
      values.put(param.name(), value);
    }
    return new LayoutParams(Collections.unmodifiableMap(values), List.copyOf(warnings));
  }

  /** All names that are understood, old ones included. */
  public static Set<String> names() {
    return Vocabulary.ALL.keySet();
  }

  /** What was clamped or rounded; each begins with the param's name. */
  public List<String> warnings() {
    return warnings;
  }

  /** Whether the param itself was given, not only its default. */
  boolean given(String name) {
    return values.containsKey(name);
  }

  /** What the preset and these params come to on a canvas of this size in px. */
  VideoSettings settings(String preset, int width, int height) {
    Expanded last = expanded;
    if (last == null
        || last.width != width
        || last.height != height
        || !last.preset.equals(preset)) {
      LayoutParams all = over(Presets.defaults(preset, this));
      last = new Expanded(preset, width, height, VideoSettings.of(all, width, height));
      expanded = last;
    }
    return last.settings;
  }

  /** These params, and where they are silent those of {@code defaults}. */
  LayoutParams over(LayoutParams defaults) {
    Map<String, Object> merged = new TreeMap<>(defaults.values);
    for (String name : values.keySet()) {
      Vocabulary.Param param = Vocabulary.ALL.get(name);
      Vocabulary.Alias alias = param == null ? null : param.alias();
      if (alias != null) {
        merged.remove(alias.target());
      }
    }
    merged.putAll(values);
    return new LayoutParams(merged, warnings);
  }

  /** The name of the uploaded font that a family stands for, or null. */
  static @Nullable String uploaded(String family) {
    String name = family.startsWith(UPLOADED) ? family.substring(UPLOADED.length()) : "";
    return ID.matcher(name).matches() ? name : null;
  }

  /** Names of the uploaded fonts that are asked for, by param. */
  Map<String, String> fonts() {
    Map<String, String> names = new TreeMap<>();
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      Vocabulary.Param param = Vocabulary.ALL.get(entry.getKey());
      String name =
          param != null && param.kind() == Vocabulary.Kind.FONT
              ? uploaded((String) entry.getValue())
              : null;
      if (name != null) {
        names.put(entry.getKey(), name);
      }
    }
    return names;
  }

  /** The same with files in the place of uploaded fonts; one that is gone was never asked for. */
  LayoutParams withFonts(Map<String, String> files) {
    Map<String, String> fonts = fonts();
    if (fonts.isEmpty()) {
      return this;
    }
    Map<String, Object> found = new TreeMap<>(values);
    fonts.forEach((param, name) -> {
      String file = files.get(name);
      if (file == null) {
        found.remove(param);
      } else {
        found.put(param, file);
      }
    });
    return new LayoutParams(Collections.unmodifiableMap(found), warnings);
  }

  boolean bool(String name) {
    return (Boolean) value(name, 0, 0);
  }

  double number(String name) {
    return (Double) value(name, 0, 0);
  }

  int integer(String name) {
    return (int) number(name);
  }

  /** A length in grid units, also where it was given by an old name in other units. */
  double gridUnits(String name, int canvasWidth, int canvasHeight) {
    return (Double) value(name, canvasWidth, canvasHeight);
  }

  String text(String name) {
    return (String) value(name, 0, 0);
  }

  /** An enum param as the Java enum whose constants are its values in upper case. */
  <E extends Enum<E>> E choice(String name, Class<E> type) {
    return constant(type, text(name));
  }

  Color color(String name) {
    return (Color) value(name, 0, 0);
  }

  List<String> texts(String name) {
    return ((List<?>) value(name, 0, 0)).stream().map(String.class::cast).toList();
  }

  <E extends Enum<E>> List<E> choices(String name, Class<E> type) {
    return texts(name).stream().map(text -> constant(type, text)).toList();
  }

  List<Double> numbers(String name) {
    return ((List<?>) value(name, 0, 0)).stream().map(Double.class::cast).toList();
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String text) {
    return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private Object value(String name, int canvasWidth, int canvasHeight) {
    Object value = values.get(name);
    if (value != null) {
      return value;
    }
    for (Vocabulary.Param old : OLD_NAMES) {
      Vocabulary.Alias alias = old.alias();
      Object oldValue = values.get(old.name());
      if (alias != null && oldValue != null && alias.target().equals(name)) {
        double unit = Math.min(canvasWidth, canvasHeight) / 36.0;
        return switch (alias.unit()) {
          case SAME -> oldValue;
          case PX -> (Double) oldValue / unit;
          case VW -> (Double) oldValue * canvasWidth / unit;
          case VH -> (Double) oldValue * canvasHeight / unit;
        };
      }
    }
    value = DEFAULTS.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no param " + name);
    }
    return value;
  }

  private static Object free(String name, @Nullable Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case Number number when Double.isFinite(number.doubleValue()) -> number.doubleValue();
      case String text -> string(name, text);
      case null, default -> throw wrongType(name, "a string, a number, true or false", value);
    };
  }

  private static Object parse(
      Vocabulary.Param param, @Nullable Object value, List<String> warnings) {
    String name = param.name();
    return switch (param.kind()) {
      case BOOLEAN -> {
        if (!(value instanceof Boolean)) {
          throw wrongType(name, "true or false", value);
        }
        yield value;
      }
      case NUMBER, INTEGER -> {
        if (!(value instanceof Number number)) {
          throw wrongType(name, "a number", value);
        }
        yield number(param, number.doubleValue(), warnings);
      }
      case CHOICE -> {
        String text = string(name, value);
        if (!param.choices().contains(text)
            && !(param.state() != Vocabulary.State.ALIAS && text.equals(param.defaultText()))) {
          throw new ParamException(name, notOneOf(text, param.choices()));
        }
        yield text;
      }
      case FONT -> {
        String font = string(name, value);
        if (!param.choices().contains(font) && uploaded(font) == null) {
          throw new ParamException(
              name, notOneOf(font, param.choices()) + "; an uploaded font is " + UPLOADED + "NAME");
        }
        yield font;
      }
      case TEXT -> string(name, value);
      case COLOR -> {
        try {
          yield Color.parse(string(name, value));
        } catch (IllegalArgumentException e) {
          throw new ParamException(name, "is " + e.getMessage());
        }
      }
      case ZONE -> {
        String zone = string(name, value);
        if (!ZoneId.getAvailableZoneIds().contains(zone)) {
          throw new ParamException(
              name, "must be a time zone such as UTC or Europe/Berlin, not '" + zone + "'");
        }
        yield zone;
      }
      case TIME -> {
        String time = string(name, value);
        try {
          yield time.isEmpty() ? time : Instant.parse(time).toString();
        } catch (DateTimeParseException e) {
          throw new ParamException(
              name, "must be a time such as 2026-12-31T23:59:00Z, not '" + time + "'");
        }
      }
      case URL -> {
        String url = string(name, value);
        String wrong = url.isEmpty() ? null : WebFrame.wrong(url);
        if (wrong != null) {
          throw new ParamException(name, wrong);
        }
        yield url;
      }
      case KEY -> {
        String key = string(name, value);
        if (!WebFrame.isKeyName(key)) {
          throw new ParamException(
              name,
              "must be one character, or the name of a key such as ArrowRight, PageDown, Enter,"
                  + " Escape or F5, not '"
                  + key
                  + "'");
        }
        yield key;
      }
      case IDS -> items(name, string(name, value), ID.asMatchPredicate(), "an id");
      case CHOICES ->
          items(
              name,
              string(name, value),
              param.choices()::contains,
              "one of " + String.join(", ", param.choices()));
      case NUMBERS -> {
        List<Double> numbers = new ArrayList<>();
        for (String item :
            items(name, string(name, value), LayoutParams::isNumber, "a decimal number")) {
          numbers.add(number(param, Double.parseDouble(item), warnings));
        }
        yield List.copyOf(numbers);
      }
    };
  }

  private static boolean isNumber(String text) {
    return text.matches("[+-]?(\\d{1,9}(\\.\\d{0,9})?|\\.\\d{1,9})");
  }

  private static Double number(Vocabulary.Param param, double value, List<String> warnings) {
    if (!Double.isFinite(value)) {
      throw new ParamException(param.name(), "must be a finite number");
    }
    double clamped = Math.clamp(value, param.least(), param.most());
    if (clamped != value) {
      warnings.add(
          "%s: %s is outside %s to %s, %s is used"
              .formatted(
                  param.name(),
                  plain(value),
                  plain(param.least()),
                  plain(param.most()),
                  plain(clamped)));
    }
    if (param.kind() == Vocabulary.Kind.INTEGER && clamped != Math.rint(clamped)) {
      warnings.add(
          "%s: %s is not a whole number, %s is used"
              .formatted(param.name(), plain(clamped), plain(Math.floor(clamped))));
      clamped = Math.floor(clamped);
    }
    return clamped + 0.0; // makes -0.0 equal to 0.0
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String string(String name, @Nullable Object value) {
    if (!(value instanceof String text)) {
      throw wrongType(name, "a string", value);
    }
    if (text.length() > LONGEST_TEXT) {
      throw new ParamException(name, "is longer than " + LONGEST_TEXT + " characters");
    }
    return text;
  }

  private static List<String> items(
      String name, String csv, Predicate<String> valid, String expected) {
    if (csv.isBlank()) {
      return List.of();
    }
    List<String> items = Arrays.stream(csv.split(",", -1)).map(String::strip).toList();
    for (int i = 0; i < items.size(); i++) {
      if (!valid.test(items.get(i))) {
        throw new ParamException(
            name,
            "has '%s' as item %d of its comma-separated list, where %s is wanted"
                .formatted(items.get(i), i + 1, expected));
      }
    }
    return items;
  }

  private static String notOneOf(String text, List<String> choices) {
    return "must be one of %s, not '%s'".formatted(String.join(", ", choices), text);
  }

  private static ParamException wrongType(String name, String wanted, @Nullable Object value) {
    String found =
        switch (value) {
          case null -> "null";
          case Boolean b -> "a boolean";
          case Number n -> "a number";
          case String s -> "a string";
          case List<?> list -> "an array";
          default -> "an object";
        };
    return new ParamException(name, "must be " + wanted + ", not " + found);
  }

  /** The names that are right but for case, or for what stands before the last dot. */
  private static String suggestion(String unknown) {
    String last = unknown.substring(unknown.lastIndexOf('.') + 1);
    Set<String> near = new HashSet<>();
    for (String name : Vocabulary.ALL.keySet()) {
      if (name.equalsIgnoreCase(unknown)
          || name.substring(name.lastIndexOf('.') + 1).equalsIgnoreCase(last)) {
        near.add(name);
      }
    }
    return near.size() == 1 ? "; is " + near.iterator().next() + " meant?" : "";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LayoutParams params && values.equals(params.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }

  private static final List<Vocabulary.Param> OLD_NAMES =
      Vocabulary.ALL.values().stream()
          .filter(param -> param.state() == Vocabulary.State.ALIAS)
          .toList();

  private static final Map<String, Object> DEFAULTS = defaults();

  private static Map<String, Object> defaults() {
    Map<String, Object> defaults = new TreeMap<>();
    for (Vocabulary.Param param : Vocabulary.ALL.values()) {
      String text = param.defaultText();
      Object raw =
          switch (param.kind()) {
            case BOOLEAN -> Boolean.valueOf(text);
            case NUMBER, INTEGER -> text.isEmpty() ? 0 : Double.valueOf(text);
            case CHOICE, FONT, TEXT, COLOR, ZONE, TIME, URL, KEY, IDS, NUMBERS, CHOICES -> text;
          };
      if (param.state() != Vocabulary.State.ALIAS) {
        defaults.put(param.name(), parse(param, raw, new ArrayList<>()));
      }
    }
    return defaults;
  }
}
