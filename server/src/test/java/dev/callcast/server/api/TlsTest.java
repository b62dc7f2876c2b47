package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The API by TLS, with certificates that OpenSSL makes, and new ones while it runs. */
@Tag("peer")
@Timeout(60)
class TlsTest {
  @TempDir Path directory;
  OpenSsl openssl;

  @BeforeEach
  void make() {
    openssl = new OpenSsl(directory);
  }

  /** One connection, kept open over any number of requests. */
  private static final class Client implements AutoCloseable {
    private final SSLSocket socket;
    private final BufferedReader in;

    Client(String url, Path... trusted) throws Exception {
      int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
      SSLContext context = OpenSsl.trusting(trusted);
      Socket plain = new Socket("127.0.0.1", port);
      socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    }

    String certified() throws Exception {
      X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }

    /** The status line of a request. */
    String ask() throws IOException {
      socket
          .getOutputStream()
          .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      String status = in.readLine();
      int length = 0;
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      in.skip(length);
      return status;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private void replace(TlsConfig old, TlsConfig by) throws IOException {
    Files.copy(by.certificate(), old.certificate(), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(by.key(), old.key(), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aNewCertificateIsShownToWhoConnectsAndNobodyIsCutOff() throws Exception {
    TlsConfig first = openssl.certificate("first");
    TlsConfig second = openssl.certificate("second");
    Path trusted = Files.copy(first.certificate(), directory.resolve("trusted.pem"));
    try (TestNode node =
        new TestNode(TestNode.config(directory.resolve("data"), true).withTls(first))) {
      assertThat(node.server.url()).startsWith("https://127.0.0.1:");
      try (Client before = new Client(node.server.url(), trusted)) {
        assertThat(before.certified()).contains("O=first");
        assertThat(before.ask()).isEqualTo("HTTP/1.1 200 OK");

        replace(first, second);
        node.server.reload();
        try (Client after = new Client(node.server.url(), second.certificate())) {
          assertThat(after.certified()).contains("O=second");
          assertThat(after.ask()).isEqualTo("HTTP/1.1 200 OK");
        }
        assertThat(before.ask()).as("on the connection from before").isEqualTo("HTTP/1.1 200 OK");

        // A key that is not the certificate's, as between two copies: the last pair stays.
        Files.copy(
            openssl.certificate("third").key(), first.key(), StandardCopyOption.REPLACE_EXISTING);
        node.server.reload();
        try (Client still = new Client(node.server.url(), second.certificate())) {
          assertThat(still.certified()).contains("O=second");
        }
        replace(first, new TlsConfig(openssl.file("third.pem"), openssl.file("third.key")));
        node.server.reload();
        try (Client after = new Client(node.server.url(), openssl.file("third.pem"))) {
          assertThat(after.certified()).contains("O=third");
        }
      }
    }
  }

  @Test
  void aLinkThatLeadsElsewhereIsSeenWithoutASignal() throws Exception {
    TlsConfig first = openssl.certificate("first");
    TlsConfig second = openssl.certificate("second");
    Path live = Files.createSymbolicLink(directory.resolve("live"), directory.resolve("v1"));
    for (String version : new String[] {"v1", "v2"}) {
      Path made = Files.createDirectories(directory.resolve(version));
      TlsConfig of = version.equals("v1") ? first : second;
      Files.copy(of.certificate(), made.resolve("cert.pem"));
      Files.copy(of.key(), made.resolve("key.pem"));
    }
    try (Certificates certificates =
        new Certificates(
            new TlsConfig(live.resolve("cert.pem"), live.resolve("key.pem")),
            Duration.ofMillis(20))) {
      certificates.factory().start();
      Files.createSymbolicLink(directory.resolve("next"), directory.resolve("v2"));
      Files.move(directory.resolve("next"), live, StandardCopyOption.ATOMIC_MOVE);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              certificates
                  .factory()
                  .getX509("callcast")
                  .getCertificate()
                  .getSubjectX500Principal()
                  .getName()
                  .contains("second"));
      certificates.factory().stop();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, genrsa -traditional -out k 2048",
    "RSA, genrsa -out k 2048",
    "EC, ecparam -name secp384r1 -genkey -noout -out k",
    "EC, ecparam -name prime256v1 -genkey -out k",
    "EdDSA, genpkey -algorithm ed25519 -out k"
  })
  void keysAreReadAsOpensslWritesThem(String algorithm, String command) throws Exception {
    openssl.run(command);
    openssl.run("req -x509 -key k -days 1 -subj /CN=x -out c");
    PrivateKey key = PemFiles.privateKey(Files.readAllBytes(openssl.file("k")));
    assertThat(key.getAlgorithm()).isEqualTo(algorithm);
    X509Certificate own = PemFiles.certificates(Files.readAllBytes(openssl.file("c"))).getFirst();
    assertThat(PemFiles.match(key, own.getPublicKey())).isTrue();
    openssl.certificate("other");
    X509Certificate other =
        PemFiles.certificates(Files.readAllBytes(openssl.file("other.pem"))).getFirst();
    assertThat(PemFiles.match(key, other.getPublicKey())).isFalse();
  }

  /** Browsers give camera and microphone to it then. It asks nobody but this server. */
  @Test
  void thePageToJoinByIsServedWithAllItNeeds() throws Exception {
    TlsConfig tls = openssl.certificate("node");
    try (TestNode node =
            new TestNode(TestNode.config(directory.resolve("data"), true).withTls(tls));
        HttpClient client =
            HttpClient.newBuilder().sslContext(OpenSsl.trusting(tls.certificate())).build()) {
      URI page = URI.create(node.server.url().replace("127.0.0.1", "localhost") + "/join?call=c");
      HttpResponse<String> html = get(client, page, node.key);
      assertThat(html.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'", "connect-src 'self'", "script-src 'self'");
      List<String> parts =
          Pattern.compile("(?:src|href)=\"([^\"]*)\"")
              .matcher(html.body())
              .results()
              .map(found -> found.group(1))
              .toList();
      assertThat(parts).hasSize(2).allMatch(part -> part.startsWith("/join/"));
      for (String part : parts) {
        String body = get(client, page.resolve(part), node.key).body();
        assertThat(body).as(part).isNotEmpty().doesNotContain("http:", "https:", "ws:", "wss:");
      }
      HttpRequest.Builder offer =
          HttpRequest.newBuilder(page.resolve("/v1/calls/c/whip?participant=ada"))
              .header("Content-Type", "application/sdp")
              .header("Authorization", "Bearer " + node.key);
      node.store().calls().create("c");
      HttpResponse<String> answer =
          client.send(
              offer.POST(HttpRequest.BodyPublishers.ofString(sdp())).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
      URI session = page.resolve(answer.headers().firstValue("Location").orElseThrow());
      assertThat(session.getAuthority()).isEqualTo(page.getAuthority());
      assertThat(session.getScheme()).isEqualTo("https");
    }
  }

  private static HttpResponse<String> get(HttpClient client, URI uri, String key) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + key).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(uri.toString()).isEqualTo(200);
    return answer;
  }

  private static String sdp() throws IOException {
    try (InputStream in =
        TlsTest.class.getResourceAsStream("/dev/callcast/server/webrtc/camera.sdp")) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Test
  void whatIsWrongIsNamedWithItsFile() throws Exception {
    TlsConfig right = openssl.certificate("right");
    openssl.certificate("other");
    openssl.run("pkey -in right.key -aes256 -passout pass:secret -out encrypted");
    Path certificate = right.certificate();
    Path missing = directory.resolve("missing");
    refused(new TlsConfig(missing, right.key()), "tls.certificate: " + missing + " can't be read");
    refused(new TlsConfig(right.key(), right.key()), "tls.certificate: " + right.key());
    refused(new TlsConfig(certificate, certificate), "no private key in it");
    refused(new TlsConfig(certificate, openssl.file("encrypted")), "openssl pkey -in OLD");
    refused(new TlsConfig(certificate, openssl.file("other.key")), "is not the key of the first");
  }

  private static void refused(TlsConfig config, String reason) {
    assertThatThrownBy(() -> new Certificates(config, Certificates.LOOK).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }
}
