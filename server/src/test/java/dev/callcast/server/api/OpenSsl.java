package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Keys and certificates as an operator makes them, in a directory. */
final class OpenSsl {
  private final Path directory;

  OpenSsl(Path directory) {
    this.directory = directory;
  }

  /** Runs {@code openssl} with these words, separated by spaces. */
  void run(String words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(Arrays.asList(words.split(" ")));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(words + ": " + said).isZero();
  }

  /** Makes {@code NAME.pem} and {@code NAME.key} for localhost, with the name as organisation. */
  TlsConfig certificate(String name) throws IOException, InterruptedException {
    run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
            + (" -subj /O=" + name + "/CN=localhost")
            + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
            + (" -keyout " + name + ".key -out " + name + ".pem"));
    return new TlsConfig(file(name + ".pem"), file(name + ".key"));
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  /** A client that trusts these certificates, and no others. */
  static SSLContext trusting(Path... certificates) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Path certificate : certificates) {
      store.setCertificateEntry(
          certificate.toString(),
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificate))));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
