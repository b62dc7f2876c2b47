package dev.callcast.scene;

import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns items and their cells into layers: tiles with corners and borders, and their labels. */
final class SceneBuilder {
  /** Smaller text cannot be read, and is left out. */
  static final double SMALLEST_FONT = 5;

  private static final double LINE_HEIGHT = 1.5;
  private static final double LABEL_INSET_GU = 0.5;

  private final List<Layer> layers = new ArrayList<>();
  private final VideoSettings settings;
  private final double gridUnit;
  private final @Nullable String speaker;

  SceneBuilder(VideoSettings settings, int width, int height, @Nullable String speaker) {
    this.settings = settings;
    this.gridUnit = Math.min(width, height) / 36.0;
    this.speaker = speaker;
  }

  /**
   * How one tile differs from the others.
   *
   * @param band below the cell, for the label; null: the label is inside
   * @param scaleMode null: as the settings have it for cameras or screens
   */
  record Look(
      boolean sharpCorners,
      boolean highlight,
      @Nullable Rect band,
      @Nullable ScaleMode scaleMode,
      double zoom,
      double opacity) {
    static final Look PLAIN = new Look(false, false, null, null, 1, 1);

    Look sharpCorners(boolean sharp) {
      return new Look(sharp, highlight, band, scaleMode, zoom, opacity);
    }

    Look highlight(boolean highlighted) {
      return new Look(sharpCorners, highlighted, band, scaleMode, zoom, opacity);
    }

    Look band(@Nullable Rect below) {
      return new Look(sharpCorners, highlight, below, scaleMode, zoom, opacity);
    }

    Look scaled(@Nullable ScaleMode mode, double factor) {
      return new Look(sharpCorners, highlight, band, mode, factor, opacity);
    }

    Look transparent() {
      return new Look(sharpCorners, highlight, band, scaleMode, zoom, 0);
    }
  }

  /** px, even, that a label below its tile takes; 0 where there are none. */
  int band() {
    return band(1);
  }

  /** The same with text that is larger by a factor. */
  int band(double factor) {
    double fontSize = settings.labels().fontSize() * factor;
    return (settings.showParticipantLabels() || settings.showMicStatus())
            && fontSize >= SMALLEST_FONT
        ? lineHeight(fontSize)
        : 0;
  }

  static int lineHeight(double fontSize) {
    return Fitting.nearestEven(fontSize * LINE_HEIGHT);
  }

  /** A length in grid units. */
  double gridUnits(int pixels) {
    return pixels / gridUnit;
  }

  boolean speaks(Item item) {
    return item.isCameraOf(speaker);
  }

  void add(Layer layer) {
    layers.add(layer);
  }

  void tile(Item item, Rect cell, Look look) {
    ScaleMode scaleMode =
        look.scaleMode != null
            ? look.scaleMode
            : item.screen() ? settings.scaleModeForScreenshare() : settings.scaleMode();
    // Shrunk to the picture, so that corners and border follow it and no bars are left.
    Rect rect =
        scaleMode == ScaleMode.FIT && item.aspect() > 0 ? Fitting.fit(cell, item.aspect()) : cell;
    double most = Math.min(rect.width(), rect.height()) / 2.0;
    Border highlight = settings.highlight();
    Border border =
        look.highlight && highlight != null
            ? new Border(Math.min(highlight.width(), most), highlight.color())
            : null;
    Label label = null;
    if (look.opacity > 0) {
      label = look.band == null ? labelInside(item, rect) : labelBelow(item, cell, look.band);
    }
    layers.add(
        new Tile(
            item.id(),
            item.participant().id(),
            item.track(),
            rect,
            scaleMode,
            scaleMode == ScaleMode.FILL ? look.zoom : 1,
            look.sharpCorners ? 0 : Math.min(settings.cornerRadius(), most),
            look.opacity,
            border,
            placeholder(item, rect, label)));
    if (label != null) {
      layers.add(label);
    }
  }

  /** A web page, all of it, with no bars. */
  void page(WebFrame page, Rect cell, boolean sharpCorners) {
    Rect rect = Fitting.fit(cell, page.aspect());
    double most = Math.min(rect.width(), rect.height()) / 2.0;
    layers.add(
        WebFrame.tile(
            WebFrame.ID,
            page,
            rect,
            ScaleMode.FILL,
            sharpCorners ? 0 : Math.min(settings.cornerRadius(), most),
            1));
  }

  /**
   * With initials in the middle; above a label at the bottom where the tile is too low for both. A
   * label that was moved up by its offset is left to whoever moved it.
   */
  private Placeholder placeholder(Item item, Rect rect, @Nullable Label label) {
    Face face = Face.of(item.participant());
    Placeholder centred = face.placeholder(settings.placeholderColor(), 0);
    if (label == null) {
      return centred;
    }
    double top = label.rect().y() - rect.y();
    double initialsEnd =
        rect.height() * 0.5
            + centred.fontSize(rect.width(), rect.height()) * Placeholder.HALF_HEIGHT;
    return top >= initialsEnd || top < rect.height() * 0.4
        ? centred
        : face.placeholder(settings.placeholderColor(), rect.bottom() - label.rect().y());
  }

  /** A round placeholder, with the name below, whatever picture there may be. */
  void avatar(Item item, Rect square, @Nullable Rect band) {
    double radius = square.width() / 2.0;
    Border highlight = settings.highlight();
    layers.add(
        new Tile(
            item.id(),
            item.participant().id(),
            null,
            square,
            ScaleMode.FILL,
            1,
            radius,
            1,
            highlight != null && speaks(item)
                ? new Border(Math.min(highlight.width(), radius), highlight.color())
                : null,
            placeholder(item, square, null)));
    Label label =
        band == null ? null : label(item, Align.CENTER, band.height() / LINE_HEIGHT, band, band);
    if (label != null) {
      layers.add(label);
    }
  }

  private @Nullable Label labelBelow(Item item, Rect cell, Rect band) {
    Rect within = new Rect(cell.x(), cell.y(), cell.width(), band.bottom() - cell.y());
    return label(item, Align.CENTER, settings.labels().fontSize(), band, within);
  }

  private @Nullable Label labelInside(Item item, Rect tile) {
    double fontSize = Math.min(settings.labels().fontSize(), tile.height() / 4.0);
    int inset =
        Math.min(Fitting.nearestEven(LABEL_INSET_GU * gridUnit), Fitting.even(tile.width() / 16));
    int height = lineHeight(fontSize);
    Rect line =
        new Rect(
            tile.x() + inset,
            tile.bottom() - Math.min(inset, tile.height() - height) - height,
            tile.width() - 2 * inset,
            height);
    return label(item, Align.LEFT, fontSize, line, tile);
  }

  /** The name and the muted microphone, as far as they are to be shown, cut to {@code within}. */
  private @Nullable Label label(Item item, Align align, double fontSize, Rect line, Rect within) {
    String text = settings.showParticipantLabels() ? Face.of(item.participant()).label() : "";
    Icon icon =
        settings.showMicStatus() && !item.screen() && !item.participant().audible()
            ? Icon.MICROPHONE_MUTED
            : null;
    if (text.isEmpty() && icon == null) {
      return null;
    }
    VideoSettings.Labels labels = settings.labels();
    if (fontSize < SMALLEST_FONT || line.height() > within.height()) {
      return null;
    }
    int x = line.x() + labels.offsetX();
    int left = Math.max(x, within.x());
    int right = Math.min(x + line.width(), within.right());
    if (right - left < fontSize) {
      return null;
    }
    int y = Math.clamp(line.y() + labels.offsetY(), within.y(), within.bottom() - line.height());
    return new Label(
        "label:" + item.id(),
        new Rect(left, y, right - left, line.height()),
        text,
        align,
        labels.fontFamily(),
        labels.fontWeight(),
        fontSize,
        labels.color(),
        labels.strokeColor(),
        fontSize / 10,
        icon,
        1);
  }

  Scene scene(int width, int height, Color background) {
    return new Scene(width, height, background, layers);
  }
}
