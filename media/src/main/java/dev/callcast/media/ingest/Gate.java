package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Cidr;
import dev.callcast.protocol.TrackSpec;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands before an endpoint's tracks: the sender's address ({@code allowFrom}), RTP or RTCP
 * (RFC 5761), a declared SSRC, SRTP, the declared payload type, in this order. What does not pass
 * is counted and gone. What passes is in the clear, in the array that it came in; {@link #packet},
 * {@link #stream} and {@link #length} say what it is until the next one is looked at.
 *
 * <p>Owned and used by the endpoint's thread; holds nothing to close.
 *
 * @param <T> what a declared stream is to the user
 */
final class Gate<T> {
  /** What a datagram is. */
  enum Verdict {
    /** Nothing for us, and counted. */
    DROPPED,
    /** A packet of a declared stream. */
    MEDIA,
    /** A packet of a declared stream's retransmissions (RFC 4588). */
    RETRANSMISSION,
    /** Of a declared SSRC, but with a payload type that was not declared for it. */
    WRONG_TYPE,
    /** Of a declared SSRC, but SRTP does not authenticate it; counted. */
    UNAUTHENTIC,
    /** A compound of RTCP, of anybody. */
    CONTROL
  }

  private record Entry<T>(long ssrc, T stream, int payloadType, boolean retransmission) {}

  private @Nullable SrtpContext crypto;
  private final Map<Long, Entry<T>> entries = new HashMap<>();
  private final Map<Long, Long> learnt = new HashMap<>(); // declared SSRC by that which is sent
  private final Set<Long> heard = new HashSet<>(); // those declared that have come, by any
  private boolean learns;
  private final RtpPacket packet = new RtpPacket();
  private List<Cidr> allowed = List.of();
  private @Nullable InetSocketAddress lastAllowed;
  private @Nullable Entry<T> entry;
  private int plainLength;
  private long packets;
  private long unknownSsrc;
  private long refusedAddress;
  private long malformed;
  private long authFailed;

  /**
   * Makes a gate that lets nothing in yet.
   *
   * @param crypto of what comes in, or null for RTP in the clear
   */
  Gate(@Nullable SrtpContext crypto) {
    this.crypto = crypto;
  }

  /** Sets what comes in is encrypted with from now on. */
  void decipher(SrtpContext incoming) {
    crypto = incoming;
  }

  /**
   * Lets a stream in also under an SSRC that was not declared, if it comes with the payload type of
   * one that has not been heard yet: what a peer says in SDP need not name them (RFC 9143 §9.2). To
   * the user it has the SSRC that was declared. Only for peers that have proven who they are.
   */
  void learn() {
    learns = true;
  }

  /** The SSRC under which a declared one is sent: itself, or what was learnt. */
  long sent(long declared) {
    for (Map.Entry<Long, Long> one : learnt.entrySet()) {
      if (one.getValue() == declared) {
        return one.getKey();
      }
    }
    return declared;
  }

  /** Something came from somebody who is not the peer of the session; it is not looked at. */
  void refuse() {
    packets++;
    refusedAddress++;
  }

  /** Sets from where packets may come; empty for anywhere. */
  void allow(List<Cidr> ranges) {
    allowed = ranges;
    lastAllowed = null;
  }

  /** Lets a stream's SSRCs in. */
  void declare(TrackSpec spec, T stream) {
    entries.put(spec.ssrc(), new Entry<>(spec.ssrc(), stream, spec.payloadType(), false));
    for (long layer : spec.layers()) {
      entries.put(layer, new Entry<>(layer, stream, spec.payloadType(), false));
    }
    TrackSpec.Rtx rtx = spec.rtx();
    if (rtx != null) {
      entries.put(rtx.ssrc(), new Entry<>(rtx.ssrc(), stream, rtx.payloadType(), true));
    }
  }

  /** Lets them in no more, if they are still this stream's. */
  void deny(TrackSpec spec, T stream) {
    deny(spec.ssrc(), stream);
    spec.layers().forEach(layer -> deny(layer, stream));
    TrackSpec.Rtx rtx = spec.rtx();
    if (rtx != null) {
      deny(rtx.ssrc(), stream);
    }
  }

  private void deny(long ssrc, T stream) {
    Entry<T> there = entries.get(ssrc);
    if (there != null && there.stream().equals(stream)) {
      entries.remove(ssrc);
      heard.remove(ssrc);
      learnt.values().remove(ssrc);
    }
  }

  /** Looks at a datagram, and decrypts it in place. */
  Verdict take(byte[] data, int received, InetSocketAddress from, boolean controlOnly) {
    packets++;
    entry = null;
    if (!isAllowed(from)) {
      refusedAddress++;
      return Verdict.DROPPED;
    }
    if (RtpPacket.isRtcp(data, 0, received)) {
      return takeControl(data, received);
    }
    if (controlOnly || !packet.parseHeader(data, 0, received)) {
      malformed++;
      return Verdict.DROPPED;
    }
    long sent = packet.ssrc();
    Entry<T> known = entry(sent);
    Entry<T> found = known == null && learns ? unheard(packet.payloadType()) : known;
    if (found == null) {
      unknownSsrc++;
      return Verdict.DROPPED;
    }
    int plain = crypto == null ? received : crypto.unprotectRtp(data, 0, received);
    if (!deciphered(plain)) {
      entry = plain == SrtpContext.AUTH_FAILED ? known : null;
      return entry == null ? Verdict.DROPPED : Verdict.UNAUTHENTIC;
    }
    if (!packet.parse(data, 0, plain)) {
      malformed++;
      return Verdict.DROPPED;
    }
    if (learns) {
      heard.add(found.ssrc());
      if (sent != found.ssrc()) {
        learnt.put(sent, found.ssrc());
        packet.setSsrc(found.ssrc());
      }
    }
    entry = found;
    if (packet.payloadType() != found.payloadType()) {
      return Verdict.WRONG_TYPE;
    }
    return found.retransmission() ? Verdict.RETRANSMISSION : Verdict.MEDIA;
  }

  /** What is declared under an SSRC, or was learnt to be sent under it. */
  private @Nullable Entry<T> entry(long ssrc) {
    Entry<T> declared = entries.get(ssrc);
    Long as = declared == null && learns ? learnt.get(ssrc) : null;
    return as == null ? declared : entries.get(as);
  }

  /** What is declared with this payload type and has not been heard; null also for several. */
  private @Nullable Entry<T> unheard(int payloadType) {
    Entry<T> only = null;
    for (Entry<T> one : entries.values()) {
      if (one.payloadType() == payloadType) {
        if (only != null || heard.contains(one.ssrc())) {
          return null;
        }
        only = one;
      }
    }
    return only;
  }

  private Verdict takeControl(byte[] data, int received) {
    int plain = crypto == null ? received : crypto.unprotectRtcp(data, 0, received);
    if (!deciphered(plain)) {
      return Verdict.DROPPED;
    }
    if (!Rtcp.valid(data, 0, plain)) {
      malformed++;
      return Verdict.DROPPED;
    }
    return Verdict.CONTROL;
  }

  private boolean deciphered(int length) {
    plainLength = length;
    if (length == SrtpContext.AUTH_FAILED) {
      authFailed++;
    } else if (length == SrtpContext.MALFORMED) {
      malformed++;
    }
    return length >= 0;
  }

  private boolean isAllowed(InetSocketAddress from) {
    if (allowed.isEmpty() || from.equals(lastAllowed)) {
      return true;
    }
    for (Cidr range : allowed) {
      if (range.contains(from.getAddress())) {
        lastAllowed = from;
        return true;
      }
    }
    return false;
  }

  /** The packet that was looked at last, unless it was control. */
  RtpPacket packet() {
    return packet;
  }

  /** The length in bytes of what was looked at last, in the clear. */
  int length() {
    return plainLength;
  }

  /** The stream of the packet that was looked at last, which must have had one. */
  T stream() {
    return Objects.requireNonNull(entry).stream();
  }

  /** The stream that an SSRC belongs to, its retransmissions included, or null. */
  @Nullable T declared(long ssrc) {
    Entry<T> found = entry(ssrc);
    return found == null ? null : found.stream();
  }

  /** The stream that has this SSRC for its own, or null. */
  @Nullable T media(long ssrc) {
    Entry<T> found = entry(ssrc);
    return found == null || found.retransmission() ? null : found.stream();
  }

  /** What came so far. */
  CallStats.EndpointStats stats(String endpoint, @Nullable String remote) {
    return new CallStats.EndpointStats(
        endpoint, packets, unknownSsrc, refusedAddress, malformed, authFailed, remote);
  }
}
