package dev.callcast.testkit.fault;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real S3 server, S3Proxy, on a free port of the loopback address: its buckets are directories in
 * one of its own. It checks signatures, wants parts of 5 MiB, and refuses server-side encryption.
 * Usable by any thread; whoever made it closes it, which deletes the directory.
 */
public final class S3Server implements AutoCloseable {
  /** The access key that it accepts at first. */
  public static final String ACCESS_KEY = "callcast";

  /** And its secret. */
  public static final String SECRET_KEY = "callcast-secret";

  private final Path directory;
  private final int port;
  private final boolean signed;
  private @Nullable ChildProcess process;

  private S3Server(Path directory, int port, boolean signed) {
    this.directory = directory;
    this.port = port;
    this.signed = signed;
  }

  /**
   * Starts it with empty buckets of these names.
   *
   * @throws IOException when its jar is missing or it does not come up
   */
  public static S3Server start(String... buckets) throws IOException, InterruptedException {
    return start(true, buckets);
  }

  /** The same, but it lets everybody do everything. */
  public static S3Server startUnsigned(String... buckets) throws IOException, InterruptedException {
    return start(false, buckets);
  }

  /**
   * The same as {@link #start}, with its objects in memory: for measuring a node that has a disk to
   * itself.
   *
   * @throws IOException as for {@link #start}, and where the system has no memory file system
   */
  public static S3Server startInMemory(String... buckets) throws IOException, InterruptedException {
    return start(Files.createTempDirectory(Path.of("/dev/shm"), "callcast-s3-"), true, buckets);
  }

  private static S3Server start(boolean signed, String... buckets)
      throws IOException, InterruptedException {
    return start(Files.createTempDirectory("callcast-s3-"), signed, buckets);
  }

  private static S3Server start(Path directory, boolean signed, String... buckets)
      throws IOException, InterruptedException {
    S3Server server = new S3Server(directory, ChildProcess.freePort(), signed);
    for (String bucket : buckets) {
      Files.createDirectories(server.directory.resolve("buckets").resolve(bucket));
    }
    try {
      server.launch();
      return server;
    } catch (IOException | InterruptedException e) {
      server.close();
      throw e;
    }
  }

  private void launch() throws IOException, InterruptedException {
    Path buckets = Files.createDirectories(directory.resolve("buckets"));
    Path properties = directory.resolve("s3proxy.conf");
    Files.writeString(
        properties,
        """
        s3proxy.authorization=%s
        s3proxy.identity=%s
        s3proxy.credential=%s
        s3proxy.endpoint=http://127.0.0.1:%d
        s3proxy.ignore-unknown-headers=true
        jclouds.provider=filesystem-nio2
        jclouds.filesystem.basedir=%s
        """
            .formatted(signed ? "aws-v4" : "none", ACCESS_KEY, SECRET_KEY, port, buckets));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-DLOG_LEVEL=warn",
            "-jar",
            jar().toString(),
            "--properties",
            properties.toString()));
    ChildProcess started = new ChildProcess(command, directory);
    process = started;
    started.awaitPort(port);
  }

  private static Path jar() throws IOException {
    Path code;
    try {
      code = Path.of(S3Server.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    // Beside the classes, beside their jar, or beside the directory of all jars.
    for (Path up = code.getParent(); up != null; up = up.getParent()) {
      Path jar = up.resolve("peers").resolve("s3proxy.jar");
      if (Files.exists(jar)) {
        return jar;
      }
      if (up.endsWith("target")) {
        break;
      }
    }
    throw new IOException("there is no peers/s3proxy.jar near " + code + ": build with Maven");
  }

  public int port() {
    return port;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Where a bucket's objects lie, each a file by its key. */
  public Path bucket(String name) {
    return directory.resolve("buckets").resolve(name);
  }

  /** Writes an AWS credentials file with what it accepts at first. */
  public static Path credentials(Path file) throws IOException {
    return credentials(file, SECRET_KEY);
  }

  /** Writes an AWS credentials file with another secret. */
  public static Path credentials(Path file, String secretKey) throws IOException {
    return Files.writeString(
        file,
        """
        [default]
        aws_access_key_id = %s
        aws_secret_access_key = %s
        """
            .formatted(ACCESS_KEY, secretKey));
  }

  /** SIGKILL: connections are refused from now on. */
  public void stop() throws InterruptedException {
    ChildProcess current = process;
    process = null;
    if (current != null) {
      current.kill();
    }
  }

  /** Starts it again after {@link #stop}, with all its objects and open uploads. */
  public void restart() throws IOException, InterruptedException {
    launch();
  }

  /** SIGSTOP: connections are taken by the kernel and never answered. */
  public void freeze() throws IOException, InterruptedException {
    running().signal("STOP");
  }

  /** SIGCONT. */
  public void thaw() throws IOException, InterruptedException {
    running().signal("CONT");
  }

  private ChildProcess running() {
    ChildProcess current = process;
    if (current == null) {
      throw new IllegalStateException("the S3 server does not run");
    }
    return current;
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ChildProcess.deleteTree(directory);
  }
}
