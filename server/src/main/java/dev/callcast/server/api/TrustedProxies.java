package dev.callcast.server.api;

import dev.callcast.protocol.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Believes reverse proxies, and nobody else, who the client is ({@code X-Forwarded-For}) and
 * whether it came by TLS ({@code X-Forwarded-Proto}). Each proxy appends the address that it saw:
 * the last one that is no proxy's is the client; what stands before it the client wrote itself.
 */
final class TrustedProxies implements HttpConfiguration.Customizer {
  private final List<Cidr> proxies;

  TrustedProxies(List<String> proxies) {
    this.proxies = proxies.stream().map(Cidr::parse).toList();
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable answer) {
    SocketAddress peer = request.getConnectionMetaData().getRemoteSocketAddress();
    if (!(peer instanceof InetSocketAddress proxy) || !isProxy(proxy.getAddress())) {
      return request;
    }
    InetAddress client = client(request.getHeaders().getCSV("X-Forwarded-For", false));
    List<String> schemes = request.getHeaders().getCSV("X-Forwarded-Proto", false);
    String scheme = schemes.isEmpty() ? null : schemes.getLast();
    boolean known = "https".equals(scheme) || "http".equals(scheme);
    if (client == null && !known) {
      return request;
    }
    boolean secure = known ? "https".equals(scheme) : request.isSecure();
    HttpURI uri =
        known
            ? HttpURI.build(request.getHttpURI()).scheme(scheme).asImmutable()
            : request.getHttpURI();
    SocketAddress from =
        client == null ? proxy : new InetSocketAddress(client, 0); // the port is not told
    ConnectionMetaData connection =
        new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
          @Override
          public SocketAddress getRemoteSocketAddress() {
            return from;
          }

          @Override
          public boolean isSecure() {
            return secure;
          }
        };
    return new Request.Wrapper(request) {
      @Override
      public HttpURI getHttpURI() {
        return uri;
      }

      @Override
      public boolean isSecure() {
        return secure;
      }

      @Override
      public ConnectionMetaData getConnectionMetaData() {
        return connection;
      }
    };
  }

  /** The last one that is no proxy's; null when nothing was told, or what is no address. */
  private @Nullable InetAddress client(List<String> told) {
    InetAddress last = null;
    for (String text : told.reversed()) {
      try {
        last = InetAddress.ofLiteral(text.replaceAll("^\\[|\\]$", ""));
      } catch (IllegalArgumentException e) {
        return last;
      }
      if (!isProxy(last)) {
        return last;
      }
    }
    return last;
  }

  private boolean isProxy(InetAddress address) {
    return proxies.stream().anyMatch(proxy -> proxy.contains(address));
  }
}
