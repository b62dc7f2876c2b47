package dev.callcast.protocol;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be connected to for somebody who only gave a URL: the public ones, and what
 * the operator allows. Names are judged by what they resolve to, at the moment of connecting, for a
 * name may point elsewhere a second later. Node and worker judge alike.
 *
 * @param allow ranges in CIDR notation that are allowed though they are not public
 */
public record NetworkPolicy(List<String> allow) {
  /** Public addresses and this machine's own. */
  public static final NetworkPolicy LOOPBACK = new NetworkPolicy(List.of("127.0.0.0/8", "::1/128"));

  /** Any address: for URLs that the operator gives, who is trusted. */
  public static final NetworkPolicy ANY = new NetworkPolicy(List.of("0.0.0.0/0", "::/0"));

  /** Public addresses. */
  public static final NetworkPolicy PUBLIC = new NetworkPolicy(List.of());

  /** A range of IANA's special-purpose registries (RFC 6890) that no stranger's URL may name. */
  private record Special(Cidr range, String what) {
    Special(String range, String what) {
      this(Cidr.parse(range), what);
    }
  }

  private static final List<Special> SPECIAL =
      List.of(
          new Special("0.0.0.0/8", "this network"),
          new Special("10.0.0.0/8", "a private network"),
          new Special("100.64.0.0/10", "a carrier's shared network"),
          new Special("127.0.0.0/8", "loopback"),
          new Special("169.254.0.0/16", "link-local, where clouds keep their metadata"),
          new Special("172.16.0.0/12", "a private network"),
          new Special("192.0.0.0/24", "reserved"),
          new Special("192.0.2.0/24", "for documentation"),
          new Special("192.88.99.0/24", "reserved"),
          new Special("192.168.0.0/16", "a private network"),
          new Special("198.18.0.0/15", "for benchmarks"),
          new Special("198.51.100.0/24", "for documentation"),
          new Special("203.0.113.0/24", "for documentation"),
          new Special("224.0.0.0/4", "multicast"),
          new Special("240.0.0.0/4", "reserved"),
          new Special("::/128", "this network"),
          new Special("::1/128", "loopback"),
          new Special("64:ff9b:1::/48", "a private network"),
          new Special("100::/64", "reserved"),
          new Special("2001:db8::/32", "for documentation"),
          new Special("fc00::/7", "a private network"),
          new Special("fe80::/10", "link-local"),
          new Special("fec0::/10", "a private network"),
          new Special("ff00::/8", "multicast"));

  /** IPv6 ranges that stand for IPv4 addresses, and the byte at which those begin. */
  private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

  private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");
  private static final Cidr COMPATIBLE = Cidr.parse("::/96");

  public NetworkPolicy {
    allow = List.copyOf(allow);
    allow.forEach(Cidr::parse);
  }

  /** No address of a host may be connected to; the message says which, and why. */
  public static final class RefusedException extends UnknownHostException {
    private static final long serialVersionUID = 1L;
    private final String range;

    RefusedException(String message, String range) {
      super(message);
      this.range = range;
    }

    /** What the operator would have to allow, in CIDR notation. */
    public String range() {
      return range;
    }
  }

  /**
   * The addresses of a host that may be connected to; connect to these and to no others.
   *
   * @param host a name, or an address without brackets
   * @throws RefusedException when it has addresses, but none that may be
   * @throws UnknownHostException when it has none
   */
  public List<InetAddress> resolve(String host) throws UnknownHostException {
    List<InetAddress> all = Arrays.asList(InetAddress.getAllByName(host));
    List<InetAddress> permitted = all.stream().filter(this::permits).toList();
    if (permitted.isEmpty()) {
      InetAddress first = all.getFirst();
      String address = first.getHostAddress().replaceFirst("%.*", "");
      throw new RefusedException(
          (host.equals(address) ? address : host + " has the address " + address + ", which")
              + " is "
              + special(first),
          address + (first instanceof Inet4Address ? "/32" : "/128"));
    }
    return permitted;
  }

  /** Whether the address may be connected to. */
  public boolean permits(InetAddress address) {
    return special(address) == null
        || allow.stream().map(Cidr::parse).anyMatch(range -> range.contains(address));
  }

  /** What an address is that is not public, or null. */
  private static @Nullable String special(InetAddress address) {
    InetAddress within = embedded(address);
    if (within != null && special(within) != null) {
      return special(within);
    }
    return SPECIAL.stream()
        .filter(special -> special.range().contains(address))
        .map(Special::what)
        .findFirst()
        .orElse(null);
  }

  /** The IPv4 address that an IPv6 one leads to, or null; Java itself unpacks ::ffff:0:0/96. */
  private static @Nullable InetAddress embedded(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return null;
    }
    int at =
        NAT64.contains(address) || COMPATIBLE.contains(address)
            ? 12
            : SIX_TO_FOUR.contains(address) ? 2 : -1;
    if (at < 0) {
      return null;
    }
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), at, at + 4));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an IPv4 address", e);
    }
  }
}
