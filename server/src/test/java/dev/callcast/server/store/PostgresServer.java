package dev.callcast.server.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real PostgreSQL for tests, from zonky's binaries, on a free loopback port. It refuses to run as
 * root, so there it runs as {@code nobody}. One per class of tests; closed by it.
 */
final class PostgresServer {
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

  private final Path directory;
  private final Process process;
  private final int port;
  private final AtomicInteger databases = new AtomicInteger();

  PostgresServer() throws IOException, InterruptedException {
    directory = Files.createTempDirectory("callcast-postgres");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path archive = directory.resolve("postgres.txz");
    try (InputStream in = PostgresServer.class.getResourceAsStream(ARCHIVE)) {
      Files.copy(in, archive);
    }
    run(List.of("tar", "-xJf", archive.toString(), "-C", directory.toString()));
    Files.delete(archive);
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    if (root()) {
      Files.setOwner(
          data,
          data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
    run(
        unprivileged(
            directory.resolve("bin/initdb").toString(),
            "--pgdata=" + data,
            "--username=callcast",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync"));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    process =
        new ProcessBuilder(
                unprivileged(
                    directory.resolve("bin/postgres").toString(),
                    "-D",
                    data.toString(),
                    "-p",
                    Integer.toString(port),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "unix_socket_directories=",
                    "-c",
                    // No machine is lost here.
                    "fsync=off"))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> {
          connect().close();
          return true;
        });
  }

  /** The URL of a new, empty database. */
  String database() throws SQLException {
    String name = "test" + databases.incrementAndGet();
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("create database " + name);
    }
    return url(name);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url("postgres"));
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=callcast";
  }

  private static boolean root() {
    return System.getProperty("user.name").equals("root");
  }

  private static List<String> unprivileged(String... command) {
    List<String> all = new ArrayList<>();
    if (root()) {
      all.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(run.getInputStream().readAllBytes());
    if (run.waitFor() != 0) {
      throw new IOException(command + ": " + output);
    }
  }

  void close() throws IOException, InterruptedException {
    process.destroy();
    process.waitFor();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
