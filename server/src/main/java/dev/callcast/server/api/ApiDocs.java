package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * {@code openapi.yaml} as a page to read: HTML and CSS, no script, nothing fetched from elsewhere.
 * Made once.
 */
final class ApiDocs {
  private static final List<String> METHODS =
      List.of("get", "post", "put", "patch", "delete", "head");
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --line: #8885; --soft: #8881; --link: light-dark(#0b57d0, #8ab4f8); }
      body { font: 16px/1.55 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
      nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; border-right: 1px solid var(--line); font-size: .875rem; }
      nav h2 { font-size: .875rem; margin: 1rem 0 .25rem; text-transform: capitalize; }
      nav ul { list-style: none; margin: 0; padding: 0; }
      nav li { padding: .1rem 0; }
      main { padding: 1rem 2rem 4rem; max-width: 60rem; }
      a { color: var(--link); text-decoration: none; } a:hover, a:focus { text-decoration: underline; }
      h1 { font-size: 1.6rem; } h2 { margin-top: 3rem; text-transform: capitalize; border-bottom: 1px solid var(--line); }
      h3 { margin: 2.2rem 0 .3rem; font-size: 1.05rem; } h4 { margin: 1rem 0 .2rem; font-size: .9rem; }
      code, pre, .method { font-family: ui-monospace, monospace; font-size: .875em; }
      code { background: var(--soft); padding: .05rem .3rem; border-radius: .25rem; }
      pre { background: var(--soft); padding: .6rem .8rem; border-radius: .4rem; overflow: auto; }
      .method { display: inline-block; min-width: 3.6rem; font-weight: 700; }
      .path { font-family: ui-monospace, monospace; font-weight: 600; overflow-wrap: anywhere; }
      table { border-collapse: collapse; width: 100%; font-size: .9rem; }
      th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
      th { font-weight: 600; } td:first-child { white-space: nowrap; }
      .scroll { overflow-x: auto; }
      @media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
      """;

  private final JsonNode file;
  private final StringBuilder out = new StringBuilder();

  private ApiDocs(JsonNode file) {
    this.file = file;
  }

  /** The page; its policy lets a browser load nothing but what is in it. */
  static String page() throws IOException {
    try (InputStream in = ApiDocs.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) {
        throw new IOException("openapi.yaml is not in the program");
      }
      return new ApiDocs(new YAMLMapper().readTree(in)).render();
    }
  }

  /** The header {@code Content-Security-Policy} of the page. */
  static String policy() {
    try {
      String hash =
          Base64.getEncoder()
              .encodeToString(MessageDigest.getInstance("SHA-256").digest(STYLE.getBytes(UTF_8)));
      return "default-src 'none'; style-src 'sha256-"
          + hash
          + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private record Operation(String method, String path, JsonNode json, List<JsonNode> parameters) {
    String id() {
      return json.path("operationId").asString("");
    }
  }

  private String render() {
    out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\">")
        .append("<title>Callcast API</title><style>")
        .append(STYLE)
        .append("</style></head><body><nav aria-label=\"Contents\">")
        .append("<a href=\"/v1/openapi.yaml\">openapi.yaml</a>");
    List<String> tags = new ArrayList<>();
    file.path("tags").values().forEach(tag -> tags.add(tag.path("name").asString("")));
    for (String tag : tags) {
      out.append("<h2>").append(escape(tag)).append("</h2><ul>");
      for (Operation operation : operations(tag)) {
        link("op-" + operation.id(), operation.json().path("summary").asString(operation.path()));
      }
      out.append("</ul>");
    }
    out.append("<h2>Schemas</h2><ul>");
    file.at("/components/schemas").propertyNames().forEach(name -> link("schema-" + name, name));
    out.append("</ul></nav><main><h1>Callcast API</h1>");
    text(file.at("/info/description").asString(""));
    for (String tag : tags) {
      out.append("<h2>").append(escape(tag)).append("</h2>");
      operations(tag).forEach(this::operation);
    }
    out.append("<h2>Schemas</h2>");
    file.at("/components/schemas").properties().forEach(this::schema);
    return out.append("</main></body></html>").toString();
  }

  private void link(String anchor, String text) {
    out.append("<li><a href=\"#").append(escape(anchor)).append("\">");
    out.append(escape(text)).append("</a></li>");
  }

  private List<Operation> operations(String tag) {
    List<Operation> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : file.path("paths").properties()) {
      for (String method : METHODS) {
        JsonNode json = path.getValue().get(method);
        if (json != null && json.at("/tags/0").asString("").equals(tag)) {
          List<JsonNode> parameters = new ArrayList<>();
          path.getValue().path("parameters").values().forEach(parameters::add);
          json.path("parameters").values().forEach(parameters::add);
          found.add(
              new Operation(
                  method.toUpperCase(Locale.ROOT),
                  path.getKey(),
                  json,
                  parameters.stream().map(this::resolved).toList()));
        }
      }
    }
    return found;
  }

  private void operation(Operation operation) {
    JsonNode json = operation.json();
    out.append("<section aria-labelledby=\"op-").append(escape(operation.id())).append("\">");
    out.append("<h3 id=\"op-").append(escape(operation.id())).append("\">");
    out.append("<span class=\"method\">").append(operation.method()).append("</span> ");
    out.append("<span class=\"path\">").append(escape(operation.path())).append("</span></h3>");
    text(json.path("summary").asString("") + ".\n\n" + json.path("description").asString(""));
    if (json.has("security") && json.get("security").isEmpty()) {
      text("Needs no key.");
    }
    if (!operation.parameters().isEmpty()) {
      out.append(
          "<div class=\"scroll\"><table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>");
      for (JsonNode parameter : operation.parameters()) {
        boolean required = parameter.path("required").asBoolean(false);
        row(
            code(parameter.path("name").asString("")),
            escape(parameter.path("in").asString("")),
            type(parameter.path("schema")) + (required ? ", required" : ""),
            inline(description(parameter)));
      }
      out.append("</table></div>");
    }
    JsonNode body = json.at("/requestBody/content");
    if (!body.isMissingNode()) {
      out.append("<h4>Body</h4>");
      contents(body);
    }
    out.append("<h4>Answers</h4>");
    for (Map.Entry<String, JsonNode> response : json.path("responses").properties()) {
      JsonNode resolved = resolved(response.getValue());
      out.append("<p>").append(code(response.getKey())).append(' ');
      out.append(inline(resolved.path("description").asString(""))).append("</p>");
      contents(resolved.path("content"));
    }
    out.append("</section>");
  }

  private void contents(JsonNode contents) {
    for (Map.Entry<String, JsonNode> content : contents.properties()) {
      out.append("<p>").append(code(content.getKey())).append(": ");
      out.append(type(content.getValue().path("schema"))).append("</p>");
      JsonNode example = content.getValue().get("example");
      if (example != null) {
        out.append("<pre>").append(escape(example.toPrettyString())).append("</pre>");
      }
    }
  }

  private void schema(Map.Entry<String, JsonNode> entry) {
    JsonNode schema = entry.getValue();
    out.append("<section><h3 id=\"schema-").append(escape(entry.getKey())).append("\">");
    out.append(escape(entry.getKey())).append("</h3>");
    text(schema.path("description").asString(""));
    properties(schema);
    for (String choice : List.of("oneOf", "anyOf", "allOf")) {
      for (JsonNode one : schema.path(choice).values()) {
        out.append("<p>").append(choice.equals("allOf") ? "All of " : "Or: ");
        out.append(type(one)).append("</p>");
        properties(one);
      }
    }
    if (!schema.has("properties")) {
      out.append("<p>").append(type(schema)).append("</p>");
    }
    out.append("</section>");
  }

  private void properties(JsonNode schema) {
    if (!schema.has("properties")) {
      return;
    }
    List<String> required = new ArrayList<>();
    schema.path("required").values().forEach(name -> required.add(name.asString("")));
    out.append("<div class=\"scroll\"><table><tr><th>Field</th><th>Type</th><th></th></tr>");
    rows("", schema, required);
    out.append("</table></div>");
  }

  /** The fields of an object, and of the objects within that have no name of their own. */
  private void rows(String prefix, JsonNode schema, List<String> required) {
    for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
      String name = prefix + field.getKey();
      JsonNode value = field.getValue();
      row(
          code(name),
          type(value) + (required.contains(field.getKey()) ? ", required" : ""),
          inline(description(value)));
      if (value.has("properties")) {
        rows(name + ".", value, List.of());
      } else if (value.path("items").has("properties")) {
        rows(name + "[].", value.path("items"), List.of());
      }
    }
  }

  private void row(String... cells) {
    out.append("<tr>");
    for (String cell : cells) {
      out.append("<td>").append(cell).append("</td>");
    }
    out.append("</tr>");
  }

  private static String description(JsonNode node) {
    StringJoiner text = new StringJoiner(". ");
    if (node.has("description")) {
      text.add(node.get("description").asString("").strip());
    }
    JsonNode fallback = node.has("default") ? node.get("default") : node.at("/schema/default");
    if (!fallback.isMissingNode()) {
      text.add("Default: `" + fallback + "`");
    }
    return text.toString();
  }

  /** What a schema takes, as HTML. */
  private String type(JsonNode schema) {
    String ref = schema.path("$ref").asString("");
    if (!ref.isEmpty()) {
      String name = ref.substring(ref.lastIndexOf('/') + 1);
      return "<a href=\"#schema-" + escape(name) + "\">" + escape(name) + "</a>";
    }
    if (schema.has("enum") || schema.has("const")) {
      StringJoiner words = new StringJoiner(", ");
      schema.path("enum").values().forEach(word -> words.add(code(word.asString(""))));
      if (schema.has("const")) {
        words.add(code(schema.path("const").asString("")));
      }
      return words.toString();
    }
    for (String choice : List.of("oneOf", "anyOf")) {
      if (schema.has(choice)) {
        StringJoiner types = new StringJoiner(" or ");
        schema.path(choice).values().forEach(one -> types.add(type(one)));
        return types.toString();
      }
    }
    JsonNode type = schema.path("type");
    StringJoiner words = new StringJoiner(" or ");
    if (type.isArray()) {
      type.values().forEach(one -> words.add(escape(one.asString(""))));
    } else {
      words.add(escape(type.asString("any")));
    }
    String text = words.toString();
    if (schema.has("items")) {
      text += " of " + type(schema.get("items"));
    }
    return text + limits(schema);
  }

  private static String limits(JsonNode schema) {
    StringJoiner limits = new StringJoiner(", ", " (", ")").setEmptyValue("");
    if (schema.has("minimum") && schema.has("maximum")) {
      limits.add(schema.get("minimum") + " to " + schema.get("maximum"));
    } else if (schema.has("minimum")) {
      limits.add("at least " + schema.get("minimum"));
    } else if (schema.has("maximum")) {
      limits.add("at most " + schema.get("maximum"));
    }
    if (schema.has("maxLength")) {
      limits.add("at most " + schema.get("maxLength") + " characters");
    }
    if (schema.has("maxItems")) {
      limits.add("at most " + schema.get("maxItems"));
    }
    return escape(limits.toString());
  }

  private JsonNode resolved(JsonNode node) {
    String ref = node.path("$ref").asString("");
    return ref.isEmpty() ? node : file.at(ref.substring(1));
  }

  /** Paragraphs, divided by empty lines. */
  private void text(String text) {
    for (String paragraph : text.strip().split("\n\\s*\n", -1)) {
      String line = paragraph.strip();
      if (!line.isEmpty() && !line.equals(".")) {
        out.append("<p>").append(inline(line)).append("</p>");
      }
    }
  }

  /** What stands between backquotes is code. */
  private static String inline(String text) {
    return escape(text).replaceAll("`([^`]+)`", "<code>$1</code>");
  }

  private static String code(String text) {
    return "<code>" + escape(text) + "</code>";
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
