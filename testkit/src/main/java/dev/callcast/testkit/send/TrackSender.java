package dev.callcast.testkit.send;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.ClipFile;
import dev.callcast.testkit.clip.ClipLibrary;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * One track of a synthetic participant: plays its clip by the participant's media clock, makes RTP
 * of it, answers feedback. Confined to the send loop's thread; holds nothing to close.
 */
final class TrackSender {
  private static final int HISTORY = 1024;

  /** CELT, fullband, mono, 20 ms, nothing in it. */
  private static final byte[] OPUS_SILENCE = {(byte) 0xF8, (byte) 0xFF, (byte) 0xFE};

  /** Takes packets to the network, after the faults. */
  interface Outlet {
    /** Sends at {@code dueNanos} ({@link System#nanoTime()}); at once when that is past. */
    void send(TransportSocket socket, byte[] packet, int length, long dueNanos);
  }

  private final SyntheticTrack track;
  private final String participant;
  private final TransportSocket socket;
  private final Outlet outlet;
  private final List<ClipFile> clips = new ArrayList<>();
  private final byte[][] history = new byte[HISTORY][0];
  private final long originNanos;
  private final double speed;
  private final RandomGenerator starts;

  private Faults faults;
  private RandomGenerator dice;
  private long ssrc;
  private long rtxSsrc;
  private int sequence;
  private int rtxSequence;
  private long timestampBase;
  private long lastTimestamp;
  private int pictureId;
  private int layer;
  private int pendingLayer = -1;
  private boolean pendingZeroStep;

  /** The frame that is due next, counted in the current layer's rate from the origin. */
  private long frame;

  private int runStart;
  private boolean waitingForKey;
  private boolean keyWanted;
  private long keyAskedNanos;
  private boolean paused;
  private boolean muted;
  private boolean marker = true;
  private int rotation;
  private long lastSentNanos;

  private long packets;
  private long octets;
  private long bytes;
  private long frames;
  private long keyFrames;
  private long dropped;
  private long nacked;
  private long retransmitted;
  private long plis;
  private double lastPliToKeyMs = -1;
  private long receiverReports;
  private int fractionLost;
  private int cumulativeLost;

  /**
   * Opens the clips.
   *
   * @param originNanos when frame 0 is due
   * @param speed of the participant's clock against ours: 1 + ppm / 1e6
   */
  TrackSender(
      String participant,
      SyntheticTrack track,
      TransportSocket socket,
      Outlet outlet,
      ClipLibrary library,
      long originNanos,
      double speed)
      throws IOException, InterruptedException {
    this.participant = participant;
    this.track = track;
    this.socket = socket;
    this.outlet = outlet;
    this.originNanos = originNanos;
    this.speed = speed;
    for (SyntheticTrack.Layer each : track.layers()) {
      VideoClipSpec video = each.video();
      AudioClipSpec audio = each.audio();
      if (video != null) {
        clips.add(ClipFile.open(library.video(video)));
      } else if (audio != null) {
        clips.add(ClipFile.open(library.audio(audio)));
      }
    }
    faults = track.faults();
    dice = new Random(faults.seed());
    starts = new Random(track.ssrc());
    ssrc = track.ssrc();
    TrackSpec.Rtx rtx = track.rtx();
    rtxSsrc = rtx == null ? -1 : rtx.ssrc();
    rtxSequence = (int) (ssrc * 31 & 0x7FFF);
    sequence = track.firstSequence();
    timestampBase = track.firstTimestamp();
    pictureId = track.firstSequence() & 0x7FFF;
    waitingForKey = track.codec().kind() == TrackKind.VIDEO;
  }

  SyntheticTrack track() {
    return track;
  }

  TransportSocket socket() {
    return socket;
  }

  String participant() {
    return participant;
  }

  long ssrc() {
    return ssrc;
  }

  /** When the next frame is due, by {@link System#nanoTime()}. */
  long dueNanos() {
    return originNanos + (long) (frame * 1e9 / clip().rate() / speed);
  }

  private ClipFile clip() {
    return clips.get(layer);
  }

  private SyntheticTrack.Layer currentLayer() {
    return track.layers().get(layer);
  }

  private Codec codec() {
    return clip().codec();
  }

  /** Sends the frame that is due and moves on. */
  void tick(long nowNanos) {
    long timestamp = switchWhenPossible() ? lastTimestamp : timestampOf(frame);
    if (!paused) {
      if (codec().kind() == TrackKind.VIDEO) {
        sendPicture(nowNanos, timestamp);
      } else {
        sendSound(nowNanos);
      }
    }
    frame++;
  }

  private long timestampOf(long frameIndex) {
    return timestampBase + frameIndex * codec().clockRate() / clip().rate();
  }

  /** Answers whether the frame to be sent shares the timestamp of the one before. */
  private boolean switchWhenPossible() {
    if (pendingLayer < 0) {
      return false;
    }
    ClipFile next = clips.get(pendingLayer);
    long nextFrame = Math.round((double) frame * next.rate() / clip().rate());
    if (nextFrame % next.frames() % next.keyInterval() % next.patchInterval() != 0) {
      return false;
    }
    boolean video = next.codec().kind() == TrackKind.VIDEO;
    if (video) {
      waitingForKey = true;
      pictureId = (pictureId + 5000) & 0x7FFF;
    }
    layer = pendingLayer;
    pendingLayer = -1;
    frame = nextFrame;
    return video && pendingZeroStep;
  }

  private void sendPicture(long nowNanos, long timestamp) {
    ClipFile clip = clip();
    int position = (int) (frame % clip.frames());
    int inInterval = position % clip.keyInterval();
    boolean regularKey = inInterval == 0;
    boolean possibleKey = inInterval % clip.patchInterval() == 0;
    boolean key = regularKey || (possibleKey && (waitingForKey || keyWanted));
    if (waitingForKey && !key) {
      return;
    }
    if (key) {
      runStart = position;
      waitingForKey = false;
      keyFrames++;
      if (keyWanted) {
        keyWanted = false;
        lastPliToKeyMs = (nowNanos - keyAskedNanos) / 1e6;
      }
    }
    VideoClipSpec video = currentLayer().video();
    int width = video == null ? 0 : video.width();
    int height = video == null ? 0 : video.height();
    List<byte[]> payloads =
        Packetizer.packetize(
            clip.codec(), clip.sample(position, runStart), pictureId, key, width, height);
    pictureId = (pictureId + 1) & 0x7FFF;
    frames++;
    for (int i = 0; i < payloads.size(); i++) {
      // Paced as a browser does: four packets a millisecond.
      emit(payloads.get(i), timestamp, i == payloads.size() - 1, 0, nowNanos, i / 4 * 1_000_000L);
    }
    lastTimestamp = timestamp;
  }

  private void sendSound(long nowNanos) {
    int position = (int) (frame % clip().frames());
    byte[] payload;
    int level = clip().level(position);
    if (muted) {
      level = 127;
      payload = silence();
    } else {
      ByteBuffer sample = clip().sample(position, position);
      payload = new byte[sample.remaining()];
      sample.get(payload);
    }
    frames++;
    emit(payload, timestampOf(frame), marker, level, nowNanos, 0);
    marker = false;
  }

  private byte[] silence() {
    if (codec() == Codec.OPUS) {
      return OPUS_SILENCE;
    }
    byte[] payload = new byte[160];
    Arrays.fill(payload, (byte) (codec() == Codec.PCMU ? 0xFF : 0xD5));
    return payload;
  }

  private void emit(
      byte[] payload, long timestamp, boolean mark, int level, long now, long pacing) {
    byte[] packet =
        RtpWriter.packet(
            track.headerExtensions(),
            new RtpWriter.Header(
                currentLayer().payloadType(),
                mark,
                sequence,
                timestamp,
                ssrc,
                level,
                rotation,
                track.id()),
            payload);
    if (faults.corruptPercent() > 0 && roll(faults.corruptPercent())) {
      int keep = packet.length - payload.length + Math.min(4, payload.length);
      for (int i = keep; i < packet.length; i++) {
        packet[i] = (byte) dice.nextInt();
      }
    }
    history[sequence % HISTORY] = packet;
    sequence = (sequence + 1) & 0xFFFF;
    packets++;
    bytes += packet.length;
    octets += payload.length;
    lastSentNanos = now;
    put(packet, now + pacing);
  }

  private void put(byte[] packet, long at) {
    if (faults.lossPercent() > 0 && roll(faults.lossPercent())) {
      dropped++;
      return;
    }
    long due = at + faults.delayMs() * 1_000_000L;
    if (faults.jitterMs() > 0) {
      due += (long) (dice.nextDouble() * faults.jitterMs() * 1e6);
    }
    if (faults.reorderPercent() > 0 && roll(faults.reorderPercent())) {
      due += 20_000_000L;
    }
    outlet.send(socket, packet, packet.length, due);
    if (faults.duplicatePercent() > 0 && roll(faults.duplicatePercent())) {
      outlet.send(socket, packet, packet.length, due + 1_000_000L);
    }
  }

  private boolean roll(double percent) {
    return dice.nextDouble() * 100 < percent;
  }

  /** Answers a NACK for one sequence number. */
  void retransmit(int lost, long nowNanos) {
    nacked++;
    byte[] original = history[lost % HISTORY];
    if (original.length == 0 || RtpWriter.sequenceOf(original) != lost) {
      return;
    }
    retransmitted++;
    TrackSpec.Rtx rtx = track.rtx();
    if (rtx == null) {
      put(original, nowNanos);
    } else {
      byte[] packet =
          RtpWriter.retransmission(original, rtx.payloadType(), rtxSsrc, rtxSequence, lost);
      rtxSequence = (rtxSequence + 1) & 0xFFFF;
      put(packet, nowNanos);
    }
  }

  /** A picture loss indication or full intra request. */
  void askKeyFrame(long nowNanos) {
    plis++;
    if (!keyWanted) {
      keyWanted = true;
      keyAskedNanos = nowNanos;
    }
  }

  /** What a receiver says of this track (RFC 3550 §6.4.1). */
  void report(int fraction, int cumulative) {
    receiverReports++;
    fractionLost = fraction;
    cumulativeLost = cumulative;
  }

  /** Whether anything was sent in the last two seconds, so that a sender report is due. */
  boolean active(long nowNanos) {
    return packets > 0 && nowNanos - lastSentNanos < 2_000_000_000L;
  }

  /** The sender report's RTP timestamp for a moment. */
  long timestampAt(long nowNanos) {
    double mediaSeconds = (nowNanos - originNanos) * 1e-9 * speed;
    return timestampBase + Math.round(mediaSeconds * codec().clockRate());
  }

  long packets() {
    return packets;
  }

  long octets() {
    return octets;
  }

  void setFaults(Faults newFaults) {
    faults = newFaults;
    dice = new Random(newFaults.seed());
  }

  void setPaused(boolean newPaused) {
    if (paused && !newPaused) {
      marker = true;
      waitingForKey = codec().kind() == TrackKind.VIDEO;
    }
    paused = newPaused;
  }

  void setMuted(boolean newMuted) {
    muted = newMuted;
  }

  void setRotation(int degrees) {
    rotation = Math.floorMod(degrees, 360) / 90;
  }

  void switchLayer(int newLayer, boolean zeroStep) {
    if (newLayer < 0 || newLayer >= clips.size()) {
      throw new IllegalArgumentException("no layer " + newLayer);
    }
    pendingLayer = newLayer == layer ? -1 : newLayer;
    pendingZeroStep = zeroStep;
  }

  void restart(long newSsrc) {
    ssrc = newSsrc;
    rtxSsrc = rtxSsrc < 0 ? -1 : newSsrc + 1;
    sequence = starts.nextInt(65_536);
    rtxSequence = starts.nextInt(65_536);
    timestampBase = starts.nextLong() & 0xFFFFFFFFL;
    pictureId = starts.nextInt(32_768);
    waitingForKey = codec().kind() == TrackKind.VIDEO;
    marker = true;
    Arrays.fill(history, new byte[0]);
  }

  /** A packet beside the track's own, bad in the way asked for. */
  void garbage(SenderCommand.Garbage.Kind kind, long nowNanos) {
    byte[] noise = new byte[1 + starts.nextInt(1100)];
    starts.nextBytes(noise);
    RtpWriter.Header own =
        new RtpWriter.Header(
            currentLayer().payloadType(),
            true,
            sequence,
            lastTimestamp,
            ssrc,
            0,
            rotation,
            track.id());
    switch (kind) {
      case NOISE -> socket.sendRaw(noise, noise.length, false);
      case RTCP_NOISE -> {
        noise[0] = (byte) 0x81;
        if (noise.length > 1) {
          noise[1] = (byte) (200 + starts.nextInt(8));
        }
        socket.sendRaw(noise, noise.length, true);
      }
      case TRUNCATED -> {
        byte[] packet = RtpWriter.packet(List.of(), own, noise);
        switch (starts.nextInt(3)) {
          case 0 -> socket.sendRaw(packet, 1 + starts.nextInt(11), false);
          case 1 -> {
            packet[0] |= 0x1F;
            socket.sendRaw(packet, Math.min(packet.length, 40), false);
          }
          default -> {
            packet[0] |= 0x20;
            packet[packet.length - 1] = (byte) 0xFF;
            socket.sendRaw(packet, Math.min(packet.length, 60), false);
          }
        }
      }
      case UNKNOWN_SSRC -> {
        byte[] packet =
            RtpWriter.packet(List.of(), own.withSsrc(starts.nextLong() & 0xFFFFFFFFL), noise);
        socket.sendRtp(packet, packet.length);
      }
      case WRONG_PAYLOAD_TYPE -> {
        byte[] packet = RtpWriter.packet(List.of(), own.withPayloadType(119), noise);
        socket.sendRtp(packet, packet.length);
      }
      case POISON -> emit(noise, lastTimestamp, true, 0, nowNanos, 0);
    }
  }

  SenderStats.Track stats() {
    return new SenderStats.Track(
        participant,
        track.id(),
        ssrc,
        packets,
        bytes,
        frames,
        keyFrames,
        dropped,
        nacked,
        retransmitted,
        plis,
        lastPliToKeyMs,
        receiverReports,
        fractionLost,
        cumulativeLost,
        sequence,
        layer);
  }
}
