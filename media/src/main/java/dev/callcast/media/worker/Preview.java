package dev.callcast.media.worker;

import dev.callcast.media.compose.Canvas;
import dev.callcast.media.compose.CanvasPool;
import dev.callcast.media.compose.Composer;
import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.compose.PngEncoder;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import java.util.Map;

/**
 * The picture of a spec that nobody wants yet: laid out and painted apart from the composition, on
 * a canvas of its own. Any thread; takes as long as a first picture does (fonts, images).
 */
final class Preview {
  private Preview() {}

  /**
   * Paints it.
   *
   * @param seconds media time
   * @param frames the pictures of that moment
   * @param playing images that move and are shown already, as of {@link Composer#playing}
   * @return a PNG of the canvas' size
   */
  static byte[] of(
      CompositionSpec spec,
      CallView view,
      double seconds,
      FrameSource frames,
      Map<String, Double> playing) {
    try {
      return of(spec, view, seconds, frames, playing, Layouter.SILENT);
    } catch (ScriptException e) {
      throw new IllegalStateException("its layout failed: " + e.text(), e);
    }
  }

  /**
   * The same.
   *
   * @throws ScriptException if its layout is one in JavaScript and fails
   */
  static byte[] of(
      CompositionSpec spec,
      CallView view,
      double seconds,
      FrameSource frames,
      Map<String, Double> playing,
      ScriptedLayout.Listener scripts)
      throws ScriptException {
    try (CanvasPool pool = new CanvasPool(spec.canvas().width(), spec.canvas().height(), 2);
        Composer composer = new Composer(pool);
        Layouter layouter = new Layouter(composer.meter(), scripts, true)) {
      composer.continues(playing);
      ScriptException failed = layouter.prepare(spec, view, seconds);
      if (failed != null) {
        throw failed;
      }
      Canvas canvas = composer.compose(layouter.scene(spec, view, seconds), frames, seconds);
      if (canvas == null) {
        throw new IllegalStateException("no canvas for the preview");
      }
      try {
        return PngEncoder.encode(canvas);
      } finally {
        canvas.release();
      }
    }
  }
}
