package dev.callcast.scene;

import dev.callcast.scene.Ground.Line;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Image;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.Plate;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Words;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import dev.callcast.scene.VideoSettings.Corner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The graphics that params place over or below the videos: each a function of its {@link Ground},
 * null where there is nothing to show.
 */
final class Overlays {
  private static final Color CLEAR = new Color(0, 0, 0, 0);

  /** Text reaches beyond its lines in some scripts and in italics, by so much of the font size. */
  private static final double BLEED = 0.35;

  private static final double EDGE_GU = 1;

  private Overlays() {}

  // --- text

  static @Nullable Overlay text(Ground ground) {
    if (!ground.bool("showTextOverlay")) {
      return null;
    }
    TextStyle style =
        new TextStyle(
            ground.text("text.fontFamily"),
            ground.weight("text.fontWeight"),
            ground.italic("text.fontStyle"),
            ground.px("text.fontSize_gu"),
            ground.color("text.color"),
            ground.color("text.strokeColor"),
            ground.px("text.stroke_gu"));
    TextStyle highlighted =
        with(
            style,
            ground.color("text.highlight.color"),
            ground.weight("text.highlight.fontWeight"));
    List<Run> runs = new ArrayList<>();
    String source = ground.text("text.source");
    if (source.equals("param")) {
      runs.addAll(Ground.runs(ground.text("text.content"), style));
    } else {
      for (Line line : ground.lines(source)) {
        add(runs, line, style, highlighted);
      }
    }
    if (blank(runs)) {
      return null;
    }
    double scale = ground.number("text.scale_x");
    double edge = EDGE_GU * ground.gridUnit();
    TextMeter.Size size = ground.measure(runs, (ground.width() - 2 * edge) / scale, 0);
    double width = Ground.evenAbove(size.width());
    double height = Ground.evenAbove(size.height());
    Align align = ground.params().choice("text.align_horizontal", Align.class);
    double shown = width * scale;
    double x =
        ground.px("text.offset_x_gu")
            + switch (align) {
              case LEFT -> edge + shown / 2;
              case CENTER -> ground.width() / 2.0;
              case RIGHT -> ground.width() - edge - shown / 2;
            };
    double y =
        ground.px("text.offset_y_gu")
            + switch (ground.text("text.align_vertical")) {
              case "top" -> edge + height / 2;
              case "bottom" -> ground.height() - edge - height / 2;
              default -> ground.height() / 2.0;
            };
    return new Overlay(
        "text",
        0,
        0,
        List.of(
            Ground.drawing(
                "text",
                x,
                y,
                width,
                height,
                ground.number("text.rotation_deg"),
                scale,
                bleed(style),
                List.of(new Words(0, 0, width, runs, align, 0)))));
  }

  // --- image

  /** {@code zPosition} where it is wanted: foreground or background. */
  static @Nullable Overlay image(Ground ground, String zPosition) {
    if (!ground.bool("showImageOverlay") || !ground.text("image.zPosition").equals(zPosition)) {
      return null;
    }
    Image image = ground.image("image.emoji", "image.assetName");
    double opacity = Math.clamp(ground.number("image.opacity"), 0, 1);
    if (image == null || opacity == 0) {
      return null;
    }
    double width = ground.width();
    double height = ground.height();
    double x = 0;
    double y = 0;
    ScaleMode scaleMode = ScaleMode.FIT;
    if (ground.bool("image.fullScreen")) {
      scaleMode = ground.params().choice("image.fullScreenScaleMode", ScaleMode.class);
    } else {
      Corner corner = ground.corner("image.position");
      double margin = Fitting.nearestEven(ground.px("image.margin_gu"));
      height = Ground.even(ground.px("image.height_gu"));
      width = Ground.even(height * ground.number("image.aspectRatio"));
      x = ground.cornerX(corner, width, margin);
      y = ground.cornerY(corner, height, margin);
    }
    double fade = ground.bool("image.enableFade") ? 0.35 : 0;
    String id = "image:" + zPosition;
    return new Overlay(
        id,
        fade,
        fade,
        List.of(
            Ground.drawing(
                    id,
                    x,
                    y,
                    width,
                    height,
                    0,
                    List.of(new Picture(0, 0, width, height, image, scaleMode)))
                .withOpacity(opacity)));
  }

  // --- web frame

  /** {@code zPosition} where it is wanted: foreground or background. */
  static @Nullable Overlay webFrame(Ground ground, String zPosition) {
    WebFrame page = WebFrame.of(ground.params());
    double opacity = Math.clamp(ground.number("webFrame.opacity"), 0, 1);
    if (page == null
        || opacity == 0
        || !ground.bool("showWebFrameOverlay")
        || !ground.text("webFrame.zPosition").equals(zPosition)) {
      return null;
    }
    double fade = ground.bool("webFrame.enableFade") ? 0.35 : 0;
    String id = WebFrame.ID + ":" + zPosition;
    Rect rect = webFrameRect(ground, page);
    return new Overlay(
        id, fade, fade, List.of(WebFrame.tile(id, page, rect, ScaleMode.FILL, 0, opacity)));
  }

  /** Of the page's aspect, inside the canvas. */
  private static Rect webFrameRect(Ground ground, WebFrame page) {
    Rect canvas = new Rect(0, 0, ground.width(), ground.height());
    if (ground.bool("webFrame.fullScreen")) {
      return Fitting.fit(canvas, page.aspect());
    }
    int shorter = Math.min(ground.width(), ground.height());
    int margin =
        Math.min(Fitting.nearestEven(ground.px("webFrame.margin_gu")), Fitting.even(shorter / 4));
    int most = Math.max(2, Fitting.even(ground.height() - 2 * margin));
    int height = (int) Math.min(most, Ground.even(ground.px("webFrame.height_gu")));
    int room = Math.max(2, Fitting.even(ground.width() - 2 * margin));
    int width = (int) Ground.even(height * page.aspect());
    if (width > room) {
      width = room;
      height = (int) Math.min(most, Ground.even(width / page.aspect()));
    }
    Corner corner = ground.corner("webFrame.position");
    return new Rect(
        (int) ground.cornerX(corner, width, margin),
        (int) ground.cornerY(corner, height, margin),
        width,
        height);
  }

  // --- banner

  static @Nullable Overlay banner(Ground ground) {
    if (!ground.bool("showBannerOverlay")) {
      return null;
    }
    String title = ground.text("banner.title");
    String subtitle = ground.text("banner.subtitle");
    String source = ground.text("banner.source");
    if (!source.equals("param")) {
      Line line = ground.line(source);
      if (line == null) {
        return null;
      }
      title = line.from().isEmpty() ? line.text() : line.from();
      subtitle = line.from().isEmpty() ? "" : line.text();
    }
    Image icon = ground.bool("banner.showIcon") ? ground.icon("banner.icon") : null;
    double iconSize = icon == null ? 0 : ground.px("banner.icon.size_gu");
    double padding = ground.px("banner.padding_gu");
    double gap = icon == null ? 0 : Math.max(padding / 2, ground.gridUnit() / 2);
    double most = most(ground, "banner");
    double room = Math.max(ground.gridUnit(), most - 2 * padding - iconSize - gap);
    List<Run> titleRuns = Ground.runs(title, bannerStyle(ground, "banner.title"));
    List<Run> subtitleRuns = Ground.runs(subtitle, bannerStyle(ground, "banner.subtitle"));
    TextMeter.Size titleSize = measure(ground, titleRuns, room);
    TextMeter.Size subtitleSize = measure(ground, subtitleRuns, room);
    double textWidth = Ground.evenAbove(Math.max(titleSize.width(), subtitleSize.width()));
    double between = titleRuns.isEmpty() || subtitleRuns.isEmpty() ? 0 : ground.gridUnit() * 0.25;
    double textHeight = titleSize.height() + between + subtitleSize.height();
    double width =
        Ground.evenAbove(
            ground.bool("banner.alwaysUseMaxW")
                ? most
                : Math.min(most, 2 * padding + iconSize + gap + textWidth));
    double height = Ground.evenAbove(2 * padding + Math.max(iconSize, textHeight));
    List<Part> parts = new ArrayList<>();
    double stroke = ground.px("banner.stroke_gu");
    parts.add(
        new Plate(
            0,
            0,
            width,
            height,
            ground.color("banner.color"),
            ground.px("banner.cornerRadius_gu"),
            ground.color("banner.strokeColor"),
            stroke));
    if (icon != null) {
      parts.add(
          new Picture(padding, (height - iconSize) / 2, iconSize, iconSize, icon, ScaleMode.FIT));
    }
    double x = padding + iconSize + gap;
    double y = (height - textHeight) / 2;
    double wide = Math.max(1, width - padding - x);
    if (!titleRuns.isEmpty()) {
      parts.add(new Words(x, y, wide, titleRuns, Align.LEFT, 0));
    }
    if (!subtitleRuns.isEmpty()) {
      parts.add(new Words(x, y + titleSize.height() + between, wide, subtitleRuns, Align.LEFT, 0));
    }
    Corner corner = ground.corner("banner.position");
    double left = ground.cornerX(corner, width, ground.px("banner.margin_x_gu"));
    double top = ground.cornerY(corner, height, ground.px("banner.margin_y_gu"));
    double fade = ground.bool("banner.enableTransition") ? 0.3 : 0;
    return new Overlay(
        "banner",
        fade,
        fade,
        List.of(
            Ground.drawing(
                "banner",
                left + width / 2,
                top + height / 2,
                width,
                height,
                ground.number("banner.rotation_deg"),
                1,
                stroke / 2,
                parts)));
  }

  private static TextStyle bannerStyle(Ground ground, String prefix) {
    return new TextStyle(
        ground.text("banner.text.fontFamily"),
        ground.weight(prefix + ".fontWeight"),
        ground.italic(prefix + ".fontStyle"),
        ground.px(prefix + ".fontSize_gu"),
        ground.color("banner.text.color"),
        ground.color("banner.text.strokeColor"),
        ground.px("banner.text.stroke_gu"));
  }

  // --- toast

  /** Seconds that a toast takes to come and to go. */
  static final double TOAST_IN = 0.6;

  static final double TOAST_OUT = 0.5;

  static Layer.Drawing toast(Ground ground, String text) {
    double unit = ground.gridUnit();
    TextStyle style =
        new TextStyle(
            ground.text("toast.text.fontFamily"),
            ground.weight("toast.text.fontWeight"),
            false,
            1.1 * unit * ground.number("toast.text.fontSize_pct") / 100,
            ground.color("toast.text.color"),
            CLEAR,
            0);
    Image icon = ground.bool("toast.showIcon") ? ground.icon("toast.icon") : null;
    double iconSize = icon == null ? 0 : ground.px("toast.icon.size_gu");
    double padding = unit;
    double gap = icon == null ? 0 : unit;
    double most = Math.min(most(ground, "toast"), ground.width() - 2 * unit);
    double room = Math.max(unit, most - 2 * padding - iconSize - gap);
    List<Run> runs = Ground.runs(text, style);
    TextMeter.Size size = measure(ground, runs, room);
    double width =
        Ground.evenAbove(Math.min(most, 2 * padding + iconSize + gap + Math.ceil(size.width())));
    double height = Ground.evenAbove(2 * padding + Math.max(iconSize, size.height()));
    double stroke = Math.max(1, unit / 10);
    List<Part> parts = new ArrayList<>();
    parts.add(
        new Plate(
            0,
            0,
            width,
            height,
            ground.color("toast.color"),
            unit / 2,
            ground.color("toast.strokeColor"),
            stroke));
    if (icon != null) {
      parts.add(
          new Picture(padding, (height - iconSize) / 2, iconSize, iconSize, icon, ScaleMode.FIT));
    }
    double x = padding + iconSize + gap;
    if (!runs.isEmpty()) {
      parts.add(
          new Words(
              x,
              (height - size.height()) / 2,
              Math.max(1, width - padding - x),
              runs,
              Align.LEFT,
              0));
    }
    double margin = Ground.even(unit);
    return Ground.drawing(
        "toast",
        ground.cornerX(Corner.TOP_RIGHT, width, margin),
        ground.cornerY(Corner.TOP_RIGHT, height, margin),
        width,
        height,
        Math.ceil(stroke / 2),
        parts);
  }

  // --- slates

  static @Nullable Overlay titleSlate(Ground ground) {
    double fade = ground.bool("titleSlate.enableTransition") ? 0.25 : 0;
    return ground.bool("showTitleSlate")
        ? new Overlay("titleSlate", fade, fade, slate(ground, "titleSlate"))
        : null;
  }

  /** Layers of a slate: a ground of one colour, an image on it, title and subtitle on that. */
  static List<Layer> slate(Ground ground, String prefix) {
    List<Layer> layers = new ArrayList<>();
    int width = ground.width();
    int height = ground.height();
    layers.add(
        new Box(prefix, new Rect(0, 0, width, height), ground.color(prefix + ".bgColor"), 0, 1));
    Image image = ground.asset(ground.text(prefix + ".bgImageAssetName"));
    if (image != null) {
      layers.add(
          Ground.drawing(
              prefix + ":image",
              0,
              0,
              width,
              height,
              0,
              List.of(new Picture(0, 0, width, height, image, ScaleMode.FILL))));
    }
    TextStyle title =
        new TextStyle(
            ground.text(prefix + ".fontFamily"),
            ground.weight(prefix + ".fontWeight"),
            ground.italic(prefix + ".fontStyle"),
            ground.px(prefix + ".fontSize_gu"),
            ground.color(prefix + ".textColor"),
            CLEAR,
            0);
    TextStyle subtitle =
        new TextStyle(
            title.fontFamily(),
            ground.weight(prefix + ".subtitle.fontWeight"),
            title.italic(),
            title.fontSize() * ground.number(prefix + ".subtitle.fontSize_pct") / 100,
            title.color(),
            CLEAR,
            0);
    double room = width - 4 * ground.gridUnit();
    List<Run> titleRuns = Ground.runs(ground.text(prefix + ".title"), title);
    List<Run> subtitleRuns = Ground.runs(ground.text(prefix + ".subtitle"), subtitle);
    TextMeter.Size titleSize = measure(ground, titleRuns, room);
    TextMeter.Size subtitleSize = measure(ground, subtitleRuns, room);
    double between = titleRuns.isEmpty() || subtitleRuns.isEmpty() ? 0 : ground.gridUnit() * 0.5;
    double boxWidth = Ground.evenAbove(Math.max(titleSize.width(), subtitleSize.width()));
    double boxHeight = Ground.evenAbove(titleSize.height() + between + subtitleSize.height());
    List<Part> parts = new ArrayList<>();
    if (!titleRuns.isEmpty()) {
      parts.add(new Words(0, 0, boxWidth, titleRuns, Align.CENTER, 0));
    }
    if (!subtitleRuns.isEmpty()) {
      parts.add(
          new Words(0, titleSize.height() + between, boxWidth, subtitleRuns, Align.CENTER, 0));
    }
    if (!parts.isEmpty()) {
      layers.add(
          Ground.drawing(
              prefix + ":text",
              (width - boxWidth) / 2,
              (height - boxHeight) / 2,
              boxWidth,
              boxHeight,
              bleed(title),
              parts));
    }
    return layers;
  }

  // --- sidebar

  /** Where the sidebar is, or null where there is none. */
  static @Nullable Rect sidebarPlace(LayoutParams params, int width, int height) {
    if (!params.bool("showSidebar")) {
      return null;
    }
    if (width < height) {
      int tall = Fitting.nearestEven(height * params.number("sidebar.height_pct_portrait") / 100);
      return new Rect(0, height - tall, width, tall);
    }
    int wide = Fitting.nearestEven(width * params.number("sidebar.width_pct_landscape") / 100);
    return new Rect(width - wide, 0, wide, height);
  }

  static @Nullable Overlay sidebar(Ground ground) {
    Rect place = sidebarPlace(ground.params(), ground.width(), ground.height());
    if (place == null || place.width() < 2 || place.height() < 2) {
      return null;
    }
    TextStyle style =
        new TextStyle(
            ground.text("sidebar.fontFamily"),
            ground.weight("sidebar.fontWeight"),
            ground.italic("sidebar.fontStyle"),
            ground.px("sidebar.fontSize_gu"),
            ground.color("sidebar.textColor"),
            CLEAR,
            0);
    TextStyle highlighted =
        with(
            style,
            ground.color("sidebar.textHighlight.color"),
            ground.weight("sidebar.textHighlight.fontWeight"));
    double padding =
        Math.min(ground.px("sidebar.padding_gu"), Math.min(place.width(), place.height()) / 3.0);
    double width = place.width() - 2 * padding;
    double room = place.height() - 2 * padding;
    double between = style.fontSize() * 0.5;
    String source = ground.text("sidebar.source");
    List<Layer> layers = new ArrayList<>();
    layers.add(new Box("sidebar", place, ground.color("sidebar.bgColor"), 0, 1));
    boolean newestCounts = !source.equals("highlightLines.items");
    List<Line> lines = ground.lines(source);
    List<List<Run>> shown = new ArrayList<>();
    List<TextMeter.Size> sizes = new ArrayList<>();
    double used = 0;
    for (Line line : newestCounts ? lines.reversed() : lines) {
      List<Run> runs = new ArrayList<>();
      add(runs, line, style, highlighted);
      if (blank(runs)) {
        runs = List.of(new Run(" ", style));
      }
      TextMeter.Size size = ground.measure(runs, width, 0);
      double more = size.height() + (shown.isEmpty() ? 0 : between);
      if (used + more > room) {
        break;
      }
      used += more;
      shown.add(runs);
      sizes.add(size);
    }
    if (newestCounts) {
      shown = shown.reversed();
      sizes = sizes.reversed();
    }
    List<Part> parts = new ArrayList<>();
    double y = padding + (newestCounts ? room - used : 0);
    for (int i = 0; i < shown.size(); i++) {
      parts.add(new Words(padding, y, width, shown.get(i), Align.LEFT, 0));
      y += sizes.get(i).height() + between;
    }
    if (!parts.isEmpty()) {
      layers.add(
          Ground.drawing(
              "sidebar:text", place.x(), place.y(), place.width(), place.height(), 0, parts));
    }
    return new Overlay("sidebar", 0, 0, layers);
  }

  // --- debug

  static @Nullable Overlay roomState(Ground ground) {
    if (!ground.bool("debug.showRoomState")) {
      return null;
    }
    double opacity = Math.clamp(ground.number("debug.overlayOpacity") / 100, 0, 1);
    if (opacity == 0) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%dx%d %s, speaker %s, %d participants"
            .formatted(
                ground.width(),
                ground.height(),
                ground.text("mode"),
                ground.state().speaker(),
                ground.state().participants().size()));
    for (Participant participant : ground.state().participants()) {
      text.append('\n').append(describe(participant));
    }
    double unit = ground.gridUnit();
    TextStyle style = new TextStyle("Roboto", 400, false, unit, Color.WHITE, CLEAR, 0);
    double width = Ground.even(ground.width() - 4 * unit);
    double height = Ground.even(ground.height() - 4 * unit);
    int lines = (int) Math.max(1, (height - 2 * unit) / (1.2 * unit));
    return new Overlay(
        "debug",
        0,
        0,
        List.of(
            Ground.drawing(
                    "debug",
                    Ground.even(2 * unit),
                    Ground.even(2 * unit),
                    width,
                    height,
                    0,
                    List.of(
                        new Plate(0, 0, width, height, Color.BLACK, unit / 2, CLEAR, 0),
                        new Words(
                            unit,
                            unit,
                            width - 2 * unit,
                            Ground.runs(text.toString(), style),
                            Align.LEFT,
                            lines)))
                .withOpacity(opacity)));
  }

  private static String describe(Participant participant) {
    return "%s (%s)%s, camera %s, screen %s, %s"
        .formatted(
            participant.id(),
            participant.name(),
            participant.owner() ? ", owner" : "",
            describe(participant.camera()),
            describe(participant.screen()),
            participant.audible() ? "audible" : "not audible");
  }

  private static String describe(@Nullable Video video) {
    return video == null
        ? "none"
        : video.paused() ? "paused" : video.width() + "x" + video.height();
  }

  // --- what follows the time

  static TextStyle plainStyle(Ground ground, String prefix) {
    return new TextStyle(
        ground.text(prefix + ".fontFamily"),
        ground.weight(prefix + ".fontWeight"),
        false,
        ground.px(prefix + ".fontSize_gu"),
        ground.color(prefix + ".color"),
        CLEAR,
        0);
  }

  static Plate plate(Ground ground, String prefix, double width, double height) {
    return new Plate(
        0,
        0,
        width,
        height,
        ground.color(prefix + ".bgColor"),
        Math.min(ground.px(prefix + ".cornerRadius_gu"), Math.min(width, height) / 2),
        CLEAR,
        0);
  }

  /**
   * One line on a plate in a corner.
   *
   * @param widest what the plate has room for, so that it does not breathe with its text
   */
  static Layer.Drawing plaque(Ground ground, String prefix, String text, String widest) {
    TextStyle style = plainStyle(ground, prefix);
    double padding = ground.px(prefix + ".padding_gu");
    TextMeter.Size size = ground.measure(Ground.runs(widest, style), ground.width(), 1);
    double width = Ground.evenAbove(size.width() + 2 * padding);
    double height = Ground.evenAbove(size.height() + 2 * padding);
    double margin = Fitting.nearestEven(ground.px(prefix + ".margin_gu"));
    Corner corner = ground.corner(prefix + ".position");
    return Ground.drawing(
        prefix,
        ground.cornerX(corner, width, margin),
        ground.cornerY(corner, height, margin),
        width,
        height,
        0,
        List.of(
            plate(ground, prefix, width, height),
            new Words(
                padding,
                (height - size.height()) / 2,
                Math.max(1, width - 2 * padding),
                Ground.runs(text, style),
                Align.LEFT,
                1)));
  }

  // --- all

  private static double bleed(TextStyle style) {
    return Math.ceil(style.strokeWidth() / 2 + style.fontSize() * BLEED);
  }

  private static TextStyle with(TextStyle style, Color color, int weight) {
    return new TextStyle(
        style.fontFamily(),
        weight,
        style.italic(),
        style.fontSize(),
        color,
        style.strokeColor(),
        style.strokeWidth());
  }

  /** A line of its own; who said it stands before it. */
  private static void add(List<Run> runs, Line line, TextStyle style, TextStyle highlighted) {
    String before = runs.isEmpty() ? "" : "\n";
    if (line.from().isEmpty()) {
      runs.add(new Run(before + line.text(), line.highlighted() ? highlighted : style));
    } else {
      runs.add(new Run(before + line.from() + ": ", highlighted));
      runs.add(new Run(line.text(), style));
    }
  }

  private static boolean blank(List<Run> runs) {
    return runs.stream().allMatch(run -> run.text().isBlank());
  }

  private static TextMeter.Size measure(Ground ground, List<Run> runs, double room) {
    return runs.isEmpty() ? new TextMeter.Size(0, 0, 0) : ground.measure(runs, room, 0);
  }

  private static double most(Ground ground, String prefix) {
    double percent =
        ground.number(prefix + (ground.upright() ? ".maxW_pct_portrait" : ".maxW_pct_default"));
    return Ground.even(ground.width() * percent / 100);
  }
}
