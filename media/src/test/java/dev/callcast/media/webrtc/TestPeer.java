package dev.callcast.media.webrtc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Hashtable;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.DatagramTransport;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsSRTPUtils;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.UseSRTPData;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/**
 * The other end of a session, as a browser would be: it checks, shakes hands, and sends what it is
 * told to. One UDP socket on loopback; the test closes it.
 */
public final class TestPeer implements AutoCloseable {
  public static final String UFRAG = "peer";

  private final DatagramChannel channel;
  private final InetSocketAddress server;
  private final DtlsIdentity identity = DtlsIdentity.make();
  private final BlockingQueue<byte[]> stun = new LinkedBlockingQueue<>();
  private final BlockingQueue<byte[]> dtls = new LinkedBlockingQueue<>();
  private final BlockingQueue<byte[]> media = new LinkedBlockingQueue<>();
  private DTLSTransport transport;
  private boolean goodbye;

  /** What the handshake gave, from the client's side; null before it. */
  public volatile SrtpKeys keys;

  public TestPeer(int port) throws IOException {
    channel = DatagramChannel.open();
    channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    Thread.ofVirtual().name("test-peer").start(this::receive);
  }

  public String fingerprint() {
    return identity.fingerprint();
  }

  private void receive() {
    try {
      while (true) {
        ByteBuffer into = ByteBuffer.allocate(2048);
        channel.receive(into);
        byte[] data = new byte[into.position()];
        into.flip().get(data);
        int first = data[0] & 0xFF;
        (first <= 3 ? stun : first < 64 ? dtls : media).add(data);
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  public void send(byte[] data, int length) {
    try {
      channel.send(ByteBuffer.wrap(data, 0, length), server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A check of ICE; returns the number of the error, 0 for success, -1 for no answer. */
  public int check(String ufrag, String password, boolean nominate) throws InterruptedException {
    return check(ufrag, password, nominate, StunMessage.ICE_CONTROLLING);
  }

  int check(String ufrag, String password, boolean nominate, int role) throws InterruptedException {
    byte[] transaction = new byte[12];
    new SecureRandom().nextBytes(transaction);
    StunMessage.Builder request =
        new StunMessage.Builder(StunMessage.BINDING_REQUEST, transaction)
            .add(StunMessage.USERNAME, (ufrag + ":" + UFRAG).getBytes())
            .add(role, new byte[8])
            .add(StunMessage.PRIORITY, new byte[4]);
    if (nominate) {
      request.add(StunMessage.USE_CANDIDATE, new byte[0]);
    }
    byte[] sent = request.finish(password);
    send(sent, sent.length);
    byte[] answer = stun.poll(2, TimeUnit.SECONDS);
    if (answer == null) {
      return -1;
    }
    StunMessage read = StunMessage.parse(answer, answer.length);
    return read.type() == StunMessage.BINDING_SUCCESS ? 0 : read.errorCode();
  }

  /** Shakes hands; the server's certificate has to have this fingerprint. */
  @SuppressWarnings("rawtypes")
  public void connect(String fingerprint) throws IOException {
    BcTlsCrypto crypto = new BcTlsCrypto(new SecureRandom());
    transport =
        new DTLSClientProtocol()
            .connect(
                new DefaultTlsClient(crypto) {
                  @Override
                  protected ProtocolVersion[] getSupportedVersions() {
                    return ProtocolVersion.DTLSv12.only();
                  }

                  @Override
                  public Hashtable getClientExtensions() throws IOException {
                    Hashtable extensions = super.getClientExtensions();
                    TlsSRTPUtils.addUseSRTPExtension(
                        extensions, new UseSRTPData(new int[] {7, 1}, new byte[0]));
                    return extensions;
                  }

                  @Override
                  public TlsAuthentication getAuthentication() {
                    return new TlsAuthentication() {
                      @Override
                      public void notifyServerCertificate(TlsServerCertificate certificate)
                          throws IOException {
                        String shown =
                            DtlsIdentity.fingerprint(
                                "sha-256",
                                certificate.getCertificate().getCertificateAt(0).getEncoded());
                        if (!shown.equals(fingerprint)) {
                          throw new TlsFatalAlert(AlertDescription.bad_certificate);
                        }
                      }

                      @Override
                      public TlsCredentials getClientCredentials(CertificateRequest request)
                          throws IOException {
                        TlsCertificate own =
                            crypto.createCertificate(
                                Base64.getDecoder().decode(identity.certificate()));
                        return new BcDefaultTlsCredentialedSigner(
                            new TlsCryptoParameters(context),
                            crypto,
                            PrivateKeyFactory.createKey(
                                Base64.getDecoder().decode(identity.privateKey())),
                            new Certificate(new TlsCertificate[] {own}),
                            SignatureAndHashAlgorithm.getInstance(
                                HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
                      }
                    };
                  }

                  @Override
                  public void notifyAlertReceived(short level, short description) {
                    goodbye |= description == AlertDescription.close_notify;
                  }

                  @Override
                  public void notifyHandshakeComplete() throws IOException {
                    super.notifyHandshakeComplete();
                    keys =
                        SrtpKeys.ofServer(
                            context.exportKeyingMaterial(
                                "EXTRACTOR-dtls_srtp", null, SrtpKeys.EXPORTED));
                  }
                },
                new DatagramTransport() {
                  @Override
                  public int getReceiveLimit() {
                    return 2048;
                  }

                  @Override
                  public int getSendLimit() {
                    return 1200;
                  }

                  @Override
                  public int receive(byte[] into, int offset, int length, int waitMillis)
                      throws IOException {
                    try {
                      byte[] data = dtls.poll(waitMillis, TimeUnit.MILLISECONDS);
                      if (data == null) {
                        return -1;
                      }
                      System.arraycopy(data, 0, into, offset, data.length);
                      return data.length;
                    } catch (InterruptedException e) {
                      throw new SocketTimeoutException();
                    }
                  }

                  @Override
                  public void send(byte[] data, int offset, int length) throws IOException {
                    channel.send(ByteBuffer.wrap(data, offset, length), server);
                  }

                  @Override
                  public void close() {}
                });
  }

  /** Whether the server says goodbye within five seconds. */
  public boolean hearsGoodbye() throws IOException {
    byte[] into = new byte[2048];
    for (int i = 0; i < 50 && !goodbye; i++) {
      transport.receive(into, 0, into.length, 100);
    }
    return goodbye;
  }

  /** Says goodbye. */
  public void leave() throws IOException {
    transport.close();
  }

  /** What came that is neither STUN nor DTLS; null when nothing comes for two seconds. */
  public byte[] media() throws InterruptedException {
    return media.poll(2, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
