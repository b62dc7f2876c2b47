package dev.callcast.server.api;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds UDP ports for endpoints in the configured range. What is taken stands in the store, so that
 * ports stay reserved while a call's worker is dead; ports that another process has bound are
 * passed over. Goes round the range, so that a port is not given again at once while an SFU may
 * still send to it. Called within the store's write transaction, which serialises it.
 */
final class PortAllocator {
  private final int from;
  private final int to;
  private final InetAddress bindIp;
  private int next;

  PortAllocator(int from, int to, String bindIp) {
    this.from = from;
    this.to = to;
    this.bindIp = InetAddress.ofLiteral(bindIp);
    this.next = from;
  }

  /**
   * A free port, or the even one of a free pair (RFC 3550 §11); empty when the range is exhausted.
   */
  OptionalInt allocate(Set<Integer> taken, boolean pair) {
    int count = to - from + 1;
    for (int i = 0; i < count; i++) {
      int port = from + (next - from + i) % count;
      if (pair ? freePair(taken, port) : free(taken, port)) {
        next = port + (pair ? 2 : 1);
        if (next > to) {
          next = from;
        }
        return OptionalInt.of(port);
      }
    }
    return OptionalInt.empty();
  }

  private boolean freePair(Set<Integer> taken, int port) {
    return port % 2 == 0 && port < to && free(taken, port) && free(taken, port + 1);
  }

  private boolean free(Set<Integer> taken, int port) {
    if (taken.contains(port)) {
      return false;
    }
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.setReuseAddress(false);
      socket.bind(new InetSocketAddress(bindIp, port));
      return true;
    } catch (IOException e) {
      return false; // Another process has it: that is what was asked.
    }
  }
}
