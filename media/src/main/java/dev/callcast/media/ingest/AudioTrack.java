package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.H264ParameterSets;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.TrackSpec;

/**
 * An audio stream: packets in order become sound at a sink, if the sink wants them decoded. Of
 * those that it does not want only the level is looked at, as they arrive.
 */
final class AudioTrack extends ReceivedTrack {
  private static final double SILENCE = -127;

  private final AudioSink sink;
  private final AudioDecoder decoder;
  private final PcmSink meter;
  private boolean decoded;
  private boolean proven;
  private boolean interrupted;
  private double level = SILENCE;

  AudioTrack(
      String participant,
      TrackSpec spec,
      LipSync.Track lipSync,
      IngestListener listener,
      long now,
      AudioSink sink) {
    super(participant, spec, lipSync, listener, now);
    this.sink = sink;
    this.decoder = AudioDecoder.of(spec.codec(), spec.channels());
    this.meter = this::pcm;
  }

  /** Sound is always sent: who is loud enough to be heard shows only then. */
  @Override
  boolean awaited() {
    return true;
  }

  @Override
  boolean wanted(RtpPacket packet, long now) {
    if (packet.payloadLength() > 0) {
      int told = packet.audioLevel(extensionId(TrackSpec.AUDIO_LEVEL_URI));
      if (told >= 0) {
        level = -told;
      }
      decoded = sink.offer(told, now);
    }
    return decoded;
  }

  @Override
  void resume() {
    decoder.reset();
  }

  @Override
  void take(RtpPacket packet, long pts, int missing, long now) {
    if (!decoded && tapped()) {
      interrupted = true; // it came for the tap alone
      return;
    }
    long placed = lipSync.place(pts);
    if (packet.payloadLength() == 0) {
      return;
    }
    if (interrupted) {
      interrupted = false;
      decoder.reset();
    }
    boolean told = packet.audioLevel(extensionId(TrackSpec.AUDIO_LEVEL_URI)) >= 0;
    if (!proven) {
      listener.suspect(participant, spec().id(), true);
    }
    decoder.decode(
        placed,
        packet.data(),
        packet.payloadOffset(),
        packet.payloadLength(),
        missing,
        told ? sink : meter);
    if (!proven) {
      proven = true;
      listener.suspect(participant, spec().id(), false);
    }
  }

  private void pcm(long pts, float[] samples, int frames, int channels) {
    int count = frames * channels;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += samples[i] * samples[i];
    }
    double power = count == 0 ? 0 : sum / count;
    level = power <= 0 ? SILENCE : Math.max(SILENCE, 10 * Math.log10(power));
    sink.pcm(pts, samples, frames, channels);
  }

  @Override
  H264ParameterSets parameterSets() {
    return new H264ParameterSets();
  }

  @Override
  CallStats.TrackStats stats(long now) {
    return stats(0, 0, 0, 0, level, decoded, null);
  }

  @Override
  public void close() {
    decoder.close();
    sink.close();
    super.close();
  }
}
