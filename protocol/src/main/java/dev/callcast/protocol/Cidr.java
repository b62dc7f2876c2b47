package dev.callcast.protocol;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A range of IP addresses, such as {@code 10.0.0.0/8}, {@code ::1/128} or a single address. */
public final class Cidr {
  private final byte[] network;
  private final int bits;

  private Cidr(byte[] network, int bits) {
    this.network = network;
    this.bits = bits;
  }

  /**
   * Parses a range.
   *
   * @throws IllegalArgumentException when the text is none; names are not looked up
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (!address.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      throw new IllegalArgumentException("not an address range: " + text);
    }
    try {
      byte[] network = InetAddress.getByName(address).getAddress();
      int bits = slash < 0 ? network.length * 8 : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > network.length * 8) {
        throw new IllegalArgumentException("not an address range: " + text);
      }
      return new Cidr(network, bits);
    } catch (UnknownHostException | NumberFormatException e) {
      throw new IllegalArgumentException("not an address range: " + text, e);
    }
  }

  /** Whether the address, of the same family, is within. */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += 8) {
      int mask = bits - bit >= 8 ? 0xFF : 0xFF << (8 - (bits - bit));
      if (((bytes[bit / 8] ^ network[bit / 8]) & mask & 0xFF) != 0) {
        return false;
      }
    }
    return true;
  }
}
