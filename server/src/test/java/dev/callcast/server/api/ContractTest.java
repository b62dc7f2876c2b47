package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ContractTest {
  @TempDir Path data;

  @Test
  void everyRouteIsInTheContractAndTheReverse() {
    try (TestNode node = TestNode.open(data)) {
      Set<String> routes =
          node.server.allRoutes().stream()
              .map(route -> route.method() + " " + route.path())
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(routes).isEqualTo(TestNode.CONTRACT.operations());
      for (Route route : node.server.allRoutes()) {
        JsonNode operation =
            TestNode.CONTRACT
                .file()
                .path("paths")
                .path(route.path())
                .path(route.method().toLowerCase(java.util.Locale.ROOT));
        boolean open = operation.has("security") && operation.get("security").isEmpty();
        assertThat(open).as(route.method() + " " + route.path()).isEqualTo(route.scope() == null);
      }
    }
  }

  @Test
  void everyReferenceLeadsSomewhereAndEverySchemaIsUsed() {
    Set<String> used = new TreeSet<>();
    collect(TestNode.CONTRACT.file(), used);
    for (String ref : used) {
      assertThat(TestNode.CONTRACT.file().at(ref.substring(1)).isMissingNode()).as(ref).isFalse();
    }
    for (String name : TestNode.CONTRACT.file().at("/components/schemas").propertyNames()) {
      if (!name.equals("Event")) { // Inside of a text/event-stream.
        assertThat(used).contains("#/components/schemas/" + name);
      }
    }
  }

  @Test
  void everyListHasPages() {
    int lists = 0;
    for (JsonNode path : TestNode.CONTRACT.file().path("paths").values()) {
      String schema =
          path.at("/get/responses/200/content/application~1json/schema/$ref").asString("");
      if (schema.endsWith("Page")) {
        lists++;
        assertThat(path.at("/get/parameters").toString())
            .as(schema)
            .contains("parameters/limit")
            .contains("parameters/after");
      }
    }
    assertThat(lists).isGreaterThan(7);
  }

  @Test
  void everyPostTakesAnIdempotencyKey() {
    for (var path : TestNode.CONTRACT.file().path("paths").properties()) {
      JsonNode post = path.getValue().path("post");
      if (!post.isMissingNode()) {
        assertThat(post.path("parameters").toString() + path.getValue().path("parameters"))
            .as(path.getKey())
            .contains("IdempotencyKey");
      }
    }
  }

  @Test
  void thePageShowsEveryOperationAndSchemaAndFetchesNothing() {
    try (TestNode node = TestNode.open(data)) {
      TestNode.Answered answer = node.get("/docs").is(200);
      String page = new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8);
      for (Route route : node.server.allRoutes()) {
        assertThat(page)
            .contains(
                "<span class=\"method\">%s</span> <span class=\"path\">%s</span>"
                    .formatted(route.method(), route.path()));
      }
      for (String name : TestNode.CONTRACT.file().at("/components/schemas").propertyNames()) {
        assertThat(page).contains("id=\"schema-" + name + "\"");
      }
      java.util.regex.Matcher links =
          java.util.regex.Pattern.compile("(?:href|src)=\"([^\"]*)\"").matcher(page);
      Set<String> targets = new TreeSet<>();
      while (links.find()) {
        targets.add(links.group(1));
      }
      assertThat(targets)
          .contains("/v1/openapi.yaml")
          .allSatisfy(target -> {
            assertThat(target).matches("/v1/openapi.yaml|#.+");
            if (target.startsWith("#")) {
              assertThat(page).contains("id=\"" + target.substring(1) + "\"");
            }
          });
      assertThat(page).doesNotContain("<script").doesNotContain("@import").doesNotContain("url(");
      assertThat(answer.response().headers().firstValue("Content-Security-Policy").orElse(""))
          .startsWith("default-src 'none'; style-src 'sha256-");
    }
  }

  @Test
  void theSmallOnesFitToo() {
    try (TestNode node = TestNode.open(data)) {
      assertThat(node.get("/v1/nodes").is(200).at("/items/0/rtpPorts/free").asInt()).isEqualTo(100);
      node.get("/healthz").is(200);
      node.get("/readyz").is(200);
      assertThat(new String(node.get("/v1/openapi.yaml").is(200).body())).startsWith("openapi: 3");
      TestNode.Answered page = node.get("/watch/c/main").is(200);
      assertThat(new String(page.body(), java.nio.charset.StandardCharsets.UTF_8))
          .contains("/dashboard/")
          .doesNotContain("http");
      assertThat(page.response().headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'", "frame-ancestors 'self'")
          .doesNotContain("unsafe");
    }
  }

  /** The dashboard comes from the program alone, under a policy that lets it ask nobody else. */
  @Test
  void theDashboardFitsToo() {
    try (TestNode node = TestNode.open(data)) {
      TestNode.Answered start = node.get("/").is(302);
      assertThat(start.response().headers().firstValue("Location")).contains("/dashboard");
      TestNode.Answered page = node.get("/dashboard").is(200);
      String html = new String(page.body(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(html).doesNotContain("http").doesNotContain("<style").doesNotContain("style=");
      String policy = page.response().headers().firstValue("Content-Security-Policy").orElseThrow();
      assertThat(policy)
          .contains("default-src 'none'", "script-src 'self'", "connect-src 'self';")
          .doesNotContain("unsafe");
      List<String> files =
          Pattern.compile("/dashboard/[^\"]+")
              .matcher(html)
              .results()
              .map(MatchResult::group)
              .toList();
      assertThat(files).hasSizeGreaterThanOrEqualTo(3);
      for (String file : files) {
        // Nothing that only tests need is in it.
        assertThat(
                new String(node.get(file).is(200).body(), java.nio.charset.StandardCharsets.UTF_8))
            .doesNotContain("axe-core", "axe.run");
      }
      node.get("/dashboard/index.html").problem(404, null);
      node.get("/dashboard/watch.html").problem(404, null);
      node.get("/dashboard/..%2Fopenapi.yaml").problem(404, null);
      assertThat(node.get("/v1/params").is(200).at("/items").size()).isGreaterThan(180);
    }
  }

  private static void collect(JsonNode node, Set<String> refs) {
    if (node.has("$ref")) {
      refs.add(node.get("$ref").asString());
    }
    node.values().forEach(value -> collect(value, refs));
  }
}
