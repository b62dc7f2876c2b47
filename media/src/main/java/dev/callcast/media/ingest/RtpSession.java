package dev.callcast.media.ingest;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.BusMessage;
import dev.callcast.gst.Element;
import dev.callcast.gst.Gst;
import dev.callcast.gst.Pad;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.protocol.Codec;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The native half of an endpoint: an {@code rtpbin} between Java and Java. RTP of declared SSRCs
 * goes in; packets in order come out through one sink for all SSRCs, RTCP with the NACKs to be sent
 * through another. Sender reports do not go in: {@link LipSync} takes them. Owned, used and closed
 * by the endpoint's thread; rtpbin's callbacks come on its own threads and touch only what is
 * concurrent here.
 *
 * <p>What stands around {@code rtpbin} decides its quality (measured on 1.22):
 *
 * <ul>
 *   <li>Without {@code bandwidth} and {@code rtcp-min-interval} on the session NACKs are throttled
 *       so far that 2 to 4 % of a video's packets stay missing at 8 % loss; with them none.
 *   <li>Its own lip sync is off ({@code max-ts-offset=1}): {@link LipSync} does that by declared
 *       participant.
 *   <li>{@code drop-on-latency} stays off: it drops frames in the burst after a stall.
 *   <li>{@code request-pt-map} knows no SSRC, and a PT means something else for each SSRC here. So
 *       packets are given the payload type that stands for their codec inside.
 * </ul>
 */
final class RtpSession implements AutoCloseable {
  /** How long an out-of-order or lost packet is waited for, in ms. */
  static final int LATENCY_MILLIS = 200;

  private static final double RTCP_BANDWIDTH = 1e7;
  private static final long RTCP_MIN_INTERVAL = 50_000_000;
  private static final long MAX_QUEUED_BYTES = 8 << 20;

  private final Pipeline pipeline;
  private final AppSrc rtp;
  private final AppSink ordered;
  private final AppSink reports;
  private final Element bin;
  private final Element funnel;
  private final Element retransmission;
  private final Element auxiliary;
  private final long ssrc;
  // For each SSRC that is let in, the SSRC of its retransmissions, or NONE.
  private final Map<Long, Long> sources = new ConcurrentHashMap<>();
  private final List<Pad> funnelPads = new ArrayList<>(); // guarded by itself

  private static final long NONE = -1;

  /**
   * Starts a session.
   *
   * @param base {@link System#nanoTime} of the call's time 0
   */
  RtpSession(long base) {
    pipeline =
        Pipeline.parse(
            "rtpbin name=bin rtp-profile=avpf do-lost=true do-retransmission=true"
                + " drop-on-latency=false buffer-mode=slave autoremove=false max-ts-offset=1"
                + " latency="
                + LATENCY_MILLIS
                + " appsrc name=rtp format=time is-live=true caps=application/x-rtp"
                + " appsink name=reports sync=false async=false"
                + " funnel name=funnel forward-sticky-events=false"
                + " ! appsink name=ordered sync=false async=false");
    pipeline.useMonotonicClock(base);
    bin = pipeline.element("bin");
    funnel = pipeline.element("funnel");
    rtp = pipeline.appSrc("rtp");
    ordered = pipeline.appSink("ordered");
    reports = pipeline.appSink("reports");
    retransmission = Element.make("rtprtxreceive");
    StringBuilder types = new StringBuilder("application/x-rtp-pt-map");
    for (Codec codec : Codec.values()) {
      types
          .append(", ")
          .append(payloadType(codec))
          .append("=(uint)")
          .append(retransmissionPayloadType(codec));
    }
    retransmission.set("payload-type-map", types.toString());
    bin.onRequestPtMap((_, payloadType) -> caps(payloadType));
    auxiliary = Element.wrap(retransmission, "sink_0", "src_0");
    bin.onRequestElement("request-aux-receiver", _ -> auxiliary);
    bin.onNewJitterBuffer((jitterBuffer, _, source) -> {
      jitterBuffer.set("rtx-next-seqnum", false);
      if (sources.getOrDefault(source, NONE) == NONE) {
        jitterBuffer.set("do-retransmission", false);
      }
    });
    link(rtp, "recv_rtp_sink_0");
    try (Pad out = bin.requestPad("send_rtcp_src_0");
        Pad sink = reports.staticPad("sink")) {
      out.link(sink);
    }
    // Only now: the requested pads would be announced as well.
    bin.onPadAdded(this::padAdded);
    ssrc = configureSession();
    pipeline.play();
  }

  private void link(Element source, String name) {
    try (Pad out = source.staticPad("src");
        Pad sink = bin.requestPad(name)) {
      out.link(sink);
    }
  }

  private long configureSession() {
    try (Element session = bin.emitForElement("get-internal-session", 0)) {
      if (session == null) {
        throw new IngestException("rtpbin has no session 0");
      }
      session.set("bandwidth", RTCP_BANDWIDTH);
      session.set("rtcp-min-interval", RTCP_MIN_INTERVAL);
      return session.getLong("internal-ssrc");
    }
  }

  /** The payload type that stands for a codec in here. */
  static int payloadType(Codec codec) {
    return switch (codec) {
      case VP8 -> 96;
      case VP9 -> 98;
      case H264 -> 100;
      case OPUS -> 102;
      case PCMU -> 104;
      case PCMA -> 106;
    };
  }

  /** The payload type that stands for a codec's retransmissions in here. */
  static int retransmissionPayloadType(Codec codec) {
    return payloadType(codec) + 1;
  }

  /** The caps of a codec's packets in here. */
  static String caps(Codec codec) {
    return "application/x-rtp, media=(string)"
        + codec.kind().json()
        + ", clock-rate=(int)"
        + codec.clockRate()
        + ", encoding-name=(string)"
        + codec.encodingName().toUpperCase(Locale.ROOT)
        + ", payload=(int)"
        + payloadType(codec)
        + ", rtcp-fb-nack-pli=(boolean)true";
  }

  private static @Nullable String caps(int payloadType) {
    for (Codec codec : Codec.values()) {
      if (payloadType(codec) == payloadType) {
        return caps(codec);
      }
      if (retransmissionPayloadType(codec) == payloadType) {
        return "application/x-rtp, media=(string)"
            + codec.kind().json()
            + ", clock-rate=(int)"
            + codec.clockRate()
            + ", encoding-name=(string)RTX, payload=(int)"
            + payloadType;
      }
    }
    return null;
  }

  /** On a streaming thread: a new source's packets join the others. */
  private void padAdded(Pad pad) {
    Pad sink = funnel.requestPad("sink_%u");
    pad.link(sink);
    synchronized (funnelPads) {
      funnelPads.add(sink);
    }
  }

  /** The SSRC under which this session reports. */
  long ssrc() {
    return ssrc;
  }

  /** Declares a source; only then may its packets be pushed. */
  void add(long source, @Nullable Long retransmissions) {
    sources.put(source, retransmissions == null ? NONE : retransmissions);
    mapRetransmissions();
  }

  /** Forgets a source. Its last packet must have been pushed 30 ms ago. */
  void remove(long source) {
    sources.remove(source);
    mapRetransmissions();
    bin.emit("clear-ssrc", 0, (int) source);
    synchronized (funnelPads) {
      for (Iterator<Pad> pads = funnelPads.iterator(); pads.hasNext(); ) {
        Pad pad = pads.next();
        try (Pad peer = pad.peer()) {
          if (peer != null) {
            continue;
          }
        }
        funnel.releasePad(pad);
        pad.close();
        pads.remove();
      }
    }
  }

  private void mapRetransmissions() {
    StringBuilder map = new StringBuilder("application/x-rtp-ssrc-map");
    sources.forEach((source, retransmissions) -> {
      if (retransmissions != NONE) {
        map.append(", ").append(source).append("=(uint)").append(retransmissions);
      }
    });
    retransmission.set("ssrc-map", map.toString());
  }

  /**
   * Takes a packet of a declared source.
   *
   * @param arrival ns on the call's timeline
   * @return false when the pipeline takes no more
   */
  boolean pushRtp(byte[] data, int offset, int length, long arrival) {
    return rtp.queuedBytes() < MAX_QUEUED_BYTES
        && rtp.push(data, offset, length, arrival, arrival, Gst.TIME_NONE);
  }

  /** The next packet in order, which the caller closes, or null. */
  @Nullable Sample pullOrdered() {
    return ordered.pull(0);
  }

  /** The next RTCP compound to be sent, which the caller closes, or null. */
  @Nullable Sample pullReport() {
    return reports.pull(0);
  }

  /** Why the session failed, or null while it is well. */
  @Nullable String failure() {
    BusMessage message = pipeline.poll(0);
    while (message != null) {
      if (message instanceof BusMessage.Failure failure) {
        return failure.message() + " (" + failure.element() + ")";
      }
      message = pipeline.poll(0);
    }
    return null;
  }

  @Override
  public void close() {
    pipeline.halt();
    synchronized (funnelPads) {
      funnelPads.forEach(Pad::close);
      funnelPads.clear();
    }
    auxiliary.close();
    retransmission.close();
    ordered.close();
    reports.close();
    rtp.close();
    funnel.close();
    bin.close();
    pipeline.close();
  }
}
