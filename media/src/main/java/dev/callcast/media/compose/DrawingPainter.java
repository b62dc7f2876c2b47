package dev.callcast.media.compose;

import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.Plate;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Words;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.types.RRect;
import io.github.humbleui.types.Rect;
import java.util.Map;

/** Paints the parts of a drawing with Skia. One thread. */
final class DrawingPainter {
  private final Typesetter typesetter;
  private final Images images;

  DrawingPainter(Typesetter typesetter, Images images) {
    this.typesetter = typesetter;
    this.images = images;
  }

  /**
   * Paints onto a canvas of the drawing's rectangle.
   *
   * @param moments frames of the images that move, by their files
   */
  void paint(Canvas canvas, Drawing drawing, Map<String, Integer> moments) {
    canvas.translate(drawing.rect().width() / 2f, drawing.rect().height() / 2f);
    canvas.rotate((float) drawing.rotation());
    canvas.scale((float) drawing.scaleX(), 1);
    canvas.translate((float) (-drawing.boxWidth() / 2), (float) (-drawing.boxHeight() / 2));
    for (Part part : drawing.parts()) {
      switch (part) {
        case Plate plate -> plate(canvas, plate);
        case Words words ->
            typesetter.paint(
                canvas,
                words.runs(),
                words.x(),
                words.y(),
                words.width(),
                words.align(),
                words.mostLines());
        case Picture picture -> picture(canvas, picture, moments);
      }
    }
  }

  private static void plate(Canvas canvas, Plate plate) {
    float radius =
        (float) Math.clamp(plate.cornerRadius(), 0, Math.min(plate.width(), plate.height()) / 2);
    RRect shape =
        RRect.makeXYWH(
            (float) plate.x(),
            (float) plate.y(),
            (float) plate.width(),
            (float) plate.height(),
            radius);
    try (Paint fill = Typesetter.paint(plate.color())) {
      canvas.drawRRect(shape, fill);
    }
    if (plate.strokeWidth() > 0) {
      try (Paint stroke = Typesetter.stroke(plate.strokeColor(), (float) plate.strokeWidth())) {
        canvas.drawRRect(shape, stroke);
      }
    }
  }

  private void picture(Canvas canvas, Picture picture, Map<String, Integer> moments) {
    switch (picture.image()) {
      case Emoji emoji ->
          typesetter.emoji(
              canvas, emoji.text(), picture.x(), picture.y(), picture.width(), picture.height());
      case Asset asset ->
          images.with(
              asset.file(),
              image -> place(canvas, picture, image, moments.getOrDefault(asset.file(), 0)));
    }
  }

  private static void place(Canvas canvas, Picture picture, Images.Decoded image, int frame) {
    double scaleX = picture.width() / image.width();
    double scaleY = picture.height() / image.height();
    if (picture.scaleMode() == ScaleMode.FIT) {
      double scale = Math.min(scaleX, scaleY);
      double width = image.width() * scale;
      double height = image.height() * scale;
      image.paint(
          canvas,
          rect(0, 0, image.width(), image.height()),
          rect(
              picture.x() + (picture.width() - width) / 2,
              picture.y() + (picture.height() - height) / 2,
              width,
              height),
          frame);
    } else {
      double scale = Math.max(scaleX, scaleY);
      double width = picture.width() / scale;
      double height = picture.height() / scale;
      image.paint(
          canvas,
          rect((image.width() - width) / 2, (image.height() - height) / 2, width, height),
          rect(picture.x(), picture.y(), picture.width(), picture.height()),
          frame);
    }
  }

  private static Rect rect(double x, double y, double width, double height) {
    return Rect.makeXYWH((float) x, (float) y, (float) width, (float) height);
  }
}
