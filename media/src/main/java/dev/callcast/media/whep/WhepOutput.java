package dev.callcast.media.whep;

import dev.callcast.gst.OpusEncoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.PacketSink;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import dev.callcast.media.output.OutputListener;
import dev.callcast.media.output.OutputTimers;
import dev.callcast.media.output.StreamOutput;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.webrtc.WebRtcTransport;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A viewer by WebRTC: what the composition encodes for everybody, as it comes, with Opus made of
 * the mixed sound. A viewer gets pictures from a key frame on that is made for it, not the ones
 * before, which would have to be caught up with. Lost packets are sent again.
 *
 * <p>It has one bitrate, that of the composition: a viewer whose way is too narrow sees gaps.
 *
 * <p>One thread of its own has the socket. Made and closed by the composition.
 */
public final class WhepOutput extends StreamOutput {
  private static final int SEND_BUFFER = 1 << 20;
  private static final int MAX_PACKET = 2048;
  private static final long STEP_MILLIS = 10;
  private static final long TICK = 100_000_000;
  private static final long REPORTS = 1_000_000_000;

  /** Packets sent at once; a key frame's all at once would be lost in the next small buffer. */
  private static final int BURST = 16;

  private static final long BURST_PAUSE = 1_000_000;

  /** Sound waits for the pictures of its time, which take longer to encode, but no longer. */
  private static final long PATIENCE = 1_000_000_000;

  private static final long SOUND_AHEAD = 20_000_000;
  private static final int VIDEO_CLOCK = 90_000;
  private static final int AUDIO_CLOCK = 48_000;

  /** The first packet's number lies below this. */
  private static final int FIRST_NUMBERS = 1 << 13;

  /** Packets sent again within {@link #TICK} at most: what more is missed a key frame mends. */
  private static final int MOST_AGAIN = 300;

  private static final String NAME = "callcast";

  /** Is told what becomes of the session, on any thread. */
  public interface Session {
    /** The peers have agreed on keys. */
    void keyed(SrtpKeys keys);

    /** So many thousands (2^13) of packets were sent; see {@link EndpointSpec.Srtp#rollovers}. */
    void sent(long ssrc, long block);

    /** The viewer is gone. */
    void ended(String reason);

    /** A key frame is wanted; false: there was one just now, ask again. */
    boolean keyFrame();
  }

  private final EndpointSpec endpoint;
  private final EndpointSpec.Whep spec;
  private final StreamFormat format;
  private final int audioBitrate;
  private final long origin;
  private final long srtcpIndex;
  private final PacketFanout fanout;
  private final PacketFanout pcm;
  private final Session session;

  private final Deque<Packet> queue = new ArrayDeque<>(); // guarded by queue
  private long queuedBytes; // guarded by queue
  private boolean overrun; // guarded by queue
  private volatile @Nullable Selector selector;
  private volatile @Nullable SrtpKeys agreed;
  private volatile @Nullable String over;

  // All below belong to the thread.
  private final byte[] buffer = new byte[MAX_PACKET];
  private final Map<Long, RtpStream> streams = new HashMap<>();
  private final List<RtpStream> media = new ArrayList<>(); // those that repeat nothing
  private @Nullable SrtpContext incoming;
  private @Nullable SrtpContext outgoing;
  private @Nullable H264Packetizer packetizer;
  private boolean attached;
  private boolean awaitingKey;
  private boolean keyWanted;
  private long pictured = Long.MIN_VALUE;
  private int burst;
  private int again;
  private long nextTick;
  private long nextReport;
  private final Deque<Sound> sounds = new ArrayDeque<>();
  private final float[] block;
  private int blockFrames;
  private long blockStart;

  /**
   * A packet of Opus that waits.
   *
   * @param since ns, when it began to
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Sound(long pts, byte[] data, long since) {}

  /**
   * Waits for the viewer.
   *
   * @param audioBitrate bit/s
   * @param origin ns of the monotonic clock at media time 0
   * @param srtcpIndex the first SRTCP packet's: higher than any before under the same key
   * @param pcm mixed sound
   */
  public WhepOutput(
      OutputSpec.Whep output,
      StreamFormat format,
      int audioBitrate,
      long origin,
      long srtcpIndex,
      PacketFanout fanout,
      PacketFanout pcm,
      Session session,
      OutputTimers timers,
      OutputListener listener) {
    super(output.id(), "whep", timers, listener);
    this.endpoint = output.endpoint();
    this.spec = Objects.requireNonNull(endpoint.whep(), "no session by WHEP");
    this.format = format;
    this.audioBitrate = audioBitrate;
    this.origin = origin;
    this.srtcpIndex = srtcpIndex;
    this.fanout = fanout;
    this.pcm = pcm;
    this.session = session;
    this.block = new float[OpusEncoder.FRAME * format.channels()];
    EndpointSpec.Srtp known = endpoint.srtp();
    if (known != null) {
      agreed = new SrtpKeys(known.remoteKey(), known.localKey());
    }
    start();
  }

  @Override
  protected String connection() {
    try (DatagramChannel channel = DatagramChannel.open();
        Selector waiting = Selector.open()) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
      channel.bind(new InetSocketAddress(endpoint.bindIp(), endpoint.port()));
      channel.register(waiting, SelectionKey.OP_READ);
      selector = waiting;
      try (OpusEncoder opus = new OpusEncoder(format.channels(), audioBitrate);
          WebRtcTransport transport =
              new WebRtcTransport(
                  endpoint.id(),
                  spec.transport(),
                  agreed != null,
                  channel,
                  new WebRtcTransport.Listener() {
                    @Override
                    public void keyed(SrtpKeys keys) {
                      agreed = keys;
                      session.keyed(keys);
                    }

                    @Override
                    public void ended(String reason) {
                      over = reason;
                    }
                  },
                  System.nanoTime())) {
        serve(channel, waiting, transport, opus);
        goodbye(channel, transport);
      }
      return "stopped";
    } catch (IOException e) {
      return "UDP port " + endpoint.port() + " of " + endpoint.bindIp() + ": " + e.getMessage();
    } finally {
      selector = null;
      detach();
    }
  }

  private void serve(
      DatagramChannel channel, Selector waiting, WebRtcTransport transport, OpusEncoder opus)
      throws IOException {
    boolean told = false;
    while (!isClosing()) {
      waiting.select(STEP_MILLIS);
      waiting.selectedKeys().clear();
      receive(channel, transport);
      long now = System.nanoTime();
      String end = over;
      if (end != null) {
        if (!told) {
          told = true;
          detach();
          become(OutputStatus.STOPPED, end);
          session.ended(end);
        }
        continue; // until the node has taken it out of the state
      }
      SrtpKeys keys = agreed;
      InetSocketAddress peer = transport.peer();
      if (keys != null && peer != null) {
        if (!attached) {
          attach(keys);
        }
        if (keyWanted && session.keyFrame()) {
          keyWanted = false;
        }
        deliver(channel, peer, opus, now);
        report(channel, peer, now);
      }
      if (now >= nextTick) {
        nextTick = now + TICK;
        again = 0;
        transport.tick(now);
      }
    }
  }

  private void attach(SrtpKeys keys) {
    if (outgoing == null) {
      incoming = SrtpContext.ofBase64(keys.remote());
      SrtpContext out = SrtpContext.ofBase64(keys.local());
      out.setRtcpIndex(srtcpIndex);
      outgoing = out;
      for (RtpStream stream :
          Arrays.asList(
              open(spec.video(), VIDEO_CLOCK, out), open(spec.audio(), AUDIO_CLOCK, out))) {
        if (stream != null) {
          media.add(stream);
        }
      }
    }
    attached = true;
    byte[] config = format.avcConfig();
    if (spec.video() != null && config != null) {
      packetizer = new H264Packetizer(config);
      fanout.add(video);
      awaitingKey = true;
      keyWanted = true;
    }
    if (spec.audio() != null) {
      pcm.add(audio);
    }
    // What was replayed at joining is not for somebody who wants to see what is.
    drop();
    become(OutputStatus.LIVE, null);
  }

  private @Nullable RtpStream open(
      EndpointSpec.@Nullable Sent stream, int clockRate, SrtpContext out) {
    if (stream == null) {
      return null;
    }
    EndpointSpec.Srtp before = endpoint.srtp();
    long block = before == null ? -1 : 0;
    if (before != null) {
      for (EndpointSpec.Rollover known : before.rollovers()) {
        if (known.ssrc() == stream.ssrc()) {
          block = known.counter();
        }
      }
    }
    RtpStream made =
        new RtpStream(
            stream,
            clockRate,
            block,
            ThreadLocalRandom.current().nextInt(FIRST_NUMBERS),
            count -> session.sent(stream.ssrc(), count));
    out.restoreRollover(stream.ssrc(), made.rollover());
    streams.put(stream.ssrc(), made);
    open(RtpStream.repairOf(stream), clockRate, out);
    return made;
  }

  private void detach() {
    attached = false;
    fanout.remove(video);
    pcm.remove(audio);
    drop();
    sounds.clear();
    blockFrames = 0;
  }

  private void drop() {
    synchronized (queue) {
      queue.clear();
      queuedBytes = 0;
      overrun = false;
    }
  }

  /** On the encoder's thread. */
  private final PacketSink video =
      packet -> {
        if (packet.kind() == Packet.Kind.VIDEO) {
          enqueue(packet);
        }
      };

  /** On the mixer's. */
  private final PacketSink audio = this::enqueue;

  private void enqueue(Packet packet) {
    synchronized (queue) {
      if (queuedBytes + packet.data().length > timers.queueBytes()) {
        overrun = true;
        dropped.incrementAndGet();
        return;
      }
      queue.add(packet);
      queuedBytes += packet.data().length;
    }
    Selector waiting = selector;
    if (waiting != null) {
      waiting.wakeup();
    }
  }

  private void deliver(DatagramChannel channel, InetSocketAddress to, OpusEncoder opus, long now)
      throws IOException {
    while (!isClosing()) {
      Packet packet;
      synchronized (queue) {
        if (overrun) {
          overrun = false;
          awaitingKey = packetizer != null;
          keyWanted = awaitingKey;
        }
        packet = queue.poll();
        if (packet != null) {
          queuedBytes -= packet.data().length;
        }
      }
      if (packet == null) {
        break;
      }
      if (packet.kind() == Packet.Kind.VIDEO) {
        picture(channel, to, packet);
      } else {
        sound(packet, opus, now);
      }
    }
    for (Sound next = sounds.peek(); next != null; next = sounds.peek()) {
      boolean due =
          packetizer == null
              || next.pts() <= pictured + SOUND_AHEAD
              || now - next.since() > PATIENCE;
      if (!due) {
        break;
      }
      sounds.remove();
      RtpStream stream = stream(spec.audio());
      byte[] packet = new byte[RtpPacket.FIXED_HEADER + next.data().length];
      System.arraycopy(next.data(), 0, packet, RtpPacket.FIXED_HEADER, next.data().length);
      stream.complete(packet, origin + next.pts(), false);
      send(channel, to, packet);
    }
  }

  private void picture(DatagramChannel channel, InetSocketAddress to, Packet packet)
      throws IOException {
    if (awaitingKey && !packet.keyFrame()) {
      dropped.incrementAndGet();
      return;
    }
    awaitingKey = false;
    List<byte[]> packets = Objects.requireNonNull(packetizer).packets(packet);
    RtpStream stream = stream(spec.video());
    for (int i = 0; i < packets.size(); i++) {
      stream.complete(packets.get(i), origin + packet.pts(), i == packets.size() - 1);
      send(channel, to, packets.get(i));
    }
    pictured = packet.pts();
    frames.incrementAndGet();
  }

  private void sound(Packet packet, OpusEncoder opus, long now) {
    var samples = ByteBuffer.wrap(packet.data()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    int channels = format.channels();
    long start = packet.pts();
    while (samples.remaining() >= channels) {
      if (blockFrames == 0) {
        blockStart = start;
      }
      int count = Math.min(samples.remaining() / channels, OpusEncoder.FRAME - blockFrames);
      samples.get(block, blockFrames * channels, count * channels);
      blockFrames += count;
      start += count * TimeUnit.SECONDS.toNanos(1) / AUDIO_CLOCK;
      if (blockFrames == OpusEncoder.FRAME) {
        blockFrames = 0;
        sounds.add(new Sound(blockStart, opus.encode(block), now));
      }
    }
  }

  private RtpStream stream(EndpointSpec.@Nullable Sent of) {
    return Objects.requireNonNull(streams.get(Objects.requireNonNull(of).ssrc()));
  }

  private void send(DatagramChannel channel, InetSocketAddress to, byte[] packet)
      throws IOException {
    System.arraycopy(packet, 0, buffer, 0, packet.length);
    int size = Objects.requireNonNull(outgoing).protectRtp(buffer, 0, packet.length);
    if (size < 0) {
      return;
    }
    transmit(channel, to, size);
    bytes.addAndGet(size);
    if (++burst % BURST == 0) {
      LockSupport.parkNanos(BURST_PAUSE);
    }
  }

  private void transmit(DatagramChannel channel, InetSocketAddress to, int size)
      throws IOException {
    try {
      channel.send(ByteBuffer.wrap(buffer, 0, size), to);
    } catch (PortUnreachableException e) {
      // Consent runs out soon, or the peer is back.
    }
  }

  private void report(DatagramChannel channel, InetSocketAddress to, long now) throws IOException {
    if (now < nextReport) {
      return;
    }
    nextReport = now + REPORTS;
    // One moment for all of them, on both clocks: by it sound and pictures are brought in step.
    long time = System.nanoTime();
    long wallMillis = System.currentTimeMillis();
    for (RtpStream stream : media) {
      if (stream.sent()) {
        control(channel, to, stream.report(time, wallMillis, NAME));
      }
    }
  }

  private void control(DatagramChannel channel, InetSocketAddress to, byte[] compound)
      throws IOException {
    System.arraycopy(compound, 0, buffer, 0, compound.length);
    transmit(channel, to, Objects.requireNonNull(outgoing).protectRtcp(buffer, 0, compound.length));
  }

  private void receive(DatagramChannel channel, WebRtcTransport transport) throws IOException {
    byte[] data = new byte[MAX_PACKET];
    ByteBuffer receiving = ByteBuffer.wrap(data);
    SocketAddress from;
    while ((from = channel.receive(receiving)) != null) {
      int length = receiving.position();
      receiving.clear();
      WebRtcTransport.Kind kind =
          transport.take(data, length, (InetSocketAddress) from, System.nanoTime());
      SrtpContext in = incoming;
      if (kind == WebRtcTransport.Kind.MEDIA && in != null && isControl(data, length)) {
        int plain = in.unprotectRtcp(data, 0, length);
        if (plain > 0) {
          obey(channel, transport, Arrays.copyOf(data, plain));
        }
      }
    }
  }

  private static boolean isControl(byte[] data, int length) {
    int type = length < 2 ? 0 : data[1] & 0xFF;
    return type >= 192 && type <= 223; // RFC 5761 §4
  }

  /** Does what the viewer asks for. */
  private void obey(DatagramChannel channel, WebRtcTransport transport, byte[] compound)
      throws IOException {
    InetSocketAddress to = transport.peer();
    for (Rtcp.Packet one : Rtcp.parse(compound, 0, compound.length)) {
      switch (one) {
        case Rtcp.Nack nack when to != null -> {
          RtpStream stream = streams.get(nack.media());
          if (stream != null && attached) {
            repeat(channel, to, stream, nack.sequences());
          }
        }
        case Rtcp.PictureLoss _, Rtcp.FullIntraRequest _ -> keyWanted = true;
        default -> {
          // Reports of what arrived: nothing here depends on them.
        }
      }
    }
  }

  private void repeat(
      DatagramChannel channel, InetSocketAddress to, RtpStream stream, List<Integer> sequences)
      throws IOException {
    EndpointSpec.Sent repairs = RtpStream.repairOf(stream.spec());
    for (int sequence : sequences) {
      byte[] packet =
          stream.again(
              sequence, repairs == null ? null : streams.get(repairs.ssrc()), System.nanoTime());
      if (packet != null && again++ < MOST_AGAIN) {
        send(channel, to, packet);
      }
    }
  }

  private void goodbye(DatagramChannel channel, WebRtcTransport transport) throws IOException {
    InetSocketAddress to = transport.peer();
    if (outgoing == null || to == null) {
      return;
    }
    for (RtpStream stream : media) {
      if (stream.sent()) {
        control(
            channel,
            to,
            Rtcp.join(
                stream.report(System.nanoTime(), System.currentTimeMillis(), NAME),
                Rtcp.bye(stream.spec().ssrc())));
      }
    }
  }
}
