package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Rect;
import dev.callcast.scene.TextMeter;
import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.BlendMode;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.FontSlant;
import io.github.humbleui.skija.FontStyle;
import io.github.humbleui.skija.FontWidth;
import io.github.humbleui.skija.ImageInfo;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.skija.Pixmap;
import io.github.humbleui.skija.paragraph.Paragraph;
import io.github.humbleui.skija.paragraph.ParagraphBuilder;
import io.github.humbleui.skija.paragraph.ParagraphStyle;
import io.github.humbleui.skija.paragraph.TextStyle;
import io.github.humbleui.types.RRect;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Paints labels, initials and drawings with Skia and keeps them by content: what stays costs one
 * hash lookup and the blending. Skia is loaded with the first of them. Every Skia object is closed
 * at once; nothing is left to its cleaner. One thread; the composer closes it.
 */
final class Graphics implements AutoCloseable {
  private static final int CAPACITY = 256;

  /** Of drawings that are kept, in native memory. */
  private static final long DRAWN_BYTES = 64 << 20;

  /** What a graphic looks like, without where it is. {@code oddX}, {@code oddY}: 0 or 1. */
  private record Text(
      int oddX,
      int oddY,
      int width,
      int height,
      String text,
      Align align,
      String family,
      int weight,
      double size,
      Color color,
      Color strokeColor,
      double strokeWidth,
      @Nullable Icon icon) {}

  /** What a drawing looks like, without where it is. */
  private record Content(
      int width,
      int height,
      double boxWidth,
      double boxHeight,
      double rotation,
      double scaleX,
      List<Part> parts,
      Map<String, Integer> moments) {}

  private final LruCache<Text, Graphic> cache = new LruCache<>(CAPACITY);
  private final LruCache<Content, Graphic> drawings =
      new LruCache<>(CAPACITY, DRAWN_BYTES, Graphic::bytes);
  private final Typesetter typesetter = new Typesetter();
  private final Images images = new Images();
  private final DrawingPainter drawingPainter = new DrawingPainter(typesetter, images);
  private final AlphaScratch dimmed = new AlphaScratch();

  /** Paints a label onto a canvas. */
  void label(I420 canvas, Label label) {
    Rect rect = label.rect();
    label(label, rect)
        .blendOnto(
            canvas, rect.x() & ~1, rect.y() & ~1, TilePainter.opacity(label.opacity()), dimmed);
  }

  /** Its origin belongs at its rectangle's, rounded down to even. */
  private Graphic label(Label label, Rect rect) {
    return cache.get(
        new Text(
            rect.x() & 1,
            rect.y() & 1,
            rect.width(),
            rect.height(),
            label.text(),
            label.align(),
            label.fontFamily(),
            label.fontWeight(),
            label.fontSize(),
            label.color(),
            label.strokeColor(),
            label.strokeWidth(),
            label.icon()),
        this::paint);
  }

  /** When an image of a drawing shows what. */
  Images.Timing timing(String file) {
    return images.timing(file);
  }

  /**
   * Paints a drawing onto a canvas.
   *
   * @param moments frames of its images that move, by their files
   */
  void drawing(I420 canvas, Drawing drawing, Map<String, Integer> moments) {
    Rect rect = drawing.rect();
    drawings
        .get(
            new Content(
                rect.width(),
                rect.height(),
                drawing.boxWidth(),
                drawing.boxHeight(),
                drawing.rotation(),
                drawing.scaleX(),
                drawing.parts(),
                moments),
            content ->
                paint(
                    rect.width(),
                    rect.height(),
                    target -> drawingPainter.paint(target, drawing, moments)))
        .blendOnto(canvas, rect.x(), rect.y(), TilePainter.opacity(drawing.opacity()), dimmed);
  }

  /** Measures text as drawings set it. */
  TextMeter meter() {
    return typesetter;
  }

  /** Decodes an image ahead of its use; any thread. */
  void prepare(String file) {
    images.prepare(file);
  }

  /** Initials in the middle of a tile; black or white, whatever reads better on the background. */
  Graphic initials(Placeholder placeholder, int width, int height) {
    Color color = Yuv.of(placeholder.background()).y() > 150 ? Color.BLACK : Color.WHITE;
    return cache.get(
        new Text(
            0,
            0,
            width,
            height - placeholder.covered(),
            placeholder.initials(),
            Align.CENTER,
            "Roboto",
            500,
            placeholder.fontSize(width, height),
            color,
            color,
            0,
            null),
        this::paint);
  }

  /** Loads Skia and the fonts. */
  void warmUp() {
    initials(new Placeholder("AZ", Color.BLACK), 64, 36);
  }

  private Graphic paint(Text text) {
    int width = text.oddX + text.width + 1 & ~1;
    int height = text.oddY + text.height + 1 & ~1;
    return paint(
        width,
        height,
        canvas -> {
          canvas.clipRect(
              io.github.humbleui.types.Rect.makeXYWH(
                  text.oddX, text.oddY, text.width, text.height));
          canvas.translate(text.oddX, text.oddY);
          draw(canvas, text);
        });
  }

  private static Graphic paint(int width, int height, Consumer<Canvas> ink) {
    ImageInfo info = new ImageInfo(width, height, ColorType.RGBA_8888, ColorAlphaType.PREMUL);
    try (Bitmap bitmap = new Bitmap()) {
      if (!bitmap.allocPixels(info)) {
        throw new IllegalStateException("no memory for a graphic of " + width + "x" + height);
      }
      bitmap.erase(0);
      try (Canvas canvas = new Canvas(bitmap)) {
        ink.accept(canvas);
      }
      byte[] rgba = new byte[width * height * 4];
      try (@Nullable Pixmap pixels = bitmap.peekPixels()) {
        if (pixels == null) {
          throw new IllegalStateException("cannot read the pixels of a graphic");
        }
        pixels.getBuffer().get(rgba);
      }
      return Graphic.of(rgba, width, height);
    }
  }

  private void draw(Canvas canvas, Text text) {
    Fonts fonts = typesetter.fonts();
    FontStyle style = new FontStyle(text.weight, FontWidth.NORMAL, FontSlant.UPRIGHT);
    float size = (float) text.size;
    float stroke = (float) text.strokeWidth;
    float iconWidth = text.icon == null ? 0 : size * 0.8f;
    float gap = text.icon == null || text.text.isBlank() ? 0 : size * 0.25f;
    float room = Math.max(1, text.width - stroke - iconWidth - gap);
    float baseline = text.height / 2f + fonts.baselineBelowMiddle(text.family, style, size);
    try (Paint fill = Typesetter.paint(text.color);
        Paint outline = Typesetter.stroke(text.strokeColor, stroke);
        Paragraph filled = paragraph(text, fonts, style, fill, room)) {
      float textWidth = text.text.isBlank() ? 0 : Math.min(room, filled.getLongestLine());
      float free = text.width - stroke - iconWidth - gap - textWidth;
      float x =
          stroke / 2
              + switch (text.align) {
                case LEFT -> 0;
                case CENTER -> free / 2;
                case RIGHT -> free;
              };
      if (text.icon != null) {
        switch (text.icon) {
          case MICROPHONE_MUTED ->
              microphoneMuted(canvas, x, text.height / 2f, size, text.color, outline);
        }
      }
      float y = baseline - filled.getAlphabeticBaseline();
      if (stroke > 0) {
        try (Paragraph outlined = paragraph(text, fonts, style, outline, room)) {
          outlined.paint(canvas, x + iconWidth + gap, y);
        }
      }
      filled.paint(canvas, x + iconWidth + gap, y);
    }
  }

  private static Paragraph paragraph(
      Text text, Fonts fonts, FontStyle style, Paint paint, float room) {
    try (TextStyle textStyle = new TextStyle();
        ParagraphStyle paragraphStyle = new ParagraphStyle()) {
      textStyle
          .setFontFamilies(fonts.families(text.family))
          .setFontSize((float) text.size)
          .setFontStyle(style)
          .setForeground(paint);
      paragraphStyle.setMaxLinesCount(1).setEllipsis("\u2026").setTextStyle(textStyle);
      try (ParagraphBuilder builder = new ParagraphBuilder(paragraphStyle, fonts.collection())) {
        builder.pushStyle(textStyle).addText(text.text.replaceAll("\\R", " "));
        return builder.build().layout(room);
      }
    }
  }

  /**
   * A microphone with a stroke through it, in a box of 0.8 by 1 {@code size}.
   *
   * @param middle of the line, px
   */
  private static void microphoneMuted(
      Canvas canvas, float x, float middle, float size, Color color, Paint outline) {
    float line = Math.max(1, size * 0.09f);
    canvas.save();
    canvas.translate(x, middle - size / 2);
    try (Paint fill = Typesetter.paint(color);
        Paint strokes = Typesetter.stroke(color, line);
        Paint gap = Typesetter.stroke(color, line)) {
      RRect capsule =
          RRect.makeXYWH(size * 0.27f, size * 0.08f, size * 0.26f, size * 0.48f, size * 0.13f);
      if (outline.getStrokeWidth() > 0) {
        canvas.drawRRect(capsule, outline);
      }
      canvas.drawRRect(capsule, fill);
      canvas.drawArc(
          size * 0.16f, size * 0.18f, size * 0.64f, size * 0.70f, 0, 180, false, strokes);
      canvas.drawLine(size * 0.4f, size * 0.70f, size * 0.4f, size * 0.88f, strokes);
      canvas.drawLine(size * 0.25f, size * 0.90f, size * 0.55f, size * 0.90f, strokes);
      gap.setBlendMode(BlendMode.CLEAR);
      canvas.drawLine(size * 0.12f, size * 0.06f, size * 0.76f, size * 0.84f, gap);
      canvas.drawLine(size * 0.06f, size * 0.10f, size * 0.72f, size * 0.90f, strokes);
    }
    canvas.restore();
  }

  @Override
  public void close() {
    cache.close();
    drawings.close();
    dimmed.close();
    images.close();
    typesetter.close();
  }
}
