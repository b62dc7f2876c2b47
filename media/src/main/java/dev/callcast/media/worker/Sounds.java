package dev.callcast.media.worker;

import dev.callcast.media.ingest.AudioSink;
import dev.callcast.media.ingest.AudioSinkFactory;
import dev.callcast.media.mix.AudioSelector;
import dev.callcast.media.mix.Rings;
import dev.callcast.media.mix.TrackInput;
import dev.callcast.protocol.TrackSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The call's sound between ingest, which makes and feeds a sink for each track, and the mixers,
 * which read. One for a call; any thread may look at it.
 */
final class Sounds implements AudioSinkFactory {
  /** One track's sound. */
  record Sound(String participant, String track, TrackInput input) {}

  /** Of who has left, for who comes: as many as come and go together as a rule. */
  private static final int KEPT_RINGS = 8;

  private final AudioSelector selector;
  private final Rings rings = new Rings(KEPT_RINGS);
  private final Map<String, Sound> sounds = new ConcurrentHashMap<>();

  /**
   * At most {@code loudest} tracks are decoded at once, where their packets tell how loud they are.
   */
  Sounds(int loudest) {
    selector = new AudioSelector(loudest);
  }

  @Override
  public AudioSink open(String participant, TrackSpec track) {
    Sound sound = new Sound(participant, track.id(), new TrackInput(rings));
    AudioSelector.Track place = selector.add();
    sounds.put(participant + "/" + track.id(), sound);
    return new AudioSink() {
      @Override
      public boolean offer(int level, long time) {
        return place.offer(level, time);
      }

      @Override
      public void pcm(long pts, float[] samples, int frames, int channels) {
        sound.input().pcm(pts, samples, frames, channels);
      }

      @Override
      public void close() {
        place.close();
        sounds.remove(participant + "/" + track.id(), sound);
        sound.input().close();
      }
    };
  }

  /** Everything that sounds now. */
  List<Sound> all() {
    return List.copyOf(sounds.values());
  }
}
