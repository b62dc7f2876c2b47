package dev.callcast.testkit.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between a client and a server on this machine and misbehaves on demand. Its methods may be
 * called from any thread; whoever made it closes it, which ends all connections.
 */
public final class TcpProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TcpProxy.class);

  /** What happens to the connections, those that are open and those to come. */
  public enum Mode {
    /** Bytes go through. */
    PASS,
    /** Nothing is read any more, in either direction: the kernel's buffers fill up. */
    STALL,
    /** Connections are taken and closed at once. */
    REFUSE
  }

  private final ServerSocket server;
  private final int targetPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong forwarded = new AtomicLong();
  private final Object lock = new Object();
  private Mode mode = Mode.PASS; // guarded by lock
  private long delayMs; // guarded by lock
  private boolean closed; // guarded by lock

  private TcpProxy(InetAddress at, int targetPort, int receiveBuffer) throws IOException {
    this.targetPort = targetPort;
    server = new ServerSocket();
    if (receiveBuffer > 0) {
      server.setReceiveBufferSize(receiveBuffer);
    }
    server.bind(new InetSocketAddress(at, 0));
  }

  /** Begins to listen, on a free port of the loopback address, for a server on another. */
  public static TcpProxy to(int targetPort) throws IOException {
    return at(InetAddress.getLoopbackAddress(), targetPort);
  }

  /** The same on another address of this machine. */
  public static TcpProxy at(InetAddress address, int targetPort) throws IOException {
    return start(new TcpProxy(address, targetPort, 0));
  }

  /** With a receive buffer of so many bytes, so that a stall is felt by the client sooner. */
  public static TcpProxy to(int targetPort, int receiveBuffer) throws IOException {
    return start(new TcpProxy(InetAddress.getLoopbackAddress(), targetPort, receiveBuffer));
  }

  private static TcpProxy start(TcpProxy proxy) {
    Thread.ofVirtual().name("proxy-accept").start(proxy::accept);
    return proxy;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Connections taken since the start. */
  public long accepted() {
    return accepted.get();
  }

  /** Bytes passed on from clients to the server. */
  public long forwarded() {
    return forwarded.get();
  }

  public void setMode(Mode newMode) {
    synchronized (lock) {
      mode = newMode;
      lock.notifyAll();
    }
  }

  /** Holds each piece of data for so long before it is passed on. */
  public void setDelay(long milliseconds) {
    synchronized (lock) {
      delayMs = milliseconds;
    }
  }

  /** Ends all open connections by RST. */
  public void reset() {
    for (Socket socket : sockets) {
      try {
        socket.setSoLinger(true, 0);
      } catch (SocketException e) {
        LOG.debug("a connection was closed already", e);
      }
      close(socket);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        accepted.incrementAndGet();
        boolean refused;
        synchronized (lock) {
          refused = mode == Mode.REFUSE;
        }
        if (refused) {
          close(client);
        } else {
          connect(client);
        }
      } catch (IOException e) {
        LOG.debug("accepting ended", e);
      }
    }
  }

  private void connect(Socket client) {
    sockets.add(client);
    Socket target = new Socket();
    sockets.add(target);
    try {
      target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort), 2_000);
    } catch (IOException e) {
      LOG.debug("no server on port {}", targetPort, e);
      close(client);
      close(target);
      return;
    }
    Thread.ofVirtual().name("proxy-up").start(() -> pump(client, target, true));
    Thread.ofVirtual().name("proxy-down").start(() -> pump(target, client, false));
  }

  private void pump(Socket from, Socket to, boolean up) {
    byte[] buffer = new byte[16_384];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int count = awaitPass() ? in.read(buffer) : -1;
      while (count >= 0) {
        // What was read when a stall began is held too.
        if (!awaitPass()) {
          break;
        }
        out.write(buffer, 0, count);
        if (up) {
          forwarded.addAndGet(count);
        }
        count = awaitPass() ? in.read(buffer) : -1;
      }
    } catch (IOException e) {
      LOG.debug("a connection ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(from);
      close(to);
    }
  }

  /** Waits out a stall and the delay; false once the proxy is closed. */
  private boolean awaitPass() throws InterruptedException {
    long delay;
    synchronized (lock) {
      while (mode == Mode.STALL && !closed) {
        lock.wait();
      }
      if (closed) {
        return false;
      }
      delay = delayMs;
    }
    if (delay > 0) {
      Thread.sleep(delay);
    }
    return true;
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("closing a connection", e);
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    server.close();
    for (Socket socket : sockets) {
      close(socket);
    }
  }
}
