package dev.callcast.testkit.send;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES_CM_128_HMAC_SHA1_80 (RFC 3711) for the sender's side: protects RTP and RTCP, reads the
 * receiver's RTCP. Written apart from the product's own implementation, so that each checks the
 * other. Confined to the send loop's thread.
 */
final class SrtpSession {
  private static final int TAG_BYTES = 10;

  private final Keys rtpKeys;
  private final Keys rtcpKeys;
  private final Keys remoteRtcpKeys;
  private final Map<Integer, Rollover> rollovers = new HashMap<>();
  private final Map<Integer, Integer> rtcpIndexes = new HashMap<>();

  SrtpSession(TransportSpec.SrtpKeys keys) {
    byte[] own = Base64.getDecoder().decode(keys.senderKey());
    byte[] remote = Base64.getDecoder().decode(keys.receiverKey());
    if (own.length != 30 || remote.length != 30) {
      throw new IllegalArgumentException("an SRTP key has 30 bytes");
    }
    rtpKeys = Keys.derive(own, 0);
    rtcpKeys = Keys.derive(own, 3);
    remoteRtcpKeys = Keys.derive(remote, 3);
  }

  /** Where an SSRC's sequence numbers are (RFC 3711 §3.3.1). */
  private static final class Rollover {
    private long counter;
    private int last = -1;

    /** The counter that belongs to a sequence number; moves on when it is the newest. */
    long of(int sequence) {
      if (last < 0) {
        last = sequence;
        return counter;
      }
      int ahead = (short) (sequence - last);
      if (ahead > 0) {
        if (sequence < last) {
          counter++;
        }
        last = sequence;
        return counter;
      }
      return sequence > last ? counter - 1 : counter;
    }
  }

  /** Session keys of one direction and kind. */
  private static final class Keys {
    private final Cipher cipher;
    private final SecretKeySpec key;
    private final byte[] salt;
    private final Mac mac;

    private Keys(Cipher cipher, SecretKeySpec key, byte[] salt, Mac mac) {
      this.cipher = cipher;
      this.key = key;
      this.salt = salt;
      this.mac = mac;
    }

    /** Labels 0 to 2 are RTP's, 3 to 5 RTCP's. */
    static Keys derive(byte[] master, int label) {
      try {
        SecretKeySpec masterKey = new SecretKeySpec(master, 0, 16, "AES");
        byte[] salt = Arrays.copyOfRange(master, 16, 30);
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        byte[] key = expand(cipher, masterKey, salt, label, 16);
        byte[] auth = expand(cipher, masterKey, salt, label + 1, 20);
        byte[] sessionSalt = expand(cipher, masterKey, salt, label + 2, 14);
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(auth, "HmacSHA1"));
        return new Keys(cipher, new SecretKeySpec(key, "AES"), sessionSalt, mac);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has AES and HMAC-SHA1", e);
      }
    }

    private static byte[] expand(
        Cipher cipher, SecretKeySpec key, byte[] salt, int label, int length)
        throws GeneralSecurityException {
      byte[] iv = Arrays.copyOf(salt, 16);
      iv[7] ^= (byte) label;
      cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(iv));
      return cipher.doFinal(new byte[length]);
    }

    void crypt(byte[] data, int from, int to, int ssrc, long index) {
      byte[] iv = Arrays.copyOf(salt, 16);
      for (int i = 0; i < 4; i++) {
        iv[4 + i] ^= (byte) (ssrc >>> (24 - 8 * i));
      }
      for (int i = 0; i < 6; i++) {
        iv[8 + i] ^= (byte) (index >>> (40 - 8 * i));
      }
      try {
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(iv));
        cipher.doFinal(data, from, to - from, data, from);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Encrypts in place and appends the tag; answers the new length. */
  int protectRtp(byte[] packet, int length) {
    ByteBuffer view = ByteBuffer.wrap(packet);
    int sequence = view.getShort(2) & 0xFFFF;
    int ssrc = view.getInt(8);
    int header = 12 + 4 * (packet[0] & 0x0F);
    if ((packet[0] & 0x10) != 0) {
      header += 4 + 4 * (view.getShort(header + 2) & 0xFFFF);
    }
    long rollover = rollovers.computeIfAbsent(ssrc, key -> new Rollover()).of(sequence);
    rtpKeys.crypt(packet, header, length, ssrc, rollover << 16 | sequence);
    rtpKeys.mac.update(packet, 0, length);
    rtpKeys.mac.update(ByteBuffer.allocate(4).putInt((int) rollover).array());
    System.arraycopy(rtpKeys.mac.doFinal(), 0, packet, length, TAG_BYTES);
    return length + TAG_BYTES;
  }

  /** Encrypts in place, appends index and tag; answers the new length. */
  int protectRtcp(byte[] packet, int length) {
    ByteBuffer view = ByteBuffer.wrap(packet);
    int ssrc = view.getInt(4);
    int index = rtcpIndexes.merge(ssrc, 1, Integer::sum);
    rtcpKeys.crypt(packet, 8, length, ssrc, index);
    view.putInt(length, 0x80000000 | index);
    rtcpKeys.mac.update(packet, 0, length + 4);
    System.arraycopy(rtcpKeys.mac.doFinal(), 0, packet, length + 4, TAG_BYTES);
    return length + 4 + TAG_BYTES;
  }

  /** Checks and decrypts in place; answers the new length, or -1 when the tag is wrong. */
  int unprotectRtcp(byte[] packet, int length) {
    int body = length - TAG_BYTES - 4;
    if (body < 8) {
      return -1;
    }
    remoteRtcpKeys.mac.update(packet, 0, body + 4);
    byte[] tag = remoteRtcpKeys.mac.doFinal();
    if (!Arrays.equals(tag, 0, TAG_BYTES, packet, body + 4, length)) {
      return -1;
    }
    ByteBuffer view = ByteBuffer.wrap(packet);
    int index = view.getInt(body);
    if (index < 0) {
      remoteRtcpKeys.crypt(packet, 8, body, view.getInt(4), index & 0x7FFFFFFF);
    }
    return body;
  }
}
