package dev.callcast.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.ColonPrefixSqlParser;
import org.jdbi.v3.core.statement.ParsedSql;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedParametersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT a FROM t WHERE b = :b AND c=:c_2 OR d<:b",
        "INSERT INTO t (a, b) VALUES (:a, :b)",
        ":a",
        "SELECT ':no', \"x:no\", :yes, 'it''s :no' || :also",
        "SELECT a::text, :b::jsonb FROM t",
        "SELECT 1 -- not :this\n WHERE a = :a",
        "SELECT /* nor :this */ :a",
        "UPDATE t SET a = :a WHERE b IN (:__states_0,:__states_1) AND c <= :c",
        "SELECT a\n  FROM t\n WHERE (:from IS NULL OR at >= :from)\n LIMIT :limit"
      })
  void findsWhatJdbisOwnParserFinds(String sql) {
    ParsedSql ours = NamedParameters.parse(sql);
    try (Handle handle = Jdbi.open("jdbc:sqlite::memory:")) {
      ParsedSql theirs =
          new ColonPrefixSqlParser().parse(sql, handle.createQuery(sql).getContext());
      assertThat(ours.getSql()).isEqualTo(theirs.getSql());
      assertThat(ours.getParameters().getParameterNames())
          .isEqualTo(theirs.getParameters().getParameterNames());
    }
  }

  @Test
  void whatIsNotCompleteIsRefused() {
    for (String sql : List.of("SELECT 'a", "SELECT \"a", "SELECT /* a", "SELECT a = ?")) {
      assertThatThrownBy(() -> NamedParameters.parse(sql))
          .as(sql)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
