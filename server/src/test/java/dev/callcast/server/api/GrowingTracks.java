package dev.callcast.server.api;

import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.report.ReportLine.TrackCount;
import dev.callcast.media.output.tracks.TrackFrame;
import dev.callcast.media.output.tracks.TrackInfo;
import dev.callcast.media.output.tracks.TracksListener;
import dev.callcast.media.output.tracks.TracksRecording;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A recording of tracks that a test writes with the worker's own writer, as fast as it wants: sound
 * of a participant {@code ada}, 50 frames of 160 bytes a second.
 */
final class GrowingTracks implements AutoCloseable {
  private static final int FRAMES = 50;

  private final TracksRecording recording;
  private final Map<String, TracksRecording.Inlet> inlets = new ConcurrentHashMap<>();
  private final Map<String, Long> frames = new ConcurrentHashMap<>();

  private GrowingTracks(String recording, Path directory) {
    this.recording =
        new TracksRecording(
            new TracksRecording.Spec("c", recording, directory, System.nanoTime(), 0),
            new TracksListener() {
              @Override
              public void started(boolean resumed) {}

              @Override
              public void ended(RecordingEnd end, String detail, long time, long bytes) {}
            },
            this::counted);
  }

  static GrowingTracks open(String recording, Path directory) {
    GrowingTracks growing = new GrowingTracks(recording, directory);
    growing.recording.start();
    return growing;
  }

  private List<TrackCount> counted() {
    return frames.entrySet().stream()
        .map(one -> new TrackCount("ada", one.getKey(), one.getValue(), 0, 0))
        .toList();
  }

  /** Writes so many seconds of the track {@code mic} or {@code tab}. */
  GrowingTracks seconds(String track, double seconds) {
    TracksRecording.Inlet inlet =
        inlets.computeIfAbsent(
            track,
            id ->
                recording.stream(
                    new TrackInfo(
                        "ada",
                        id,
                        id.equals("mic") ? TrackSource.MIC : TrackSource.SCREEN_AUDIO,
                        Codec.PCMU,
                        1,
                        4711)));
    long from = frames.getOrDefault(track, 0L);
    long to = from + Math.round(seconds * FRAMES);
    for (long i = from; i < to; i++) {
      byte[] sound = new byte[160];
      Arrays.fill(sound, (byte) i);
      long time = i * 1_000_000_000L / FRAMES;
      inlet.frame(new TrackFrame(sound, time, time, 0, false, true, 0, 0, 0, 0, null));
    }
    frames.put(track, to);
    return this;
  }

  /** Its worker ends in order. */
  @Override
  public void close() {
    recording.close();
  }
}
