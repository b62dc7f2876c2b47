package dev.callcast.media.ingest;

import dev.callcast.media.ingest.IngestListener.TrackEvent;
import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import org.jspecify.annotations.Nullable;

/**
 * One declared RTP stream while its endpoint receives it: what is counted on arrival, its place in
 * the participant's time, and whether it lives. What becomes of its packets is in {@link
 * VideoTrack} and {@link AudioTrack}. Owned and used by the endpoint's thread alone, closed by it.
 */
abstract sealed class ReceivedTrack implements AutoCloseable permits VideoTrack, AudioTrack {
  /** After so long without a packet a track is stalled, ns. */
  static final long STALL = 5_000_000_000L;

  /** A report further than this from the newest packet says nothing about it, ns. */
  private static final long MAX_REPORT_DISTANCE = 5_000_000_000L;

  final String participant;
  final IngestListener listener;
  final LipSync.Track lipSync;
  final TimestampRectifier rectifier;
  private TrackSpec spec;
  private final long added;

  private long packets;
  private long bytes;
  long lost;
  private long recovered;
  private long wrongPayloadType;
  private double jitterUnits;
  private long lastTransit;
  private long lastPacket;
  private boolean live;
  private boolean stalled;
  private boolean failureTold;

  // Of the ordered stream.
  private boolean inOrder;
  private int lastSequence;
  private long lastTimestamp;
  private long lastPts;

  ReceivedTrack(
      String participant,
      TrackSpec spec,
      LipSync.Track lipSync,
      IngestListener listener,
      long now) {
    this.participant = participant;
    this.spec = spec;
    this.lipSync = lipSync;
    this.listener = listener;
    this.rectifier = new TimestampRectifier(spec.codec().clockRate());
    this.added = now;
  }

  final TrackSpec spec() {
    return spec;
  }

  final String key() {
    return participant + "/" + spec.id();
  }

  /** Takes over a declaration that differs in nothing that needs a new track. */
  void update(TrackSpec changed) {
    spec = changed;
  }

  /** The id of a negotiated header extension, or -1. */
  final int extensionId(String uri) {
    for (HeaderExtension extension : spec.headerExtensions()) {
      if (extension.uri().equals(uri)) {
        return extension.id();
      }
    }
    return -1;
  }

  /** A packet of the stream itself came from the network, in whatever order. */
  final void arrived(RtpPacket packet, long now) {
    packets++;
    bytes += packet.length();
    alive(now);
    int rate = spec.codec().clockRate();
    long transit = (long) (now * (rate / 1e9)) - packet.timestamp();
    if (packets > 1) {
      // RFC 3550 appendix A.8; a jump of the timestamp is no jitter.
      int difference = Math.abs((int) (transit - lastTransit));
      if (difference < rate) {
        jitterUnits += (difference - jitterUnits) / 16;
      }
    }
    lastTransit = transit;
    packet.setTimestamp(rectifier.rectify(packet.sequence(), packet.timestamp(), now));
  }

  /** A retransmission came. */
  final void arrivedAgain(RtpPacket packet, long now) {
    alive(now);
    bytes += packet.length();
    if (packet.payloadLength() > 2) {
      recovered++;
    }
    packet.setTimestamp((packet.timestamp() - rectifier.correction()) & 0xFFFF_FFFFL);
  }

  final void wrongPayloadType(int payloadType) {
    wrongPayloadType++;
    if (!failureTold) {
      failureTold = true;
      listener.track(
          participant,
          spec.id(),
          TrackEvent.FAILED,
          "payload type "
              + payloadType
              + " arrives on SSRC "
              + spec.ssrc()
              + ", but "
              + spec.payloadType()
              + " ("
              + spec.codec().encodingName()
              + ") was declared");
    }
  }

  private void alive(long now) {
    lastPacket = now;
    if (!live) {
      live = true;
      stalled = false;
      listener.track(participant, spec.id(), TrackEvent.LIVE, null);
    } else if (stalled) {
      stalled = false;
      listener.track(participant, spec.id(), TrackEvent.RESUMED, null);
    }
  }

  /** A sender report for this stream came. */
  final void report(Rtcp.SenderReport report) {
    if (!inOrder) {
      return;
    }
    long timestamp = report.rtp() - rectifier.correction();
    long distance =
        RtpPacket.timestampDistance(lastTimestamp, timestamp)
            * 1_000_000_000L
            / spec.codec().clockRate();
    if (Math.abs(distance) < MAX_REPORT_DISTANCE) {
      lipSync.report(report.ntpNanos(), lastPts + distance);
    }
  }

  /**
   * The next packet in order.
   *
   * @param pts as the jitter buffer places it, ns on the call's timeline
   */
  final void ordered(RtpPacket packet, long pts, long now) {
    int missing = 0;
    if (inOrder) {
      int distance = RtpPacket.sequenceDistance(lastSequence, packet.sequence());
      if (distance > 1 && distance < 1000) {
        missing = distance - 1;
        lost += missing;
      } else if (distance != 1) {
        // The sender numbers anew.
        missing = 1;
      }
    }
    inOrder = true;
    lastSequence = packet.sequence();
    lastTimestamp = packet.timestamp();
    lastPts = pts;
    take(packet, pts, missing, now);
  }

  /** What to do with a packet in order, before which {@code missing} were lost. */
  abstract void take(RtpPacket packet, long pts, int missing, long now);

  /** Ten times a second. */
  void tick(long now) {
    long since = now - (live ? lastPacket : added);
    if (!stalled && !spec.paused() && since > STALL) {
      stalled = true;
      listener.track(participant, spec.id(), TrackEvent.STALLED, null);
    }
  }

  final boolean isLive() {
    return live;
  }

  /** The measured half that is the same for sound and picture. */
  final CallStats.TrackStats stats(
      long keyFramesRequested,
      int width,
      int height,
      double fps,
      double level,
      boolean decoded,
      @Nullable String layerHint) {
    return new CallStats.TrackStats(
        participant,
        spec.id(),
        packets,
        bytes,
        lost,
        recovered,
        jitterUnits * 1000 / spec.codec().clockRate(),
        wrongPayloadType,
        keyFramesRequested,
        width,
        height,
        fps,
        level,
        live && !stalled,
        stalled,
        decoded,
        layerHint);
  }

  abstract CallStats.TrackStats stats(long now);

  @Override
  public void close() {
    lipSync.close();
  }
}
