package dev.callcast.server.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.SqlParser;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Finds {@code :name} in SQL, in place of Jdbi's own parser, which is one of ANTLR: most of what C2
 * compiled while a node started was that (docs/decisions/0023-start-of-a-node.md). Quotes, comments
 * and PostgreSQL's {@code ::} are left as they are; {@code ?} is not taken, for none of our
 * statements counts its parameters. Safe for any thread.
 */
final class NamedParameters implements SqlParser {
  /** Statements are made of constants; a list of values makes one for each length. */
  private static final int MOST_KEPT = 2_000;

  private final Map<String, ParsedSql> kept = new ConcurrentHashMap<>();

  @Override
  public ParsedSql parse(String sql, StatementContext context) {
    ParsedSql known = kept.get(sql);
    if (known != null) {
      return known;
    }
    ParsedSql parsed = parse(sql);
    if (kept.size() < MOST_KEPT) {
      kept.put(sql, parsed);
    }
    return parsed;
  }

  @Override
  public String nameParameter(String rawName, StatementContext context) {
    return ":" + rawName;
  }

  /**
   * Cuts a statement into text and parameters.
   *
   * @throws IllegalArgumentException where a quote or comment has no end, or a parameter no name
   */
  static ParsedSql parse(String sql) {
    ParsedSql.Builder parsed = ParsedSql.builder();
    int text = 0; // where what is not passed on yet begins
    int at = 0;
    while (at < sql.length()) {
      char here = sql.charAt(at);
      if (here == '\'' || here == '"') {
        at = behind(sql, String.valueOf(here), at + 1); // a doubled one begins the next
      } else if (sql.startsWith("--", at)) {
        int line = sql.indexOf('\n', at);
        at = line < 0 ? sql.length() : line;
      } else if (sql.startsWith("/*", at)) {
        at = behind(sql, "*/", at + 2);
      } else if (sql.startsWith("::", at)) {
        at += 2;
      } else if (here == ':' && at + 1 < sql.length() && named(sql.charAt(at + 1))) {
        int end = at + 1;
        while (end < sql.length() && named(sql.charAt(end))) {
          end++;
        }
        parsed.append(sql.substring(text, at)).appendNamedParameter(sql.substring(at + 1, end));
        text = at = end;
      } else if (here == '?') {
        throw new IllegalArgumentException("a parameter without a name in: " + sql);
      } else {
        at++;
      }
    }
    return parsed.append(sql.substring(text)).build();
  }

  private static int behind(String sql, String end, int from) {
    int at = sql.indexOf(end, from);
    if (at < 0) {
      throw new IllegalArgumentException("no " + end + " at the end of: " + sql.substring(from));
    }
    return at + end.length();
  }

  private static boolean named(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
}
