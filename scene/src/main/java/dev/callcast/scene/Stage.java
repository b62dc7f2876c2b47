package dev.callcast.scene;

import dev.callcast.scene.Material.Message;
import dev.callcast.scene.Transition.Easing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scenes over time: what {@link Layouts} places, with graphics around it and everything that moves.
 * It has no clock and no chance of its own: the same calls with the same times give the same
 * scenes. What changes takes its time from when it was first asked for; the first scene of all is
 * there at once. Times are media time in s and never go back. One thread.
 *
 * <p>Most ticks ask for a scene that stands still. {@link #stillUntil} says how long the last one
 * holds, so that whoever asks can leave the asking out.
 */
public final class Stage {
  /** An overlay with how much of it is seen. */
  private record Shown(Overlay overlay, Ramp opacity) {}

  private final TextMeter meter;
  private final boolean follows; // another, whose messages and keys are known
  private final Motions motions = new Motions();
  private final Reactions reactions;
  private final Toasts toasts;
  private final Clocks clocks;
  private final Ticker ticker;
  private final Captions captions;
  private final Map<String, Shown> overlays = new HashMap<>();

  private @Nullable Ground ground;
  private boolean animates;
  private Color background = Color.BLACK;
  private List<Layer> videos = List.of();
  private List<Layer> openingSlate = List.of();
  private double openingEnd;
  private double toastDuration = 4;
  private @Nullable String toastText;
  private Layer.@Nullable Drawing toast;
  private int toastKey;
  private int reactionKey;
  private long chatNumber;
  private long transcriptNumber;
  private double stillUntil = Double.NEGATIVE_INFINITY;

  /** Seconds that an opening slate takes to go. */
  private static final double SLATE_OUT = 0.5;

  /** Makes a stage on which nothing is shown yet. */
  public Stage(TextMeter meter) {
    this.meter = meter;
    follows = false;
    reactions = new Reactions();
    toasts = new Toasts();
    clocks = new Clocks();
    ticker = new Ticker();
    captions = new Captions();
  }

  private Stage(Stage before) {
    meter = before.meter;
    follows = true;
    reactions = before.reactions.copy();
    toasts = before.toasts.copy();
    clocks = before.clocks.copy();
    ticker = before.ticker.copy();
    captions = before.captions.copy();
    toastDuration = before.toastDuration;
    toastKey = before.toastKey;
    reactionKey = before.reactionKey;
    chatNumber = before.chatNumber;
    transcriptNumber = before.transcriptNumber;
  }

  /**
   * One that is to take this one's place: what is shown once goes on there as it does here, all
   * else is there at once with its first {@link #set}.
   */
  Stage next() {
    return new Stage(this);
  }

  /**
   * Lets an emoji fly from now on, where the params take it from here.
   *
   * @param seconds media time
   */
  public void react(String emoji, double seconds) {
    Ground now = ground;
    if (now != null && now.text("emojiReactions.source").equals("emojiReactions")) {
      reactions.start(emoji, now.number("emojiReactions.offset_x_gu"), seconds);
      stillUntil = Double.NEGATIVE_INFINITY;
    }
  }

  /** Shows a toast when those before it are gone. */
  public void toast(String text, double seconds) {
    toasts.add(text, seconds, toastDuration);
    stillUntil = Double.NEGATIVE_INFINITY;
  }

  /**
   * Shows a caption where the params take captions from here.
   *
   * @param hold for how long, s; 0: as long as the params say
   */
  public void caption(String text, double hold, double seconds) {
    captions.say(text, hold, seconds);
    stillUntil = Double.NEGATIVE_INFINITY;
  }

  /**
   * Says what time it is, for clocks and countdowns. Without it the call began in 1970.
   *
   * @param epochSeconds at media time 0
   */
  public void began(double epochSeconds) {
    clocks.began(epochSeconds);
    stillUntil = Double.NEGATIVE_INFINITY;
  }

  /**
   * What is to be shown from the time in {@code state} on.
   *
   * @param width of the canvas in px, even, at least 2
   * @param height likewise
   * @throws ParamException if there is no such preset
   */
  public void set(
      String preset,
      LayoutParams given,
      int width,
      int height,
      Color newBackground,
      SceneState state,
      Material material) {
    set(preset, given, width, height, newBackground, state, material, null);
  }

  /**
   * The same with the videos where a custom layout wants them.
   *
   * @param custom null: where the preset and the params put them
   */
  public void set(
      String preset,
      LayoutParams asked,
      int width,
      int height,
      Color newBackground,
      SceneState state,
      Material material,
      @Nullable CustomScene custom) {
    LayoutParams given = asked.withFonts(material.fonts());
    LayoutParams params = given.over(Presets.defaults(preset, given));
    double seconds = state.seconds();
    boolean first = ground == null;
    Ground now = new Ground(params, width, height, state, material, meter);
    ground = now;
    background = newBackground;
    setVideos(preset, given, custom, now, first, seconds);
    setOverlays(now, first, seconds);
    openingSlate =
        now.bool("enableAutoOpeningSlate") ? Overlays.slate(now, "openingSlate") : List.of();
    openingEnd = now.number("openingSlate.duration_secs");
    boolean news = !first || follows;
    setToasts(now, news, seconds);
    setReactions(now, news, seconds);
    ticker.set(now, seconds);
    captions.set(now, !news, seconds);
    stillUntil = Double.NEGATIVE_INFINITY;
  }

  private void setVideos(
      String preset,
      LayoutParams given,
      @Nullable CustomScene custom,
      Ground now,
      boolean first,
      double seconds) {
    LayoutParams params = now.params();
    Rect sidebar = Overlays.sidebarPlace(params, now.width(), now.height());
    int right = 0;
    int bottom = 0;
    if (sidebar != null && params.bool("sidebar.shrinkVideoLayout")) {
      right = now.upright() ? 0 : sidebar.width();
      bottom = now.upright() ? sidebar.height() : 0;
    }
    videos =
        custom != null
            ? custom.place(now.state(), now.material(), meter, now.width(), now.height())
            : Layouts.scene(
                    preset,
                    given,
                    now.width(),
                    now.height(),
                    background,
                    now.state(),
                    right,
                    bottom)
                .layers();
    boolean wasAnimated = animates;
    animates = params.bool("enableLayoutAnims");
    if (!animates) {
      return;
    }
    if (first || !wasAnimated) {
      motions.jump(videos);
    } else {
      motions.move(
          videos,
          seconds,
          params.number("layoutAnims.duration_secs"),
          params.choice("layoutAnims.easing", Easing.class));
    }
  }

  private void setOverlays(Ground now, boolean first, double seconds) {
    Map<String, Overlay> wanted = new LinkedHashMap<>();
    put(wanted, Overlays.image(now, "background"));
    put(wanted, Overlays.text(now));
    put(wanted, Overlays.image(now, "foreground"));
    // Where it is the main picture it is shown there alone.
    if (videos.stream().noneMatch(layer -> layer.id().equals(WebFrame.ID))) {
      put(wanted, Overlays.webFrame(now, "background"));
      put(wanted, Overlays.webFrame(now, "foreground"));
    }
    put(wanted, Overlays.banner(now));
    put(wanted, Overlays.titleSlate(now));
    put(wanted, Overlays.sidebar(now));
    put(wanted, Overlays.roomState(now));
    overlays.replaceAll((id, shown) ->
        wanted.containsKey(id)
            ? shown
            : new Shown(
                shown.overlay,
                shown.opacity.to() == 0
                    ? shown.opacity
                    : shown.opacity.turn(0, seconds, shown.overlay.fadeOut())));
    wanted.forEach((id, overlay) -> {
      Shown before = overlays.get(id);
      Ramp opacity = before == null ? Ramp.steady(first ? 1 : 0) : before.opacity;
      overlays.put(
          id,
          new Shown(
              overlay, opacity.to() == 1 ? opacity : opacity.turn(1, seconds, overlay.fadeIn())));
    });
    overlays.values().removeIf(shown -> shown.opacity.to() == 0 && seconds >= shown.opacity.end());
  }

  private static void put(Map<String, Overlay> overlays, @Nullable Overlay overlay) {
    if (overlay != null) {
      overlays.put(overlay.id(), overlay);
    }
  }

  private void setToasts(Ground now, boolean news, double seconds) {
    toastDuration = now.number("toast.duration_secs");
    int key = now.params().integer("toast.key");
    if (news) {
      switch (now.text("toast.source")) {
        case "chatMessages" -> toastNew(now.material().chat(), chatNumber, seconds);
        case "transcript" -> toastNew(now.material().transcript(), transcriptNumber, seconds);
        default -> {
          if (key > toastKey) {
            toasts.add(now.text("toast.text"), seconds, toastDuration);
          }
        }
      }
    }
    toastKey = key;
    chatNumber = newest(now.material().chat(), chatNumber);
    transcriptNumber = newest(now.material().transcript(), transcriptNumber);
    toastText = null; // its looks may have changed
  }

  private void toastNew(List<Message> messages, long known, double seconds) {
    for (Message message : messages) {
      if (message.number() > known) {
        String from = message.from().isEmpty() ? "" : message.from() + ": ";
        toasts.add(from + message.text(), seconds, toastDuration);
      }
    }
  }

  private static long newest(List<Message> messages, long known) {
    return messages.isEmpty() ? known : Math.max(known, messages.getLast().number());
  }

  private void setReactions(Ground now, boolean news, double seconds) {
    int key = now.params().integer("emojiReactions.key");
    if (news && key > reactionKey && now.text("emojiReactions.source").equals("param")) {
      reactions.start(
          now.text("emojiReactions.emoji"), now.number("emojiReactions.offset_x_gu"), seconds);
    }
    reactionKey = key;
  }

  /**
   * The scene of a moment.
   *
   * @throws IllegalStateException before the first {@link #set}
   */
  public Scene scene(double seconds) {
    Ground now = ground;
    if (now == null) {
      throw new IllegalStateException("nothing was set");
    }
    stillUntil = Double.POSITIVE_INFINITY;
    List<Layer> layers = new ArrayList<>();
    addOverlay(layers, "image:background", seconds);
    addOverlay(layers, "webFrame:background", seconds);
    if (animates) {
      layers.addAll(motions.layers(seconds));
      if (motions.moving(seconds)) {
        stillUntil = seconds;
      }
    } else {
      layers.addAll(videos);
    }
    addOverlay(layers, "text", seconds);
    addOverlay(layers, "image:foreground", seconds);
    addOverlay(layers, "webFrame:foreground", seconds);
    addOverlay(layers, "banner", seconds);
    addToast(layers, now, seconds);
    stillUntil = Math.min(stillUntil, clocks.add(layers, now, seconds));
    stillUntil = Math.min(stillUntil, ticker.add(layers, seconds));
    stillUntil = Math.min(stillUntil, captions.add(layers, now, tickerRoom(now), seconds));
    addOpeningSlate(layers, seconds);
    addOverlay(layers, "titleSlate", seconds);
    addOverlay(layers, "sidebar", seconds);
    if (reactions.any(seconds)) {
      layers.addAll(reactions.layers(now.width(), now.height(), seconds));
      stillUntil = seconds;
    }
    addOverlay(layers, "debug", seconds);
    return new Scene(now.width(), now.height(), background, layers);
  }

  /** What the ticker takes of the edge at which captions stand. */
  private int tickerRoom(Ground now) {
    return now.text("captions.position").equals("top")
        ? ticker.top(now.height())
        : ticker.bottom(now.height());
  }

  private void addOverlay(List<Layer> layers, String id, double seconds) {
    Shown shown = overlays.get(id);
    if (shown == null) {
      return;
    }
    if (seconds < shown.opacity.end()) {
      stillUntil = seconds;
    }
    double opacity = shown.opacity.at(seconds);
    if (opacity > 0) {
      shown.overlay.layers().forEach(layer -> layers.add(Motions.faded(layer, opacity)));
    }
  }

  private void addToast(List<Layer> layers, Ground now, double seconds) {
    String text = toasts.text(seconds, toastDuration);
    if (text == null) {
      return;
    }
    Layer.Drawing drawing = toast;
    if (drawing == null || !text.equals(toastText)) {
      drawing = Overlays.toast(now, text);
      toast = drawing;
      toastText = text;
    }
    layers.add(drawing.withOpacity(toasts.opacity(seconds, toastDuration)));
    stillUntil = Math.min(stillUntil, toasts.stillUntil(seconds, toastDuration));
  }

  private void addOpeningSlate(List<Layer> layers, double seconds) {
    if (openingSlate.isEmpty() || seconds >= openingEnd + SLATE_OUT) {
      return;
    }
    double opacity = Math.clamp((openingEnd + SLATE_OUT - seconds) / SLATE_OUT, 0, 1);
    openingSlate.forEach(layer -> layers.add(Motions.faded(layer, opacity)));
    stillUntil = Math.min(stillUntil, Math.max(seconds, openingEnd));
  }

  /**
   * Until when the last scene holds, in s of media time, if nothing is set; the time it was asked
   * for while anything moves.
   */
  public double stillUntil() {
    return stillUntil;
  }

  /** The layers of the videos where they are or move to. */
  public List<Layer> videos() {
    return videos;
  }
}
