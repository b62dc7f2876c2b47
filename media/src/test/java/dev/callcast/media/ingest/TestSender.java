package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.ingest.srtp.SrtpContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Plays a clip over and over as one RTP stream with reports, from a thread of its own: numbers and
 * timestamps go on over the repeats. Answers NACKs with retransmissions and PLIs by beginning the
 * clip anew, whose first frame is a key frame.
 */
final class TestSender implements AutoCloseable {
  final long ssrc;
  final int payloadType;
  volatile RtpClip clip;
  volatile boolean paused;
  volatile double loss;

  /** So many of the retransmissions of each packet, its first ones, are lost. */
  volatile int lostRetransmissions;

  volatile int wrongPayloadType = -1;
  volatile int plis;
  volatile int firs;
  volatile boolean takesPli = true;
  volatile boolean garbage;

  /** Added to all time stamps from now on. */
  volatile long jump;

  /** A header extension's id and its one byte; null for none. */
  volatile byte @Nullable [] extension;

  volatile int nacks;
  private final Map<Integer, Integer> askedFor = new HashMap<>();
  volatile int receiverReports;
  volatile long sent;
  volatile long framesSent;
  volatile long reportDelay;

  private final DatagramChannel channel;
  private final InetSocketAddress target;
  private final long rtxSsrc;
  private final int rtxPayloadType;
  private final @Nullable SrtpContext protect;
  private final @Nullable SrtpContext unprotect;
  private final Map<Integer, byte[]> history = new LinkedHashMap<>();
  private final Random random = new Random(7);
  private final Thread thread;
  private final RtpPacket view = new RtpPacket();
  private final byte[] buffer = new byte[4096];
  private int sequence;
  private int rtxSequence = 5;
  private long timestampBase = 0xFFFF_0000L;
  private volatile boolean restart;
  private volatile boolean closing;

  TestSender(RtpClip clip, int port, long ssrc, int payloadType) {
    this(clip, port, ssrc, payloadType, 0, 0, null, null, 65_000);
  }

  TestSender(
      RtpClip clip,
      int port,
      long ssrc,
      int payloadType,
      long rtxSsrc,
      int rtxPayloadType,
      @Nullable SrtpContext protect,
      @Nullable SrtpContext unprotect,
      int firstSequence) {
    this.clip = clip;
    this.ssrc = ssrc;
    this.payloadType = payloadType;
    this.rtxSsrc = rtxSsrc;
    this.rtxPayloadType = rtxPayloadType;
    this.protect = protect;
    this.unprotect = unprotect;
    this.sequence = firstSequence;
    try {
      channel = DatagramChannel.open();
      channel.configureBlocking(false);
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    thread = Thread.ofPlatform().name("sender-" + ssrc).start(this::run);
  }

  private void run() {
    try {
      long nextReport = System.nanoTime() + 300_000_000L;
      while (!closing) {
        RtpClip playing = clip;
        long began = System.nanoTime();
        restart = false;
        for (RtpClip.Packet packet : playing.packets()) {
          while (System.nanoTime() - began < packet.due() && !closing) {
            feedback();
            LockSupport.parkNanos(1_000_000);
          }
          if (closing || restart || paused || clip != playing) {
            break;
          }
          send(packet, playing);
          if (System.nanoTime() > nextReport) {
            nextReport = System.nanoTime() + 500_000_000L;
            report(playing, System.nanoTime() - began);
          }
        }
        while (paused && !closing) {
          feedback();
          LockSupport.parkNanos(1_000_000);
        }
        long elapsed = System.nanoTime() - began;
        long played = restart || elapsed > playing.duration() ? elapsed : playing.duration();
        while (!restart && clip == playing && System.nanoTime() - began < played && !closing) {
          LockSupport.parkNanos(500_000);
        }
        played = System.nanoTime() - began;
        timestampBase += played * (playing.clockRate() / 1000) / 1_000_000;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(RtpClip.Packet packet, RtpClip playing) throws IOException {
    byte[] data = extended(packet.data());
    System.arraycopy(data, 0, buffer, 0, data.length);
    view.parse(buffer, 0, data.length);
    if (garbage) {
      // What the payload format says of itself stays, so that it goes as far as the decoder.
      for (int i = view.payloadOffset() + 14; i < data.length; i++) {
        buffer[i] = (byte) random.nextInt();
      }
    }
    view.setSsrc(ssrc);
    view.setPayloadType(wrongPayloadType >= 0 ? wrongPayloadType : payloadType);
    view.setSequence(sequence);
    view.setTimestamp(
        timestampBase + jump + packet.due() * (playing.clockRate() / 1000) / 1_000_000);
    byte[] plain = Arrays.copyOf(buffer, data.length);
    history.put(sequence, plain);
    if (history.size() > 1000) {
      history.remove(history.keySet().iterator().next());
    }
    sequence = (sequence + 1) & 0xFFFF;
    int size = protect(plain.length);
    sent++;
    if (view.marker()) {
      framesSent++;
    }
    if (random.nextDouble() >= loss) {
      channel.send(ByteBuffer.wrap(buffer, 0, size), target);
    }
  }

  /** RFC 8285, one-byte form. */
  private byte[] extended(byte[] packet) {
    byte[] added = extension;
    if (added == null) {
      return packet;
    }
    byte[] out = new byte[packet.length + 8];
    System.arraycopy(packet, 0, out, 0, 12);
    out[0] |= 0x10;
    out[12] = (byte) 0xBE;
    out[13] = (byte) 0xDE;
    out[15] = 1;
    out[16] = (byte) (added[0] << 4);
    out[17] = added[1];
    System.arraycopy(packet, 12, out, 20, packet.length - 12);
    return out;
  }

  private int protect(int length) {
    return protect == null ? length : protect.protectRtp(buffer, 0, length);
  }

  private void report(RtpClip playing, long sinceBegan) throws IOException {
    long nanos = System.nanoTime() + reportDelay;
    long ntp = ((nanos / 1_000_000_000L) << 32) | ((nanos % 1_000_000_000L << 32) / 1_000_000_000L);
    long rtp =
        (timestampBase + jump + sinceBegan * (playing.clockRate() / 1000) / 1_000_000)
            & 0xFFFF_FFFFL;
    byte[] data =
        Rtcp.senderReport(new Rtcp.SenderReport(ssrc, ntp, rtp, sent, sent, List.of()), "c" + ssrc);
    System.arraycopy(data, 0, buffer, 0, data.length);
    int size = protect == null ? data.length : protect.protectRtcp(buffer, 0, data.length);
    channel.send(ByteBuffer.wrap(buffer, 0, size), target);
  }

  private void feedback() throws IOException {
    ByteBuffer in = ByteBuffer.allocate(2048);
    while (channel.receive(in) != null) {
      int length = in.position();
      if (unprotect != null) {
        length = unprotect.unprotectRtcp(in.array(), 0, length);
      }
      if (length > 0 && Rtcp.valid(in.array(), 0, length)) {
        for (Rtcp.Packet packet : Rtcp.parse(in.array(), 0, length)) {
          answer(packet);
        }
      }
      in.clear();
    }
  }

  private void answer(Rtcp.Packet packet) throws IOException {
    if (packet instanceof Rtcp.PictureLoss pli && pli.media() == ssrc) {
      plis++;
      restart |= takesPli;
    } else if (packet instanceof Rtcp.FullIntraRequest fir && fir.media() == ssrc) {
      firs++;
      restart = true;
    } else if (packet instanceof Rtcp.ReceiverReport report && !report.blocks().isEmpty()) {
      receiverReports++;
    } else if (packet instanceof Rtcp.Nack nack && nack.media() == ssrc && rtxSsrc != 0) {
      nacks++;
      for (int missing : nack.sequences()) {
        byte[] original = history.get(missing);
        if (original != null && askedFor.merge(missing, 1, Integer::sum) > lostRetransmissions) {
          retransmit(original, missing);
        }
      }
    }
  }

  private void retransmit(byte[] original, int missing) throws IOException {
    view.parse(original, 0, original.length);
    int header = view.headerLength();
    System.arraycopy(original, 0, buffer, 0, header);
    buffer[header] = (byte) (missing >> 8);
    buffer[header + 1] = (byte) missing;
    System.arraycopy(original, header, buffer, header + 2, original.length - header);
    view.parse(buffer, 0, original.length + 2);
    view.setSsrc(rtxSsrc);
    view.setPayloadType(rtxPayloadType);
    view.setSequence(rtxSequence++);
    int size = protect(original.length + 2);
    if (random.nextDouble() >= loss) {
      channel.send(ByteBuffer.wrap(buffer, 0, size), target);
    }
  }

  /** Sends bytes as they are, from the same address. */
  void sendRaw(byte[] data) {
    try {
      channel.send(ByteBuffer.wrap(data), target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join();
      channel.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
