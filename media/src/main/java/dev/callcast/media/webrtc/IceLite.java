package dev.callcast.media.webrtc;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lite end of ICE (RFC 8445): it asks nobody anything, and answers the checks of a peer that
 * knows its password. The peer chooses the way; what it nominated last is where packets go. Each
 * check is also the peer's consent to be sent to (RFC 7675).
 *
 * <p>Used by the thread that owns the socket; {@link #selected} by any.
 */
final class IceLite {
  /** Ways to the peer that are kept: a host has some addresses, and a NAT some ports for each. */
  private static final int MOST_PAIRS = 16;

  private final String ufrag;
  private final String password;
  private final String remoteUfrag;

  /** From where good checks came, the one that came last at the end. */
  private final Map<InetSocketAddress, Long> pairs = new LinkedHashMap<>(16, 0.75f, true);

  private volatile @Nullable InetSocketAddress selected;
  private boolean nominated;
  private long consented;

  /**
   * Waits for checks.
   *
   * @param now from which on the peer has time for its first one, ns
   */
  IceLite(String ufrag, String password, String remoteUfrag, long now) {
    this.ufrag = ufrag;
    this.password = password;
    this.remoteUfrag = remoteUfrag;
    this.consented = now;
  }

  /** Answers a message of STUN; null when nothing is to be said. */
  byte @Nullable [] answer(byte[] data, int length, InetSocketAddress from, long now) {
    StunMessage request = StunMessage.parse(data, length);
    if (request == null || request.type() != StunMessage.BINDING_REQUEST) {
      return null; // Also indications, which keep a binding of a NAT, and answers to nothing.
    }
    String username = request.username();
    if (username == null || !request.has(StunMessage.MESSAGE_INTEGRITY)) {
      return request.error(400, "Bad Request", null);
    }
    if (!username.equals(ufrag + ":" + remoteUfrag) || !request.authentic(password)) {
      return request.error(401, "Unauthenticated", null);
    }
    if (request.has(StunMessage.ICE_CONTROLLED)) {
      // A lite end cannot control (§6.1.1): the peer has to take that role.
      return request.error(487, "Role Conflict", password);
    }
    consented = now;
    pairs.put(from, now);
    if (pairs.size() > MOST_PAIRS) {
      pairs.remove(pairs.keySet().iterator().next());
    }
    if (request.has(StunMessage.USE_CANDIDATE)) {
      nominated = true;
      selected = from;
    } else if (!nominated) {
      selected = from; // The peer may send from here before it has nominated.
    }
    return request.success(from, password);
  }

  /** Whether the peer has shown that it is reached there. */
  boolean knows(InetSocketAddress from) {
    return pairs.containsKey(from);
  }

  /** Where to send to, or null before the first check. */
  @Nullable InetSocketAddress selected() {
    return selected;
  }

  /** When the last good check came, or when the first one began to be waited for, ns. */
  long consented() {
    return consented;
  }
}
