package dev.callcast.testkit.fault;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before an HTTP server on this machine, reads each request's head, and does with it what
 * the test decides: passes it on as it is (signatures stay right), answers itself, cuts it, or
 * holds the answer back. One request a connection. Its methods may be called from any thread;
 * whoever made it closes it.
 */
public final class HttpProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpProxy.class);
  private static final int MAX_HEAD = 64 << 10;

  /** A request's head. */
  public record Head(String method, String target, List<String> headers) {
    /** A header's value, or null. */
    public @Nullable String header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return headers.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .findFirst()
          .orElse(null);
    }

    /** S3's name of what is asked for, as far as tests tell them apart. */
    public String operation() {
      String query = target.contains("?") ? target.substring(target.indexOf('?') + 1) : "";
      boolean uploads = query.startsWith("uploads");
      boolean upload = query.contains("uploadId=");
      return switch (method) {
        case "POST" -> uploads ? "CreateMultipartUpload" : upload ? "CompleteMultipartUpload" : "";
        case "PUT" -> upload ? "UploadPart" : "PutObject";
        case "HEAD" -> "HeadObject";
        case "DELETE" -> upload ? "AbortMultipartUpload" : "DeleteObject";
        default -> uploads ? "ListMultipartUploads" : upload ? "ListParts" : "GetObject";
      };
    }
  }

  /** What becomes of a request. */
  public sealed interface Action {
    /** It goes through. */
    record Pass() implements Action {}

    /** It goes through; lines are added to the answer's head. */
    record AddHeaders(List<String> lines) implements Action {}

    /** It goes through without these headers; lines are added to the answer's head. */
    record StripHeaders(String prefix, List<String> lines) implements Action {}

    /** It is answered by the proxy with an S3 error. */
    record Answer(int status, String code) implements Action {}

    /** The connection is reset after so many bytes of the body were passed on. */
    record Reset(long afterBytes) implements Action {}

    /** It goes through, and its answer waits until {@link Hold#release}. */
    record HoldAnswer(Hold hold) implements Action {}

    /** It goes through, but so slowly. */
    record Slow(long bytesPerSecond) implements Action {}

    /**
     * It goes through; told is how many ns the server took, to the last byte of its answer: some
     * send a head at once and the body when they are done.
     */
    record Timed(LongConsumer told) implements Action {}
  }

  /** Answers that wait, and a way to see that the server gave them. */
  public static final class Hold {
    private boolean answered;
    private boolean released;

    /** Waits until the server has answered; false when it did not in that time. */
    public synchronized boolean awaitAnswer(long millis) throws InterruptedException {
      long end = System.nanoTime() + millis * 1_000_000;
      while (!answered && System.nanoTime() < end) {
        wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
      return answered;
    }

    /** Lets the answers through. */
    public synchronized void release() {
      released = true;
      notifyAll();
    }

    private synchronized void hold() throws InterruptedException {
      answered = true;
      notifyAll();
      while (!released) {
        wait();
      }
    }
  }

  private final ServerSocket server;
  private final int targetPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Head> seen = new CopyOnWriteArrayList<>();
  private volatile Function<Head, Action> rule = head -> new Action.Pass();

  private HttpProxy(int targetPort) throws IOException {
    this.targetPort = targetPort;
    this.server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** Begins to listen, on a free port of the loopback address, for a server on another. */
  public static HttpProxy to(int targetPort) throws IOException {
    HttpProxy proxy = new HttpProxy(targetPort);
    Thread.ofVirtual().name("http-proxy").start(proxy::accept);
    return proxy;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** From now on each request is done with as this says. */
  public void rule(Function<Head, Action> rule) {
    this.rule = rule;
  }

  /**
   * From now on all requests go through, and it is measured how long the server takes for those of
   * an operation.
   *
   * @return tells the sum up to now, ns
   */
  public LongSupplier time(String operation) {
    AtomicLong sum = new AtomicLong();
    rule(head ->
        head.operation().equals(operation) ? new Action.Timed(sum::addAndGet) : new Action.Pass());
    return sum::get;
  }

  /** The requests so far, oldest first. */
  public List<Head> seen() {
    return List.copyOf(seen);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        Thread.ofVirtual().name("http-proxy-up").start(() -> serve(client));
      } catch (IOException e) {
        LOG.debug("accepting ended", e);
      }
    }
  }

  private void serve(Socket client) {
    try {
      InputStream in = new BufferedInputStream(client.getInputStream());
      List<String> lines = head(in);
      if (lines.isEmpty()) {
        return;
      }
      String[] first = lines.getFirst().split(" ", 3);
      Head head = new Head(first[0], first[1], List.copyOf(lines.subList(1, lines.size())));
      seen.add(head);
      String length = head.header("Content-Length");
      long body = length == null ? 0 : Long.parseLong(length);
      switch (rule.apply(head)) {
        case Action.Pass pass -> pass(client, in, lines, body, List.of(), null, 0);
        case Action.AddHeaders add -> pass(client, in, lines, body, add.lines(), null, 0);
        case Action.StripHeaders strip -> {
          String prefix = strip.prefix().toLowerCase(Locale.ROOT);
          List<String> kept =
              lines.stream()
                  .filter(line -> !line.toLowerCase(Locale.ROOT).startsWith(prefix))
                  .toList();
          pass(client, in, kept, body, strip.lines(), null, 0);
        }
        case Action.HoldAnswer held -> pass(client, in, lines, body, List.of(), held.hold(), 0);
        case Action.Slow slow ->
            pass(client, in, lines, body, List.of(), null, slow.bytesPerSecond());
        case Action.Timed timed -> {
          long began = System.nanoTime();
          pass(client, in, lines, body, List.of(), null, 0);
          timed.told().accept(System.nanoTime() - began);
        }
        case Action.Answer answer -> answer(client, in, body, answer);
        case Action.Reset reset -> {
          skip(in, Math.min(reset.afterBytes(), body));
          client.setSoLinger(true, 0);
        }
      }
    } catch (IOException e) {
      LOG.debug("a connection ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(client);
    }
  }

  private void pass(
      Socket client,
      InputStream in,
      List<String> lines,
      long body,
      List<String> added,
      @Nullable Hold hold,
      long bytesPerSecond)
      throws IOException, InterruptedException {
    try (Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort)) {
      sockets.add(target);
      OutputStream up = target.getOutputStream();
      List<String> sent = new ArrayList<>(lines);
      sent.removeIf(line -> line.toLowerCase(Locale.ROOT).startsWith("connection:"));
      sent.add("Connection: close");
      up.write((String.join("\r\n", sent) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      up.flush();
      Thread pump =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  copy(in, up, body, bytesPerSecond);
                  up.flush();
                } catch (IOException e) {
                  LOG.debug("a request's body ended", e);
                  close(target);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      InputStream down = new BufferedInputStream(target.getInputStream());
      OutputStream out = client.getOutputStream();
      List<String> answer = head(down);
      while (!answer.isEmpty() && answer.getFirst().matches("HTTP/1.1 1\\d\\d.*")) {
        out.write((String.join("\r\n", answer) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        answer = head(down);
      }
      if (hold != null) {
        hold.hold();
      }
      List<String> told = new ArrayList<>(answer);
      told.addAll(added);
      out.write((String.join("\r\n", told) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      down.transferTo(out);
      out.flush();
      pump.join();
      sockets.remove(target);
    }
  }

  private static void answer(Socket client, InputStream in, long body, Action.Answer answer)
      throws IOException {
    byte[] text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>as told</Message></Error>"
            .formatted(answer.code())
            .getBytes(StandardCharsets.UTF_8);
    OutputStream out = client.getOutputStream();
    out.write(
        ("HTTP/1.1 %d Told\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
                + "Connection: close\r\n\r\n")
            .formatted(answer.status(), text.length)
            .getBytes(StandardCharsets.ISO_8859_1));
    out.write(text);
    out.flush();
    client.shutdownOutput();
    skip(in, body); // unread bytes would turn the close into a reset
  }

  private static void skip(InputStream in, long count) throws IOException {
    byte[] buffer = new byte[16_384];
    long left = count;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        return;
      }
      left -= n;
    }
  }

  private static void copy(InputStream in, OutputStream out, long count, long bytesPerSecond)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[16_384];
    long left = count;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new IOException("the client went away");
      }
      out.write(buffer, 0, n);
      left -= n;
      if (bytesPerSecond > 0) {
        Thread.sleep(n * 1000L / bytesPerSecond);
      }
    }
  }

  /** The lines of a head; empty at the end of the stream. */
  private static List<String> head(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (!text.toString().endsWith("\r\n\r\n")) {
      int c = in.read();
      if (c < 0 || text.length() > MAX_HEAD) {
        return List.of();
      }
      text.append((char) c);
    }
    return List.of(text.substring(0, text.length() - 4).split("\r\n", -1));
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
    server.close();
    sockets.forEach(this::close);
  }
}
