package dev.callcast.scene;

import dev.callcast.scene.Layer.ScaleMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The params that place and dress videos, typed, lengths in px of one canvas. {@code null} stands
 * for what the layout chooses by itself.
 */
record VideoSettings(
    Mode mode,
    int maxCamStreams,
    List<String> preferredParticipantIds,
    boolean preferScreenshare,
    boolean omitPausedVideo,
    boolean omitAudioOnly,
    boolean omitExtraScreenshares,
    List<Media> filterForUnpausedMediaTypes,
    boolean showParticipantLabels,
    boolean showMicStatus,
    double cornerRadius,
    ScaleMode scaleMode,
    ScaleMode scaleModeForScreenshare,
    List<Double> zoomFactors,
    @Nullable Color placeholderColor,
    Layer.@Nullable Border highlight,
    Split split,
    Grid grid,
    Dominant dominant,
    Pip pip,
    Labels labels,
    Margin margin,
    @Nullable WebFrame webFrame) {

  enum Mode {
    SINGLE,
    SPLIT,
    GRID,
    DOMINANT,
    PIP
  }

  enum Media {
    VIDEO,
    SCREENSHARE,
    AUDIO
  }

  enum Direction {
    AUTO_BY_VIEWPORT,
    VERTICAL,
    HORIZONTAL
  }

  enum LabelPlacement {
    BELOW,
    INSIDE_AT_BOTTOM
  }

  enum Side {
    LEFT,
    RIGHT,
    TOP,
    BOTTOM
  }

  enum Corner {
    TOP_LEFT,
    TOP_RIGHT,
    BOTTOM_LEFT,
    BOTTOM_RIGHT
  }

  record Split(int margin, Direction direction, List<ScaleMode> scaleModeOverrides) {}

  record Grid(
      boolean useDominantForSharing,
      int itemInterval,
      int outerPadding,
      boolean highlightDominant,
      boolean preserveAspectRatio,
      int fullScreenHighlightItemIndex,
      LabelPlacement labelPlacement) {}

  record Dominant(
      Side position,
      boolean centerItems,
      double splitPos,
      int numChiclets,
      boolean followDomFlag,
      int itemInterval,
      int outerPadding,
      int splitMargin,
      boolean sharpCornersOnMain,
      boolean includeWebFrame) {}

  record Pip(
      Corner position,
      double aspectRatio,
      int height,
      int margin,
      boolean followDomFlag,
      boolean sharpCornersOnMain,
      boolean includeWebFrame) {}

  record Labels(
      String fontFamily,
      int fontWeight,
      double fontSize,
      int offsetX,
      int offsetY,
      Color color,
      Color strokeColor) {}

  record Margin(int left, int right, int top, int bottom) {}

  static VideoSettings of(LayoutParams params, int width, int height) {
    Reader in = new Reader(params, width, height);
    boolean rounded = in.bool("roundedCorners");
    double stroke = in.px("highlight.stroke_gu");
    return new VideoSettings(
        params.choice("mode", Mode.class),
        in.integer("maxCamStreams"),
        in.texts("preferredParticipantIds"),
        in.bool("preferScreenshare"),
        in.bool("omitPausedVideo"),
        in.bool("omitAudioOnly"),
        in.bool("omitExtraScreenshares"),
        in.choices("filterForUnpausedMediaTypes", Media.class),
        in.bool("showParticipantLabels"),
        in.bool("showMicStatus"),
        rounded ? in.px("cornerRadius_gu") : 0,
        in.choice("scaleMode", ScaleMode.class),
        in.choice("scaleModeForScreenshare", ScaleMode.class),
        in.numbers("zoomFactorsList"),
        in.given("placeholder.bgColor") ? in.color("placeholder.bgColor") : null,
        stroke > 0
            ? new Layer.Border(Math.max(1, Math.rint(stroke)), in.color("highlight.color"))
            : null,
        new Split(
            in.evenPx("split.margin_gu"),
            in.choice("split.direction", Direction.class),
            in.choices("split.scaleModeOverrides", ScaleMode.class)),
        new Grid(
            in.bool("grid.useDominantForSharing"),
            in.gridGap("grid.itemInterval_gu", rounded),
            in.gridGap("grid.outerPadding_gu", rounded),
            in.bool("grid.highlightDominant"),
            in.bool("grid.preserveAspectRatio"),
            in.integer("grid.fullScreenHighlightItemIndex"),
            in.choice("grid.labelPlacement", LabelPlacement.class)),
        new Dominant(
            in.dominantSide(),
            in.bool("dominant.centerItems"),
            in.number("dominant.splitPos"),
            in.integer("dominant.numChiclets"),
            in.bool("dominant.followDomFlag"),
            in.evenPx("dominant.itemInterval_gu"),
            in.evenPx("dominant.outerPadding_gu"),
            in.evenPx("dominant.splitMargin_gu"),
            in.bool("dominant.sharpCornersOnMain"),
            in.bool("dominant.includeWebFrame")),
        new Pip(
            in.choice("pip.position", Corner.class),
            in.number("pip.aspectRatio"),
            in.evenPx("pip.height_gu"),
            in.evenPx("pip.margin_gu"),
            in.bool("pip.followDomFlag"),
            in.bool("pip.sharpCornersOnMain"),
            in.bool("pip.includeWebFrame")),
        new Labels(
            in.text("labels.fontFamily"),
            Integer.parseInt(in.text("labels.fontWeight")),
            in.gridUnit() * in.number("labels.fontSize_pct") / 100,
            in.evenPx("labels.offset_x_gu"),
            in.evenPx("labels.offset_y_gu"),
            in.color("labels.color"),
            in.color("labels.strokeColor")),
        new Margin(
            in.evenPx("margin.left_gu"),
            in.evenPx("margin.right_gu"),
            in.evenPx("margin.top_gu"),
            in.evenPx("margin.bottom_gu")),
        WebFrame.of(params));
  }

  /** Reads params below {@code videoSettings.}, lengths in px. */
  private record Reader(LayoutParams params, int width, int height) {
    /** Between tiles with rounded corners, where the grid chooses by itself. */
    private static final double ROUNDED_GAP_GU = 0.5;

    private static String full(String name) {
      return "videoSettings." + name;
    }

    double gridUnit() {
      return Math.min(width, height) / 36.0;
    }

    boolean given(String name) {
      return params.given(full(name));
    }

    boolean bool(String name) {
      return params.bool(full(name));
    }

    int integer(String name) {
      return params.integer(full(name));
    }

    double number(String name) {
      return params.number(full(name));
    }

    List<Double> numbers(String name) {
      return params.numbers(full(name));
    }

    String text(String name) {
      return params.text(full(name));
    }

    List<String> texts(String name) {
      return params.texts(full(name));
    }

    Color color(String name) {
      return params.color(full(name));
    }

    <E extends Enum<E>> E choice(String name, Class<E> type) {
      return params.choice(full(name), type);
    }

    <E extends Enum<E>> List<E> choices(String name, Class<E> type) {
      return params.choices(full(name), type);
    }

    double px(String name) {
      return params.gridUnits(full(name), width, height) * gridUnit();
    }

    int evenPx(String name) {
      return Fitting.nearestEven(px(name));
    }

    /** An upright canvas has no room for a strip at the side: there it goes below, unless told. */
    Side dominantSide() {
      return width < height && !given("dominant.position")
          ? Side.TOP
          : choice("dominant.position", Side.class);
    }

    int gridGap(String name, boolean rounded) {
      double units = number(name);
      return Fitting.nearestEven((units >= 0 ? units : rounded ? ROUNDED_GAP_GU : 0) * gridUnit());
    }
  }
}
