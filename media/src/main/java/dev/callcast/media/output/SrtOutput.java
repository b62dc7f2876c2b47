package dev.callcast.media.output;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.GstException;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.gst.SrtSocket;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.PacketSink;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a composition as an MPEG transport stream over SRT: to a listener, or to those who call.
 * One thread of its own connects, wraps the packets ({@code mpegtsmux}) and sends them, and begins
 * anew when that fails. Made and closed by the composition; nothing that happens here holds up
 * anything else: what a peer does not take in time SRT itself drops, and it gives up one that is
 * silent for five seconds.
 *
 * <p>As a caller it is live while it is connected. As a listener it is live while somebody
 * receives, {@value #MOST_CALLERS} at most; whoever calls is sent the newest key frame and what
 * followed it, so a picture is seen at once.
 */
public final class SrtOutput extends StreamOutput implements PacketSink {
  private static final Logger log = LoggerFactory.getLogger(SrtOutput.class);
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int MOST_CALLERS = 16;

  /** Of {@link #CLOSE_LIMIT}, what connecting may take. */
  private static final int CONNECT_MILLIS = 3000;

  private final OutputSpec.Srt spec;
  private final StreamFormat format;
  private final PacketFanout fanout;

  private final Deque<Packet> queue = new ArrayDeque<>(); // guarded by this
  private long queuedBytes; // guarded by this
  private boolean waitingForKeyFrame = true; // guarded by this

  // The thread's own: the stream since the newest key frame.
  private final Deque<byte[]> fresh = new ArrayDeque<>();
  private long freshBytes;

  /** Begins to connect; {@code format} has pictures. */
  public SrtOutput(
      OutputSpec.Srt spec,
      StreamFormat format,
      PacketFanout fanout,
      OutputTimers timers,
      OutputListener listener) {
    super(spec.id(), "srt", timers, listener);
    this.spec = spec;
    this.format = format;
    this.fanout = fanout;
    start();
  }

  @Override
  public synchronized void packet(Packet packet) {
    boolean entry = packet.kind() == Packet.Kind.VIDEO && packet.keyFrame();
    if (queuedBytes + packet.data().length > timers.queueBytes()) {
      queue.forEach(this::countDropped);
      queue.clear();
      queuedBytes = 0;
      waitingForKeyFrame = true;
    }
    if (waitingForKeyFrame && !entry) {
      countDropped(packet);
      return;
    }
    waitingForKeyFrame = false;
    queue.add(packet);
    queuedBytes += packet.data().length;
    notifyAll();
  }

  /** One connection, or one time of listening, to its end; returns why it ended. */
  @Override
  protected String connection() {
    SrtSocket.Options options =
        new SrtSocket.Options(
            spec.latencyMillis(), spec.passphrase(), spec.streamId(), CONNECT_MILLIS);
    try {
      if (spec.mode() == OutputSpec.Srt.Mode.CALLER) {
        // The address that was judged, so that no name can lead to another.
        InetAddress host = spec.network().resolve(spec.host()).getFirst();
        try (SrtSocket socket = SrtSocket.call(host, spec.port(), options)) {
          become(OutputStatus.LIVE, null);
          stream(new Called(socket));
        }
      } else {
        InetAddress host = InetAddress.ofLiteral(spec.host());
        try (SrtSocket socket = SrtSocket.listen(host, spec.port(), options);
            Callers callers = new Callers(socket)) {
          stream(callers);
        }
      }
      return "stopped";
    } catch (NetworkPolicy.RefusedException e) {
      return e.getMessage() + ": not allowed by the node's configuration, network.allow";
    } catch (UnknownHostException e) {
      return "the name " + spec.host() + " has no address";
    } catch (IOException | GstException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Where pieces of the stream go. */
  private interface Receivers {
    void send(byte[] piece) throws IOException;
  }

  /** The listener that was called. */
  private final class Called implements Receivers {
    private final SrtSocket socket;

    Called(SrtSocket socket) {
      this.socket = socket;
    }

    @Override
    public void send(byte[] piece) throws IOException {
      if (!socket.send(piece)) {
        throw new IOException("the other side takes no data");
      }
      bytes.addAndGet(piece.length);
    }
  }

  /** Those who called. */
  private final class Callers implements Receivers, AutoCloseable {
    private final SrtSocket listener;
    private final List<SrtSocket> callers = new ArrayList<>();

    Callers(SrtSocket listener) {
      this.listener = listener;
      tell();
    }

    private void tell() {
      if (callers.isEmpty()) {
        become(OutputStatus.CONNECTING, "waits for somebody to call");
      } else {
        become(OutputStatus.LIVE, null);
      }
    }

    @Override
    public void send(byte[] piece) {
      for (Iterator<SrtSocket> each = callers.iterator(); each.hasNext(); ) {
        SrtSocket caller = each.next();
        if (!take(caller, piece)) {
          caller.close();
          each.remove();
          tell();
        }
      }
      SrtSocket caller = listener.accept();
      if (caller == null) {
        return;
      }
      if (callers.size() == MOST_CALLERS || !fresh.stream().allMatch(one -> take(caller, one))) {
        caller.close();
        return;
      }
      callers.add(caller);
      tell();
    }

    private boolean take(SrtSocket caller, byte[] piece) {
      try {
        if (caller.send(piece)) {
          bytes.addAndGet(piece.length);
          return true;
        }
      } catch (IOException e) {
        log.debug("output {}: a caller is gone: {}", spec.id(), e.getMessage());
      }
      return false;
    }

    @Override
    public void close() {
      callers.forEach(SrtSocket::close);
    }
  }

  private void stream(Receivers receivers) throws IOException {
    HexFormat hex = HexFormat.of();
    String description =
        String.format(
            Locale.ROOT,
            "mpegtsmux name=mux alignment=7 ! appsink name=out sync=false async=false"
                + " appsrc name=video format=time max-bytes=0 caps=video/x-h264,stream-format=avc,"
                + "alignment=au,width=%d,height=%d,framerate=%d/1,codec_data=(buffer)%s"
                + " ! h264parse config-interval=-1 ! mux."
                + " appsrc name=audio format=time max-bytes=0 caps=audio/mpeg,mpegversion=4,"
                + "stream-format=raw,framed=true,rate=%d,channels=%d,codec_data=(buffer)%s ! mux.",
            format.width(),
            format.height(),
            format.fps(),
            hex.formatHex(Objects.requireNonNull(format.avcConfig(), "SRT without pictures")),
            format.sampleRate(),
            format.channels(),
            hex.formatHex(format.aacConfig()));
    try (Pipeline pipeline = Pipeline.parse(description);
        AppSrc video = pipeline.appSrc("video");
        AppSrc audio = pipeline.appSrc("audio");
        AppSink out = pipeline.appSink("out")) {
      fresh.clear();
      freshBytes = 0;
      synchronized (this) {
        queue.clear();
        queuedBytes = 0;
        waitingForKeyFrame = true;
      }
      pipeline.play();
      fanout.add(this);
      try {
        while (!isClosing()) {
          String failure = pipeline.failure();
          if (failure != null) {
            throw new IOException(failure);
          }
          feed(video, audio);
          send(out, receivers);
        }
      } finally {
        fanout.remove(this);
      }
    }
  }

  /** Gives the muxer what has come; waits a little where that is nothing. */
  private void feed(AppSrc video, AppSrc audio) {
    List<Packet> packets;
    synchronized (this) {
      if (queue.isEmpty()) {
        pause(STEP);
      }
      packets = List.copyOf(queue);
      queue.clear();
      queuedBytes = 0;
    }
    for (Packet packet : packets) {
      boolean picture = packet.kind() == Packet.Kind.VIDEO;
      (picture ? video : audio)
          .push(
              packet.data(),
              0,
              packet.data().length,
              packet.pts(),
              packet.dts(),
              packet.duration(),
              packet.keyFrame());
      if (picture) {
        frames.incrementAndGet();
      }
    }
  }

  private void send(AppSink out, Receivers receivers) throws IOException {
    for (byte[] bytes = pull(out); bytes != null; bytes = pull(out)) {
      for (byte[] piece : TransportStream.pieces(bytes, SrtSocket.PAYLOAD)) {
        boolean entry = TransportStream.hasKeyFrame(piece);
        if (entry || freshBytes > timers.queueBytes()) {
          fresh.clear();
          freshBytes = 0;
        }
        if (entry || freshBytes > 0) {
          fresh.add(piece);
          freshBytes += piece.length;
        }
        receivers.send(piece);
      }
    }
  }

  private static byte @Nullable [] pull(AppSink out) {
    try (Sample sample = out.pull(0)) {
      return sample == null ? null : sample.bytes();
    }
  }

  private void countDropped(Packet packet) {
    if (packet.kind() == Packet.Kind.VIDEO) {
      dropped.incrementAndGet();
    }
  }
}
