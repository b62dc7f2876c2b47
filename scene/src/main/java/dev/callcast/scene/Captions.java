package dev.callcast.scene;

import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Words;
import dev.callcast.scene.Material.Message;
import java.text.BreakIterator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The newest lines of what is said, burned into the picture for a while. Owned by its {@link
 * Stage}.
 */
final class Captions {
  /** More are not on the screen at once. */
  private static final int MOST = 10;

  private record Caption(String from, String text, double until) {}

  private final Deque<Caption> captions = new ArrayDeque<>();
  private long number;
  private double hold = 5;
  private boolean fromTranscript;
  private List<Caption> drawn = List.of();
  private int drawnRoom;
  private @Nullable Drawing drawing;

  /** One with the same lines. */
  Captions copy() {
    Captions copy = new Captions();
    copy.captions.addAll(captions);
    copy.number = number;
    copy.hold = hold;
    copy.fromTranscript = fromTranscript;
    return copy;
  }

  /** Takes new lines; those that are older than the stage are not shown. */
  void set(Ground ground, boolean first, double seconds) {
    hold = ground.number("captions.hold_secs");
    boolean transcript = ground.text("captions.source").equals("transcript");
    if (transcript != fromTranscript) {
      captions.clear();
    }
    fromTranscript = transcript;
    for (Message message : ground.material().transcript()) {
      if (message.number() > number) {
        number = message.number();
        if (!first && transcript) {
          add(new Caption(message.from(), message.text(), seconds + hold));
        }
      }
    }
    drawing = null; // its looks may have changed
  }

  /** Takes a line of the application's, with how many s it stays; 0: as all do. */
  void say(String text, double stays, double seconds) {
    if (!fromTranscript) {
      add(new Caption("", text, seconds + (stays > 0 ? stays : hold)));
    }
  }

  private void add(Caption caption) {
    captions.add(caption);
    if (captions.size() > MOST) {
      captions.removeFirst();
    }
  }

  /**
   * Adds what is on; gives the media time until which it holds.
   *
   * @param room px at its edge of the canvas that others take
   */
  double add(List<Layer> layers, Ground ground, int room, double seconds) {
    captions.removeIf(caption -> seconds >= caption.until);
    if (captions.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    List<Caption> shown = List.copyOf(captions);
    Drawing made = drawing;
    if (made == null || !shown.equals(drawn) || room != drawnRoom) {
      made = draw(ground, shown, room);
      drawing = made;
      drawn = shown;
      drawnRoom = room;
    }
    layers.add(made);
    return captions.stream().mapToDouble(Caption::until).min().orElseThrow();
  }

  private static Drawing draw(Ground ground, List<Caption> captions, int room) {
    TextStyle style = Overlays.plainStyle(ground, "captions");
    double padding = ground.px("captions.padding_gu");
    double most = Ground.even(ground.width() * ground.number("captions.maxW_pct") / 100);
    double wide = Math.max(ground.gridUnit(), most - 2 * padding);
    List<Run> runs = fitting(ground, captions, style, wide);
    int lines = ground.params().integer("captions.maxLines");
    TextMeter.Size size = ground.measure(runs, wide, lines);
    double width = Ground.evenAbove(Math.min(wide, size.width()) + 2 * padding);
    double height = Ground.evenAbove(size.height() + 2 * padding);
    double margin = Fitting.nearestEven(ground.px("captions.margin_gu")) + room;
    double top =
        ground.text("captions.position").equals("top") ? margin : ground.height() - margin - height;
    return Ground.drawing(
        "captions",
        Fitting.nearestEven((ground.width() - width) / 2),
        top,
        width,
        height,
        0,
        List.of(
            Overlays.plate(ground, "captions", width, height),
            new Words(padding, padding, width - 2 * padding, runs, Align.CENTER, lines)));
  }

  /** As many of the newest as there are lines for; of one that is too long, its end. */
  private static List<Run> fitting(
      Ground ground, List<Caption> captions, TextStyle style, double wide) {
    int lines = ground.params().integer("captions.maxLines");
    boolean names = ground.bool("captions.showNames");
    List<Run> runs = new ArrayList<>();
    for (Caption caption : captions.reversed()) {
      List<Run> more = new ArrayList<>(List.of(run(caption, names, caption.text(), style)));
      if (!runs.isEmpty()) {
        more.add(new Run("\n", style));
        more.addAll(runs);
      }
      if (fits(ground, more, wide, lines)) {
        runs = more;
      } else if (runs.isEmpty()) {
        return List.of(end(ground, caption, names, style, wide, lines));
      } else {
        break;
      }
    }
    return runs;
  }

  /** Cut where a line may be broken, in any script. */
  private static Run end(
      Ground ground, Caption caption, boolean names, TextStyle style, double wide, int lines) {
    String text = caption.text();
    List<Integer> starts = new ArrayList<>();
    BreakIterator breaks = BreakIterator.getLineInstance(Locale.ROOT);
    breaks.setText(text);
    for (int at = breaks.next();
        at != BreakIterator.DONE && at < text.length();
        at = breaks.next()) {
      starts.add(at);
    }
    int from = 0;
    int to = starts.size() - 1;
    while (from < to) {
      int middle = (from + to) / 2;
      Run tail = run(caption, names, "… " + text.substring(starts.get(middle)), style);
      if (fits(ground, List.of(tail), wide, lines)) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    // What can be broken nowhere loses its end.
    return starts.isEmpty()
        ? run(caption, names, text, style)
        : run(caption, names, "… " + text.substring(starts.get(from)), style);
  }

  private static Run run(Caption caption, boolean names, String text, TextStyle style) {
    return new Run(names && !caption.from().isEmpty() ? caption.from() + ": " + text : text, style);
  }

  private static boolean fits(Ground ground, List<Run> runs, double wide, int lines) {
    return ground.measure(runs, wide, 0).lines() <= lines;
  }
}
