package dev.callcast.media.compose;

import dev.callcast.scene.Color;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.TextMeter;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.FontSlant;
import io.github.humbleui.skija.FontStyle;
import io.github.humbleui.skija.FontWidth;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.skija.PaintMode;
import io.github.humbleui.skija.PaintStrokeCap;
import io.github.humbleui.skija.PaintStrokeJoin;
import io.github.humbleui.skija.paragraph.Alignment;
import io.github.humbleui.skija.paragraph.Direction;
import io.github.humbleui.skija.paragraph.Paragraph;
import io.github.humbleui.skija.paragraph.ParagraphBuilder;
import io.github.humbleui.skija.paragraph.ParagraphStyle;
import java.text.Bidi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sets text in any script: shaped, broken into lines, with colour emoji; and measures it the very
 * same way. Skia is loaded with the first text. One thread; {@link Graphics} closes it.
 */
final class Typesetter implements TextMeter, AutoCloseable {
  private static final int REMEMBERED = 1024;

  private record Question(List<Run> runs, double width, int mostLines) {}

  private final LinkedHashMap<Question, Size> answers = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable Fonts fonts;

  Fonts fonts() {
    Fonts loaded = fonts;
    if (loaded != null && loaded.overfull()) {
      loaded.close();
      loaded = null;
    }
    if (loaded == null) {
      loaded = new Fonts();
      fonts = loaded;
    }
    return loaded;
  }

  @Override
  public Size measure(List<Run> runs, double width, int mostLines) {
    Question question = new Question(List.copyOf(runs), width, mostLines);
    Size known = answers.get(question);
    if (known == null) {
      try (Paragraph paragraph =
          paragraph(runs, width, Align.LEFT, mostLines, style -> paint(style.color()))) {
        // One px more: laid out again at the very width, a rounding may break a line.
        known =
            new Size(
                Math.ceil(paragraph.getLongestLine()) + 1,
                paragraph.getHeight(),
                (int) paragraph.getLineNumber(),
                paragraph.getAlphabeticBaseline());
      }
      answers.put(question, known);
      if (answers.size() > REMEMBERED) {
        answers.pollFirstEntry();
      }
    }
    return known;
  }

  /**
   * Paints text with its upper left corner at a place; outlines lie below all fills.
   *
   * @param width px after which a line is broken, and within which it is aligned
   * @param mostLines 0 for any number
   */
  void paint(
      Canvas canvas, List<Run> runs, double x, double y, double width, Align align, int mostLines) {
    if (runs.stream()
        .anyMatch(run -> run.style().strokeWidth() > 0 && run.style().strokeColor().alpha() > 0)) {
      try (Paragraph outlines =
          paragraph(
              runs,
              width,
              align,
              mostLines,
              style -> stroke(style.strokeColor(), (float) style.strokeWidth()))) {
        outlines.paint(canvas, (float) x, (float) y);
      }
    }
    try (Paragraph fills =
        paragraph(runs, width, align, mostLines, style -> paint(style.color()))) {
      fills.paint(canvas, (float) x, (float) y);
    }
  }

  /** Paints emoji as large as they fit in the middle of a place. */
  void emoji(Canvas canvas, String text, double x, double y, double width, double height) {
    TextStyle style =
        new TextStyle("Noto Color Emoji", 400, false, height, Color.WHITE, Color.BLACK, 0);
    try (Paragraph paragraph =
        paragraph(
            List.of(new Run(text, style)),
            Float.MAX_VALUE,
            Align.LEFT,
            1,
            one -> paint(one.color()))) {
      double wide = Math.max(1, paragraph.getLongestLine());
      double high = Math.max(1, paragraph.getHeight());
      double scale = Math.min(width / wide, height / high);
      canvas.save();
      canvas.translate(
          (float) (x + (width - wide * scale) / 2), (float) (y + (height - high * scale) / 2));
      canvas.scale((float) scale, (float) scale);
      paragraph.paint(canvas, 0, 0);
      canvas.restore();
    }
  }

  private Paragraph paragraph(
      List<Run> runs, double width, Align align, int mostLines, Function<TextStyle, Paint> ink) {
    Fonts loaded = fonts();
    List<AutoCloseable> used = new ArrayList<>();
    try (ParagraphStyle paragraphStyle = new ParagraphStyle()) {
      paragraphStyle
          .setAlignment(
              switch (align) {
                case LEFT -> Alignment.LEFT;
                case CENTER -> Alignment.CENTER;
                case RIGHT -> Alignment.RIGHT;
              })
          .setDirection(
              Bidi.requiresBidi(text(runs).toCharArray(), 0, text(runs).length())
                      && !new Bidi(text(runs), Bidi.DIRECTION_DEFAULT_LEFT_TO_RIGHT)
                          .baseIsLeftToRight()
                  ? Direction.RTL
                  : Direction.LTR);
      if (mostLines > 0) {
        paragraphStyle.setMaxLinesCount(mostLines).setEllipsis("\u2026");
      }
      try (ParagraphBuilder builder = new ParagraphBuilder(paragraphStyle, loaded.collection())) {
        for (Run run : runs) {
          Paint paint = ink.apply(run.style());
          used.add(paint);
          io.github.humbleui.skija.paragraph.TextStyle style =
              new io.github.humbleui.skija.paragraph.TextStyle();
          used.add(style);
          style
              .setFontFamilies(loaded.families(run.style().fontFamily()))
              .setFontSize((float) run.style().fontSize())
              .setFontStyle(
                  new FontStyle(
                      run.style().fontWeight(),
                      FontWidth.NORMAL,
                      run.style().italic() ? FontSlant.ITALIC : FontSlant.UPRIGHT))
              .setForeground(paint);
          builder.pushStyle(style).addText(run.text()).popStyle();
        }
        return builder.build().layout((float) Math.min(width, 1e6));
      }
    } finally {
      used.forEach(Typesetter::close);
    }
  }

  private static String text(List<Run> runs) {
    StringBuilder text = new StringBuilder();
    runs.forEach(run -> text.append(run.text()));
    return text.toString();
  }

  static Paint paint(Color color) {
    return new Paint()
        .setAntiAlias(true)
        .setColor(color.alpha() << 24 | color.red() << 16 | color.green() << 8 | color.blue());
  }

  static Paint stroke(Color color, float width) {
    return paint(color)
        .setMode(PaintMode.STROKE)
        .setStrokeWidth(width)
        .setStrokeCap(PaintStrokeCap.ROUND)
        .setStrokeJoin(PaintStrokeJoin.ROUND);
  }

  private static void close(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (fonts != null) {
      fonts.close();
      fonts = null;
    }
  }
}
