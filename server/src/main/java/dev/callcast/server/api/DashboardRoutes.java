package dev.callcast.server.api;

import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard, and the page that shows one composition: the files that {@code web/} was built
 * into. They are pages like any other client of the API: they have no way in of their own, and ask
 * whoever opens them for a key. Safe for any thread.
 */
final class DashboardRoutes {
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_.-]+");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'; ";

  /** What it shows live is a stream, which no policy is about. */
  private static final String WATCH_POLICY = POLICY + "frame-ancestors 'self'";

  private final String policy;

  DashboardRoutes(Storages storages) {
    policy =
        POLICY
            + "frame-ancestors 'none'; media-src 'self' blob:"
            + mediaSources(storages.all())
            + "; manifest-src 'self'";
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/", null, this::start),
        Route.of("GET", "/dashboard", null, request -> page(request, "index.html", policy)),
        Route.of(
            "GET",
            "/watch/{call}/{composition}",
            null,
            request -> page(request, "watch.html", WATCH_POLICY)),
        Route.of("GET", "/dashboard/{file}", null, this::file));
  }

  /** Where links to recordings lead besides here: S3 itself plays them. */
  static String mediaSources(List<StorageConfig> storages) {
    TreeSet<String> origins = new TreeSet<>();
    for (StorageConfig storage : storages) {
      if (storage instanceof StorageConfig.S3 s3) {
        URI endpoint = s3.endpoint();
        if (endpoint == null) {
          origins.add("https://*.amazonaws.com");
        } else {
          String port = endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort();
          origins.add(endpoint.getScheme() + "://" + endpoint.getHost() + port);
          if (!s3.pathStyle()) {
            origins.add(
                endpoint.getScheme() + "://" + s3.bucket() + "." + endpoint.getHost() + port);
          }
        }
      }
    }
    return origins.isEmpty() ? "" : " " + String.join(" ", origins);
  }

  private Answer start(Request request) {
    request.context().status(302).header("Location", "/dashboard");
    return new Answer.Written();
  }

  private static Answer page(Request request, String name, String policy) throws IOException {
    request.context().header("Content-Security-Policy", policy);
    request.context().header("Referrer-Policy", "no-referrer");
    request.context().header("Cache-Control", "no-cache");
    return send(request, name);
  }

  private Answer file(Request request) throws IOException {
    String name = request.path("file");
    if (!FILE.matcher(name).matches() || type(name) == null || name.endsWith(".html")) {
      throw missing();
    }
    // The name of a file has a hash of its content in it.
    request.context().header("Cache-Control", "public, max-age=31536000, immutable");
    return send(request, name);
  }

  private static Answer send(Request request, String name) throws IOException {
    try (InputStream in = DashboardRoutes.class.getResourceAsStream("/dashboard/" + name)) {
      String type = type(name);
      if (in == null || type == null) {
        throw missing();
      }
      request
          .context()
          .header("X-Content-Type-Options", "nosniff")
          .contentType(type)
          .result(in.readAllBytes());
    }
    return new Answer.Written();
  }

  private static Problem missing() {
    return Problem.notFound(
        "The dashboard has no such file.", "Open /dashboard; a page from before an upgrade: anew.");
  }

  private static @Nullable String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> null;
    };
  }
}
