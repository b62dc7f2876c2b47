package dev.callcast.server.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API's certificate. Its files are looked at every few seconds, by their content (links that
 * are turned to another file count), and at {@link #reload}; connections that are open keep what
 * they have. As long as new files are wrong, say while a key is written after its certificate, what
 * was there before stays. Safe for any thread; owned and closed by the node.
 */
final class Certificates implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

  /** Between two looks at the files. */
  static final Duration LOOK = Duration.ofSeconds(10);

  private static final Duration SOON = Duration.ofDays(14);

  private final TlsConfig config;
  private final SslContextFactory.Server factory = new SslContextFactory.Server();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("certificates").factory());

  /** What was read last, right or wrong; guarded by this. */
  private @Nullable Contents last;

  /** The contents of both files. */
  private record Contents(ByteBuffer certificate, ByteBuffer key) {}

  /**
   * Reads both files.
   *
   * @param look between two looks at them
   * @throws IOException naming the file and what is wrong with it
   */
  Certificates(TlsConfig config, Duration look) throws IOException {
    this.config = config;
    Contents read = read();
    factory.setKeyStorePassword("");
    factory.setKeyStore(keyStore(read));
    last = read;
    var _ =
        timer.scheduleWithFixedDelay(
            this::reload, look.toMillis(), look.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** For the server, which starts and stops it. */
  SslContextFactory.Server factory() {
    return factory;
  }

  /** Looks at the files now. */
  synchronized void reload() {
    try {
      Contents read = read();
      if (read.equals(last)) {
        return;
      }
      last = read; // a wrong one is told once
      KeyStore store = keyStore(read);
      factory.reload(reloaded -> reloaded.setKeyStore(store));
    } catch (Exception e) {
      LOG.error("the certificate that was there before stays: {}", e.getMessage());
      LOG.debug("reading certificates", e);
    }
  }

  private Contents read() throws IOException {
    return new Contents(
        read("tls.certificate", config.certificate()), read("tls.key", config.key()));
  }

  private static ByteBuffer read(String setting, Path file) throws IOException {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new IOException(
          setting + ": " + file + " can't be read (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private KeyStore keyStore(Contents read) throws IOException {
    List<X509Certificate> chain;
    PrivateKey key;
    try {
      chain = PemFiles.certificates(read.certificate().array());
    } catch (IOException e) {
      throw new IOException("tls.certificate: " + config.certificate() + ": " + e.getMessage(), e);
    }
    try {
      key = PemFiles.privateKey(read.key().array());
    } catch (IOException e) {
      throw new IOException("tls.key: " + config.key() + ": " + e.getMessage(), e);
    }
    X509Certificate own = chain.getFirst();
    if (!PemFiles.match(key, own.getPublicKey())) {
      throw new IOException(
          "tls.key: "
              + config.key()
              + " is not the key of the first certificate in "
              + config.certificate());
    }
    Instant end = own.getNotAfter().toInstant();
    if (end.isBefore(Instant.now().plus(SOON))) {
      LOG.warn("the certificate of {} is valid until {} only", own.getSubjectX500Principal(), end);
    } else {
      LOG.info("the certificate of {} is valid until {}", own.getSubjectX500Principal(), end);
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("callcast", key, new char[0], chain.toArray(X509Certificate[]::new));
      return store;
    } catch (GeneralSecurityException e) {
      throw new IOException("tls.certificate: " + config.certificate() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
