package dev.callcast.scene;

import dev.callcast.scene.Layer.Run;
import java.util.List;

/** Measures as if every character were half as wide as the font is high. */
final class SimpleMeter implements TextMeter {
  @Override
  public Size measure(List<Run> runs, double width, int mostLines) {
    double size = runs.stream().mapToDouble(run -> run.style().fontSize()).max().orElse(0);
    String text = String.join("", runs.stream().map(Run::text).toList());
    double longest = 0;
    int lines = 0;
    for (String line : text.split("\n", -1)) {
      double wide = line.length() * size / 2;
      lines += (int) Math.max(1, Math.ceil(wide / width));
      longest = Math.max(longest, Math.min(wide, width));
    }
    int shown = mostLines > 0 ? Math.min(lines, mostLines) : lines;
    return new Size(longest, shown * size * 1.2, shown);
  }
}
