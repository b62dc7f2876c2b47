package dev.callcast.scene;

import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.SceneBuilder.Look;
import dev.callcast.scene.VideoSettings.Corner;
import dev.callcast.scene.VideoSettings.LabelPlacement;
import dev.callcast.scene.VideoSettings.Mode;
import dev.callcast.scene.VideoSettings.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The way in: a preset, params, a canvas and the call's state make a scene. Pure, so safe on any
 * thread; equal arguments make equal scenes.
 */
public final class Layouts {
  /** Of a source whose size is not known yet. */
  private static final double USUAL_ASPECT = 16.0 / 9;

  /** A source within this factor of a usual aspect (a 300x169 layer of 16:9) counts as that. */
  private static final double SAME_ASPECT = 1.03;

  private static final double[] USUAL_ASPECTS = {16.0 / 9, 4.0 / 3, 1, 3.0 / 4, 9.0 / 16};

  private Layouts() {}

  /** The names of all presets. */
  public static Set<String> presets() {
    return Presets.ALL.keySet();
  }

  /**
   * Checks a layout without making a scene of it.
   *
   * @param params booleans, numbers and strings by name
   * @return what was clamped, in words
   * @throws ParamException if there is no such preset, or a param cannot be taken
   */
  public static List<String> check(String preset, Map<String, ? extends @Nullable Object> params) {
    Presets.named(preset);
    return LayoutParams.parse(params).warnings();
  }

  /**
   * The uploaded images that a layout shows or, for what comes and goes, may show: names by the
   * params that give them.
   *
   * @throws ParamException if there is no such preset, or a param cannot be taken
   */
  public static Map<String, String> assets(
      String preset, Map<String, ? extends @Nullable Object> params) {
    LayoutParams given = LayoutParams.parse(params);
    LayoutParams all = given.over(Presets.defaults(preset, given));
    Map<String, String> names = new TreeMap<>();
    if (all.bool("showImageOverlay") && all.text("image.emoji").isEmpty()) {
      names.put("image.assetName", all.text("image.assetName"));
    }
    if (all.bool("showBannerOverlay") && all.bool("banner.showIcon")) {
      names.put("banner.icon.assetName", all.text("banner.icon.assetName"));
    }
    if (all.bool("toast.showIcon")) {
      names.put("toast.icon.assetName", all.text("toast.icon.assetName"));
    }
    if (all.bool("enableAutoOpeningSlate")) {
      names.put("openingSlate.bgImageAssetName", all.text("openingSlate.bgImageAssetName"));
    }
    if (all.bool("showTitleSlate")) {
      names.put("titleSlate.bgImageAssetName", all.text("titleSlate.bgImageAssetName"));
    }
    names.values().removeIf(String::isEmpty);
    return names;
  }

  /**
   * The web page that a layout shows or, where it depends on who shares a screen, may show; null
   * for none.
   *
   * @throws ParamException if there is no such preset, or a param cannot be taken
   */
  public static @Nullable WebFrame webFrame(
      String preset, Map<String, ? extends @Nullable Object> params) {
    LayoutParams given = LayoutParams.parse(params);
    LayoutParams all = given.over(Presets.defaults(preset, given));
    Mode mode = all.choice("mode", Mode.class);
    boolean dominates =
        mode == Mode.DOMINANT
            || (mode == Mode.GRID && all.bool("videoSettings.grid.useDominantForSharing"));
    boolean among =
        Presets.customLayout(preset, given) == null
            && !Presets.isAudioOnly(preset, given)
            && ((dominates && all.bool("videoSettings.dominant.includeWebFrame"))
                || (mode == Mode.PIP && all.bool("videoSettings.pip.includeWebFrame")));
    return among || all.bool("showWebFrameOverlay") ? WebFrame.of(all) : null;
  }

  /**
   * The press of a key that a layout's page is to see when its number has grown.
   *
   * @throws ParamException if there is no such preset, or a param cannot be taken
   */
  public static WebFrame.KeyPress keyPress(
      String preset, Map<String, ? extends @Nullable Object> params) {
    LayoutParams given = LayoutParams.parse(params);
    return WebFrame.keyPress(given.over(Presets.defaults(preset, given)));
  }

  /**
   * The uploaded fonts that a layout names, shown or not: names by the params that give them.
   *
   * @throws ParamException if a param cannot be taken
   */
  public static Map<String, String> fonts(Map<String, ? extends @Nullable Object> params) {
    return LayoutParams.parse(params).fonts();
  }

  /**
   * The layout in JavaScript that places the videos, or null where a preset does.
   *
   * @throws ParamException if a param cannot be taken
   */
  public static @Nullable String customLayout(
      String preset, Map<String, ? extends @Nullable Object> params) {
    return Presets.customLayout(preset, LayoutParams.parse(params));
  }

  /**
   * Makes the scene of one moment.
   *
   * @param width of the canvas in px, even, at least 2
   * @param height likewise
   * @throws ParamException if there is no such preset
   */
  public static Scene scene(
      String preset,
      LayoutParams params,
      int width,
      int height,
      Color background,
      SceneState state) {
    return scene(preset, params, width, height, background, state, 0, 0);
  }

  /** The same with px, even, kept free of videos at the right and at the bottom. */
  static Scene scene(
      String preset,
      LayoutParams params,
      int width,
      int height,
      Color background,
      SceneState state,
      int freeRight,
      int freeBottom) {
    if (width < 2 || height < 2 || ((width | height) & 1) != 0) {
      throw new IllegalArgumentException("canvas of " + width + "x" + height);
    }
    VideoSettings settings = params.settings(preset, width, height);
    SceneBuilder builder = new SceneBuilder(settings, width, height, state.speaker());
    List<Item> items = Item.select(settings, state);
    Rect area = area(settings.margin(), width - freeRight, height - freeBottom);
    if (Presets.isAudioOnly(preset, params)) {
      AudioOnly.build(builder, settings, area, state);
    } else {
      boolean shares = items.stream().anyMatch(Item::screen);
      boolean switches =
          settings.mode() == Mode.GRID && settings.grid().useDominantForSharing() && shares;
      Mode mode = switches ? Mode.DOMINANT : settings.mode();
      WebFrame page = settings.webFrame();
      if (page != null && includesPage(settings, mode)) {
        withPage(builder, settings, mode, area, items, page);
      } else if (switches) {
        dominant(builder, settings, area, items, true);
      } else if (!items.isEmpty()) {
        switch (mode) {
          case SINGLE -> builder.tile(items.getFirst(), area, Look.PLAIN);
          case SPLIT -> split(builder, settings, area, items);
          case GRID -> grid(builder, settings, area, items);
          case DOMINANT -> dominant(builder, settings, area, items, settings.preferScreenshare());
          case PIP -> pip(builder, settings, area, items);
        }
      }
    }
    return builder.scene(width, height, background);
  }

  private static boolean includesPage(VideoSettings settings, Mode mode) {
    return (mode == Mode.DOMINANT && settings.dominant().includeWebFrame())
        || (mode == Mode.PIP && settings.pip().includeWebFrame());
  }

  /** The page is the main picture, whoever speaks or shares. */
  private static void withPage(
      SceneBuilder builder,
      VideoSettings settings,
      Mode mode,
      Rect area,
      List<Item> items,
      WebFrame page) {
    if (mode == Mode.DOMINANT) {
      List<Item> others = new ArrayList<>(items);
      Item.cap(others, settings.dominant().numChiclets(), builder::speaks);
      Strip strip = Strip.of(settings.dominant(), area, others);
      builder.page(page, strip.main(), settings.dominant().sharpCornersOnMain());
      strip.tiles(builder, others);
      return;
    }
    builder.page(page, area, settings.pip().sharpCornersOnMain());
    Item shown = items.isEmpty() ? null : items.getFirst();
    if (settings.pip().followDomFlag()) {
      shown = items.stream().filter(builder::speaks).findFirst().orElse(shown);
    }
    Rect window = window(settings.pip(), area);
    if (shown != null && window != null) {
      builder.tile(shown, window, Look.PLAIN);
    }
  }

  private static Rect area(VideoSettings.Margin margin, int width, int height) {
    // Margins that leave nothing are taken as far as they leave 2 px.
    int left = Math.clamp(width - 2, 0, margin.left());
    int top = Math.clamp(height - 2, 0, margin.top());
    return new Rect(
        left,
        top,
        Math.max(2, width - left - margin.right()),
        Math.max(2, height - top - margin.bottom()));
  }

  private static void grid(
      SceneBuilder builder, VideoSettings settings, Rect area, List<Item> items) {
    if (items.size() == 1) {
      builder.tile(items.getFirst(), area, Look.PLAIN);
      return;
    }
    VideoSettings.Grid grid = settings.grid();
    int padding =
        Math.min(grid.outerPadding(), Fitting.even(Math.min(area.width(), area.height()) / 4));
    Rect inner = inset(area, padding);
    int band = grid.labelPlacement() == LabelPlacement.BELOW ? builder.band() : 0;
    List<Rect> cells =
        GridGeometry.cells(
            items.size(),
            inner,
            aspect(items),
            grid.itemInterval(),
            band,
            grid.preserveAspectRatio());
    int full = grid.fullScreenHighlightItemIndex();
    boolean fullScreen = full >= 0 && full < cells.size();
    for (int i = 0; i < cells.size(); i++) {
      Rect cell = cells.get(i);
      Look look =
          Look.PLAIN
              .highlight(grid.highlightDominant() && builder.speaks(items.get(i)))
              .band(band == 0 ? null : new Rect(cell.x(), cell.bottom(), cell.width(), band));
      if (i != full) {
        builder.tile(items.get(i), cell, fullScreen ? look.transparent() : look);
      }
    }
    if (fullScreen) {
      builder.tile(items.get(full), area, Look.PLAIN);
    }
  }

  /** The median of the sources' aspects, taken as a usual one where it is near. */
  private static double aspect(List<Item> items) {
    List<Double> known =
        items.stream().map(Item::aspect).filter(aspect -> aspect > 0).sorted().toList();
    if (known.isEmpty()) {
      return USUAL_ASPECT;
    }
    double median = known.get(known.size() / 2);
    for (double usual : USUAL_ASPECTS) {
      if (Math.max(median / usual, usual / median) < SAME_ASPECT) {
        return usual;
      }
    }
    return Math.clamp(median, 9.0 / 16, 16.0 / 9);
  }

  private static void split(
      SceneBuilder builder, VideoSettings settings, Rect area, List<Item> items) {
    if (items.size() == 1) {
      builder.tile(items.getFirst(), area, half(settings, 0));
      return;
    }
    boolean sideBySide =
        switch (settings.split().direction()) {
          case VERTICAL -> true;
          case HORIZONTAL -> false;
          case AUTO_BY_VIEWPORT -> area.width() >= area.height();
        };
    List<Rect> halves =
        cut(area, sideBySide ? Side.LEFT : Side.TOP, 0.5, settings.split().margin());
    for (int i = 0; i < halves.size(); i++) {
      builder.tile(items.get(i), halves.get(i), half(settings, i));
    }
  }

  private static Look half(VideoSettings settings, int index) {
    List<ScaleMode> modes = settings.split().scaleModeOverrides();
    List<Double> zooms = settings.zoomFactors();
    return Look.PLAIN.scaled(
        index < modes.size() ? modes.get(index) : null,
        index < zooms.size() ? zooms.get(index) : 1);
  }

  private static void dominant(
      SceneBuilder builder,
      VideoSettings settings,
      Rect area,
      List<Item> items,
      boolean screenIsMain) {
    VideoSettings.Dominant dominant = settings.dominant();
    Item speaker = items.stream().filter(builder::speaks).findFirst().orElse(null);
    Item main = items.getFirst();
    if (screenIsMain && items.stream().anyMatch(Item::screen)) {
      main = items.stream().filter(Item::screen).findFirst().orElse(main);
    } else if (dominant.followDomFlag() && speaker != null) {
      main = speaker;
    }
    List<Item> others = new ArrayList<>(items);
    others.remove(main);
    if (main.screen()) {
      others.sort(Comparator.comparing(builder::speaks).reversed());
    }
    Item.cap(others, dominant.numChiclets(), item -> item.equals(speaker));

    Strip strip = Strip.of(dominant, area, others);
    builder.tile(main, strip.main(), Look.PLAIN.sharpCorners(dominant.sharpCornersOnMain()));
    strip.tiles(builder, others);
  }

  /** The place of the main picture, and cells beside it; none where there is no room. */
  private record Strip(Rect main, List<Rect> cells) {
    static Strip of(VideoSettings.Dominant dominant, Rect area, List<Item> others) {
      List<Rect> parts =
          cut(area, dominant.position(), dominant.splitPos(), dominant.splitMargin());
      List<Rect> cells =
          others.isEmpty() || parts.size() < 2
              ? List.of()
              : chiclets(dominant, parts.get(1), others.size(), aspect(others));
      return new Strip(cells.isEmpty() ? area : parts.getFirst(), cells);
    }

    void tiles(SceneBuilder builder, List<Item> others) {
      for (int i = 0; i < cells.size(); i++) {
        builder.tile(others.get(i), cells.get(i), Look.PLAIN);
      }
    }
  }

  /** Equal cells along a strip, of one aspect; none where they would be below 2x2. */
  private static List<Rect> chiclets(
      VideoSettings.Dominant dominant, Rect strip, int count, double aspect) {
    boolean upright = dominant.position() == Side.LEFT || dominant.position() == Side.RIGHT;
    int padding =
        Math.min(
            dominant.outerPadding(), Fitting.even(Math.min(strip.width(), strip.height()) / 4));
    Rect inner = inset(strip, padding);
    int places = dominant.numChiclets();
    int length = upright ? inner.height() : inner.width();
    int gap =
        places == 1
            ? 0
            : Math.min(dominant.itemInterval(), Fitting.even(length / 2 / (places - 1)));
    int each = Fitting.even((length - gap * (places - 1)) / places);
    Rect room =
        upright ? new Rect(0, 0, inner.width(), each) : new Rect(0, 0, each, inner.height());
    if (room.width() < 2 || room.height() < 2) {
      return List.of();
    }
    // As large as there is room, but never cropped further than to a square.
    double roomAspect = (double) room.width() / room.height();
    Rect cell = Fitting.fit(room, Math.clamp(roomAspect, Math.min(1, aspect), Math.max(1, aspect)));
    int size = upright ? cell.height() : cell.width();
    int used = count * (size + gap) - gap;
    int along = dominant.centerItems() ? Fitting.even((length - used) / 2) : 0;
    List<Rect> cells = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = along + i * (size + gap);
      cells.add(
          upright
              ? new Rect(
                  inner.x() + Fitting.even((inner.width() - cell.width()) / 2),
                  inner.y() + at,
                  cell.width(),
                  cell.height())
              : new Rect(
                  inner.x() + at,
                  inner.y() + Fitting.even((inner.height() - cell.height()) / 2),
                  cell.width(),
                  cell.height()));
    }
    return cells;
  }

  private static void pip(
      SceneBuilder builder, VideoSettings settings, Rect area, List<Item> items) {
    VideoSettings.Pip pip = settings.pip();
    Item main = items.getFirst();
    if (pip.followDomFlag() && !(main.screen() && settings.preferScreenshare())) {
      main = items.stream().filter(builder::speaks).findFirst().orElse(main);
    }
    builder.tile(main, area, Look.PLAIN.sharpCorners(pip.sharpCornersOnMain()));
    List<Item> others = new ArrayList<>(items);
    others.remove(main);
    if (pip.followDomFlag() && main.screen()) {
      others.sort(Comparator.comparing(builder::speaks).reversed());
    }
    Rect window = window(pip, area);
    if (!others.isEmpty() && window != null) {
      builder.tile(others.getFirst(), window, Look.PLAIN);
    }
  }

  /** Null where the margins leave no room. */
  private static @Nullable Rect window(VideoSettings.Pip pip, Rect area) {
    int margin = Math.min(pip.margin(), Fitting.even(Math.min(area.width(), area.height()) / 4));
    Rect room = inset(area, margin);
    int height = Math.min(pip.height(), room.height());
    if (height < 2 || room.width() < 2) {
      return null;
    }
    int width =
        Math.clamp(Fitting.nearestEven(height * pip.aspectRatio()), 2, Math.max(2, room.width()));
    Corner corner = pip.position();
    boolean left = corner == Corner.TOP_LEFT || corner == Corner.BOTTOM_LEFT;
    boolean top = corner == Corner.TOP_LEFT || corner == Corner.TOP_RIGHT;
    return new Rect(
        left ? room.x() : room.right() - width,
        top ? room.y() : room.bottom() - height,
        width,
        height);
  }

  /**
   * Cuts an area in two. The first part is at {@code side} and takes {@code share} of what the gap
   * leaves; the only one where there is no room for two.
   */
  private static List<Rect> cut(Rect area, Side side, double share, int gap) {
    boolean sideBySide = side == Side.LEFT || side == Side.RIGHT;
    int length = sideBySide ? area.width() : area.height();
    int between = Math.min(gap, Fitting.even(length / 2));
    int first = Fitting.nearestEven((length - between) * share);
    int second = length - between - first;
    if (first < 2 || second < 2) {
      return List.of(area);
    }
    return switch (side) {
      case LEFT ->
          List.of(
              new Rect(area.x(), area.y(), first, area.height()),
              new Rect(area.right() - second, area.y(), second, area.height()));
      case RIGHT ->
          List.of(
              new Rect(area.right() - first, area.y(), first, area.height()),
              new Rect(area.x(), area.y(), second, area.height()));
      case TOP ->
          List.of(
              new Rect(area.x(), area.y(), area.width(), first),
              new Rect(area.x(), area.bottom() - second, area.width(), second));
      case BOTTOM ->
          List.of(
              new Rect(area.x(), area.bottom() - first, area.width(), first),
              new Rect(area.x(), area.y(), area.width(), second));
    };
  }

  private static Rect inset(Rect rect, int by) {
    return new Rect(rect.x() + by, rect.y() + by, rect.width() - 2 * by, rect.height() - 2 * by);
  }
}
