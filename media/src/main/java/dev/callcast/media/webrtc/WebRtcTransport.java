package dev.callcast.media.webrtc;

import dev.callcast.protocol.WebRtcSpec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands between a UDP socket and SRTP when the peer is a browser: tells STUN, DTLS and media
 * apart by their first byte (RFC 7983), answers the one, shakes hands by the other, and says when
 * the peer is gone. Owned, used and closed by the thread that owns the socket.
 *
 * <p>It outlives its process: the ports, the credentials of ICE and the keys of SRTP are what a
 * peer holds on to, and the next worker has them all from the node. Only the session of DTLS is
 * lost, which is of no use any more but for saying goodbye.
 */
public final class WebRtcTransport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebRtcTransport.class);

  /** A peer that has not asked for so long has taken its consent back (RFC 7675 §5.1), ns. */
  private static final long CONSENT = 30_000_000_000L;

  /** Within this after media came without keys, the keys have to be there, ns. */
  private static final long KEYLESS = 3_000_000_000L;

  /** What a datagram is. */
  public enum Kind {
    /** It was for this transport, or is nothing; done with. */
    DONE,
    /** SRTP or SRTCP of the peer. */
    MEDIA,
    /** From an address from which nobody has shown to be the peer; done with. */
    STRANGER
  }

  /** Is told what becomes of the session, on any thread. */
  public interface Listener {
    /** The handshake is over: from now on media can be read and sent. */
    void keyed(SrtpKeys keys);

    /** The peer is gone, or never came; told once. Nothing is answered any more. */
    void ended(String reason);
  }

  private final String name;
  private final DatagramChannel channel;
  private final Listener listener;
  private final IceLite ice;
  private final @Nullable DtlsServer dtls; // null where the keys are known already
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile boolean keyed;
  private boolean connected;
  private long keylessSince = -1;

  /**
   * Waits for the peer.
   *
   * @param name for logs
   * @param keyed whether an earlier worker has shaken hands already
   * @param now ns, as all times here
   */
  public WebRtcTransport(
      String name,
      WebRtcSpec spec,
      boolean keyed,
      DatagramChannel channel,
      Listener listener,
      long now) {
    this.name = name;
    this.channel = channel;
    this.listener = listener;
    this.keyed = keyed;
    this.ice = new IceLite(spec.ufrag(), spec.password(), spec.remoteUfrag(), now);
    this.dtls =
        keyed
            ? null
            : new DtlsServer(
                name,
                new DtlsIdentity(spec.certificate(), spec.privateKey()),
                spec.remoteFingerprint(),
                this::sendToPeer,
                new DtlsServer.Listener() {
                  @Override
                  public void keyed(SrtpKeys keys) {
                    WebRtcTransport.this.keyed = true;
                    listener.keyed(keys);
                  }

                  @Override
                  public void ended(String reason) {
                    end(reason);
                  }
                });
  }

  /** Looks at a datagram. */
  public Kind take(byte[] data, int length, InetSocketAddress from, long now) {
    if (over.get() || length == 0) {
      return Kind.DONE;
    }
    int first = data[0] & 0xFF;
    if (first <= 3) {
      byte[] answer = ice.answer(data, length, from, now);
      if (answer != null) {
        send(answer, 0, answer.length, from);
      }
      connected |= ice.selected() != null;
      return Kind.DONE;
    }
    if (!ice.knows(from)) {
      return Kind.STRANGER;
    }
    if (first >= 20 && first <= 63) {
      if (dtls != null) {
        dtls.receive(data, length);
      }
      return Kind.DONE;
    }
    if (first < 128 || first > 191) {
      return Kind.DONE;
    }
    if (!keyed) {
      if (keylessSince < 0) {
        keylessSince = now;
      }
      return Kind.DONE;
    }
    keylessSince = -1;
    return Kind.MEDIA;
  }

  /** Now and then: says whether the peer is still there. */
  public void tick(long now) {
    if (now - ice.consented() > CONSENT) {
      end(connected ? "the peer was not heard of for 30 s" : "the peer did not come within 30 s");
    } else if (!keyed && keylessSince >= 0 && now - keylessSince > KEYLESS) {
      // A worker died between the handshake and the node's hearing of it: no second one comes.
      end("the peer sends with keys that are lost");
    }
  }

  /** Where to send to, or null while that is not known. */
  public @Nullable InetSocketAddress peer() {
    return ice.selected();
  }

  private void sendToPeer(byte[] data, int offset, int length) {
    InetSocketAddress to = ice.selected();
    if (to != null) {
      send(data, offset, length, to);
    }
  }

  private void send(byte[] data, int offset, int length, InetSocketAddress to) {
    try {
      channel.send(ByteBuffer.wrap(data, offset, length), to);
    } catch (IOException e) {
      log.debug("{}: sending to {}", name, to, e); // The peer asks again, or consents no more.
    }
  }

  private void end(String reason) {
    if (over.compareAndSet(false, true)) {
      listener.ended(reason);
    }
  }

  /** Says goodbye to the peer, which takes the socket, and ends; nothing is told any more. */
  @Override
  public void close() {
    over.set(true);
    if (dtls != null) {
      dtls.close();
    }
  }
}
