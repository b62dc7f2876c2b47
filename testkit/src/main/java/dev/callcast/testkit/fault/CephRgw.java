package dev.callcast.testkit.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A whole Ceph cluster of one machine behind its S3 gateway: a monitor, a manager, one OSD in
 * memory and radosgw, with cephx, of Debian's packages (ceph-mon, ceph-mgr, ceph-osd, radosgw). It
 * is stricter than others, and encrypts with the key {@link #KEY} for {@code aws:kms}. Up in about
 * fifteen seconds; whoever made it closes it, which deletes all of it.
 */
public final class CephRgw implements AutoCloseable {
  /** The key's name for SSE-KMS. */
  public static final String KEY = "testkey-1";

  private static final int COMMAND_SECONDS = 40;

  private final Path directory;
  private final int port;
  private final List<ChildProcess> daemons = new ArrayList<>();

  private CephRgw(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  /**
   * Starts it with one user, of {@link S3Server}'s keys.
   *
   * @throws IOException when a package is missing or a daemon does not come up
   */
  public static CephRgw start() throws IOException, InterruptedException {
    CephRgw ceph =
        new CephRgw(Files.createTempDirectory("callcast-ceph-"), ChildProcess.freePort());
    try {
      ceph.launch();
      return ceph;
    } catch (IOException | InterruptedException e) {
      ceph.close();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  /** Suspends the user, or lets it in again. */
  public void allow(boolean allowed) throws IOException, InterruptedException {
    run("radosgw-admin", "-n", "client.rgw", "user", allowed ? "enable" : "suspend", "--uid=test");
  }

  /** What the cluster stores of keys with that in them, as it lies there: many objects each. */
  public List<Path> stored(String key) throws IOException, InterruptedException {
    Path out = Files.createDirectories(directory.resolve("stored"));
    List<Path> files = new ArrayList<>();
    for (String object : run("rados", "-p", "default.rgw.buckets.data", "ls").lines().toList()) {
      if (!object.contains(key)) {
        continue;
      }
      Path file = out.resolve("object" + files.size());
      run("rados", "-p", "default.rgw.buckets.data", "get", object, file.toString());
      files.add(file);
    }
    return files;
  }

  private void launch() throws IOException, InterruptedException {
    int monitor = ChildProcess.freePort();
    String id = UUID.randomUUID().toString();
    String osd = UUID.randomUUID().toString();
    for (String each : List.of("mon", "mgr", "osd", "rgw", "run")) {
      Files.createDirectories(directory.resolve(each));
    }
    Files.writeString(directory.resolve("ceph.conf"), configuration(id, monitor));
    authorize("mon.", "mon", "allow *");
    authorize("client.admin", "mon", "allow *", "osd", "allow *", "mgr", "allow *");
    authorize("mgr.a", "mon", "allow *", "osd", "allow *");
    authorize("osd.0", "mon", "allow *", "osd", "allow *", "mgr", "allow *");
    authorize("client.rgw", "mon", "allow *", "osd", "allow *", "mgr", "allow *");
    String map = directory.resolve("monmap").toString();
    run(
        "monmaptool",
        "--create",
        "--addv",
        "a",
        "[v1:127.0.0.1:" + monitor + "]",
        "--fsid",
        id,
        map);
    run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring());
    daemon("ceph-mon", "-f", "-i", "a").awaitPort(monitor);
    daemon("ceph-mgr", "-f", "-i", "a");
    run("ceph", "osd", "new", osd, "0");
    run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
    daemon("ceph-osd", "-f", "-i", "0");
    daemon("radosgw", "-f", "-n", "client.rgw").awaitPort(port);
    run(
        "radosgw-admin",
        "-n",
        "client.rgw",
        "user",
        "create",
        "--uid=test",
        "--display-name=test",
        "--access-key=" + S3Server.ACCESS_KEY,
        "--secret-key=" + S3Server.SECRET_KEY);
  }

  private String configuration(String id, int monitor) {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return """
    [global]
    fsid = %s
    mon host = [v1:127.0.0.1:%d/0]
    mon initial members = a
    public addr = 127.0.0.1
    cluster addr = 127.0.0.1
    auth cluster required = cephx
    auth service required = cephx
    auth client required = cephx
    keyring = %s
    run dir = %4$s/run
    log file = %4$s/$name.log
    admin socket = %4$s/run/$name.asok
    pid file = %4$s/run/$name.pid
    mon data = %4$s/mon
    mgr data = %4$s/mgr
    osd data = %4$s/osd
    rgw data = %4$s/rgw
    mon data avail crit = 1
    osd objectstore = memstore
    memstore device bytes = 1073741824
    osd pool default size = 1
    osd pool default min size = 1
    osd pool default pg num = 4
    osd pool default pgp num = 4
    osd crush chooseleaf type = 0
    mon allow pool size one = true
    mon max pg per osd = 1000
    osd class load list = *
    osd class default list = *
    rgw frontends = beast endpoint=127.0.0.1:%5$d
    rgw crypt require ssl = false
    rgw crypt s3 kms backend = testing
    rgw crypt s3 kms encryption keys = %6$s=%7$s
    """
        .formatted(
            id, monitor, keyring(), directory, port, KEY, Base64.getEncoder().encodeToString(key));
  }

  private String keyring() {
    return directory.resolve("keyring").toString();
  }

  private void authorize(String name, String... capabilities)
      throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(List.of("ceph-authtool", keyring(), "--gen-key", "-n", name));
    if (!Files.exists(Path.of(keyring()))) {
      words.add("--create-keyring");
    }
    for (int i = 0; i < capabilities.length; i += 2) {
      words.addAll(List.of("--cap", capabilities[i], capabilities[i + 1]));
    }
    run(words.toArray(String[]::new));
  }

  private ChildProcess daemon(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("-c", directory.resolve("ceph.conf").toString()));
    ChildProcess daemon = new ChildProcess(command, directory);
    daemons.add(daemon);
    return daemon;
  }

  private String run(String... words) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("errors").toFile()));
    builder.environment().put("CEPH_CONF", directory.resolve("ceph.conf").toString());
    Path output = directory.resolve("answer");
    Process process = builder.redirectOutput(output.toFile()).start();
    if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(words[0] + " did not end in " + COMMAND_SECONDS + " s");
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          String.join(" ", words) + ": " + Files.readString(directory.resolve("errors")));
    }
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  /** Ends the gateway first; the rest is killed, for nothing of it is kept. */
  @Override
  public void close() throws IOException {
    try {
      for (ChildProcess daemon : daemons.reversed()) {
        daemon.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ChildProcess.deleteTree(directory);
  }
}
