package dev.callcast.media.page;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only way out of a browser: an HTTP proxy on loopback that lets pass what the policy allows.
 * Documents, what they load, where they are redirected to, web sockets and service workers all come
 * by here; names are resolved here and nowhere else, and the addresses judged are those that are
 * connected to. What is encrypted stays so.
 *
 * <p>One virtual thread for each connection and two while it is open; its owner closes it.
 */
final class PageProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageProxy.class);
  private static final int MOST_CONNECTIONS = 256;
  private static final int LONGEST_HEAD = 64 << 10;
  private static final int CONNECT_MILLIS = (int) TimeUnit.SECONDS.toMillis(10);
  private static final int HEAD_MILLIS = (int) TimeUnit.SECONDS.toMillis(60);

  /** Of this connection alone, or of the proxy: not for the server. */
  private static final Set<String> HOP =
      Set.of("connection", "proxy-connection", "proxy-authorization", "keep-alive");

  /** A field of the answer in place of what is not let pass. */
  static final String REFUSED = "Callcast-Refused";

  /** Is told what was not let pass. */
  interface Refusals {
    /** Nothing is loaded from this host. Any thread. */
    void refused(String host, String why);
  }

  private final WebFramePolicy policy;
  private final Refusals refusals;
  private final ServerSocket server;
  private final Semaphore room = new Semaphore(MOST_CONNECTIONS);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  PageProxy(WebFramePolicy policy, Refusals refusals) throws IOException {
    this.policy = policy;
    this.refusals = refusals;
    server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("page-proxy").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = server.accept();
        if (!room.tryAcquire()) {
          client.close();
          continue;
        }
        Thread.ofVirtual()
            .name("page-proxy-connection")
            .start(() -> {
              try {
                serve(client);
              } finally {
                room.release();
              }
            });
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("a connection of a page was not taken", e);
        }
      }
    }
  }

  /** What a client asks for first. */
  private record Head(String method, String target, String version, List<String> fields) {
    boolean tunnels() {
      return method.equals("CONNECT");
    }

    /** Where to, or null where that cannot be read. */
    @Nullable URI server() {
      try {
        URI uri = URI.create(tunnels() ? "https://" + target : target);
        return uri.getHost() == null ? null : uri;
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
  }

  private void serve(Socket client) {
    open.add(client);
    try (client) {
      client.setSoTimeout(HEAD_MILLIS);
      client.setTcpNoDelay(true);
      BufferedInputStream in = new BufferedInputStream(client.getInputStream());
      Head head = head(in);
      if (head != null) {
        serve(client, in, head);
      }
    } catch (IOException e) {
      LOG.debug("a connection of a page ended: {}", e.getMessage());
    } finally {
      open.remove(client);
    }
  }

  private void serve(Socket client, InputStream in, Head head) throws IOException {
    OutputStream out = client.getOutputStream();
    URI uri = head.server();
    if (uri == null || !(head.tunnels() || "http".equals(uri.getScheme()))) {
      answer(out, "400 Bad Request");
      return;
    }
    String host = uri.getHost().replaceAll("^\\[|]$", "");
    if (!policy.allows(host)) {
      refuse(out, host, "the host is not among webFrame.hosts of the node's configuration");
      return;
    }
    List<InetAddress> addresses;
    try {
      addresses = policy.network().resolve(host);
    } catch (NetworkPolicy.RefusedException e) {
      refuse(
          out, host, e.getMessage() + ": not allowed by the node's configuration, network.allow");
      return;
    } catch (UnknownHostException e) {
      LOG.debug("there is no host of the name {}", host);
      answer(out, "502 Bad Gateway");
      return;
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : head.tunnels() ? 443 : 80;
    try (Socket far = connect(addresses, port)) {
      open.add(far);
      try {
        client.setSoTimeout(0);
        if (head.tunnels()) {
          out.write(
              "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          out.flush();
        } else {
          far.getOutputStream().write(forwarded(head, uri));
        }
        join(client, in, far);
      } finally {
        open.remove(far);
      }
    } catch (IOException e) {
      LOG.debug("{}:{} is not reached: {}", host, port, e.getMessage());
    }
  }

  private void refuse(OutputStream out, String host, @Nullable String why) throws IOException {
    LOG.info("a page loads nothing from {}: {}", host, why);
    refusals.refused(host, String.valueOf(why));
    answer(out, "403 Forbidden\r\n" + REFUSED + ": 1");
  }

  /** Without words: a frame of a page would show them, in a picture that goes to an audience. */
  private static void answer(OutputStream out, String status) throws IOException {
    out.write(
        "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .formatted(status)
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static Socket connect(List<InetAddress> addresses, int port) throws IOException {
    IOException last = new IOException("no address");
    for (InetAddress address : addresses) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last;
  }

  /** One request each connection, so that the next one, to whatever host, is judged as well. */
  private static byte[] forwarded(Head head, URI uri) {
    StringBuilder text = new StringBuilder(head.method()).append(' ');
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    text.append(path);
    if (uri.getRawQuery() != null) {
      text.append('?').append(uri.getRawQuery());
    }
    text.append(' ').append(head.version()).append("\r\n");
    for (String field : head.fields()) {
      String name = field.replaceFirst(":.*", "").strip().toLowerCase(Locale.ROOT);
      if (!HOP.contains(name)) {
        text.append(field).append("\r\n");
      }
    }
    return text.append("Connection: close\r\n\r\n")
        .toString()
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Passes on what comes from either side, until the far one has ended. */
  private static void join(Socket client, InputStream in, Socket far) throws IOException {
    Thread up =
        Thread.ofVirtual()
            .name("page-proxy-up")
            .start(() -> {
              try {
                in.transferTo(far.getOutputStream());
                far.shutdownOutput();
              } catch (IOException e) {
                // The other direction ends with it.
                closeQuietly(far);
              }
            });
    try {
      far.getInputStream().transferTo(client.getOutputStream());
    } finally {
      closeQuietly(client);
      closeQuietly(far);
      try {
        up.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("a socket was not closed: {}", e.getMessage());
    }
  }

  /** Null where the client has nothing to ask. */
  private static @Nullable Head head(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int ends = 0; // of lines in a row
    while (ends < 2) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      if (bytes.size() >= LONGEST_HEAD) {
        throw new IOException("a head of more than " + LONGEST_HEAD + " bytes");
      }
      bytes.write(next);
      ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
    }
    List<String> lines = bytes.toString(StandardCharsets.ISO_8859_1).strip().lines().toList();
    String[] words = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", -1);
    if (words.length != 3) {
      throw new IOException("no request of HTTP");
    }
    return new Head(words[0], words[1], words[2], lines.subList(1, lines.size()));
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      LOG.debug("the proxy's socket was not closed: {}", e.getMessage());
    }
    open.forEach(PageProxy::closeQuietly);
  }
}
