package dev.callcast.testkit.send;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one transport. Owned by the send loop's thread, which closes it.
 *
 * <p>Send errors (nobody listens: ICMP port unreachable) are counted and otherwise ignored, as on a
 * real network.
 */
final class TransportSocket implements AutoCloseable {
  private final DatagramChannel rtp;
  private final DatagramChannel rtcp;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(2048);
  private final byte[] work = new byte[2048];
  private TransportSpec spec;
  private InetSocketAddress rtpRemote;
  private InetSocketAddress rtcpRemote;
  private @Nullable SrtpSession srtp;
  private long sendErrors;

  TransportSocket(TransportSpec spec, Selector selector) throws IOException {
    this.spec = spec;
    rtpRemote = new InetSocketAddress(spec.ip(), spec.port());
    rtcpRemote = rtcpOf(spec);
    srtp = spec.srtp() == null ? null : new SrtpSession(spec.srtp());
    String bind = rtpRemote.getAddress().isLoopbackAddress() ? "127.0.0.1" : "0.0.0.0";
    rtp = open(bind, selector);
    rtcp = spec.rtcpPort() == null ? rtp : open(bind, selector);
  }

  private DatagramChannel open(String bind, Selector selector) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
    channel.bind(new InetSocketAddress(bind, 0));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, this);
    return channel;
  }

  private static InetSocketAddress rtcpOf(TransportSpec spec) {
    Integer port = spec.rtcpPort();
    return new InetSocketAddress(spec.ip(), port == null ? spec.port() : port);
  }

  TransportSpec spec() {
    return spec;
  }

  /** Sends to another receiver from now on, from the same local ports. */
  void connect(TransportSpec newSpec) {
    if (newSpec.srtp() == null) {
      srtp = null;
    } else if (!newSpec.srtp().equals(spec.srtp())) {
      srtp = new SrtpSession(newSpec.srtp());
    }
    spec = newSpec;
    rtpRemote = new InetSocketAddress(spec.ip(), spec.port());
    rtcpRemote = rtcpOf(spec);
  }

  int localPort() throws IOException {
    return ((InetSocketAddress) rtp.getLocalAddress()).getPort();
  }

  int localRtcpPort() throws IOException {
    return ((InetSocketAddress) rtcp.getLocalAddress()).getPort();
  }

  long sendErrors() {
    return sendErrors;
  }

  void sendRtp(byte[] packet, int length) {
    SrtpSession session = srtp;
    if (session == null) {
      send(rtp, rtpRemote, packet, length);
    } else {
      System.arraycopy(packet, 0, work, 0, length);
      send(rtp, rtpRemote, work, session.protectRtp(work, length));
    }
  }

  void sendRtcp(byte[] packet, int length) {
    SrtpSession session = srtp;
    if (session == null) {
      send(rtcp, rtcpRemote, packet, length);
    } else {
      System.arraycopy(packet, 0, work, 0, length);
      send(rtcp, rtcpRemote, work, session.protectRtcp(work, length));
    }
  }

  /** Bytes as they are, even on an encrypted transport. */
  void sendRaw(byte[] packet, int length, boolean toRtcp) {
    send(toRtcp ? rtcp : rtp, toRtcp ? rtcpRemote : rtpRemote, packet, length);
  }

  private void send(DatagramChannel channel, InetSocketAddress remote, byte[] data, int length) {
    scratch.clear();
    scratch.put(data, 0, length).flip();
    try {
      channel.send(scratch, remote);
    } catch (IOException e) {
      sendErrors++;
    }
  }

  /** Hands over each RTCP packet that waits, decrypted, as bytes and their number. */
  void receive(BiConsumer<byte[], Integer> consumer) {
    receive(rtp, consumer);
    if (spec.rtcpPort() != null) {
      receive(rtcp, consumer);
    }
  }

  private void receive(DatagramChannel channel, BiConsumer<byte[], Integer> consumer) {
    while (true) {
      scratch.clear();
      try {
        if (channel.receive(scratch) == null) {
          return;
        }
      } catch (IOException e) {
        sendErrors++;
        return;
      }
      scratch.flip();
      int length = scratch.remaining();
      scratch.get(work, 0, length);
      SrtpSession session = srtp;
      int plain = session == null ? length : session.unprotectRtcp(work, length);
      if (plain > 0) {
        consumer.accept(work.clone(), plain);
      }
    }
  }

  @Override
  public void close() throws IOException {
    rtp.close();
    rtcp.close();
  }
}
