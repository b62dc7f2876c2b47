package dev.callcast.scene;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All params that a layout knows, from {@code vocabulary.tsv}: Daily's VCS baseline composition
 * (BSD-2-Clause) with its types and defaults, its old names, and what is Callcast's own.
 */
final class Vocabulary {
  /** By name, in the order of the table. */
  static final Map<String, Param> ALL = read();

  private Vocabulary() {}

  enum Kind {
    BOOLEAN,
    NUMBER,
    INTEGER,
    CHOICE,
    /** One of the choices, or an uploaded one. */
    FONT,
    TEXT,
    COLOR,
    ZONE,
    TIME,
    URL,
    /** Of a keyboard. */
    KEY,
    IDS,
    NUMBERS,
    CHOICES
  }

  enum State {
    WORKS,
    OWN,
    ALIAS
  }

  /** In what an old name is measured. */
  enum Unit {
    SAME,
    PX,
    VW,
    VH
  }

  /** {@code target} is the name that has taken the place of an old one. */
  record Alias(String target, Unit unit) {}

  /**
   * One param.
   *
   * @param defaultText as the table has it; empty for an old name
   * @param least of a number, or of each in a list
   * @param choices of an enum, or of each in a list
   */
  record Param(
      String name,
      Kind kind,
      String defaultText,
      double least,
      double most,
      List<String> choices,
      State state,
      @Nullable Alias alias) {}

  private static Map<String, Param> read() {
    Map<String, Param> all = new LinkedHashMap<>();
    for (String[] row : Resources.rows("vocabulary.tsv")) {
      Kind kind = Kind.valueOf(row[1].toUpperCase(Locale.ROOT));
      State state = State.valueOf(row[4].toUpperCase(Locale.ROOT));
      boolean ranged = kind == Kind.NUMBER || kind == Kind.INTEGER || kind == Kind.NUMBERS;
      String[] range = ranged ? row[3].split("\\.\\.") : new String[] {"0", "0"};
      all.put(
          row[0],
          new Param(
              row[0],
              kind,
              state == State.ALIAS ? "" : row[2].replace("\\n", "\n"),
              Double.parseDouble(range[0]),
              Double.parseDouble(range[1]),
              ranged || row[3].isEmpty() ? List.of() : List.of(row[3].split("\\|")),
              state,
              state == State.ALIAS
                  ? new Alias(row[5], Unit.valueOf(row[2].toUpperCase(Locale.ROOT)))
                  : null));
    }
    return Collections.unmodifiableMap(all);
  }
}
