package dev.callcast.protocol;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One picture and one sound made from a call.
 *
 * @param revision counts the changes of layout and params; one revision takes effect in one frame
 * @param paused outputs of kind recording take nothing while it is true
 * @param markers that have no media time yet: the worker tells each by {@code composition.marker}
 * @param feed what the application has given to be shown
 * @param scheduled changes of the layout that wait for their moment
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
    List<Marker> markers,
    Feed feed,
    List<Scheduled> scheduled) {
  /** Null as in documents of older nodes: nothing. */
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
      boolean paused,
      @Nullable List<Marker> markers,
      @Nullable Feed feed,
      @Nullable List<Scheduled> scheduled) {
    this.id = id;
    this.canvas = canvas;
    this.layout = layout;
    this.participants = participants;
    this.video = video;
    this.audio = audio;
    this.limits = limits;
    this.outputs = List.copyOf(outputs);
    this.revision = revision;
    this.paused = paused;
    this.markers = markers == null ? List.of() : List.copyOf(markers);
    this.feed = feed == null ? Feed.NONE : feed;
    this.scheduled = scheduled == null ? List.of() : List.copyOf(scheduled);
  }

  /** One for which nothing is scheduled. */
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
      boolean paused,
      List<Marker> markers,
      Feed feed) {
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
        markers,
        feed,
        List.of());
  }

  /** One with no markers and nothing to show but the call. */
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
        List.of(),
        Feed.NONE);
  }

  /** The same with another layout. */
  public CompositionSpec with(Layout other) {
    return new CompositionSpec(
        id,
        canvas,
        other,
        participants,
        video,
        audio,
        limits,
        outputs,
        revision,
        paused,
        markers,
        feed,
        scheduled);
  }

  /** The same with something else to show. */
  public CompositionSpec with(Feed other) {
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
        markers,
        other,
        scheduled);
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
        newMarkers,
        feed,
        scheduled);
  }

  /** The same with other changes that wait. */
  public CompositionSpec withScheduled(List<Scheduled> changes) {
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
        markers,
        feed,
        changes);
  }

  /**
   * A change of the layout that takes effect at its moment, whatever the layout is by then.
   *
   * @param revision its own
   * @param mediaTime s, or null: then {@code wallTime} is there
   * @param wallTime ms since 1970, or null
   * @param scene takes the place of the layout first, or null
   * @param preset or null for none other
   * @param params that are given
   * @param removed names of params that are taken away
   * @param transition by which it takes effect, or null
   */
  public record Scheduled(
      long revision,
      @Nullable Double mediaTime,
      @Nullable Long wallTime,
      @Nullable Layout scene,
      @Nullable String preset,
      Map<String, Object> params,
      List<String> removed,
      @Nullable Transition transition) {
    public Scheduled {
      params = Map.copyOf(params);
      removed = List.copyOf(removed);
    }

    /** What it makes of a layout. */
    public Layout onto(Layout layout) {
      Layout from = scene == null ? layout : scene;
      Map<String, Object> merged = new HashMap<>(from.params());
      removed.forEach(merged::remove);
      merged.putAll(params);
      return new Layout(
          preset == null ? from.preset() : preset,
          merged,
          transition == null ? layout.transition() : transition);
    }
  }

  /** A moment with a name, that of its coming to the worker. */
  public record Marker(String id, String label) {}

  /**
   * What the application has given to be shown.
   *
   * @param assets absolute paths of the uploaded images that the layout names, by name; another
   *     content has another path
   * @param chat the newest messages, oldest first
   * @param transcript likewise
   * @param layouts sources of the layouts in JavaScript that the layout names, by name
   * @param fonts absolute paths of the uploaded fonts that the layout names, as {@code assets}
   */
  public record Feed(
      Map<String, String> assets,
      List<Message> chat,
      List<Message> transcript,
      Map<String, String> layouts,
      Map<String, String> fonts) {
    public static final Feed NONE = new Feed(Map.of(), List.of(), List.of());

    /** {@code layouts} or {@code fonts} null, as documents of older nodes have it: none. */
    public Feed(
        Map<String, String> assets,
        List<Message> chat,
        List<Message> transcript,
        @Nullable Map<String, String> layouts,
        @Nullable Map<String, String> fonts) {
      this.assets = Map.copyOf(assets);
      this.chat = List.copyOf(chat);
      this.transcript = List.copyOf(transcript);
      this.layouts = layouts == null ? Map.of() : Map.copyOf(layouts);
      this.fonts = fonts == null ? Map.of() : Map.copyOf(fonts);
    }

    /** One without layouts and fonts of its own. */
    public Feed(Map<String, String> assets, List<Message> chat, List<Message> transcript) {
      this(assets, chat, transcript, Map.of(), Map.of());
    }

    /** The same with these assets. */
    public Feed withAssets(Map<String, String> files) {
      return new Feed(files, chat, transcript, layouts, fonts);
    }

    /** The same with these fonts. */
    public Feed withFonts(Map<String, String> files) {
      return new Feed(assets, chat, transcript, layouts, files);
    }

    /** The same with these messages. */
    public Feed withChat(List<Message> messages) {
      return new Feed(assets, messages, transcript, layouts, fonts);
    }

    /** The same with these messages. */
    public Feed withTranscript(List<Message> messages) {
      return new Feed(assets, chat, messages, layouts, fonts);
    }

    /** The same with these layouts. */
    public Feed withLayouts(Map<String, String> sources) {
      return new Feed(assets, chat, transcript, sources, fonts);
    }
  }

  /**
   * Something that was said or written.
   *
   * @param number +1 for each, within the composition
   * @param from a name, may be empty
   */
  public record Message(long number, String from, String text) {}

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
   * @param transition by which it took, or takes, the place of another; null: as its params say
   */
  public record Layout(String preset, Map<String, Object> params, @Nullable Transition transition) {
    public Layout {
      params = Map.copyOf(params);
    }

    /** One that comes in as its params say. */
    public Layout(String preset, Map<String, Object> params) {
      this(preset, params, null);
    }

    /** The same that comes in otherwise. */
    public Layout by(@Nullable Transition other) {
      return new Layout(preset, params, other);
    }
  }

  /**
   * How one scene takes the place of another.
   *
   * @param type {@code cut}, {@code cross-fade}, {@code wipe-left}, {@code wipe-right}, {@code
   *     wipe-up} or {@code wipe-down}
   * @param duration s of media time
   * @param easing {@code linear}, {@code ease-out} or {@code ease-in-out}
   * @param revision of the change that it belongs to: another one is another transition; 0 where it
   *     is kept with a scene
   */
  public record Transition(String type, double duration, String easing, long revision) {
    public static final List<String> TYPES =
        List.of("cut", "cross-fade", "wipe-left", "wipe-right", "wipe-up", "wipe-down");
    public static final List<String> EASINGS = List.of("linear", "ease-out", "ease-in-out");

    /** The same of another change. */
    public Transition of(long change) {
      return new Transition(type, duration, easing, change);
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
