package dev.callcast.media.webrtc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A message of STUN (RFC 8489) as ICE uses it: short-term credentials, {@code FINGERPRINT}. Parsed
 * ones keep a copy of their bytes. Immutable.
 */
final class StunMessage {
  static final int BINDING_REQUEST = 0x0001;
  static final int BINDING_INDICATION = 0x0011;
  static final int BINDING_SUCCESS = 0x0101;
  static final int BINDING_ERROR = 0x0111;

  static final int USERNAME = 0x0006;
  static final int MESSAGE_INTEGRITY = 0x0008;
  static final int ERROR_CODE = 0x0009;
  static final int XOR_MAPPED_ADDRESS = 0x0020;
  static final int PRIORITY = 0x0024;
  static final int USE_CANDIDATE = 0x0025;
  static final int FINGERPRINT = 0x8028;
  static final int ICE_CONTROLLED = 0x8029;
  static final int ICE_CONTROLLING = 0x802A;

  private static final int HEADER = 20;
  private static final int MAGIC = 0x2112A442;
  private static final int FINGERPRINT_XOR = 0x5354554E;
  private static final int INTEGRITY_BYTES = 20;
  private static final int FAMILY_IPV4 = 1;
  private static final int FAMILY_IPV6 = 2;

  private final byte[] data;

  private StunMessage(byte[] data) {
    this.data = data;
  }

  /**
   * Reads a message; null when the bytes are none, or their {@code FINGERPRINT}, if they have one,
   * is not theirs.
   */
  static @Nullable StunMessage parse(byte[] data, int length) {
    if (length < HEADER || (data[0] & 0xC0) != 0) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(data, 0, length);
    if (bytes.getInt(4) != MAGIC || HEADER + (bytes.getShort(2) & 0xFFFF) != length) {
      return null;
    }
    int at = HEADER;
    while (at < length) {
      if (at + 4 > length) {
        return null;
      }
      int type = bytes.getShort(at) & 0xFFFF;
      int size = bytes.getShort(at + 2) & 0xFFFF;
      if (at + 4 + size > length) {
        return null;
      }
      if (type == FINGERPRINT && (size != 4 || bytes.getInt(at + 4) != fingerprint(data, at))) {
        return null;
      }
      at += 4 + padded(size);
    }
    return at == length ? new StunMessage(Arrays.copyOf(data, length)) : null;
  }

  int type() {
    return ByteBuffer.wrap(data).getShort(0) & 0xFFFF;
  }

  boolean has(int attribute) {
    return find(attribute) >= 0;
  }

  /** The user name, or null where there is none. */
  @Nullable String username() {
    int at = find(USERNAME);
    return at < 0 ? null : new String(data, at + 4, size(at), UTF_8);
  }

  /** The number of an error response, 0 where there is none. */
  int errorCode() {
    int at = find(ERROR_CODE);
    return at < 0 || size(at) < 4 ? 0 : (data[at + 6] & 0x07) * 100 + (data[at + 7] & 0xFF);
  }

  /** The address that the answering end saw, or null where there is none. */
  @Nullable InetSocketAddress mappedAddress() {
    int at = find(XOR_MAPPED_ADDRESS);
    if (at < 0 || size(at) < 8) {
      return null;
    }
    int port = (ByteBuffer.wrap(data).getShort(at + 6) & 0xFFFF) ^ (MAGIC >>> 16);
    byte[] address = Arrays.copyOfRange(data, at + 8, at + 4 + size(at));
    if (address.length != (data[at + 5] == FAMILY_IPV4 ? 4 : 16)) {
      return null;
    }
    mask(address, data);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (java.net.UnknownHostException e) {
      return null; // not with these lengths
    }
  }

  /** Whether {@code MESSAGE-INTEGRITY} was made with this password. */
  boolean authentic(String password) {
    int at = find(MESSAGE_INTEGRITY);
    if (at < 0 || size(at) != INTEGRITY_BYTES) {
      return false;
    }
    byte[] signed = Arrays.copyOf(data, at);
    setLength(signed, at + 4 + INTEGRITY_BYTES);
    byte[] there = Arrays.copyOfRange(data, at + 4, at + 4 + INTEGRITY_BYTES);
    return MessageDigest.isEqual(hmac(password, signed), there);
  }

  /** A success response to this request, authenticated with the password. */
  byte[] success(InetSocketAddress from, String password) {
    byte[] address = from.getAddress().getAddress();
    byte[] value = new byte[4 + address.length];
    value[1] = (byte) (address.length == 4 ? FAMILY_IPV4 : FAMILY_IPV6);
    ByteBuffer.wrap(value).putShort(2, (short) (from.getPort() ^ (MAGIC >>> 16)));
    mask(address, data);
    System.arraycopy(address, 0, value, 4, address.length);
    return new Builder(BINDING_SUCCESS, Arrays.copyOfRange(data, 8, HEADER))
        .add(XOR_MAPPED_ADDRESS, value)
        .finish(password);
  }

  /** An error response to this request; without a password it is not authenticated. */
  byte[] error(int code, String reason, @Nullable String password) {
    byte[] phrase = reason.getBytes(UTF_8);
    byte[] value = new byte[4 + phrase.length];
    value[2] = (byte) (code / 100);
    value[3] = (byte) (code % 100);
    System.arraycopy(phrase, 0, value, 4, phrase.length);
    return new Builder(BINDING_ERROR, Arrays.copyOfRange(data, 8, HEADER))
        .add(ERROR_CODE, value)
        .finish(password);
  }

  private int find(int attribute) {
    ByteBuffer bytes = ByteBuffer.wrap(data);
    for (int at = HEADER; at < data.length; at += 4 + padded(size(at))) {
      int type = bytes.getShort(at) & 0xFFFF;
      if (type == attribute) {
        return at;
      }
      if (type == MESSAGE_INTEGRITY && attribute != FINGERPRINT) {
        return -1; // What stands behind it is not authenticated, and so is not there.
      }
    }
    return -1;
  }

  private int size(int at) {
    return ByteBuffer.wrap(data).getShort(at + 2) & 0xFFFF;
  }

  private static int padded(int size) {
    return (size + 3) & ~3;
  }

  /** Masks an address with the magic cookie and the transaction's id, or takes the mask off. */
  private static void mask(byte[] address, byte[] message) {
    for (int i = 0; i < address.length; i++) {
      address[i] ^= message[4 + i];
    }
  }

  private static void setLength(byte[] message, int total) {
    ByteBuffer.wrap(message).putShort(2, (short) (total - HEADER));
  }

  /** Of what stands before the attribute at {@code end}. */
  private static int fingerprint(byte[] message, int end) {
    CRC32 crc = new CRC32();
    crc.update(message, 0, end);
    return (int) crc.getValue() ^ FINGERPRINT_XOR;
  }

  private static byte[] hmac(String password, byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(password.getBytes(UTF_8), "HmacSHA1"));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks HMAC-SHA1", e);
    }
  }

  /** Puts a message together. */
  static final class Builder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /**
     * Begins one.
     *
     * @param transaction 12 bytes
     */
    Builder(int type, byte[] transaction) {
      out.writeBytes(
          ByteBuffer.allocate(HEADER)
              .putShort((short) type)
              .putShort((short) 0)
              .putInt(MAGIC)
              .put(transaction)
              .array());
    }

    Builder add(int attribute, byte[] value) {
      out.writeBytes(
          ByteBuffer.allocate(4 + padded(value.length))
              .putShort((short) attribute)
              .putShort((short) value.length)
              .put(value)
              .array());
      return this;
    }

    /** Adds what authenticates it, unless the password is null, and its fingerprint. */
    byte[] finish(@Nullable String password) {
      if (password != null) {
        byte[] signed = out.toByteArray();
        setLength(signed, signed.length + 4 + INTEGRITY_BYTES);
        add(MESSAGE_INTEGRITY, hmac(password, signed));
      }
      byte[] summed = out.toByteArray();
      setLength(summed, summed.length + 8);
      add(FINGERPRINT, ByteBuffer.allocate(4).putInt(fingerprint(summed, summed.length)).array());
      byte[] message = out.toByteArray();
      setLength(message, message.length);
      return message;
    }
  }
}
