package dev.callcast.media.output;

import dev.callcast.gst.AppSrc;
import dev.callcast.gst.BusMessage;
import dev.callcast.gst.Element;
import dev.callcast.gst.GstException;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Structure;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a composition to one RTMP or RTMPS server, for as long as it takes. One thread of its own
 * builds a small pipeline ({@code appsrc ! rtmp2sink}), feeds it, watches it, and builds it anew
 * when it fails: {@code rtmp2sink} itself never reconnects. Made and closed by the composition;
 * nothing that happens here holds up anything else: the queue is bounded, and what does not fit is
 * dropped up to the next key frame.
 *
 * <p>Whether the server is alive is told by the bytes it acknowledges. A server that never
 * acknowledges is judged by what the kernel still holds for it ({@link SocketBacklog}); one that
 * reads nothing for {@link OutputTimers#liveness} is left.
 */
public final class RtmpOutput extends StreamOutput implements FlvMuxer.TagSink {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * Bytes given to the pipeline ahead of the network; the rest waits in our own queue, where it can
   * be dropped.
   */
  private static final long PIPELINE_BYTES = 256 << 10;

  private final OutputSpec.Rtmp spec;
  private final FlvMuxer muxer;

  private final Deque<FlvTag> queue = new ArrayDeque<>(); // guarded by this
  private final Deque<FlvTag> headers = new ArrayDeque<>(); // guarded by this
  private long queuedBytes; // guarded by this
  private boolean waitingForKeyFrame = true; // guarded by this

  private boolean backup; // the thread's own: whose turn it is

  public RtmpOutput(
      OutputSpec.Rtmp spec, FlvMuxer muxer, OutputTimers timers, OutputListener listener) {
    super(spec.id(), "rtmp", timers, listener);
    this.spec = spec;
    this.muxer = muxer;
    start();
  }

  @Override
  public synchronized void tag(FlvTag tag) {
    if (tag.header()) {
      headers.add(tag);
      return;
    }
    if (waitingForKeyFrame) {
      if (!tag.keyFrame()) {
        countDropped(tag);
        return;
      }
      waitingForKeyFrame = false;
    }
    if (queuedBytes + tag.data().length > timers.queueBytes()) {
      queue.forEach(this::countDropped);
      countDropped(tag);
      queue.clear();
      queuedBytes = 0;
      waitingForKeyFrame = true;
      return;
    }
    queue.add(tag);
    queuedBytes += tag.data().length;
    notifyAll();
  }

  @Override
  protected String connection() {
    String backupUrl = spec.backupUrl();
    String url = backup && backupUrl != null ? backupUrl : spec.url();
    String failure = session(url);
    backup = backupUrl != null && !backup;
    return failure;
  }

  private String session(String url) {
    if (!isTls(url)) {
      return connection(url);
    }
    String host = host(url);
    int port = port(url);
    UncheckedServers servers = UncheckedServers.PROCESS;
    if (!servers.begin(host, port, spec.tlsVerify(), System.nanoTime())) {
      return spec.tlsVerify()
          ? "the certificate of "
              + host
              + ":"
              + port
              + " can't be checked: an output of this call uses it with tlsVerify false, or did"
              + " within the last hour, and TLS sessions are shared"
          : "another output connects to "
              + host
              + ":"
              + port
              + " with its certificate checked: TLS sessions are shared, so tlsVerify must be the"
              + " same for both";
    }
    try {
      return connection(url);
    } finally {
      servers.end(host, port, spec.tlsVerify(), System.nanoTime());
    }
  }

  private String connection(String url) {
    synchronized (this) {
      queue.clear();
      headers.clear();
      queuedBytes = 0;
      waitingForKeyFrame = true;
    }
    SocketBacklog backlog;
    try {
      // At each connection anew: the name may have come to point somewhere else.
      backlog = SocketBacklog.begin(spec.network().resolve(host(url)), port(url));
    } catch (NetworkPolicy.RefusedException e) {
      return e.getMessage() + ": not allowed by the node's configuration, network.allow";
    } catch (UnknownHostException e) {
      return "the server's name " + host(url) + " has no address";
    }
    try (Pipeline pipeline =
            Pipeline.parse(
                "appsrc name=in format=time max-bytes=0 caps=video/x-flv ! rtmp2sink name=out sync=false");
        AppSrc in = pipeline.appSrc("in");
        Element out = pipeline.element("out")) {
      out.set("location", url);
      out.set("timeout", timers.connectSeconds());
      out.set("async", false);
      if (!spec.tlsVerify()) {
        out.set("tls-validation-flags", "no-flags");
      }
      pipeline.play();
      muxer.add(this);
      try {
        return feed(pipeline, in, out, backlog);
      } finally {
        muxer.remove(this);
        if (isClosing()) {
          farewell(pipeline, in);
        }
      }
    } catch (GstException e) {
      return redact(e.getMessage());
    }
  }

  private String feed(Pipeline pipeline, AppSrc in, Element out, SocketBacklog backlog) {
    Progress progress = new Progress(timers.liveness(), backlog);
    boolean headersSent = false;
    long nextCheck = 0;
    while (!isClosing()) {
      for (BusMessage message = pipeline.poll(0); message != null; message = pipeline.poll(0)) {
        if (message instanceof BusMessage.Failure failure) {
          return describe(failure);
        }
      }
      FlvTag tag = null;
      synchronized (this) {
        if (!queue.isEmpty() && in.queuedBytes() < PIPELINE_BYTES) {
          if (!headersSent) {
            headersSent = true;
            for (FlvTag header : headers) {
              push(in, header);
            }
          }
          tag = queue.remove();
          queuedBytes -= tag.data().length;
        }
      }
      if (tag != null) {
        push(in, tag);
        if (tag.type() == FlvTag.VIDEO) {
          frames.incrementAndGet();
        }
      } else {
        pause(STEP);
      }
      long now = System.nanoTime();
      if (now >= nextCheck) {
        nextCheck = now + timers.check();
        String stalled = check(out, in, progress, now);
        if (stalled != null) {
          return stalled;
        }
      }
    }
    return "stopped";
  }

  /** Looks at the connection's counters; returns why it is dead, or null. */
  private @Nullable String check(Element out, AppSrc in, Progress progress, long now) {
    try (Structure stats = (Structure) out.get("stats")) {
      if (stats == null) {
        return null;
      }
      long total = stats.getLong("out-bytes-total", 0);
      bytes.addAndGet(progress.grown(total));
      boolean backedUp;
      synchronized (this) {
        backedUp = !queue.isEmpty() || in.queuedBytes() > 0;
      }
      // The sink takes its first buffer only when the server has accepted the stream.
      if (status() != OutputStatus.LIVE && progress.mediaWentOut(total, in.queuedBytes())) {
        become(OutputStatus.LIVE, null);
      }
      return progress.stalled(total, stats.getLong("out-bytes-acked", 0), backedUp, now)
          ? "the server takes no data (" + TimeUnit.NANOSECONDS.toSeconds(timers.liveness()) + " s)"
          : null;
    }
  }

  private static void push(AppSrc in, FlvTag tag) {
    long pts = tag.timestamp() * 1_000_000L;
    in.push(tag.data(), 0, tag.data().length, pts, pts, -1);
  }

  /**
   * Ends the stream as the protocol wants it, so that the server closes its own recording at once.
   */
  private static void farewell(Pipeline pipeline, AppSrc in) {
    in.endOfStream();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (System.nanoTime() < end) {
      BusMessage message = pipeline.poll(STEP);
      if (message instanceof BusMessage.EndOfStream || message instanceof BusMessage.Failure) {
        return;
      }
    }
  }

  private void countDropped(FlvTag tag) {
    if (tag.type() == FlvTag.VIDEO) {
      dropped.incrementAndGet();
    }
  }

  private String describe(BusMessage.Failure failure) {
    String details = failure.details();
    int line = details.indexOf('\n');
    return redact(failure.message() + (line < 0 ? "" : " " + details.substring(line + 1).trim()));
  }

  /** Takes stream keys out of a text. */
  private String redact(@Nullable String text) {
    String clean = String.valueOf(text);
    for (String url : new String[] {spec.url(), String.valueOf(spec.backupUrl())}) {
      clean = clean.replace(url, "the server");
      int key = url.lastIndexOf('/') + 1;
      if (key > 8 && key < url.length()) {
        clean = clean.replace(url.substring(key), "****");
      }
    }
    return clean;
  }

  private static String host(String url) {
    String host = URI.create(authority(url)).getHost();
    return host == null ? "" : host.replaceAll("^\\[|]$", "");
  }

  private static boolean isTls(String url) {
    return url.regionMatches(true, 0, "rtmps:", 0, 6);
  }

  private static int port(String url) {
    int port = URI.create(authority(url)).getPort();
    return port > 0 ? port : isTls(url) ? 443 : 1935;
  }

  /** Stream keys may hold characters that no URI may. */
  private static String authority(String url) {
    int path = url.indexOf('/', url.indexOf("://") + 3);
    return path < 0 ? url : url.substring(0, path);
  }
}
