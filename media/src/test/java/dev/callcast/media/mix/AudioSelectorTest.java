package dev.callcast.media.mix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AudioSelectorTest {
  private static final long MILLI = 1_000_000;

  private final AudioSelector selector = new AudioSelector(3);

  @Test
  void everyoneIsDecodedWhileThereIsRoom() {
    List<AudioSelector.Track> tracks = tracks(3);
    for (AudioSelector.Track track : tracks) {
      assertThat(track.offer(127, 0)).isTrue();
    }
  }

  @Test
  void tracksWithoutLevelsAreAlwaysDecodedAndTakeNoPlace() {
    List<AudioSelector.Track> tracks = tracks(10);
    for (AudioSelector.Track track : tracks) {
      assertThat(track.offer(AudioSelector.NO_LEVEL, 0)).isTrue();
    }
    for (AudioSelector.Track track : tracks(3)) {
      assertThat(track.offer(30, 0)).isTrue();
    }
  }

  @Test
  void whoBeginsToSpeakTakesTheSilentOnesPlaceWithItsFirstPacket() {
    List<AudioSelector.Track> tracks = tracks(4);
    play(tracks, 0, 1000, 20, 25, 127, 127);
    assertThat(tracks.get(3).decoded()).isFalse();
    assertThat(tracks.get(3).offer(40, 1000 * MILLI)).isTrue();
    assertThat(tracks.get(2).decoded()).isFalse();
    assertThat(tracks.get(0).decoded()).isTrue();
    assertThat(tracks.get(1).decoded()).isTrue();
  }

  @Test
  void aLittleLouderIsNotEnoughAndMuchLouderIsAfterTheHoldTime() {
    List<AudioSelector.Track> tracks = tracks(4);
    play(tracks, 0, 500, 20, 20, 30, 127);
    play(tracks, 500, 400, 20, 20, 30, 15);
    assertThat(tracks.get(3).decoded()).as("the place is still held").isFalse();
    play(tracks, 900, 600, 20, 20, 30, 26);
    assertThat(tracks.get(3).decoded()).as("15 dB over it, some 300 ms ago").isTrue();
    assertThat(tracks.get(2).decoded()).isFalse();
    play(tracks, 1500, 3000, 20, 20, 22, 26);
    assertThat(tracks.get(2).decoded()).as("only 4 dB louder").isFalse();
  }

  @Test
  void similarVoicesDoNotTakeTurns() {
    List<AudioSelector.Track> tracks = tracks(8);
    Random random = new Random(3);
    int changes = 0;
    List<Boolean> before = List.of();
    for (int at = 0; at < 20_000; at += 20) {
      List<Boolean> now = new ArrayList<>();
      for (AudioSelector.Track track : tracks) {
        now.add(track.offer(25 + random.nextInt(6), at * MILLI));
      }
      changes += now.equals(before) ? 0 : 1;
      before = now;
    }
    assertThat(changes).isLessThanOrEqualTo(2);
    assertThat(before).filteredOn(decoded -> decoded).hasSize(3);
  }

  @Test
  void aClosedOrStoppedTrackGivesItsPlaceFree() {
    List<AudioSelector.Track> tracks = tracks(5);
    play(tracks, 0, 1000, 20, 20, 20, 127, 127);
    tracks.get(0).close();
    assertThat(tracks.get(3).offer(50, 1000 * MILLI)).isTrue();
    // Track 1 sends nothing any more; 0.6 s later its place is free to take.
    play(tracks.subList(2, 4), 1000, 600, 20, 20);
    assertThat(tracks.get(4).offer(60, 1620 * MILLI)).isTrue();
    assertThat(tracks.get(1).decoded()).isFalse();
  }

  private List<AudioSelector.Track> tracks(int count) {
    List<AudioSelector.Track> tracks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tracks.add(selector.add());
    }
    return tracks;
  }

  private static void play(
      List<AudioSelector.Track> tracks, int fromMillis, int millis, int... levels) {
    for (int at = fromMillis; at < fromMillis + millis; at += 20) {
      for (int i = 0; i < levels.length; i++) {
        tracks.get(i).offer(levels[i], at * MILLI);
      }
    }
  }
}
