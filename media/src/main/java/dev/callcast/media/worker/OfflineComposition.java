package dev.callcast.media.worker;

import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.EncodedSource;
import dev.callcast.media.ingest.OfflineAudio;
import dev.callcast.media.ingest.OfflineVideo;
import dev.callcast.media.mix.Mixer;
import dev.callcast.media.mix.TrackInput;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats.TrackStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A composition by a virtual clock, of media that is read instead of received: as fast as the
 * inputs can be decoded and the encoder takes pictures. Everything between is what a live call
 * uses. One thread uses and closes it; the output is told on the encoder's thread.
 */
public final class OfflineComposition implements AutoCloseable {
  /** What x264 looks ahead, and enough to keep it and the composer both at work. */
  private static final int PICTURES_IN_ENCODER = 16;

  private static final long ENCODER_TIMEOUT_SECONDS = 60;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int BLOCK = 960;

  /** The mixer's limiter and the inputs' resamplers look this far ahead. */
  private static final long SOUND_AHEAD = TimeUnit.MILLISECONDS.toNanos(60);

  private static final long LOOK_INTERVAL = SECOND / 10;

  private final CompositionSpec spec;
  private final CallState state;
  private final Map<String, OfflineVideo> videos = new HashMap<>();
  private final List<OfflineAudio> audios = new ArrayList<>();
  private final CompositionEngine engine;
  private final Semaphore room = new Semaphore(PICTURES_IN_ENCODER);
  private final CallWatch watch = new CallWatch();
  private volatile @Nullable String failure;
  private CallView view = CallView.EMPTY;
  private long lookAt;
  private long ticks;
  private long soundFrames;

  /**
   * Opens decoders and the encoder.
   *
   * @param participants in the order of joining
   * @param sources what there is of each track, by {@code participant/track}; their times are the
   *     composition's
   * @param output takes the packets
   */
  public OfflineComposition(
      CompositionSpec spec,
      List<ParticipantSpec> participants,
      Map<String, EncodedSource> sources,
      Encoder.Output output) {
    this.spec = spec;
    this.state = new CallState("offline", 0, List.of(), participants, null, List.of(spec), null);
    this.engine = new CompositionEngine(spec, new Throttle(output));
    List<Mixer.Source> mixed = new ArrayList<>();
    for (ParticipantSpec participant : participants) {
      for (TrackSpec track : participant.tracks()) {
        String key = participant.id() + "/" + track.id();
        EncodedSource source = sources.get(key);
        if (source == null) {
          continue;
        }
        if (track.kind() == TrackKind.VIDEO) {
          videos.put(key, new OfflineVideo(key, track.codec(), source));
        } else {
          TrackInput input = new TrackInput();
          audios.add(new OfflineAudio(track.codec(), track.channels(), source, input));
          if (Layouter.selected(spec.participants().audio(), participant.id())) {
            mixed.add(
                new Mixer.Source(
                    participant.id(),
                    input,
                    participant.gain(),
                    participant.pan(),
                    participant.muted()));
          }
        }
      }
    }
    engine.mixer().sources(mixed);
  }

  /** Composes everything up to a moment of media time, ns, picture and sound in turns. */
  public void composeUntil(long end) throws IOException, InterruptedException {
    while (mediaTime() < end) {
      soundUntil(mediaTime());
      picture();
    }
    soundUntil(end);
  }

  /** Media time of the next picture, ns. */
  public long mediaTime() {
    return engine.mediaTime(ticks);
  }

  /** Composes the next picture; waits for the decoders, and for room in the encoder. */
  public void picture() throws IOException, InterruptedException {
    long time = mediaTime();
    long halfTick = SECOND / (2L * spec.canvas().fps());
    for (OfflineVideo video : videos.values()) {
      video.feed(time);
    }
    if (time >= lookAt) {
      look(time, halfTick);
    }
    if (!room.tryAcquire(ENCODER_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("the encoder does not go on");
    }
    if (failure != null) {
      throw new IOException(failure);
    }
    try {
      engine.tick(
          ticks,
          false,
          spec,
          view,
          track -> {
            OfflineVideo video = videos.get(track);
            try {
              return video == null ? null : video.acquire(time, halfTick);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    ticks++;
  }

  /** Looks who speaks and how large the pictures are, as a live call does ten times a second. */
  private void look(long time, long halfTick) throws IOException {
    List<TrackStats> sizes = new ArrayList<>();
    Map<String, Double> levels = new HashMap<>();
    for (ParticipantSpec participant : state.participants()) {
      levels.put(participant.id(), engine.mixer().level(participant.id()));
      for (TrackSpec track : participant.tracks()) {
        OfflineVideo video = videos.get(participant.id() + "/" + track.id());
        if (video != null) {
          var frame = video.acquire(time, halfTick);
          if (frame != null) {
            frame.release();
          }
          sizes.add(size(participant.id(), track.id(), video));
        }
      }
    }
    CallView looked = watch.look(state, Set.of(), sizes, levels, time);
    if (!CallWatch.looksTheSame(view, looked)) {
      view = looked;
    }
    lookAt = time + LOOK_INTERVAL;
  }

  private static TrackStats size(String participant, String track, OfflineVideo video) {
    return new TrackStats(
        participant,
        track,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        video.width(),
        video.height(),
        0,
        0,
        true,
        false,
        true,
        null);
  }

  /** Mixes what is still missing up to a moment of media time, ns, in whole blocks of 20 ms. */
  public void soundUntil(long end) throws IOException {
    while (soundFrames * SECOND / CompositionEngine.SAMPLE_RATE < end) {
      long from = soundFrames * SECOND / CompositionEngine.SAMPLE_RATE;
      long to = (soundFrames + BLOCK) * SECOND / CompositionEngine.SAMPLE_RATE;
      for (OfflineAudio audio : audios) {
        audio.decodeUntil(to + SOUND_AHEAD);
      }
      engine.sound(soundFrames, BLOCK, from);
      soundFrames += BLOCK;
    }
  }

  /** Lets an emoji fly from the next picture on. */
  public void react(String emoji) {
    engine.react(emoji);
  }

  /** Encodes what is inside to its end; nothing may be composed any more. */
  public void finish() throws IOException, InterruptedException {
    if (!engine.drain(TimeUnit.SECONDS.toMillis(ENCODER_TIMEOUT_SECONDS))) {
      throw new IOException(failure == null ? "the encoder does not come to its end" : failure);
    }
  }

  @Override
  public void close() {
    engine.close();
    videos.values().forEach(OfflineVideo::close);
    audios.forEach(OfflineAudio::close);
  }

  /** Counts what comes out of the encoder, so that no more than so much is inside. */
  private final class Throttle implements Encoder.Output {
    private final Encoder.Output output;

    Throttle(Encoder.Output output) {
      this.output = output;
    }

    @Override
    public void started(StreamFormat format) {
      output.started(format);
    }

    @Override
    public void packet(Packet packet) {
      if (packet.kind() == Packet.Kind.VIDEO) {
        room.release();
      }
      output.packet(packet);
    }

    @Override
    public void failed(String reason) {
      failure = reason;
      room.release();
      output.failed(reason);
    }
  }
}
