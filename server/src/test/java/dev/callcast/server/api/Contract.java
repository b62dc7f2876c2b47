package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code openapi.yaml}, and how real exchanges fit it. */
final class Contract {
  private static final String METHODS = "get put post delete patch head";
  private static final String BASE = "https://callcast.test/openapi";

  private final JsonNode file;
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

  /** What was seen of each operation: {@code GET /path 200}. */
  final Set<String> seen = new TreeSet<>();

  Contract() {
    try (InputStream in = NodeServer.class.getResourceAsStream("/openapi.yaml")) {
      file = new YAMLMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemas(Map.of(BASE, file.toString())));
  }

  JsonNode file() {
    return file;
  }

  /** Every operation, as {@code GET /path}. */
  Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    file.path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .propertyNames()
                .forEach(name -> {
                  if (METHODS.contains(name)) {
                    operations.add(name.toUpperCase() + " " + path.getKey());
                  }
                }));
    return operations;
  }

  /** Checks one exchange: its status, type, body, and a request that was accepted. */
  void check(String method, String url, @Nullable String body, TestNode.Answered answer) {
    String path = template(url.replaceFirst("\\?.*", "").replaceFirst("^https?://[^/]*", ""));
    if (path == null) {
      assertThat(answer.status()).isIn(404, 405);
      validate("Problem", answer.json(), method + " " + url);
      return;
    }
    String pointer = "/paths/" + path.replace("~", "~0").replace("/", "~1") + "/";
    JsonNode operation = file.at(pointer + method.toLowerCase());
    if (operation.isMissingNode()) {
      assertThat(answer.status()).isEqualTo(405);
      validate("Problem", answer.json(), method + " " + url);
      return;
    }
    String what = method + " " + path + " " + answer.status();
    seen.add(what);
    if (answer.status() >= 400) {
      if (!method.equals("HEAD")) {
        validate("Problem", answer.json(), what);
      }
      return;
    }
    JsonNode response = operation.path("responses").get(Integer.toString(answer.status()));
    assertThat(response).as(what).isNotNull();
    JsonNode content = response.get("content");
    if (content == null) {
      assertThat(answer.body()).as(what).isEmpty();
    } else {
      String type = answer.response().headers().firstValue("Content-Type").orElse("");
      String expected =
          content.propertyNames().stream().filter(type::startsWith).findFirst().orElse("none");
      assertThat(content.propertyNames()).as(what + ": " + type).contains(expected);
      if (expected.equals("application/json")) {
        validate(name(content.at("/application~1json/schema")), answer.json(), what);
      }
    }
    if (response.has("headers") && answer.status() == 201) {
      assertThat(answer.response().headers().firstValue("Location")).as(what).isPresent();
    }
    if (body != null && !body.isEmpty()) {
      JsonNode schema = operation.at("/requestBody/content/application~1json/schema");
      validate(name(schema), TestNode.JSON.readTree(body), "the accepted request of " + what);
    }
  }

  /** Checks a value against a schema of the components. */
  void validate(String schema, @Nullable JsonNode value, String what) {
    assertThat(value).as(what).isNotNull();
    Schema compiled =
        schemas.computeIfAbsent(
            schema,
            name -> registry.getSchema(SchemaLocation.of(BASE + "#/components/schemas/" + name)));
    assertThat(compiled.validate(value)).as("%s: %s", what, value).isEmpty();
  }

  private static String name(JsonNode schema) {
    String ref = schema.path("$ref").asString();
    return ref.substring(ref.lastIndexOf('/') + 1);
  }

  private @Nullable String template(String path) {
    String best = null;
    String[] parts = path.split("/", -1);
    for (String candidate : file.path("paths").propertyNames()) {
      String[] names = candidate.split("/", -1);
      boolean same = names.length == parts.length;
      for (int i = 0; same && i < names.length; i++) {
        same = names[i].startsWith("{") || names[i].equals(parts[i]);
      }
      if (same && (best == null || !candidate.contains("{"))) {
        best = candidate;
      }
    }
    return best;
  }
}
