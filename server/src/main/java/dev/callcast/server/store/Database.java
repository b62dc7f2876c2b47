package dev.callcast.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.DefinedAttributeTemplateEngine;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jspecify.annotations.Nullable;

/**
 * The store's connection: SQLite or PostgreSQL by the JDBC URL, its pool, its migrations, and
 * transactions. Safe for any thread. Owned and closed by the node.
 *
 * <p>Writes of one node are serialised by a lock: they are rare (an API call, an event), SQLite has
 * one writer anyway, and so a transaction never has to be repeated for a conflict within the node.
 * SQLite runs in WAL mode with {@code synchronous=FULL}: a worker forgets an event once it was
 * acknowledged, and an epoch must never be given twice, so a commit has to survive a power cut
 * ({@code NORMAL} would not fsync the WAL at commit). That costs one fsync per write.
 */
public final class Database implements AutoCloseable {
  /** SQLite's result code SQLITE_FULL. */
  private static final int SQLITE_FULL = 13;

  /** PostgreSQL's SQLSTATE disk_full. */
  private static final String DISK_FULL = "53100";

  private static final ThreadLocal<@Nullable Transaction> CURRENT = new ThreadLocal<>();

  private static final Pattern TEMPLATE = Pattern.compile("<[a-z]");
  private static final TemplateEngine LISTS = new DefinedAttributeTemplateEngine();

  private final HikariDataSource pool;
  private final Jdbi jdbi;
  private final boolean postgresql;
  private final ReentrantLock writing = new ReentrantLock();

  private record Transaction(Database database, Handle handle, List<Runnable> afterCommit) {}

  private Database(HikariDataSource pool, boolean postgresql) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    jdbi.getConfig(SqlStatements.class)
        .setSqlParser(new NamedParameters())
        .setTemplateEngine(Database::filled);
    this.postgresql = postgresql;
  }

  /**
   * Opens the database and brings its schema up to date.
   *
   * @param url {@code jdbc:sqlite:/path/callcast.db} or {@code jdbc:postgresql://...}
   */
  public static Database open(String url) {
    boolean postgresql = url.startsWith("jdbc:postgresql:");
    if (!postgresql && !url.startsWith("jdbc:sqlite:")) {
      throw new IllegalArgumentException(
          "the database URL has to begin with jdbc:sqlite: or jdbc:postgresql:");
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setPoolName("callcast-store");
    config.setMaximumPoolSize(8);
    config.setMinimumIdle(1);
    if (!postgresql) {
      config.addDataSourceProperty("journal_mode", "WAL");
      config.addDataSourceProperty("synchronous", "FULL");
      config.addDataSourceProperty("busy_timeout", "10000");
      config.addDataSourceProperty("foreign_keys", "true");
      // A transaction that begins by reading must not fail later for not being the writer.
      config.addDataSourceProperty("transaction_mode", "IMMEDIATE");
    }
    HikariDataSource pool = new HikariDataSource(config);
    try {
      Schema.bringUpToDate(pool, postgresql);
      return new Database(pool, postgresql);
    } catch (RuntimeException e) {
      pool.close();
      throw e;
    }
  }

  /** Only where a list of values is to be filled in is Jdbi's parser for that asked. */
  private static String filled(String sql, StatementContext context) {
    return TEMPLATE.matcher(sql).find() ? LISTS.render(sql, context) : sql;
  }

  /** Whether it is PostgreSQL, which other nodes may write to as well. */
  boolean postgresql() {
    return postgresql;
  }

  /** Reads, inside the surrounding {@link #write} if there is one. */
  public <T extends @Nullable Object> T read(Function<Handle, T> work) {
    Transaction transaction = transaction();
    if (transaction != null) {
      return work.apply(transaction.handle());
    }
    try (Handle handle = jdbi.open()) {
      return work.apply(handle);
    }
  }

  /**
   * Runs work in a transaction: all of it is durable when this returns, or nothing is when it
   * throws. Within the work of another {@code write} it is part of that one.
   */
  public <T extends @Nullable Object> T write(Function<Handle, T> work) {
    Transaction surrounding = transaction();
    if (surrounding != null) {
      return work.apply(surrounding.handle());
    }
    List<Runnable> afterCommit = new ArrayList<>();
    T result;
    writing.lock();
    try (Handle handle = jdbi.open()) {
      CURRENT.set(new Transaction(this, handle, afterCommit));
      try {
        result = handle.inTransaction(work::apply);
      } finally {
        CURRENT.remove();
      }
    } finally {
      writing.unlock();
    }
    afterCommit.forEach(Runnable::run);
    return result;
  }

  /** Whether this is the database's way to say that its disk is full. */
  public static boolean isOutOfRoom(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql
          && (sql.getErrorCode() == SQLITE_FULL || DISK_FULL.equals(sql.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  /** Runs it when the surrounding {@link #write} has been committed, on the same thread. */
  void afterCommit(Runnable action) {
    Transaction transaction = transaction();
    if (transaction == null) {
      throw new IllegalStateException("not in a transaction");
    }
    transaction.afterCommit().add(action);
  }

  private @Nullable Transaction transaction() {
    Transaction transaction = CURRENT.get();
    if (transaction != null && transaction.database() != this) {
      throw new IllegalStateException("a transaction of one store within that of another");
    }
    return transaction;
  }

  @Override
  public void close() {
    pool.close();
  }
}
