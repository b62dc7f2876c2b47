package dev.callcast.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema, by the scripts in {@code db/migration}, which Flyway applies. Where its history says
 * that all of them were applied as they are, Flyway is not even loaded: nearly every start is such
 * a one, and it would take a good part of it. Stateless.
 */
final class Schema {
  private static final Logger log = LoggerFactory.getLogger(Schema.class);
  private static final String SCRIPTS = "db/migration";
  private static final Pattern SCRIPT = Pattern.compile("V(\\d+)__\\w+\\.sql");

  private Schema() {}

  /**
   * Applies what was not applied yet.
   *
   * @return whether Flyway was needed
   * @throws IllegalStateException when a newer program has changed the schema: this one does not
   *     know what it would break
   */
  static boolean bringUpToDate(DataSource pool, boolean postgresql) {
    Map<Integer, Integer> known = scripts();
    Map<Integer, Integer> applied = applied(pool);
    SortedSet<Integer> unknown = new TreeSet<>(applied.keySet());
    unknown.removeAll(known.keySet());
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "the database was changed by a newer version of Callcast (migrations "
              + unknown
              + "): start that one, or restore what was saved before the upgrade");
    }
    if (applied.equals(known)) {
      return false;
    }
    migrate(pool, postgresql);
    return true;
  }

  private static void migrate(DataSource pool, boolean postgresql) {
    Flyway.configure()
        .dataSource(pool)
        .locations("classpath:" + SCRIPTS)
        // Pieces that were developed side by side come with numbers of their own ranges: one with
        // a lower number is applied also where a higher one already was.
        .outOfOrder(true)
        .placeholders(
            Map.of(
                "identity",
                postgresql
                    ? "bigint generated always as identity primary key"
                    : "integer primary key autoincrement"))
        .load()
        .migrate();
  }

  /** What Flyway noted: checksums by version. Empty where it notes nothing yet. */
  private static Map<Integer, Integer> applied(DataSource pool) {
    Map<Integer, Integer> applied = new TreeMap<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select version, checksum, success from flyway_schema_history"
                    + " where type = 'SQL'")) {
      while (rows.next()) {
        if (rows.getBoolean("success")) {
          applied.put(Integer.parseInt(rows.getString("version")), rows.getInt("checksum"));
        }
      }
    } catch (SQLException e) {
      log.debug("there is no history of the schema yet", e); // Flyway tells what else it may be
      return Map.of();
    }
    return applied;
  }

  /** The scripts of this program: checksums as Flyway has them, by version. */
  private static Map<Integer, Integer> scripts() {
    Map<Integer, Integer> scripts = new TreeMap<>();
    try {
      for (String name : names()) {
        Matcher matcher = SCRIPT.matcher(name);
        if (!matcher.matches()) {
          throw new IllegalStateException(name + " is no name of a migration");
        }
        scripts.put(Integer.parseInt(matcher.group(1)), checksum(SCRIPTS + "/" + name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the program's migrations can't be read", e);
    }
    return scripts;
  }

  /** In the jar that they are in, or the directory. */
  private static List<String> names() throws IOException {
    URL place = Schema.class.getResource("/" + SCRIPTS);
    if (place == null) {
      throw new IOException("there is no " + SCRIPTS + " in the program");
    }
    if (place.openConnection() instanceof JarURLConnection inJar) {
      JarFile jar = inJar.getJarFile(); // shared by all who ask for it, and closed by nobody
      String before = inJar.getEntryName().replaceAll("/$", "") + "/";
      return jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.startsWith(before) && name.endsWith(".sql"))
          .map(name -> name.substring(before.length()))
          .toList();
    }
    try (Stream<Path> files = Files.list(Path.of(new URI(place.toString())))) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (URISyntaxException e) {
      throw new IOException(place + " is no directory", e);
    }
  }

  /** Flyway's: CRC-32 of the lines without what ends them. */
  private static int checksum(String script) throws IOException {
    CRC32 sum = new CRC32();
    try (InputStream in = Schema.class.getResourceAsStream("/" + script)) {
      if (in == null) {
        throw new IOException(script + " is missing");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        sum.update(line.getBytes(UTF_8));
      }
    }
    return (int) sum.getValue();
  }
}
