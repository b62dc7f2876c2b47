package dev.callcast.media.ingest;

import dev.callcast.media.ingest.IngestListener.TrackEvent;
import dev.callcast.media.ingest.rtp.H264ParameterSets;
import dev.callcast.media.ingest.rtp.Rtcp.SenderReport;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One declared RTP stream while its endpoint receives it: what is counted on arrival, its place in
 * the participant's time, and whether it lives. What becomes of its packets is in {@link
 * VideoTrack} and {@link AudioTrack}. Owned and used by the endpoint's thread alone, closed by it.
 */
abstract sealed class ReceivedTrack implements AutoCloseable permits VideoTrack, AudioTrack {
  /** After so long without a packet a track is stalled, ns. */
  static final long STALL = 5_000_000_000L;

  /** So many packets in a row that SRTP does not authenticate are no accident. */
  private static final int UNAUTHENTIC = 20;

  /** A report further than this from the newest packet says nothing about it, ns. */
  private static final long MAX_REPORT_DISTANCE = 5_000_000_000L;

  /** A stream without packets for so long was paused: 1 s. */
  private static final long PAUSE = 1_000_000_000;

  final String participant;
  final IngestListener listener;
  final LipSync.Track lipSync;
  final Reception reception;
  private final TimestampRectifier rectifier;
  private final SequenceShift shift = new SequenceShift();
  private final Missing missing = new Missing();
  private final JitterBuffer jitterBuffer;
  private TrackSpec spec;
  private final long added;

  private long packets;
  private long bytes;
  long lost;
  private long recovered;
  private long wrongPayloadType;
  private long lastPacket;
  private long awaitedSince;
  private boolean live;
  private boolean stalled;
  private boolean failureTold;
  private int unauthentic;
  private boolean unauthenticTold;
  private @Nullable SenderReport earlyReport;
  private @Nullable TapPoint tapPoint;

  // Of the ordered stream.
  private boolean inOrder;
  private int lastSequence;
  private long lastTimestamp;

  // The stream's own clock: ns since its first packet, and the corrected timestamp it stands at.
  private boolean clockStarted;
  private long clockTimestamp;
  private long clockNanos;

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
    this.reception = new Reception(spec.codec().clockRate());
    this.rectifier = new TimestampRectifier(spec.codec().clockRate());
    this.jitterBuffer = new JitterBuffer(spec.codec().clockRate(), this::ordered);
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

  /**
   * Whether a packet is of the layer that is received, of a picture that comes in several sizes: if
   * so it is made one of the stream's own.
   */
  boolean chosen(RtpPacket packet, long now) {
    return true;
  }

  /** What comes next does not go on where the last packet ended: decoding begins anew there. */
  final void breakOff() {
    shift.leaveOut();
  }

  /**
   * A packet of the stream itself came from the network, in whatever order. What nobody wants to
   * see or hear ends here; the rest goes on to the jitter buffer, time stamp and number set right
   * for that.
   */
  final void arrived(RtpPacket packet, long now) {
    if (packets > 0 && now - lastPacket > PAUSE) {
      lipSync.paused();
    }
    packets++;
    bytes += packet.length();
    alive(now);
    int sequence = packet.sequence();
    reception.arrived(sequence, packet.timestamp(), now);
    packet.setTimestamp(rectifier.rectify(sequence, packet.timestamp(), now));
    SenderReport early = earlyReport;
    if (early != null) {
      earlyReport = null;
      place(early);
    }
    boolean wanted = wanted(packet, now);
    if (!wanted && tapPoint == null) {
      shift.leaveOut();
      missing.forget();
      return;
    }
    if (spec.rtx() != null) {
      missing.arrived(sequence, now);
    }
    int number = shift.pass(sequence);
    if (number == SequenceShift.LEFT_OUT) {
      return;
    }
    packet.setSequence(number);
    jitterBuffer.push(packet, now);
  }

  /**
   * Whether anybody wants to see or hear this packet; asked once for each that comes. Packets that
   * nobody wants are {@link #take}n nevertheless while there is a tap.
   */
  abstract boolean wanted(RtpPacket packet, long now);

  /**
   * A retransmission came (RFC 4588). One that was waited for becomes the packet that it repeats,
   * and goes on to the jitter buffer.
   */
  final void arrivedAgain(RtpPacket packet, long now) {
    alive(now);
    bytes += packet.length();
    if (packet.payloadLength() <= 2) {
      return; // padding that probes bandwidth
    }
    int original = packet.originalSequence();
    if (!missing.arrivedAgain(original, now) || !shift.passes(original)) {
      return;
    }
    recovered++;
    packet.unwrapRetransmission(spec.ssrc(), spec.payloadType());
    packet.setSequence(shift.shifted(original));
    packet.setTimestamp((packet.timestamp() - rectifier.correction()) & 0xFFFF_FFFFL);
    jitterBuffer.push(packet, now);
  }

  /** Goes on behind what has been waited for long enough. */
  final void expire(long now) {
    jitterBuffer.expire(now);
  }

  /** The packets to ask the sender for now, by the numbers under which they were sent. */
  final List<Integer> missing(long now) {
    return missing.due(now);
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

  /** A packet of the stream did not authenticate, and was dropped. */
  final void unauthentic() {
    unauthentic++;
    if (unauthentic >= UNAUTHENTIC && !unauthenticTold) {
      unauthenticTold = true;
      listener.track(
          participant,
          spec.id(),
          TrackEvent.FAILED,
          "SRTP does not authenticate the packets of SSRC "
              + spec.ssrc()
              + ": srtp.remoteKey of endpoint "
              + spec.endpoint()
              + " is not the key they are sent with, or their rollover counter is not known");
    }
  }

  final void alive(long now) {
    lastPacket = now;
    unauthentic = 0;
    unauthenticTold = false;
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
  final void report(SenderReport report, long now) {
    reception.report(report.ntp(), now);
    if (packets == 0) {
      earlyReport = report;
    } else {
      place(report);
    }
  }

  /** Finds the moment that a report means on this stream's own clock. */
  private void place(SenderReport report) {
    long corrected = (report.rtp() - rectifier.correction()) & 0xFFFF_FFFFL;
    long newest = lastTimestamp;
    if (!inOrder || shift.leavesOut()) {
      // Nothing passes the jitter buffer: where it would place the stream is estimated.
      newest = (rectifier.lastTimestamp() - rectifier.correction()) & 0xFFFF_FFFFL;
      lipSync.placed(mediaTime(newest), rectifier.expected());
    }
    long distance = nanos(RtpPacket.timestampDistance(newest, corrected));
    if (Math.abs(distance) < MAX_REPORT_DISTANCE) {
      lipSync.report(report.ntpNanos(), mediaTime(newest) + distance);
    }
  }

  /** A moment on the stream's own clock, which goes on to it. */
  private long mediaTime(long timestamp) {
    if (clockStarted) {
      clockNanos += nanos(RtpPacket.timestampDistance(clockTimestamp, timestamp));
    }
    clockStarted = true;
    clockTimestamp = timestamp;
    return clockNanos;
  }

  private long nanos(int units) {
    return units * 1_000_000_000L / spec.codec().clockRate();
  }

  /**
   * The next packet in order.
   *
   * @param pts as the jitter buffer places it, ns on the call's timeline
   */
  private void ordered(RtpPacket packet, long pts, long now) {
    int gap = 0;
    if (inOrder) {
      int distance = RtpPacket.sequenceDistance(lastSequence, packet.sequence());
      if (distance > 1 && distance < 1000) {
        gap = distance - 1;
        lost += gap;
      } else if (distance != 1) {
        // The sender numbers anew.
        gap = 1;
      }
    }
    inOrder = true;
    TapPoint tapped = tapPoint;
    if (shift.crossesGap(packet.sequence())) {
      resume();
      if (tapped != null) {
        tapped.interrupted();
      }
    }
    lastSequence = packet.sequence();
    lastTimestamp = packet.timestamp();
    long clock = mediaTime(lastTimestamp);
    lipSync.placed(clock, pts);
    if (tapped != null) {
      tapped.take(
          packet, clock, pts, gap, packet.rotation(extensionId(TrackSpec.VIDEO_ORIENTATION_URI)));
    }
    take(packet, pts, gap, now);
  }

  /**
   * Puts a tap in, in place of the one that was there, or takes it out. What comes is closed with
   * the track.
   */
  void tap(@Nullable TrackTap tap, long now) {
    TapPoint old = tapPoint;
    tapPoint = tap == null ? null : new TapPoint(tap, spec.codec(), parameterSets(), lipSync);
    if (old != null) {
      old.close();
    }
  }

  final boolean tapped() {
    return tapPoint != null;
  }

  /** Whether a tap gets nothing until the sender makes a key frame. */
  final boolean tapWaits() {
    TapPoint tapped = tapPoint;
    return tapped != null && tapped.waitsForKeyFrame();
  }

  /** What an H.264 stream has sent of them so far. */
  abstract H264ParameterSets parameterSets();

  /** Something was left out, at the end of which the next packet stands. */
  abstract void resume();

  /** What to do with a packet in order, before which {@code missing} were lost. */
  abstract void take(RtpPacket packet, long pts, int missing, long now);

  /** Whether anything has to come: an SFU leaves out what nobody takes. */
  abstract boolean awaited();

  /** Ten times a second. */
  void tick(long now) {
    if (spec.paused() || !awaited()) {
      awaitedSince = now; // what comes again has as long for it as what is new
      return;
    }
    long since = now - Math.max(live ? lastPacket : added, awaitedSince);
    if (!stalled && since > STALL) {
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
        reception.jitterMillis(),
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
    TapPoint tapped = tapPoint;
    if (tapped != null) {
      tapPoint = null;
      tapped.close();
    }
    lipSync.close();
  }
}
