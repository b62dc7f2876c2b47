package dev.callcast.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqliteStoreTest extends StoreContract {
  @Override
  String url() {
    return "jdbc:sqlite:" + data.resolve("callcast.db");
  }

  /** A new file is made without Flyway, which a later program asks to migrate it. */
  @Test
  void aNewFileIsWhatFlywayWouldHaveMade() throws Exception {
    try (HikariDataSource anew = pool("anew.db");
        HikariDataSource migrated = pool("migrated.db")) {
      assertThat(Schema.bringUpToDate(anew, false)).as("Flyway was needed").isFalse();
      Schema.migrate(migrated, false);
      String schema = "select type, name, tbl_name, sql from sqlite_master order by type, name";
      assertThat(rows(anew, schema)).hasSizeGreaterThan(40).isEqualTo(rows(migrated, schema));
      String history =
          "select installed_rank, version, description, type, script, checksum, installed_by,"
              + " success, typeof(version), typeof(checksum), typeof(success)"
              + " from flyway_schema_history order by installed_rank";
      assertThat(rows(anew, history)).hasSizeGreaterThan(10).isEqualTo(rows(migrated, history));
      assertThat(rows(anew, "select installed_on from flyway_schema_history"))
          .allMatch(at -> at.matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}"));
      Schema.migrate(anew, false); // Flyway takes it for its own, and nothing is left to do
      assertThat(rows(anew, history)).isEqualTo(rows(migrated, history));
    }
  }

  /** What is not ours is left to Flyway to refuse, and is not written to. */
  @Test
  void aFileOfSomeoneElseIsLeftAlone() throws Exception {
    try (HikariDataSource other = pool("other.db")) {
      try (Connection connection = other.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create table theirs (x int)");
      }
      assertThatThrownBy(() -> Schema.bringUpToDate(other, false))
          .hasMessageContaining("non-empty schema");
      assertThat(rows(other, "select name from sqlite_master")).containsExactly("theirs");
    }
  }

  private HikariDataSource pool(String file) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl("jdbc:sqlite:" + data.resolve(file));
    return pool;
  }

  private static List<String> rows(HikariDataSource pool, String query) throws Exception {
    List<String> rows = new ArrayList<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
          row.add(result.getString(column));
        }
        rows.add(String.join(" | ", row));
      }
    }
    return rows;
  }
}
