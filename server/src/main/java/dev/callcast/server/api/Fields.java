package dev.callcast.server.api;

import dev.callcast.server.store.Ids;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One JSON object of a request, read field by field: each has a type and a range, an unknown one is
 * refused, and every {@link Problem} names its JSON pointer. {@code null} counts as left out. Read
 * all the fields, then {@link #end}. One thread, short-lived.
 */
final class Fields {
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final ObjectNode node;
  private final String pointer;
  private final TreeSet<String> known = new TreeSet<>();

  private Fields(ObjectNode node, String pointer) {
    this.node = node;
    this.pointer = pointer;
  }

  /** Of a JSON object that was read already. */
  static Fields of(ObjectNode node) {
    return new Fields(node, "");
  }

  /** Parses a body; an empty one counts as {@code {}}. */
  static ObjectNode parse(byte[] body) {
    if (body.length == 0) {
      return STRICT.createObjectNode();
    }
    JsonNode parsed;
    try {
      parsed = STRICT.readTree(body);
    } catch (JacksonException e) {
      var at = e.getLocation();
      // Only the position: the parser's message quotes the body, which may hold secrets.
      throw Problem.malformed(
          at == null
              ? "The body is not valid JSON."
              : "The body is not valid JSON at line %d, column %d, or repeats a name there."
                  .formatted(at.getLineNr(), at.getColumnNr()));
    }
    if (!(parsed instanceof ObjectNode object)) {
      throw Problem.malformed("The body is not a JSON object.");
    }
    return object;
  }

  /** Escapes a name for a JSON pointer. */
  static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  /** The JSON pointer of a field of this object. */
  String at(String name) {
    return pointer + "/" + escape(name);
  }

  /** Whether the field is there and not null. */
  boolean has(String name) {
    return value(name) != null;
  }

  /** Whether the field is there, be it null. */
  boolean mentions(String name) {
    known.add(name);
    return node.has(name);
  }

  @Nullable String optionalString(String name, int maxLength) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw wrongType(name, "a string");
    }
    String text = value.stringValue();
    if (text.length() > maxLength) {
      throw Problem.field(
          at(name), "It has more than " + maxLength + " characters.", "Shorten it.");
    }
    return text;
  }

  String string(String name, int maxLength, String otherwise) {
    String value = optionalString(name, maxLength);
    return value == null ? otherwise : value;
  }

  String requiredString(String name, int maxLength) {
    String value = optionalString(name, maxLength);
    if (value == null) {
      throw missing(name, "a string");
    }
    return value;
  }

  /** An integer or a string, as it is. */
  JsonNode requiredIntegerOrString(String name, int maxLength) {
    JsonNode value = value(name);
    if (value == null) {
      throw missing(name, "an integer or a string");
    }
    if (value.isString()) {
      requiredString(name, maxLength);
    } else if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrongType(name, "an integer or a string");
    }
    return value;
  }

  /** An id by the rules, or null. */
  @Nullable String optionalId(String name) {
    String id = optionalString(name, 1000);
    if (id != null && !Ids.valid(id)) {
      throw Problem.field(
          at(name),
          "It is not a valid id.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ - (and not only \".\" or \"..\").");
    }
    return id;
  }

  String requiredId(String name) {
    String id = optionalId(name);
    if (id == null) {
      throw missing(name, "an id");
    }
    return id;
  }

  /** One of a set of words. */
  String oneOf(String name, List<String> words, @Nullable String otherwise) {
    String value = optionalString(name, 1000);
    if (value == null) {
      if (otherwise == null) {
        throw missing(name, "one of " + String.join(", ", words));
      }
      return otherwise;
    }
    if (!words.contains(value)) {
      throw Problem.field(
          at(name),
          "That value is not supported here.",
          "Use one of " + String.join(", ", words) + ".");
    }
    return value;
  }

  /** One of these values, by their names in JSON. */
  <T> T choice(String name, T[] values, Function<T, String> json, T otherwise) {
    List<String> words = Arrays.stream(values).map(json).toList();
    String word = oneOf(name, words, json.apply(otherwise));
    return values[words.indexOf(word)];
  }

  boolean bool(String name, boolean otherwise) {
    JsonNode value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw wrongType(name, "true or false");
    }
    return value.booleanValue();
  }

  @Nullable Long optionalInteger(String name, long least, long most) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()) {
      throw wrongType(name, "an integer");
    }
    if (!value.canConvertToLong() || value.longValue() < least || value.longValue() > most) {
      throw Problem.field(
          at(name), "It is out of range.", "Use an integer from " + least + " to " + most + ".");
    }
    return value.longValue();
  }

  long integer(String name, long least, long most, long otherwise) {
    Long value = optionalInteger(name, least, most);
    return value == null ? otherwise : value;
  }

  long requiredInteger(String name, long least, long most) {
    Long value = optionalInteger(name, least, most);
    if (value == null) {
      throw missing(name, "an integer from " + least + " to " + most);
    }
    return value;
  }

  double number(String name, double least, double most, double otherwise) {
    JsonNode value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw wrongType(name, "a number");
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw Problem.field(
          at(name), "It is out of range.", "Use a number from " + least + " to " + most + ".");
    }
    return number;
  }

  /** An object within; null when left out. */
  @Nullable Fields optionalObject(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode object)) {
      throw wrongType(name, "an object");
    }
    return new Fields(object, at(name));
  }

  /** An object within; an empty one when left out. */
  Fields object(String name) {
    Fields object = optionalObject(name);
    return object == null ? new Fields(STRICT.createObjectNode(), at(name)) : object;
  }

  /** An object as it is, for names that are data; empty when left out. */
  ObjectNode rawObject(String name) {
    return object(name).node;
  }

  /** The objects of an array, each read to its end; empty when left out. */
  <T> List<T> objects(String name, int most, Function<Fields, T> read) {
    List<T> items = new ArrayList<>();
    forEach(
        name,
        most,
        (item, at) -> {
          if (!(item instanceof ObjectNode object)) {
            throw wrongTypeAt(at, "an object");
          }
          Fields fields = new Fields(object, at);
          items.add(read.apply(fields));
          fields.end();
        });
    return items;
  }

  /** The strings of an array; null when left out. {@code check} gets value and pointer. */
  @Nullable List<String> optionalStrings(
      String name, int most, java.util.function.BiConsumer<String, String> check) {
    if (!has(name)) {
      return null;
    }
    List<String> items = new ArrayList<>();
    forEach(
        name,
        most,
        (item, at) -> {
          if (!item.isString()) {
            throw wrongTypeAt(at, "a string");
          }
          check.accept(item.stringValue(), at);
          items.add(item.stringValue());
        });
    return items;
  }

  /** The integers of an array; null when left out. */
  @Nullable List<Long> optionalIntegers(String name, int most, long least, long greatest) {
    if (!has(name)) {
      return null;
    }
    List<Long> items = new ArrayList<>();
    forEach(
        name,
        most,
        (item, at) -> {
          if (!item.isIntegralNumber()
              || !item.canConvertToLong()
              || item.longValue() < least
              || item.longValue() > greatest) {
            throw wrongTypeAt(at, "an integer from " + least + " to " + greatest);
          }
          items.add(item.longValue());
        });
    return items;
  }

  private void forEach(
      String name, int most, java.util.function.BiConsumer<JsonNode, String> each) {
    JsonNode value = value(name);
    if (value == null) {
      return;
    }
    if (!value.isArray()) {
      throw wrongType(name, "an array");
    }
    if (value.size() > most) {
      throw Problem.field(at(name), "It has too many items.", "Send at most " + most + ".");
    }
    Iterator<JsonNode> items = value.values().iterator();
    for (int i = 0; items.hasNext(); i++) {
      each.accept(items.next(), at(name) + "/" + i);
    }
  }

  /** Reads an object within to its end, if it is there. */
  void ifObject(String name, Consumer<Fields> read) {
    Fields object = optionalObject(name);
    if (object != null) {
      read.accept(object);
      object.end();
    }
  }

  /** Refuses what was not asked for. */
  void end() {
    for (String name : node.propertyNames()) {
      if (!known.contains(name)) {
        throw Problem.unknownField(at(name), known.isEmpty() ? "none" : String.join(", ", known));
      }
    }
  }

  private @Nullable JsonNode value(String name) {
    known.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private Problem missing(String name, String type) {
    return Problem.field(at(name), "It is required.", "Send " + type + ".");
  }

  private Problem wrongType(String name, String type) {
    return wrongTypeAt(at(name), type);
  }

  private static Problem wrongTypeAt(String at, String type) {
    return Problem.field(at, "It has the wrong type.", "Send " + type + ".");
  }
}
