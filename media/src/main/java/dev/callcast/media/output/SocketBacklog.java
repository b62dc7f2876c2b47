package dev.callcast.media.output;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many bytes the kernel holds for one connection that GStreamer made: what {@code SIOCOUTQ}
 * says, read from {@code /proc/net/tcp}, for the socket itself is out of reach. The connection is
 * known by its remote address and by not having been there before.
 */
final class SocketBacklog {
  private static final Logger log = LoggerFactory.getLogger(SocketBacklog.class);

  private final Set<String> addresses;
  private final Set<String> before;

  private SocketBacklog(Set<String> addresses, Set<String> before) {
    this.addresses = addresses;
    this.before = before;
  }

  /** To be called before the connection is made. */
  static SocketBacklog begin(List<InetAddress> hosts, int port) {
    Set<String> addresses = new HashSet<>();
    for (InetAddress address : hosts) {
      addresses.add(procForm(address.getAddress(), port));
    }
    Set<String> before = new HashSet<>();
    for (String[] row : rows()) {
      if (addresses.contains(row[2])) {
        before.add(row[1]);
      }
    }
    return new SocketBacklog(addresses, before);
  }

  /**
   * Bytes written by us and not yet acknowledged by the other host's kernel; 0 when the connection
   * is not found.
   */
  long unsentBytes() {
    long sum = 0;
    for (String[] row : rows()) {
      if (addresses.contains(row[2]) && !before.contains(row[1])) {
        sum += Long.parseLong(row[4].substring(0, row[4].indexOf(':')), 16);
      }
    }
    return sum;
  }

  /** The rows of both tables, in fields: 1 local, 2 remote, 4 tx_queue:rx_queue. */
  private static List<String[]> rows() {
    List<String[]> rows = new ArrayList<>();
    for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
      try {
        Files.readAllLines(Path.of(table), StandardCharsets.US_ASCII).stream()
            .skip(1)
            .map(line -> line.trim().split("\\s+"))
            .filter(row -> row.length > 4)
            .forEach(rows::add);
      } catch (IOException e) {
        log.debug("{} can't be read", table, e);
      }
    }
    return rows;
  }

  /** The kernel prints each 32-bit word of an address in the host's byte order. */
  private static String procForm(byte[] address, int port) {
    StringBuilder text = new StringBuilder();
    HexFormat hex = HexFormat.of().withUpperCase();
    for (int word = 0; word < address.length; word += 4) {
      for (int i = 3; i >= 0; i--) {
        text.append(hex.toHexDigits(address[word + i]));
      }
    }
    return text.append(':').append(hex.toHexDigits((char) port)).toString();
  }
}
