package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.webrtc.WebRtcTransport;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Cidr;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint: its sockets, the {@link Gate} before them, and the tracks that arrive. One platform
 * thread owns all of it. It takes packets from the sockets, hands those of declared SSRCs to their
 * tracks, collects what the decoders made, and sends reports and requests. So nothing in here needs
 * a lock; other threads hand over tasks. Closed by {@link CallIngest}.
 *
 * <p>What nobody sees or hears is counted and reported on, and ends there.
 */
final class EndpointReceiver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EndpointReceiver.class);

  private static final int RECEIVE_BUFFER = 4 << 20;
  private static final int MAX_PACKET = 65_536;
  private static final int MAX_BATCH = 512;

  /** How long to wait for packets at most, ms: decoded pictures want collecting meanwhile. */
  private static final long WAIT_MILLIS = 5;

  /** A pause after each batch, so that packets are taken some at a time: a fifth of the wakes. */
  private static final long PAUSE = 5_000_000;

  private static final long TICK = 100_000_000;
  private static final long CLOSE_MILLIS = 3_000;

  private final String id;
  private final long base;
  private final DatagramChannel rtpChannel;
  private final @Nullable DatagramChannel rtcpChannel; // null with rtcpMux
  private final @Nullable WebRtcTransport session; // null where an SFU sends
  private final Selector selector;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closing;

  // All below belong to the thread.
  private final Gate<ReceivedTrack> gate;
  private final SenderAddress remote;
  private final Feedback feedback;
  private final long ssrc = ThreadLocalRandom.current().nextLong(1L << 32); // what we report as
  private final Map<Long, ReceivedTrack> tracks = new HashMap<>();
  private final byte[] buffer = new byte[MAX_PACKET];
  private final ByteBuffer receiving = ByteBuffer.wrap(buffer);
  private long nextTick;

  /**
   * Binds the sockets and starts receiving.
   *
   * @param base {@link System#nanoTime} of the call's time 0
   * @param srtcpIndex the index of the first SRTCP packet sent: higher than any before under the
   *     same key
   * @throws IngestException when a port is taken or a key is none
   */
  EndpointReceiver(EndpointSpec spec, long base, long srtcpIndex, IngestListener listener) {
    this.id = spec.id();
    this.base = base;
    List<Cidr> allowed = ranges(spec);
    EndpointSpec.Srtp srtp = spec.srtp();
    SrtpContext incoming = null;
    SrtpContext outgoing = null;
    if (srtp != null) {
      incoming = incoming(srtp.remoteKey(), srtp.rollovers(), listener);
      if (!srtp.clearRtcp()) {
        outgoing = outgoing(srtp.localKey(), srtcpIndex);
      }
    }
    gate = new Gate<>(incoming);
    gate.allow(allowed);
    remote = new SenderAddress(spec);
    Integer rtcpPort = spec.rtcpPort();
    if (!spec.rtcpMux() && rtcpPort == null) {
      throw new IngestException("endpoint " + id + ": an rtcpPort is needed without rtcpMux");
    }
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      rtpChannel = bind(spec.bindIp(), spec.port(), opened);
      rtcpChannel =
          spec.rtcpMux() || rtcpPort == null ? null : bind(spec.bindIp(), rtcpPort, opened);
      selector = Selector.open();
      opened.add(selector);
      rtpChannel.register(selector, SelectionKey.OP_READ);
      if (rtcpChannel != null) {
        rtcpChannel.register(selector, SelectionKey.OP_READ);
      }
    } catch (IOException | RuntimeException e) {
      opened.forEach(EndpointReceiver::closeQuietly);
      if (e instanceof RuntimeException runtime) {
        throw runtime;
      }
      throw new IngestException("endpoint " + id + ": " + e.getMessage(), e);
    }
    feedback =
        new Feedback(
            id, rtcpChannel == null ? rtpChannel : rtcpChannel, outgoing, remote, gate::sent);
    EndpointSpec.Whip whip = spec.whip();
    session = whip == null ? null : session(whip, srtp != null, srtcpIndex, listener);
    thread = Thread.ofPlatform().name("ingest-" + id).unstarted(this::run);
    thread.start();
  }

  private SrtpContext incoming(
      String key, List<EndpointSpec.Rollover> rollovers, IngestListener listener) {
    SrtpContext in = context(key, "remoteKey");
    rollovers.forEach(r -> in.restoreRollover(r.ssrc(), r.counter()));
    in.onRollover((stream, counter) -> listener.rolledOver(id, stream, counter));
    return in;
  }

  private SrtpContext outgoing(String key, long srtcpIndex) {
    SrtpContext out = context(key, "localKey");
    out.setRtcpIndex(srtcpIndex);
    return out;
  }

  /** What stands before SRTP when a browser sends. */
  private WebRtcTransport session(
      EndpointSpec.Whip whip, boolean keyed, long srtcpIndex, IngestListener listener) {
    feedback.limit(whip.maxBitrate());
    gate.learn();
    if (!keyed) {
      feedback.awaitKeys();
    }
    return new WebRtcTransport(
        id,
        whip.transport(),
        keyed,
        rtpChannel,
        new WebRtcTransport.Listener() {
          @Override
          public void keyed(SrtpKeys keys) {
            SrtpContext in = incoming(keys.remote(), List.of(), listener);
            SrtpContext out = outgoing(keys.local(), srtcpIndex);
            submit(() -> {
              gate.decipher(in);
              feedback.encipher(out);
            });
            listener.keyed(id, keys);
          }

          @Override
          public void ended(String reason) {
            listener.ended(id, whip.participant(), reason);
          }
        },
        now());
  }

  private SrtpContext context(String key, String name) {
    try {
      return SrtpContext.ofBase64(key);
    } catch (IllegalArgumentException e) {
      throw new IngestException("endpoint " + id + ": srtp." + name + ": " + e.getMessage(), e);
    }
  }

  private static List<Cidr> ranges(EndpointSpec spec) {
    try {
      return spec.allowFrom().stream().map(Cidr::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new IngestException("endpoint " + spec.id() + ": allowFrom: " + e.getMessage(), e);
    }
  }

  private DatagramChannel bind(String ip, int port, List<AutoCloseable> opened) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    opened.add(channel);
    channel.configureBlocking(false);
    channel.setOption(java.net.StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
    try {
      channel.bind(new InetSocketAddress(ip, port));
    } catch (IOException e) {
      throw new IngestException(
          "endpoint "
              + id
              + ": UDP port "
              + port
              + " of "
              + ip
              + " can't be bound ("
              + e.getMessage()
              + "): another program uses it, or the address is not this machine's",
          e);
    }
    return channel;
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      log.debug("closing", e);
    }
  }

  /** Runs a task on the endpoint's thread, soon. */
  private void submit(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  /** Lets a track in. */
  void add(ReceivedTrack track) {
    submit(() -> arrive(track));
  }

  /** Takes a track out and closes it; its SSRC is denied at once. */
  void remove(ReceivedTrack track) {
    submit(() -> leave(track));
  }

  /** Takes over a declaration that needs no new track. */
  void update(ReceivedTrack track, TrackSpec changed) {
    submit(() -> track.update(changed));
  }

  /** Says whether a composition shows the track. */
  void show(VideoTrack track, boolean visible) {
    submit(() -> track.show(visible, now()));
  }

  /** Says in which size a composition shows the track. */
  void showIn(VideoTrack track, ShownSize size) {
    submit(() -> track.showIn(size));
  }

  /** Puts a tap into a track, in place of the one there; null for none. */
  void tap(ReceivedTrack track, @Nullable TrackTap tap) {
    submit(() -> {
      if (tap != null && !tracks.containsValue(track)) {
        tap.close(); // the track has left meanwhile
      } else {
        track.tap(tap, now());
      }
    });
  }

  /**
   * Takes over what can change while receiving: the allowed addresses and the remote.
   *
   * @throws IngestException when a range is none
   */
  void update(EndpointSpec changed) {
    List<Cidr> ranges = ranges(changed);
    submit(() -> {
      gate.allow(ranges);
      if (session == null) {
        remote.use(changed);
      }
    });
  }

  /** What came, and what each track measured; in no order of tracks. */
  record Measured(CallStats.EndpointStats endpoint, Map<String, CallStats.TrackStats> tracks) {}

  /** Measures, on the endpoint's thread. */
  CompletableFuture<Measured> measure() {
    CompletableFuture<Measured> result = new CompletableFuture<>();
    submit(() -> {
      Map<String, CallStats.TrackStats> perTrack = new HashMap<>();
      tracks.values().forEach(track -> perTrack.put(track.key(), track.stats(now())));
      result.complete(new Measured(gate.stats(id, remote.text()), perTrack));
    });
    return result;
  }

  private long now() {
    return System.nanoTime() - base;
  }

  private void run() {
    try {
      while (!closing) {
        try {
          turn();
        } catch (IOException | RuntimeException e) {
          // Nothing that one packet or one track does may end the endpoint.
          log.error("endpoint {}: {}", id, e.getMessage(), e);
          LockSupport.parkNanos(10_000_000);
        }
      }
    } finally {
      shutDown();
    }
  }

  private void turn() throws IOException {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    selector.select(WAIT_MILLIS);
    selector.selectedKeys().clear();
    int taken = receive(rtpChannel, false);
    if (rtcpChannel != null) {
      taken += receive(rtcpChannel, true);
    }
    long now = now();
    tracks.values().forEach(track -> track.expire(now));
    requestMissing(now);
    feedback.report(ssrc, tracks.values(), now);
    for (ReceivedTrack track : tracks.values()) {
      if (track instanceof VideoTrack video) {
        video.collect(now);
      }
    }
    if (now >= nextTick) {
      nextTick = now + TICK;
      tick(now);
    }
    if (taken > 0) {
      LockSupport.parkNanos(PAUSE);
    }
  }

  private int receive(DatagramChannel channel, boolean controlOnly) throws IOException {
    int taken = 0;
    while (taken < MAX_BATCH) {
      receiving.clear();
      SocketAddress from = channel.receive(receiving);
      if (from == null) {
        break;
      }
      taken++;
      take(receiving.position(), (InetSocketAddress) from, controlOnly);
    }
    return taken;
  }

  private void take(int length, InetSocketAddress from, boolean controlOnly) {
    if (session != null && !passes(session, length, from)) {
      return;
    }
    Gate.Verdict verdict = gate.take(buffer, length, from, controlOnly);
    switch (verdict) {
      case DROPPED -> {}
      case CONTROL -> takeControl(from);
      case UNAUTHENTIC -> gate.stream().unauthentic();
      case WRONG_TYPE -> gate.stream().wrongPayloadType(gate.packet().payloadType());
      case MEDIA, RETRANSMISSION -> {
        long now = now();
        remote.media(from, now);
        ReceivedTrack track = gate.stream();
        RtpPacket packet = gate.packet();
        boolean again = verdict == Gate.Verdict.RETRANSMISSION;
        if (!again && !track.chosen(packet, now)) {
          return;
        }
        if (again) {
          track.arrivedAgain(packet, now);
        } else {
          track.arrived(packet, now);
        }
      }
    }
  }

  /** Whether a datagram is media of the session's peer. */
  private boolean passes(WebRtcTransport with, int length, InetSocketAddress from) {
    WebRtcTransport.Kind kind = with.take(buffer, length, from, now());
    InetSocketAddress peer = with.peer();
    if (peer != null) {
      remote.use(peer);
    }
    if (kind == WebRtcTransport.Kind.STRANGER) {
      gate.refuse();
    }
    return kind == WebRtcTransport.Kind.MEDIA;
  }

  private void takeControl(InetSocketAddress from) {
    boolean declared = false;
    for (Rtcp.Packet one : Rtcp.parse(buffer, 0, gate.length())) {
      declared |= gate.declared(one.sender()) != null;
      // BYE means nothing here: the application says who left.
      if (one instanceof Rtcp.SenderReport report) {
        ReceivedTrack track = gate.media(report.sender());
        if (track != null) {
          track.report(report, now());
        }
      }
    }
    if (declared) {
      remote.control(from);
    }
  }

  /** Asks for packets that have not come. */
  private void requestMissing(long now) {
    for (ReceivedTrack track : tracks.values()) {
      List<Integer> missing = track.missing(now);
      if (!missing.isEmpty()) {
        feedback.requestPackets(ssrc, track.spec().ssrc(), missing);
      }
    }
  }

  private void tick(long now) {
    if (session != null) {
      session.tick(now);
    }
    for (ReceivedTrack track : List.copyOf(tracks.values())) {
      track.tick(now);
    }
  }

  private void arrive(ReceivedTrack track) {
    tracks.put(track.spec().ssrc(), track);
    gate.declare(track.spec(), track);
  }

  private void leave(ReceivedTrack track) {
    tracks.remove(track.spec().ssrc(), track);
    gate.deny(track.spec(), track);
    closeTrack(track);
  }

  /** A track's way to ask for key frames; used on this endpoint's thread. */
  VideoTrack.KeyFrameRequest keyFrameRequest() {
    return (media, full, number) -> feedback.requestKeyFrame(ssrc, media, full, number);
  }

  private void shutDown() {
    tracks.values().forEach(this::closeTrack);
    tracks.clear();
    if (session != null) {
      session.close();
    }
    closeQuietly(selector);
    closeQuietly(rtpChannel);
    if (rtcpChannel != null) {
      closeQuietly(rtcpChannel);
    }
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private void closeTrack(ReceivedTrack track) {
    try {
      track.close();
    } catch (RuntimeException e) {
      log.error("endpoint {}: closing track {}", id, track.key(), e);
    }
  }

  /** Stops receiving, closes the tracks and gives the ports back; returns within three seconds. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      if (!thread.join(java.time.Duration.ofMillis(CLOSE_MILLIS))) {
        log.error("endpoint {} does not end within {} ms", id, CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a measurement for at most half a second. */
  static @Nullable Measured await(CompletableFuture<Measured> future) {
    try {
      return future.get(500, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      return null;
    }
  }
}
