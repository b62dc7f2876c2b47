package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.srtp.SrtpContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an endpoint says to its sender, from the socket that the sender knows: receiver reports on
 * all streams once a second, requests for key frames, and the session's requests for packets that
 * are missing. Receiver reports are made here and not by the session, which sees only what is shown
 * or heard.
 *
 * <p>Owned by the endpoint's thread, which also closes the socket.
 */
final class Feedback {
  private static final Logger log = LoggerFactory.getLogger(Feedback.class);

  private static final long INTERVAL = 1_000_000_000L;

  /** Report blocks in a compound: what the header's five bits can count. */
  private static final int MAX_BLOCKS = 31;

  private final String endpoint;
  private final DatagramChannel channel;
  private @Nullable SrtpContext crypto;
  private final SenderAddress remote;
  private final LongUnaryOperator sent;
  private final byte[] out = new byte[4096];
  private int maxBitrate;
  private boolean silent;
  private long nextReport;
  private boolean failed;

  /**
   * Makes an endpoint's feedback.
   *
   * @param channel to send from
   * @param crypto of what is sent, or null for RTCP in the clear
   * @param sent the SSRC that the sender knows a declared one by
   */
  Feedback(
      String endpoint,
      DatagramChannel channel,
      @Nullable SrtpContext crypto,
      SenderAddress remote,
      LongUnaryOperator sent) {
    this.endpoint = endpoint;
    this.channel = channel;
    this.crypto = crypto;
    this.remote = remote;
    this.sent = sent;
  }

  /** Says nothing until there are keys to say it with. */
  void awaitKeys() {
    silent = true;
  }

  /** Sets what is sent is encrypted with from now on. */
  void encipher(SrtpContext outgoing) {
    crypto = outgoing;
    silent = false;
  }

  /** Tells the sender with each report how much it may send, bit/s; 0 for nothing about it. */
  void limit(int bitrate) {
    maxBitrate = bitrate;
  }

  /** Sends receiver reports when they are due. */
  void report(long ssrc, Collection<ReceivedTrack> tracks, long now) {
    if (now < nextReport || silent || remote.rtcp() == null) {
      return;
    }
    nextReport = now + INTERVAL;
    List<Rtcp.ReportBlock> blocks = new ArrayList<>();
    for (ReceivedTrack track : tracks) {
      if (track.reception.started()) {
        blocks.add(track.reception.block(sent.applyAsLong(track.spec().ssrc()), now));
      }
    }
    byte[] name = Rtcp.sourceDescription(ssrc, "callcast-" + Long.toHexString(ssrc));
    for (int from = 0; from < blocks.size(); from += MAX_BLOCKS) {
      List<Rtcp.ReportBlock> some =
          blocks.subList(from, Math.min(blocks.size(), from + MAX_BLOCKS));
      send(Rtcp.join(Rtcp.receiverReport(ssrc, some), name));
    }
    if (maxBitrate > 0) {
      List<Long> streams =
          tracks.stream().map(track -> sent.applyAsLong(track.spec().ssrc())).toList();
      send(
          Rtcp.join(
              Rtcp.receiverReport(ssrc, List.of()),
              Rtcp.join(name, Rtcp.maximumBitrate(ssrc, maxBitrate, streams))));
    }
  }

  /** Asks for a key frame; with {@code full} also by FIR, under this number. */
  boolean requestKeyFrame(long ssrc, long media, boolean full, int number) {
    return send(
        full
            ? Rtcp.pictureLossAndFullIntraRequest(ssrc, sent.applyAsLong(media), number)
            : Rtcp.pictureLoss(ssrc, sent.applyAsLong(media)));
  }

  /** Asks for packets that are missing, by the numbers under which they were sent. */
  void requestPackets(long ssrc, long media, List<Integer> sequences) {
    send(Rtcp.nack(ssrc, sent.applyAsLong(media), sequences));
  }

  private boolean send(byte[] compound) {
    InetSocketAddress to = remote.rtcp();
    if (to == null || silent || compound.length + SrtpContext.RTCP_OVERHEAD > out.length) {
      return false;
    }
    System.arraycopy(compound, 0, out, 0, compound.length);
    int size = crypto == null ? compound.length : crypto.protectRtcp(out, 0, compound.length);
    try {
      channel.send(ByteBuffer.wrap(out, 0, size), to);
      return true;
    } catch (IOException e) {
      if (!failed) {
        failed = true;
        log.warn("endpoint {}: RTCP to {} can't be sent: {}", endpoint, to, e.getMessage());
      }
      return false;
    }
  }
}
