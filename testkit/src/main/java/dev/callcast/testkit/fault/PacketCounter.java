package dev.callcast.testkit.fault;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a sender and an endpoint with {@code rtcpMux}, on the loopback address, and counts
 * the RTP packets that it lets pass, by SSRC; it loses each n-th of those that it was told to. Two
 * threads of its own; its counters may be read by any. Whoever made it closes it.
 */
public final class PacketCounter implements AutoCloseable {
  private static final int LARGEST = 1 << 16;

  private final DatagramSocket inner = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  private final DatagramSocket outer;
  private final SocketAddress target;
  private final Map<Long, Integer> losses;
  private final Map<Long, Seen> seen = new HashMap<>(); // guarded by itself
  private volatile @Nullable SocketAddress sender;

  /**
   * What came of one SSRC.
   *
   * @param passed packets that were let through
   * @param bytes of those, as in the UDP datagrams
   * @param lost packets that were not
   */
  public record Seen(long passed, long bytes, long lost) {
    static final Seen NOTHING = new Seen(0, 0, 0);
  }

  /**
   * Listens on a port of its own.
   *
   * @param port of the endpoint
   * @param losses by SSRC, each how many packets is lost
   */
  public PacketCounter(int port, Map<Long, Integer> losses) throws SocketException {
    this.outer = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.losses = Map.copyOf(losses);
    Thread.ofPlatform().daemon().name("counter-there").start(() -> relay(outer, this::there));
    Thread.ofPlatform().daemon().name("counter-back").start(() -> relay(inner, this::back));
  }

  /** Where the sender has to send to. */
  public int port() {
    return outer.getLocalPort();
  }

  /** The counters of an SSRC so far. */
  public Seen seen(long ssrc) {
    synchronized (seen) {
      return seen.getOrDefault(ssrc, Seen.NOTHING);
    }
  }

  private interface Step {
    void take(DatagramPacket packet) throws IOException;
  }

  private static void relay(DatagramSocket from, Step step) {
    byte[] data = new byte[LARGEST];
    while (!from.isClosed()) {
      DatagramPacket packet = new DatagramPacket(data, data.length);
      try {
        from.receive(packet);
        step.take(packet);
      } catch (IOException e) {
        if (from.isClosed()) {
          return;
        }
        // Refused by a port that has just been closed: as on any network, a packet less.
      }
    }
  }

  private void there(DatagramPacket packet) throws IOException {
    sender = packet.getSocketAddress();
    if (!isRtp(packet) || passes(packet)) {
      packet.setSocketAddress(target);
      inner.send(packet);
    }
  }

  private boolean passes(DatagramPacket packet) {
    long ssrc = ByteBuffer.wrap(packet.getData()).getInt(8) & 0xFFFF_FFFFL;
    synchronized (seen) {
      Seen before = seen.getOrDefault(ssrc, Seen.NOTHING);
      int each = losses.getOrDefault(ssrc, 0);
      boolean lost = each > 0 && (before.passed + before.lost + 1) % each == 0;
      seen.put(
          ssrc,
          lost
              ? new Seen(before.passed, before.bytes, before.lost + 1)
              : new Seen(before.passed + 1, before.bytes + packet.getLength(), before.lost));
      return !lost;
    }
  }

  private void back(DatagramPacket packet) throws IOException {
    SocketAddress to = sender;
    if (to != null) {
      packet.setSocketAddress(to);
      outer.send(packet);
    }
  }

  /** RFC 5761 §4: RTCP's types lie where no payload type of RTP does. */
  private static boolean isRtp(DatagramPacket packet) {
    int second = packet.getData()[1] & 0xFF;
    return packet.getLength() >= 12 && (second < 192 || second > 223);
  }

  @Override
  public void close() {
    inner.close();
    outer.close();
  }
}
