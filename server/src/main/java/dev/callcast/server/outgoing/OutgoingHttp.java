package dev.callcast.server.outgoing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.NetworkPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to addresses that callers gave. A connection is only made to an address that was judged
 * right before (so a name that is made to point elsewhere after it was looked at gains nothing), no
 * redirect is followed, no cookie kept, and no answer is read beyond a limit or waited for beyond a
 * time. Safe for any thread, made for many virtual ones; owned and closed by the node.
 */
public final class OutgoingHttp implements AutoCloseable {
  private static final Timeout CONNECT = Timeout.ofSeconds(5);

  /**
   * Connections at a time, to one server or to all: there is no limit of its own for a server, for
   * what hangs behind one address must not delay what works behind the same. Callers have theirs.
   */
  private static final int MOST = 16_384;

  private final NetworkPolicy network;
  private @Nullable CloseableHttpClient client; // guarded by lock
  private boolean closed; // guarded by lock
  private final ReentrantLock lock = new ReentrantLock();
  private final ScheduledExecutorService deadlines =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("outgoing-deadlines").factory());

  /**
   * An answer.
   *
   * @param body how it begins
   * @param retryAfter of the header, s; 0 for none
   */
  public record Response(int status, String body, int retryAfter) {}

  public OutgoingHttp(NetworkPolicy network) {
    this.network = network;
  }

  /**
   * The client, made for who comes first: most nodes have no webhooks, and the certificates that it
   * trusts take a tenth of a second to read.
   */
  private CloseableHttpClient client() throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the node ends");
      }
      CloseableHttpClient known = client;
      if (known == null) {
        known = client(network);
        client = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private static CloseableHttpClient client(NetworkPolicy network) {
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new JudgingResolver(network))
                .setMaxConnPerRoute(MOST)
                .setMaxConnTotal(MOST)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(CONNECT)
                        .setTimeToLive(TimeValue.ofMinutes(5))
                        .setValidateAfterInactivity(TimeValue.ofSeconds(2))
                        .build())
                .setDefaultSocketConfig(
                    // Holds for the TLS handshake too, which no other limit does.
                    SocketConfig.custom().setSoTimeout(Timeout.ofSeconds(10)).build())
                .build())
        .setUserAgent("Callcast")
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableAutomaticRetries()
        .disableContentCompression() // A small answer must not unpack to a large one.
        .evictIdleConnections(TimeValue.ofSeconds(60))
        .build();
  }

  /** Looks names up, and gives away only the addresses that may be connected to. */
  private record JudgingResolver(NetworkPolicy network) implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      return network.resolve(host).toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /**
   * Sends a body and reads how the answer begins.
   *
   * @param limit for all of it, from connecting to the end of the answer
   * @param mostRead bytes of the answer's body; the rest is not read
   * @throws IOException saying why there is no answer
   */
  public Response post(
      URI url, Map<String, String> headers, byte[] body, Duration limit, int mostRead)
      throws IOException {
    HttpPost post = new HttpPost(url);
    headers.forEach(post::setHeader);
    post.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
    Timeout whole = Timeout.of(limit);
    post.setConfig(
        RequestConfig.custom()
            .setConnectionRequestTimeout(whole)
            .setResponseTimeout(whole)
            .build());
    // Timeouts of sockets begin anew with each byte; a server that drips is cut off by this.
    ScheduledFuture<?> deadline =
        deadlines.schedule(post::cancel, limit.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return client().execute(post, answer -> read(answer, mostRead, post));
    } catch (IOException e) {
      if (post.isCancelled()) {
        throw new IOException("no whole answer within " + seconds(limit), e);
      }
      throw e;
    } finally {
      deadline.cancel(false);
    }
  }

  private static Response read(ClassicHttpResponse answer, int mostRead, HttpPost post)
      throws IOException {
    byte[] begin = new byte[0];
    HttpEntity entity = answer.getEntity();
    if (entity != null) {
      InputStream in = entity.getContent();
      begin = in.readNBytes(mostRead);
      if (in.read() >= 0) {
        post.cancel(); // Closing the answer would read all the rest of it.
      }
    }
    return new Response(
        answer.getCode(), new String(begin, UTF_8), seconds(answer.getFirstHeader("Retry-After")));
  }

  private static int seconds(@Nullable Header header) {
    try {
      return header == null ? 0 : Math.max(0, Integer.parseInt(header.getValue().strip()));
    } catch (NumberFormatException e) {
      return 0; // A date: not worth a parser, the ordinary delays do.
    }
  }

  private static String seconds(Duration limit) {
    return limit.toMillis() / 1000.0 + " s";
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
    lock.lock();
    try {
      closed = true;
      if (client != null) {
        client.close(CloseMode.IMMEDIATE);
      }
    } finally {
      lock.unlock();
    }
  }
}
