package dev.callcast.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema, by the scripts in {@code db/migration}, which Flyway applies. Where its history says
 * that all of them were applied as they are, Flyway is not even loaded: nearly every start is such
 * a one, and it would take a good part of it. Nor for a new file of SQLite, which gets all scripts
 * in one transaction, and the history that Flyway would have written. Stateless.
 */
final class Schema {
  private static final Logger log = LoggerFactory.getLogger(Schema.class);
  private static final String SCRIPTS = "db/migration";
  private static final Pattern SCRIPT = Pattern.compile("V(\\d+)__(\\w+)\\.sql");

  /** What the scripts call the column type of ids that the database counts up. */
  private static final String IDENTITY = "identity";

  /** In SQLite, as Flyway makes it. */
  private static final String HISTORY =
      """
      CREATE TABLE "flyway_schema_history" (
          "installed_rank" INT NOT NULL PRIMARY KEY,
          "version" VARCHAR(50),
          "description" VARCHAR(200) NOT NULL,
          "type" VARCHAR(20) NOT NULL,
          "script" VARCHAR(1000) NOT NULL,
          "checksum" INT,
          "installed_by" VARCHAR(100) NOT NULL,
          "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
          "execution_time" INT NOT NULL,
          "success" BOOLEAN NOT NULL
      );
      CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
      """;

  private Schema() {}

  /** A migration of this program. */
  private record Script(int version, String description, String file, String sql) {
    static Script read(String file) throws IOException {
      Matcher name = SCRIPT.matcher(file);
      if (!name.matches()) {
        throw new IllegalStateException(file + " is no name of a migration");
      }
      try (InputStream in = Schema.class.getResourceAsStream("/" + SCRIPTS + "/" + file)) {
        if (in == null) {
          throw new IOException(file + " is missing");
        }
        return new Script(
            Integer.parseInt(name.group(1)),
            name.group(2).replace('_', ' '),
            file,
            new String(in.readAllBytes(), UTF_8));
      }
    }

    /** Flyway's: CRC-32 of the lines without what ends them. */
    int checksum() {
      CRC32 sum = new CRC32();
      sql.lines().forEach(line -> sum.update(line.getBytes(UTF_8)));
      return (int) sum.getValue();
    }
  }

  /**
   * Applies what was not applied yet.
   *
   * @return whether Flyway was needed
   * @throws IllegalStateException when a newer program has changed the schema: this one does not
   *     know what it would break
   */
  static boolean bringUpToDate(DataSource pool, boolean postgresql) {
    List<Script> scripts = scripts();
    Map<Integer, Integer> known =
        scripts.stream().collect(Collectors.toMap(Script::version, Script::checksum));
    Map<Integer, Integer> applied = applied(pool);
    SortedSet<Integer> unknown = new TreeSet<>(applied.keySet());
    unknown.removeAll(known.keySet());
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "the database was changed by a newer version of Callcast (migrations "
              + unknown
              + "): start that one, or restore what was saved before the upgrade");
    }
    if (applied.equals(known) || (!postgresql && applied.isEmpty() && madeAnew(pool, scripts))) {
      return false;
    }
    migrate(pool, postgresql);
    return true;
  }

  /**
   * Makes the whole schema in a file of SQLite that has nothing in it.
   *
   * @return false, and nothing is done, where there is something in it
   */
  private static boolean madeAnew(DataSource pool, List<Script> scripts) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        try (ResultSet anything = statement.executeQuery("select 1 from sqlite_master limit 1")) {
          if (anything.next()) {
            return false;
          }
        }
        // All statements of a script at once: SQLite's driver takes them so.
        statement.executeUpdate(HISTORY);
        for (Script script : scripts) {
          statement.executeUpdate(
              script.sql().replace("${" + IDENTITY + "}", identity(/* postgresql= */ false)));
        }
        note(scripts, connection);
        connection.commit();
        return true;
      } finally {
        connection.rollback(); // nothing where it was committed
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the database can't be made", e);
    }
  }

  private static void note(List<Script> applied, Connection connection) throws SQLException {
    try (PreparedStatement row =
        connection.prepareStatement(
            "insert into flyway_schema_history (installed_rank, version, description, type, script,"
                + " checksum, installed_by, execution_time, success)"
                + " values (?, ?, ?, 'SQL', ?, ?, '', 0, 1)")) {
      int rank = 0;
      for (Script script : applied) {
        row.setInt(1, ++rank);
        row.setString(2, Integer.toString(script.version()));
        row.setString(3, script.description());
        row.setString(4, script.file());
        row.setInt(5, script.checksum());
        row.addBatch();
      }
      row.executeBatch();
    }
  }

  /** By Flyway, where some may have been applied already, or by other nodes at this moment. */
  static void migrate(DataSource pool, boolean postgresql) {
    Flyway.configure()
        .dataSource(pool)
        .locations("classpath:" + SCRIPTS)
        // Pieces that were developed side by side come with numbers of their own ranges: one with
        // a lower number is applied also where a higher one already was.
        .outOfOrder(true)
        .placeholders(Map.of(IDENTITY, identity(postgresql)))
        .load()
        .migrate();
  }

  private static String identity(boolean postgresql) {
    return postgresql
        ? "bigint generated always as identity primary key"
        : "integer primary key autoincrement";
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

  /** All of this program, by version. */
  private static List<Script> scripts() {
    List<Script> scripts = new ArrayList<>();
    try {
      for (String name : names()) {
        scripts.add(Script.read(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the program's migrations can't be read", e);
    }
    scripts.sort(Comparator.comparingInt(Script::version));
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
}
