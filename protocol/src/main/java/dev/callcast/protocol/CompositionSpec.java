package dev.callcast.protocol;

import java.util.List;
import java.util.Map;

/**
 * One picture and one sound made from a call.
 *
 * @param revision counts the changes of layout and params; one revision takes effect in one frame
 * @param paused outputs of kind recording take nothing while it is true
 * @param markers that have no media time yet: the worker tells each by {@code composition.marker}
 */
public record CompositionSpec(
    String id,
    Canvas canvas,
    Layout layout,
    Selection participants,
    Video video,
    Audio audio,
    Limits limits,
    List<OutputSpec> outputs,
    long revision,
    boolean paused,
    List<Marker> markers) {
  public CompositionSpec {
    outputs = List.copyOf(outputs);
    markers = markers == null ? List.of() : List.copyOf(markers);
  }

  /** Without markers. */
  public CompositionSpec(
      String id,
      Canvas canvas,
      Layout layout,
      Selection participants,
      Video video,
      Audio audio,
      Limits limits,
      List<OutputSpec> outputs,
      long revision,
      boolean paused) {
    this(
        id,
        canvas,
        layout,
        participants,
        video,
        audio,
        limits,
        outputs,
        revision,
        paused,
        List.of());
  }

  /** The same with other markers. */
  public CompositionSpec withMarkers(List<Marker> newMarkers) {
    return new CompositionSpec(
        id,
        canvas,
        layout,
        participants,
        video,
        audio,
        limits,
        outputs,
        revision,
        paused,
        newMarkers);
  }

  /** A moment with a name, that of its coming to the worker. */
  public record Marker(String id, String label) {}

  /**
   * The picture's size and rate.
   *
   * @param width even, px
   * @param height even, px
   * @param fps 1 to 60
   * @param background a colour as in the params
   */
  public record Canvas(int width, int height, int fps, String background) {}

  /**
   * What the picture looks like.
   *
   * @param preset grid, single, split, dominant, pip, portrait, audio-only
   * @param params the vocabulary of docs/layouts.md; values are booleans, numbers and strings
   */
  public record Layout(String preset, Map<String, Object> params) {
    public Layout {
      params = Map.copyOf(params);
    }
  }

  /**
   * Who is seen and heard. {@code "*"} stands for everyone.
   *
   * @param video ids of participants, or {@code "*"}
   * @param audio ids of participants, or {@code "*"}
   * @param sort {@code active} (latest speakers first), {@code joined} or {@code name}
   */
  public record Selection(List<String> video, List<String> audio, String sort) {
    public Selection {
      video = List.copyOf(video);
      audio = List.copyOf(audio);
    }
  }

  /**
   * How the picture is encoded.
   *
   * @param bitrate bit/s, constant over windows of 2 s
   * @param keyframeInterval s, key frames stand on its multiples
   * @param preset x264's speed preset
   * @param off there is no picture: nothing is composed or encoded, and outputs take sound alone
   */
  public record Video(
      int bitrate, int keyframeInterval, Latency latency, String preset, boolean off) {
    /** With a picture. */
    public Video(int bitrate, int keyframeInterval, Latency latency, String preset) {
      this(bitrate, keyframeInterval, latency, preset, false);
    }
  }

  /** {@code bitrate} in bit/s; {@code channels} 1 or 2. */
  public record Audio(int bitrate, int channels) {}

  /** In seconds; 0 for none. */
  public record Limits(int maxDuration, int idleTimeout) {}
}
