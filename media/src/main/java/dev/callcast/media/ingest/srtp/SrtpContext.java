package dev.callcast.media.ingest.srtp;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * SRTP and SRTCP for one direction and one master key, with the AES_CM_128_HMAC_SHA1_80 transform
 * (RFC 3711; RFC 4568 §6.2.1). Works in place on byte arrays and makes no garbage per packet.
 *
 * <p>It is ours, and not libsrtp's, because a receiver that starts anew in the middle of a stream
 * has to be told the rollover counter of each SSRC (§3.3.1): without it nothing decrypts after the
 * first sequence wrap. And our own SRTCP index must never go back under the same key (§9.1), so a
 * restarted worker begins at a higher one.
 *
 * <p>Not thread-safe: the thread that owns the socket owns its contexts.
 */
public final class SrtpContext {
  /** Bytes of the authentication tag. */
  public static final int TAG = 10;

  /** Bytes that SRTCP adds: index and tag. */
  public static final int RTCP_OVERHEAD = 4 + TAG;

  /** The packet did not authenticate: a wrong key, or damage. */
  public static final int AUTH_FAILED = -1;

  /** The packet came before, or is older than the replay window. */
  public static final int REPLAYED = -2;

  /** Too short, or a header that does not fit. */
  public static final int MALFORMED = -3;

  private static final int KEY = 16;
  private static final int SALT = 14;
  private static final int WINDOW = 128;

  private final Session rtp;
  private final Session rtcp;
  private final Map<Long, Source> sources = new HashMap<>();
  private final Map<Long, Replay> rtcpReplays = new HashMap<>();
  private final Map<Long, Long> restored = new HashMap<>();
  private long rtcpIndex;
  private @Nullable RolloverListener listener;

  /** Is told a source's rollover counter whenever it changes. */
  @FunctionalInterface
  public interface RolloverListener {
    void rolledOver(long ssrc, long counter);
  }

  /**
   * Makes a context from a master key and salt.
   *
   * @param keyAndSalt 30 bytes: 16 of key, 14 of salt
   * @throws IllegalArgumentException when it has another length
   */
  public SrtpContext(byte[] keyAndSalt) {
    if (keyAndSalt.length != KEY + SALT) {
      throw new IllegalArgumentException(
          "an SRTP key is 30 bytes (16 of key, 14 of salt), not " + keyAndSalt.length);
    }
    byte[] key = Arrays.copyOf(keyAndSalt, KEY);
    byte[] salt = Arrays.copyOfRange(keyAndSalt, KEY, KEY + SALT);
    rtp = Session.derived(key, salt, 0);
    rtcp = Session.derived(key, salt, 3);
  }

  /**
   * Makes a context from the inline form of RFC 4568.
   *
   * @throws IllegalArgumentException when it is no base64 of 30 bytes
   */
  public static SrtpContext ofBase64(String inline) {
    return new SrtpContext(Base64.getDecoder().decode(inline.strip()));
  }

  /** Sets who is told of rollovers; called on the thread that unprotects. */
  public void onRollover(RolloverListener listener) {
    this.listener = listener;
  }

  /**
   * Gives the counter that a source had when it was last known. Its first packet is tried with it
   * and, should the sequence have wrapped since (or the packet be from before), with its
   * neighbours.
   */
  public void restoreRollover(long ssrc, long counter) {
    if (!sources.containsKey(ssrc)) {
      restored.put(ssrc, counter);
    }
  }

  /** The rollover counters of all sources heard so far. */
  public Map<Long, Long> rollovers() {
    Map<Long, Long> counters = new HashMap<>(restored);
    sources.forEach((ssrc, source) -> counters.put(ssrc, source.rollover));
    return counters;
  }

  /** Forgets a source: the next packet of its SSRC starts with counter 0. */
  public void forget(long ssrc) {
    sources.remove(ssrc);
    restored.remove(ssrc);
    rtcpReplays.remove(ssrc);
  }

  /** Sets the index of the next SRTCP packet that {@link #protectRtcp} makes (31 bits). */
  public void setRtcpIndex(long index) {
    rtcpIndex = index & 0x7FFF_FFFFL;
  }

  /**
   * Authenticates and decrypts an SRTP packet in place.
   *
   * @return the length of the RTP packet, or {@link #AUTH_FAILED}, {@link #REPLAYED}, {@link
   *     #MALFORMED}
   */
  public int unprotectRtp(byte[] data, int offset, int length) {
    int plain = length - TAG;
    int header = headerLength(data, offset, plain);
    if (header < 0) {
      return MALFORMED;
    }
    long ssrc = u32(data, offset + 8);
    int sequence = u16(data, offset + 2);
    Source source = sources.get(ssrc);
    if (source == null) {
      return first(data, offset, plain, header, ssrc, sequence);
    }
    long counter = source.guess(sequence);
    if (counter < 0) {
      return REPLAYED;
    }
    long index = (counter << 16) | sequence;
    if (source.replay.seen(index)) {
      return REPLAYED;
    }
    if (!rtp.authentic(data, offset, plain, counter)) {
      return AUTH_FAILED;
    }
    rtp.crypt(data, offset + header, plain - header, ssrc, index);
    source.replay.add(index);
    if (counter > source.rollover) {
      source.rollover = counter;
      source.highest = sequence;
      tell(ssrc, counter);
    } else if (counter == source.rollover && sequence > source.highest) {
      source.highest = sequence;
    }
    return plain;
  }

  private int first(byte[] data, int offset, int plain, int header, long ssrc, int sequence) {
    Long known = restored.get(ssrc);
    long base = known == null ? 0 : known;
    // Also a source of which nothing is known may have wrapped: it began to send near the end of
    // the sequence, while nobody was listening yet.
    for (int attempt = 0; attempt < (known == null ? 2 : 3); attempt++) {
      long counter = attempt == 2 ? base - 1 : base + attempt;
      if (counter < 0 || !rtp.authentic(data, offset, plain, counter)) {
        continue;
      }
      long index = (counter << 16) | sequence;
      rtp.crypt(data, offset + header, plain - header, ssrc, index);
      Source source = new Source(counter, sequence);
      source.replay.add(index);
      sources.put(ssrc, source);
      restored.remove(ssrc);
      if (counter != base) {
        tell(ssrc, counter);
      }
      return plain;
    }
    return AUTH_FAILED;
  }

  private void tell(long ssrc, long counter) {
    if (listener != null) {
      listener.rolledOver(ssrc, counter);
    }
  }

  /**
   * Encrypts and authenticates an RTP packet in place; {@code data} needs {@link #TAG} bytes behind
   * it. Packets must come in sequence order (repetitions are fine).
   *
   * @return the length of the SRTP packet, or {@link #MALFORMED}
   */
  public int protectRtp(byte[] data, int offset, int length) {
    int header = headerLength(data, offset, length);
    if (header < 0 || offset + length + TAG > data.length) {
      return MALFORMED;
    }
    long ssrc = u32(data, offset + 8);
    int sequence = u16(data, offset + 2);
    Source source = sources.get(ssrc);
    if (source == null) {
      Long known = restored.remove(ssrc);
      source = new Source(known == null ? 0 : known, sequence);
      sources.put(ssrc, source);
    }
    long counter = source.guess(sequence);
    if (counter < 0) {
      return MALFORMED;
    }
    if (counter > source.rollover) {
      source.rollover = counter;
      source.highest = sequence;
      tell(ssrc, counter);
    } else if (counter == source.rollover && sequence > source.highest) {
      source.highest = sequence;
    }
    rtp.crypt(data, offset + header, length - header, ssrc, (counter << 16) | sequence);
    rtp.sign(data, offset, length, counter);
    return length + TAG;
  }

  /**
   * Authenticates and decrypts an SRTCP packet in place.
   *
   * @return the length of the RTCP compound, or {@link #AUTH_FAILED}, {@link #REPLAYED}, {@link
   *     #MALFORMED}
   */
  public int unprotectRtcp(byte[] data, int offset, int length) {
    int plain = length - RTCP_OVERHEAD;
    if (plain < 8) {
      return MALFORMED;
    }
    if (!rtcp.authentic(data, offset, plain + 4, -1)) {
      return AUTH_FAILED;
    }
    long word = u32(data, offset + plain);
    long index = word & 0x7FFF_FFFFL;
    long ssrc = u32(data, offset + 4);
    Replay replay = rtcpReplays.computeIfAbsent(ssrc, _ -> new Replay());
    if (replay.seen(index)) {
      return REPLAYED;
    }
    replay.add(index);
    if ((word & 0x8000_0000L) != 0) {
      rtcp.crypt(data, offset + 8, plain - 8, ssrc, index);
    }
    return plain;
  }

  /**
   * Encrypts and authenticates an RTCP compound in place; {@code data} needs {@link #RTCP_OVERHEAD}
   * bytes behind it.
   *
   * @return the length of the SRTCP packet, or {@link #MALFORMED}
   */
  public int protectRtcp(byte[] data, int offset, int length) {
    if (length < 8 || offset + length + RTCP_OVERHEAD > data.length) {
      return MALFORMED;
    }
    long index = rtcpIndex;
    rtcpIndex = (rtcpIndex + 1) & 0x7FFF_FFFFL;
    rtcp.crypt(data, offset + 8, length - 8, u32(data, offset + 4), index);
    putU32(data, offset + length, index | 0x8000_0000L);
    rtcp.sign(data, offset, length + 4, -1);
    return length + RTCP_OVERHEAD;
  }

  /** Header, contributing sources and extension, in bytes; -1 when they do not fit. */
  private static int headerLength(byte[] data, int offset, int length) {
    if (length < 12 || (data[offset] & 0xC0) != 0x80) {
      return -1;
    }
    int header = 12 + 4 * (data[offset] & 0x0F);
    if ((data[offset] & 0x10) != 0) {
      if (length < header + 4) {
        return -1;
      }
      header += 4 + 4 * u16(data, offset + header + 2);
    }
    return header <= length ? header : -1;
  }

  private static long u32(byte[] data, int at) {
    return ((data[at] & 0xFFL) << 24)
        | ((data[at + 1] & 0xFFL) << 16)
        | ((data[at + 2] & 0xFFL) << 8)
        | (data[at + 3] & 0xFFL);
  }

  private static int u16(byte[] data, int at) {
    return ((data[at] & 0xFF) << 8) | (data[at + 1] & 0xFF);
  }

  private static void putU32(byte[] data, int at, long value) {
    data[at] = (byte) (value >>> 24);
    data[at + 1] = (byte) (value >>> 16);
    data[at + 2] = (byte) (value >>> 8);
    data[at + 3] = (byte) value;
  }

  /** One source's place in its sequence. */
  private static final class Source {
    long rollover;
    int highest;
    final Replay replay = new Replay();

    Source(long rollover, int highest) {
      this.rollover = rollover;
      this.highest = highest;
    }

    /** The counter that belongs to a sequence number (RFC 3711 appendix A); -1 before the first. */
    long guess(int sequence) {
      if (highest < 0x8000) {
        return sequence - highest > 0x8000 ? rollover - 1 : rollover;
      }
      return highest - 0x8000 > sequence ? rollover + 1 : rollover;
    }
  }

  /** A sliding window of {@value #WINDOW} packet indices (RFC 3711 §3.3.2). */
  private static final class Replay {
    private long newest = -1;
    private final long[] bits = new long[WINDOW / 64];

    boolean seen(long index) {
      if (index > newest) {
        return false;
      }
      if (newest - index >= WINDOW) {
        return true;
      }
      int slot = (int) (index % WINDOW);
      return (bits[slot / 64] & (1L << (slot % 64))) != 0;
    }

    void add(long index) {
      if (newest < 0 || index - newest >= WINDOW) {
        Arrays.fill(bits, 0);
        newest = index;
      }
      while (newest < index) {
        newest++;
        int slot = (int) (newest % WINDOW);
        bits[slot / 64] &= ~(1L << (slot % 64));
      }
      int slot = (int) (index % WINDOW);
      bits[slot / 64] |= 1L << (slot % 64);
    }
  }

  /**
   * The session keys of RTP or RTCP. The counter mode is done by encrypting counter blocks in ECB:
   * {@code AES/CTR} would want a new parameter object and a new initialisation for each packet.
   */
  static final class Session {
    private final Cipher cipher;
    private final Mac mac;
    private final byte[] salt;
    private final byte[] tag = new byte[20];
    private final byte[] four = new byte[4];
    private byte[] counters = new byte[2048];
    private byte[] stream = new byte[2048];

    /** Takes session keys as they are. */
    Session(byte[] key, byte[] authentication, byte[] salt) {
      this.salt = salt;
      try {
        cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
        mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(authentication, "HmacSHA1"));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java lacks AES or HMAC-SHA1", e);
      }
    }

    /** Derives the session keys from the master key; labels 0 to 2 are RTP's, 3 to 5 RTCP's. */
    static Session derived(byte[] masterKey, byte[] masterSalt, int firstLabel) {
      return new Session(
          derive(masterKey, masterSalt, firstLabel, KEY),
          derive(masterKey, masterSalt, firstLabel + 1, 20),
          derive(masterKey, masterSalt, firstLabel + 2, SALT));
    }

    /** RFC 3711 §4.3.1 with a key derivation rate of 0. */
    static byte[] derive(byte[] masterKey, byte[] masterSalt, int label, int size) {
      byte[] blocks = new byte[(size + 15) / 16 * 16];
      for (int block = 0; block * 16 < size; block++) {
        System.arraycopy(masterSalt, 0, blocks, block * 16, SALT);
        blocks[block * 16 + 7] ^= (byte) label;
        blocks[block * 16 + 15] = (byte) block;
      }
      try {
        Cipher master = Cipher.getInstance("AES/ECB/NoPadding");
        master.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(masterKey, "AES"));
        return Arrays.copyOf(master.doFinal(blocks), size);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java lacks AES", e);
      }
    }

    /** RFC 3711 §4.1.1. */
    void crypt(byte[] data, int at, int size, long ssrc, long index) {
      int blocks = (size + 15) / 16;
      if (counters.length < blocks * 16) {
        counters = new byte[blocks * 16];
        stream = new byte[blocks * 16];
      }
      for (int block = 0; block < blocks; block++) {
        int start = block * 16;
        System.arraycopy(salt, 0, counters, start, SALT);
        for (int i = 0; i < 4; i++) {
          counters[start + 4 + i] ^= (byte) (ssrc >>> (24 - 8 * i));
        }
        for (int i = 0; i < 6; i++) {
          counters[start + 8 + i] ^= (byte) (index >>> (40 - 8 * i));
        }
        counters[start + 14] = (byte) (block >>> 8);
        counters[start + 15] = (byte) block;
      }
      try {
        cipher.update(counters, 0, blocks * 16, stream, 0);
      } catch (ShortBufferException e) {
        throw new IllegalStateException(e);
      }
      for (int i = 0; i < size; i++) {
        data[at + i] ^= stream[i];
      }
    }

    /** Writes the tag behind the data. {@code rollover} is left out when negative (SRTCP). */
    void sign(byte[] data, int offset, int length, long rollover) {
      compute(data, offset, length, rollover);
      System.arraycopy(tag, 0, data, offset + length, TAG);
    }

    /** Compares the tag behind the data, in constant time. */
    boolean authentic(byte[] data, int offset, int length, long rollover) {
      compute(data, offset, length, rollover);
      int difference = 0;
      for (int i = 0; i < TAG; i++) {
        difference |= tag[i] ^ data[offset + length + i];
      }
      return difference == 0;
    }

    private void compute(byte[] data, int offset, int length, long rollover) {
      mac.update(data, offset, length);
      if (rollover >= 0) {
        putU32(four, 0, rollover);
        mac.update(four);
      }
      try {
        mac.doFinal(tag, 0);
      } catch (ShortBufferException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
