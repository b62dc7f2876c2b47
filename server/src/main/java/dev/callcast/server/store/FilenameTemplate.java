package dev.callcast.server.store;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a recording is called in its storage: text with {@code {call}}, {@code {composition}}, {@code
 * {recording}}, {@code {start}} (20261122T120000Z), {@code {date}} (2026-11-22) and {@code {node}}.
 * Slashes make directories. The recording's id, unique for ever, is always in it, so that no
 * recording overwrites another. The extension is not part of it. Immutable.
 */
public final class FilenameTemplate {
  /** The names that may stand in braces. */
  public static final List<String> NAMES =
      List.of("call", "composition", "recording", "start", "date", "node");

  private static final int LONGEST = 300;

  /** S3 takes 1024 bytes for a key; a prefix and an extension come on top. */
  private static final int LONGEST_NAME = 700;

  private static final int LONGEST_SEGMENT = 200;
  private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)}");
  private static final DateTimeFormatter START =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd").withZone(ZoneOffset.UTC);

  /** What is used where nothing is said. */
  public static final FilenameTemplate DEFAULT = parse("{call}/{composition}-{recording}");

  private final String text;

  private FilenameTemplate(String text) {
    this.text = text;
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static FilenameTemplate parse(String given) {
    String text = given.replaceFirst("\\.(mp4|m4a|ogg)$", "");
    if (text.isBlank() || text.length() > LONGEST) {
      throw new IllegalArgumentException("it has to have 1 to " + LONGEST + " characters");
    }
    Matcher variables = VARIABLE.matcher(text);
    while (variables.find()) {
      if (!NAMES.contains(variables.group(1))) {
        throw new IllegalArgumentException(
            "there is no {" + variables.group(1) + "}; there are " + NAMES);
      }
    }
    String literal = VARIABLE.matcher(text).replaceAll("x");
    if (literal.indexOf('{') >= 0 || literal.indexOf('}') >= 0) {
      throw new IllegalArgumentException("a brace has no other");
    }
    if (literal.indexOf('\\') >= 0 || literal.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("it has a backslash or a control character");
    }
    check(literal);
    boolean named = text.contains("{recording}");
    return new FilenameTemplate(named ? text : text + "-{recording}");
  }

  /** The name of one recording, without an extension. */
  public String name(
      String call, String composition, String recording, Instant start, String node) {
    Map<String, String> values =
        Map.of(
            "call",
            call,
            "composition",
            composition,
            "recording",
            recording,
            "start",
            START.format(start),
            "date",
            DATE.format(start),
            "node",
            node.replaceAll("[^A-Za-z0-9._-]", "_"));
    String name =
        VARIABLE
            .matcher(text)
            .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), "")));
    check(name);
    return name;
  }

  private static void check(String name) {
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
      throw new IllegalArgumentException("the name would be too long");
    }
    if (name.startsWith("/")) {
      throw new IllegalArgumentException("it may not begin with a slash");
    }
    for (String segment : name.split("/", -1)) {
      if (segment.isBlank() || segment.equals(".") || segment.equals("..")) {
        throw new IllegalArgumentException("a part between slashes is empty, '.' or '..'");
      }
      if (segment.getBytes(StandardCharsets.UTF_8).length > LONGEST_SEGMENT) {
        throw new IllegalArgumentException("a part between slashes would be too long");
      }
    }
  }

  /** As it was given, with {@code {recording}} in it. */
  @Override
  public String toString() {
    return text;
  }
}
