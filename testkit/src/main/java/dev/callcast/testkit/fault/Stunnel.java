package dev.callcast.testkit.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A TLS front with a certificate of its own making, for RTMPS: stunnel in front of a plain server
 * on this machine. Whoever made it closes it, which deletes its directory.
 */
public final class Stunnel implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final ChildProcess process;

  private Stunnel(Path directory, int port, ChildProcess process) {
    this.directory = directory;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @throws IOException when stunnel or openssl is not installed, or it does not come up
   */
  public static Stunnel before(int targetPort) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("callcast-stunnel-");
    int port = ChildProcess.freePort();
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (openssl.waitFor() != 0) {
      ChildProcess.deleteTree(directory);
      throw new IOException("openssl made no certificate: " + said);
    }
    Files.setPosixFilePermissions(
        directory.resolve("key.pem"), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        directory.resolve("stunnel.conf"),
        """
        foreground = yes
        pid =
        [rtmps]
        accept = 127.0.0.1:%d
        connect = 127.0.0.1:%d
        cert = %s
        key = %s
        """
            .formatted(
                port, targetPort, directory.resolve("cert.pem"), directory.resolve("key.pem")));
    ChildProcess process =
        new ChildProcess(
            List.of("stunnel4", directory.resolve("stunnel.conf").toString()), directory);
    try {
      process.awaitPort(port);
    } catch (IOException e) {
      process.kill();
      ChildProcess.deleteTree(directory);
      throw e;
    }
    return new Stunnel(directory, port, process);
  }

  public int port() {
    return port;
  }

  /** Where to publish a stream key with TLS. */
  public String url(String key) {
    return "rtmps://127.0.0.1:" + port + "/live/" + key;
  }

  /** The certificate in PEM, for those who want to trust it. */
  public Path certificate() {
    return directory.resolve("cert.pem");
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ChildProcess.deleteTree(directory);
  }
}
