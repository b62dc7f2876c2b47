package dev.callcast.media.webrtc;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Hashtable;
import java.util.Vector;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.DatagramTransport;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.ExporterLabel;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SRTPProtectionProfile;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsSRTPUtils;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.UseSRTPData;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The passive end of DTLS 1.2 (RFC 6347) that agrees on keys for SRTP (RFC 5764), on Bouncy Castle.
 * The owner of the socket hands in what comes; a virtual thread of this one's own, from the first
 * packet on, does the handshake and then waits for the peer to close. The owner closes it.
 */
final class DtlsServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DtlsServer.class);

  /** Of one datagram each; a flight has some. What is too much is sent again by the peer. */
  private static final int WAITING = 64;

  /** Bytes of a datagram of ours: fits through every tunnel. */
  private static final int SEND_LIMIT = 1200;

  private static final int RECEIVE_LIMIT = 2048;

  /** For the whole handshake, ms. */
  private static final int HANDSHAKE_LIMIT = 30_000;

  /** Wakes the thread. */
  private static final byte[] END = {};

  /** Sends a datagram to the peer. */
  @FunctionalInterface
  interface Sender {
    void send(byte[] data, int offset, int length) throws IOException;
  }

  /** Is told what becomes of it, on its own thread. */
  interface Listener {
    void keyed(SrtpKeys keys);

    /** There is no session (any more): the peer closed it, or the handshake failed. */
    void ended(String reason);
  }

  private final String name;
  private final DtlsIdentity identity;
  private final String remoteFingerprint;
  private final Sender sender;
  private final Listener listener;
  private final BlockingQueue<byte[]> incoming = new ArrayBlockingQueue<>(WAITING);
  private @Nullable Thread thread; // the owner's
  private volatile @Nullable DTLSTransport transport;
  private volatile boolean left; // by the peer
  private volatile boolean closed;

  /**
   * Waits for the peer's first packet.
   *
   * @param name for logs
   * @param remoteFingerprint of the certificate that the peer has to have
   */
  DtlsServer(
      String name,
      DtlsIdentity identity,
      String remoteFingerprint,
      Sender sender,
      Listener listener) {
    this.name = name;
    this.identity = identity;
    this.remoteFingerprint = remoteFingerprint;
    this.sender = sender;
    this.listener = listener;
  }

  /** A datagram came; on the owner's thread. */
  void receive(byte[] data, int length) {
    if (closed || !incoming.offer(Arrays.copyOf(data, length))) {
      return;
    }
    if (thread == null) {
      thread = Thread.ofVirtual().name("dtls-" + name).start(this::run);
    }
  }

  private void run() {
    Peer peer = new Peer();
    try {
      DTLSTransport open = new DTLSServerProtocol().accept(peer, new Datagrams());
      transport = open;
      byte[] ignored = new byte[RECEIVE_LIMIT];
      while (!closed && !left) {
        open.receive(
            ignored, 0, ignored.length, 0); // Data channels are not offered: nothing comes.
      }
    } catch (IOException | RuntimeException e) {
      if (!closed && !left) {
        log.info("{}: DTLS: {}", name, e.toString());
        String refusal = peer.refusal;
        listener.ended(refusal == null ? "the DTLS handshake failed: " + e.getMessage() : refusal);
        return;
      }
    }
    if (left && !closed) {
      listener.ended("the peer left");
    }
  }

  /** Tells the peer that it is over; returns at once. The socket has to be open still. */
  @Override
  public void close() {
    closed = true;
    DTLSTransport open = transport;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.debug("{}: closing DTLS", name, e);
      }
    }
    incoming.clear();
    incoming.offer(END);
  }

  /** The socket as the library sees it. */
  private final class Datagrams implements DatagramTransport {
    @Override
    public int getReceiveLimit() {
      return RECEIVE_LIMIT;
    }

    @Override
    public int getSendLimit() {
      return SEND_LIMIT;
    }

    @Override
    public int receive(byte[] into, int offset, int length, int waitMillis) throws IOException {
      try {
        if (left) {
          throw new IOException("the peer left"); // The library would wait for more.
        }
        byte[] data =
            waitMillis == 0 ? incoming.take() : incoming.poll(waitMillis, TimeUnit.MILLISECONDS);
        if (closed) {
          throw new IOException("closed");
        }
        if (data == null) {
          return -1;
        }
        int size = Math.min(length, data.length);
        System.arraycopy(data, 0, into, offset, size);
        return size;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    @Override
    public void send(byte[] data, int offset, int length) throws IOException {
      sender.send(data, offset, length);
    }

    @Override
    public void close() {
      // The socket is its owner's.
    }
  }

  /** What this end wants of the handshake. */
  private final class Peer extends DefaultTlsServer {
    private final BcTlsCrypto crypto;
    private volatile @Nullable String refusal;

    Peer() {
      this(new BcTlsCrypto(new SecureRandom()));
    }

    private Peer(BcTlsCrypto crypto) {
      super(crypto);
      this.crypto = crypto;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return ProtocolVersion.DTLSv12.only();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
      return new int[] {
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
      };
    }

    @Override
    public int getHandshakeTimeoutMillis() {
      return HANDSHAKE_LIMIT;
    }

    /** Without it nothing may be exported (RFC 7627 §6.3). */
    @Override
    public boolean requiresExtendedMasterSecret() {
      return true;
    }

    @Override
    protected TlsCredentialedSigner getECDSASignerCredentials() throws IOException {
      Base64.Decoder decoder = Base64.getDecoder();
      TlsCertificate certificate = crypto.createCertificate(decoder.decode(identity.certificate()));
      return new BcDefaultTlsCredentialedSigner(
          new TlsCryptoParameters(context),
          crypto,
          PrivateKeyFactory.createKey(decoder.decode(identity.privateKey())),
          new Certificate(new TlsCertificate[] {certificate}),
          SignatureAndHashAlgorithm.getInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
    }

    @Override
    public CertificateRequest getCertificateRequest() {
      Vector<?> algorithms = TlsUtils.getDefaultSupportedSignatureAlgorithms(context);
      return new CertificateRequest(
          new short[] {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign},
          algorithms,
          null);
    }

    @Override
    public void notifyClientCertificate(Certificate chain) throws IOException {
      String hash = remoteFingerprint.substring(0, remoteFingerprint.indexOf(' '));
      if (chain == null
          || chain.isEmpty()
          || !DtlsIdentity.fingerprint(hash, chain.getCertificateAt(0).getEncoded())
              .equals(remoteFingerprint)) {
        refusal = "the peer's certificate is not the one of its offer's fingerprint";
        throw new TlsFatalAlert(AlertDescription.bad_certificate);
      }
    }

    @Override
    @SuppressWarnings("rawtypes") // as the library has it
    public void processClientExtensions(Hashtable extensions) throws IOException {
      super.processClientExtensions(extensions);
      UseSRTPData offered = TlsSRTPUtils.getUseSRTPExtension(extensions);
      boolean fits =
          offered != null
              && Arrays.stream(offered.getProtectionProfiles())
                  .anyMatch(
                      profile -> profile == SRTPProtectionProfile.SRTP_AES128_CM_HMAC_SHA1_80);
      if (!fits) {
        refusal = "the peer does not offer SRTP_AES128_CM_HMAC_SHA1_80 in its DTLS handshake";
        throw new TlsFatalAlert(AlertDescription.illegal_parameter);
      }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Hashtable getServerExtensions() throws IOException {
      Hashtable extensions = super.getServerExtensions();
      TlsSRTPUtils.addUseSRTPExtension(
          extensions,
          new UseSRTPData(
              new int[] {SRTPProtectionProfile.SRTP_AES128_CM_HMAC_SHA1_80}, TlsUtils.EMPTY_BYTES));
      return extensions;
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
      super.notifyHandshakeComplete();
      listener.keyed(
          SrtpKeys.ofServer(
              context.exportKeyingMaterial(ExporterLabel.dtls_srtp, null, SrtpKeys.EXPORTED)));
    }

    @Override
    public void notifyAlertReceived(short level, short description) {
      if (description == AlertDescription.close_notify) {
        left = true;
      }
    }
  }
}
