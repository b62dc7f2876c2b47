package dev.callcast.media.ingest;

import dev.callcast.gst.GstException;
import dev.callcast.gst.Sample;
import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.protocol.CallStats;
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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint: its sockets, the gate before them, and the tracks that arrive. One platform thread
 * owns all of it. It takes packets from the sockets, hands those of declared SSRCs to the {@link
 * RtpSession}, takes packets in order out of that and gives them to the tracks, collects what the
 * decoders made, and sends what the session reports. So nothing in here needs a lock; other threads
 * hand over tasks. Closed by {@link CallIngest}.
 *
 * <p>The gate: the sender's address ({@code allowFrom}), RTP or RTCP (RFC 5761), a declared SSRC,
 * SRTP, the declared payload type. What does not pass is counted and gone.
 *
 * <p>A track is removed in an order without which it fails to come back four times out of five
 * (measured): its SSRC is denied, 30 ms pass, the session forgets it; an SSRC that is being
 * forgotten is only then let in again.
 */
final class EndpointReceiver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EndpointReceiver.class);

  private static final int RECEIVE_BUFFER = 4 << 20;
  private static final int MAX_PACKET = 65_536;
  private static final int MAX_BATCH = 512;

  /** How long to wait for packets at most, ms: decoded pictures want collecting meanwhile. */
  private static final long WAIT_MILLIS = 5;

  /** A pause after each batch, so that packets are taken some at a time: a third of the wakes. */
  private static final long PAUSE = 2_000_000;

  private static final long TICK = 100_000_000;
  private static final long FORGET_DELAY = 30_000_000;
  private static final long CLOSE_MILLIS = 3_000;

  /** When the learned remote has been silent for so long, another may take its place, ns. */
  private static final long REMOTE_SILENT = 3_000_000_000L;

  private record Leaving(ReceivedTrack track, long deadline) {}

  private final String id;
  private final long base;
  private final DatagramChannel rtpChannel;
  private final @Nullable DatagramChannel rtcpChannel; // null with rtcpMux
  private final Selector selector;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closing;

  // All below belong to the thread.
  private EndpointSpec spec;
  private List<Cidr> allowed;
  private final @Nullable SrtpContext incoming;
  private final @Nullable SrtpContext outgoing;
  private RtpSession session;
  private final Map<Long, ReceivedTrack> tracks = new HashMap<>();
  private final Map<Long, ReceivedTrack> retransmissions = new HashMap<>();
  private final Map<Long, Leaving> leaving = new LinkedHashMap<>();
  private final List<ReceivedTrack> arriving = new ArrayList<>();
  private final byte[] buffer = new byte[MAX_PACKET];
  private final ByteBuffer receiving = ByteBuffer.wrap(buffer);
  private final byte[] scratch = new byte[MAX_PACKET];
  private final byte[] sendArray = new byte[MAX_PACKET];
  private final RtpPacket packet = new RtpPacket();
  private final RtpPacket orderedPacket = new RtpPacket();
  private @Nullable SocketAddress lastAllowed;
  private @Nullable InetSocketAddress remoteRtp;
  private @Nullable InetSocketAddress remoteRtcp;
  private boolean remoteRtcpHeard;
  private long remoteHeard;
  private long nextTick;
  private long packets;
  private long unknownSsrc;
  private long refusedAddress;
  private long malformed;
  private long authFailed;
  private boolean sendFailed;

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
    this.spec = spec;
    this.base = base;
    this.allowed = ranges(spec);
    EndpointSpec.Srtp srtp = spec.srtp();
    if (srtp == null) {
      incoming = null;
      outgoing = null;
    } else {
      incoming = context(srtp.remoteKey(), "remoteKey");
      outgoing = context(srtp.localKey(), "localKey");
      outgoing.setRtcpIndex(srtcpIndex);
      srtp.rollovers().forEach(r -> incoming.restoreRollover(r.ssrc(), r.counter()));
      incoming.onRollover((ssrc, counter) -> listener.rolledOver(id, ssrc, counter));
    }
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
      session = new RtpSession(base);
    } catch (IOException | RuntimeException e) {
      opened.forEach(EndpointReceiver::closeQuietly);
      if (e instanceof RuntimeException runtime) {
        throw runtime;
      }
      throw new IngestException("endpoint " + id + ": " + e.getMessage(), e);
    }
    useRemote(spec);
    thread = Thread.ofPlatform().name("ingest-" + id).unstarted(this::run);
    thread.start();
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

  private void useRemote(EndpointSpec declared) {
    EndpointSpec.Remote remote = declared.remote();
    if (remote != null) {
      Integer rtcpPort = remote.rtcpPort();
      remoteRtp = new InetSocketAddress(remote.ip(), remote.port());
      remoteRtcp = new InetSocketAddress(remote.ip(), rtcpPort == null ? remote.port() : rtcpPort);
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

  /**
   * Takes over what can change while receiving: the allowed addresses and the remote.
   *
   * @throws IngestException when a range is none
   */
  void update(EndpointSpec changed) {
    List<Cidr> ranges = ranges(changed);
    submit(() -> {
      spec = changed;
      allowed = ranges;
      lastAllowed = null;
      useRemote(changed);
    });
  }

  /** What came, and what each track measured; in no order of tracks. */
  record Measured(CallStats.EndpointStats endpoint, Map<String, CallStats.TrackStats> tracks) {}

  /** Measures, on the endpoint's thread. */
  CompletableFuture<Measured> measure() {
    CompletableFuture<Measured> result = new CompletableFuture<>();
    submit(() -> {
      Map<String, CallStats.TrackStats> perTrack = new HashMap<>();
      arriving.forEach(track -> perTrack.put(track.key(), track.stats(now())));
      tracks.values().forEach(track -> perTrack.put(track.key(), track.stats(now())));
      result.complete(new Measured(stats(), perTrack));
    });
    return result;
  }

  private CallStats.EndpointStats stats() {
    InetSocketAddress remote = remoteRtcp;
    return new CallStats.EndpointStats(
        id,
        packets,
        unknownSsrc,
        refusedAddress,
        malformed,
        authFailed,
        remote == null ? null : remote.getHostString() + ":" + remote.getPort());
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
    deliver();
    sendReports();
    long now = now();
    for (ReceivedTrack track : tracks.values()) {
      if (track instanceof VideoTrack video) {
        video.collect(now);
      }
    }
    if (now >= nextTick) {
      nextTick = now + TICK;
      tick(now);
    }
    if (!leaving.isEmpty()) {
      forget(now);
    }
    if (taken > 0) {
      LockSupport.parkNanos(PAUSE);
    }
  }

  private int receive(DatagramChannel channel, boolean reportsOnly) throws IOException {
    int taken = 0;
    while (taken < MAX_BATCH) {
      receiving.clear();
      SocketAddress from = channel.receive(receiving);
      if (from == null) {
        break;
      }
      taken++;
      packets++;
      int length = receiving.position();
      if (!isAllowed(from)) {
        refusedAddress++;
      } else if (RtpPacket.isRtcp(buffer, 0, length)) {
        takeRtcp(length, (InetSocketAddress) from);
      } else if (reportsOnly) {
        malformed++;
      } else {
        takeRtp(length, (InetSocketAddress) from);
      }
    }
    return taken;
  }

  private boolean isAllowed(SocketAddress from) {
    if (allowed.isEmpty() || from.equals(lastAllowed)) {
      return true;
    }
    InetSocketAddress address = (InetSocketAddress) from;
    for (Cidr range : allowed) {
      if (range.contains(address.getAddress())) {
        lastAllowed = from;
        return true;
      }
    }
    return false;
  }

  private void takeRtp(int received, InetSocketAddress from) {
    long now = now();
    if (!packet.parseHeader(buffer, 0, received)) {
      malformed++;
      return;
    }
    Long ssrc = packet.ssrc();
    ReceivedTrack track = tracks.get(ssrc);
    ReceivedTrack repeated = track == null ? retransmissions.get(ssrc) : null;
    if (track == null && repeated == null) {
      unknownSsrc++;
      return;
    }
    int length = received;
    if (incoming != null) {
      length = incoming.unprotectRtp(buffer, 0, received);
      if (length == SrtpContext.AUTH_FAILED) {
        authFailed++;
      } else if (length == SrtpContext.MALFORMED) {
        malformed++;
      }
      if (length < 0) {
        return;
      }
    }
    if (!packet.parse(buffer, 0, length)) {
      malformed++;
      return;
    }
    learnRtp(from, now);
    if (track != null) {
      takeOriginal(track, length, now);
    } else if (repeated != null) {
      takeRetransmission(repeated, length, now);
    }
  }

  private void takeOriginal(ReceivedTrack track, int length, long now) {
    if (packet.payloadType() != track.spec().payloadType()) {
      track.wrongPayloadType(packet.payloadType());
      return;
    }
    packet.setPayloadType(RtpSession.payloadType(track.spec().codec()));
    track.arrived(packet, now);
    session.pushRtp(buffer, 0, length, now);
  }

  private void takeRetransmission(ReceivedTrack track, int length, long now) {
    TrackSpec.Rtx rtx = track.spec().rtx();
    if (rtx == null || packet.payloadType() != rtx.payloadType()) {
      track.wrongPayloadType(packet.payloadType());
      return;
    }
    packet.setPayloadType(RtpSession.retransmissionPayloadType(track.spec().codec()));
    track.arrivedAgain(packet, now);
    session.pushRtp(buffer, 0, length, now);
  }

  private void takeRtcp(int received, InetSocketAddress from) {
    int length = received;
    if (incoming != null) {
      length = incoming.unprotectRtcp(buffer, 0, received);
      if (length == SrtpContext.AUTH_FAILED) {
        authFailed++;
      } else if (length == SrtpContext.MALFORMED) {
        malformed++;
      }
      if (length < 0) {
        return;
      }
    }
    if (!Rtcp.valid(buffer, 0, length)) {
      malformed++;
      return;
    }
    List<Rtcp.Packet> compound = Rtcp.parse(buffer, 0, length);
    boolean declared = false;
    for (Rtcp.Packet one : compound) {
      ReceivedTrack track = tracks.get(one.sender());
      declared |= track != null || retransmissions.containsKey(one.sender());
      // BYE is not passed on: it would end the session's stream, and the application says who left.
      if (track != null && one instanceof Rtcp.SenderReport report) {
        track.report(report);
        if (track.isLive()) {
          // One report a buffer, as 1.22 passes only a compound's first on to a jitter buffer.
          session.pushRtcp(rectified(report, track, cname(compound, report.sender())), now());
        }
      }
    }
    if (declared) {
      learnRtcp(from);
    }
  }

  private static byte[] rectified(Rtcp.SenderReport report, ReceivedTrack track, String cname) {
    long timestamp = (report.rtp() - track.rectifier.correction()) & 0xFFFF_FFFFL;
    return Rtcp.senderReport(
        new Rtcp.SenderReport(
            report.sender(), report.ntp(), timestamp, report.packets(), report.octets(), List.of()),
        cname);
  }

  private static String cname(List<Rtcp.Packet> compound, long ssrc) {
    for (Rtcp.Packet one : compound) {
      if (one instanceof Rtcp.SourceDescription description && description.sender() == ssrc) {
        return description.cname();
      }
    }
    return "";
  }

  private void learnRtp(InetSocketAddress from, long now) {
    if (from.equals(remoteRtp)) {
      remoteHeard = now;
      return;
    }
    if (spec.remote() != null || (remoteRtp != null && now - remoteHeard < REMOTE_SILENT)) {
      return;
    }
    boolean moved = remoteRtp != null;
    remoteRtp = from;
    remoteHeard = now;
    if (moved || !remoteRtcpHeard) {
      // Until its RTCP is heard: the same with rtcpMux, else the next port (RFC 3550 §11).
      remoteRtcpHeard = false;
      remoteRtcp =
          spec.rtcpMux() ? from : new InetSocketAddress(from.getAddress(), from.getPort() + 1);
    }
  }

  private void learnRtcp(InetSocketAddress from) {
    if (spec.remote() == null && !spec.rtcpMux() && (!remoteRtcpHeard || remoteRtcp == null)) {
      remoteRtcp = from;
      remoteRtcpHeard = true;
    }
  }

  /** Gives packets in order to their tracks. */
  private void deliver() {
    for (Sample sample = session.pullOrdered(); sample != null; sample = session.pullOrdered()) {
      long pts;
      int length;
      try (Sample open = sample) {
        pts = open.pts();
        length = open.size() <= scratch.length ? open.copyTo(scratch, 0) : 0;
      }
      if (!orderedPacket.parse(scratch, 0, length)) {
        continue;
      }
      ReceivedTrack track = tracks.get(orderedPacket.ssrc());
      if (track != null) {
        long now = now();
        track.ordered(orderedPacket, pts < 0 ? now : pts, now);
      }
    }
  }

  private void sendReports() {
    for (Sample sample = session.pullReport(); sample != null; sample = session.pullReport()) {
      int length;
      try (Sample open = sample) {
        length = open.size() <= 4096 ? open.copyTo(sendArray, 0) : 0;
      }
      send(length);
    }
  }

  private boolean requestKeyFrame(long ssrc) {
    byte[] request = Rtcp.pictureLoss(session.ssrc(), ssrc);
    System.arraycopy(request, 0, sendArray, 0, request.length);
    return send(request.length);
  }

  /** Sends the compound in {@link #sendArray}, from the socket that the sender knows. */
  private boolean send(int length) {
    InetSocketAddress remote = remoteRtcp;
    if (remote == null || length == 0) {
      return false;
    }
    int size = outgoing == null ? length : outgoing.protectRtcp(sendArray, 0, length);
    DatagramChannel channel = rtcpChannel == null ? rtpChannel : rtcpChannel;
    try {
      channel.send(ByteBuffer.wrap(sendArray, 0, size), remote);
      return true;
    } catch (IOException e) {
      if (!sendFailed) {
        sendFailed = true;
        log.warn("endpoint {}: RTCP to {} can't be sent: {}", id, remote, e.getMessage());
      }
      return false;
    }
  }

  private void tick(long now) {
    for (ReceivedTrack track : List.copyOf(tracks.values())) {
      track.tick(now);
    }
    String failure = session.failure();
    if (failure != null) {
      log.error("endpoint {}: receiving failed, starts anew: {}", id, failure);
      session.close();
      session = new RtpSession(base);
      leaving.values().forEach(left -> left.track().close());
      leaving.clear();
      tracks.values().forEach(this::declare);
      arriveDeferred();
    }
  }

  private void arrive(ReceivedTrack track) {
    long ssrc = track.spec().ssrc();
    TrackSpec.Rtx rtx = track.spec().rtx();
    if (leaving.containsKey(ssrc) || (rtx != null && leaving.containsKey(rtx.ssrc()))) {
      arriving.add(track);
      return;
    }
    declare(track);
    tracks.put(ssrc, track);
    if (rtx != null) {
      retransmissions.put(rtx.ssrc(), track);
    }
  }

  private void declare(ReceivedTrack track) {
    TrackSpec.Rtx rtx = track.spec().rtx();
    session.add(track.spec().ssrc(), rtx == null ? null : rtx.ssrc());
  }

  private void leave(ReceivedTrack track) {
    if (arriving.remove(track)) {
      track.close();
      return;
    }
    TrackSpec.Rtx rtx = track.spec().rtx();
    tracks.remove(track.spec().ssrc(), track);
    if (rtx != null) {
      retransmissions.remove(rtx.ssrc(), track);
    }
    Leaving left = new Leaving(track, now() + FORGET_DELAY);
    leaving.put(track.spec().ssrc(), left);
  }

  private void forget(long now) {
    boolean forgotten = false;
    for (Iterator<Leaving> all = leaving.values().iterator(); all.hasNext(); ) {
      Leaving left = all.next();
      if (now >= left.deadline()) {
        all.remove();
        session.remove(left.track().spec().ssrc());
        left.track().close();
        forgotten = true;
      }
    }
    if (forgotten) {
      arriveDeferred();
    }
  }

  private void arriveDeferred() {
    List<ReceivedTrack> deferred = List.copyOf(arriving);
    arriving.clear();
    deferred.forEach(this::arrive);
  }

  /** A track's way to ask for key frames; used on this endpoint's thread. */
  VideoTrack.KeyFrameRequest keyFrameRequest() {
    return this::requestKeyFrame;
  }

  private void shutDown() {
    tracks.values().forEach(this::closeTrack);
    arriving.forEach(this::closeTrack);
    leaving.values().forEach(left -> closeTrack(left.track()));
    tracks.clear();
    retransmissions.clear();
    arriving.clear();
    leaving.clear();
    try {
      session.close();
    } catch (GstException e) {
      log.error("endpoint {}: closing", id, e);
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
