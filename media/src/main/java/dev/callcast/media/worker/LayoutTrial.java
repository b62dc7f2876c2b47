package dev.callcast.media.worker;

import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ParticipantSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pictures of a layout in JavaScript for its author: a call that is made up, without any media. */
public final class LayoutTrial {
  private static final String NAME = "trial";

  private LayoutTrial() {}

  /** A video track's picture, upright, px. */
  public record Size(int width, int height) {}

  /**
   * A call that is made up.
   *
   * @param sizes of its video tracks, by {@code participant/track}
   * @param seconds media time
   */
  public record Call(
      List<ParticipantSpec> participants,
      @Nullable String speaker,
      Map<String, Size> sizes,
      double seconds) {}

  /**
   * Paints it.
   *
   * @param source of the layout
   * @param params of the composition, without {@code custom.layout}
   * @param assets files of images, by the names that the layout uses
   * @param fonts files of fonts, likewise
   * @param console gets what the layout writes there
   * @return a PNG of the canvas' size
   * @throws ScriptException if the layout fails
   */
  public static byte[] png(
      String source,
      Map<String, Object> params,
      CompositionSpec.Canvas canvas,
      Map<String, String> assets,
      Map<String, String> fonts,
      Call call,
      FrameSource frames,
      Consumer<String> console)
      throws ScriptException {
    Map<String, Object> all = new java.util.HashMap<>(params);
    all.put("custom.layout", NAME);
    CompositionSpec spec =
        new CompositionSpec(
                NAME,
                canvas,
                new CompositionSpec.Layout("custom", all),
                new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
                new CompositionSpec.Video(1_000_000, 2, Latency.NORMAL, "superfast"),
                new CompositionSpec.Audio(128_000, 2),
                new CompositionSpec.Limits(0, 0),
                List.of(),
                1,
                false)
            .with(
                new CompositionSpec.Feed(
                    assets, List.of(), List.of(), Map.of(NAME, source), fonts));
    Map<String, CallView.Video> videos = new java.util.HashMap<>();
    call.sizes()
        .forEach(
            (key, size) -> videos.put(key, new CallView.Video(size.width(), size.height(), false)));
    CallView view =
        new CallView(call.participants(), Set.of(), videos, Map.of(), call.speaker(), List.of());
    return Preview.of(spec, view, call.seconds(), frames, Map.of(), new Console(console));
  }

  private record Console(Consumer<String> console) implements ScriptedLayout.Listener {
    @Override
    public void failed(String layout, ScriptException why) {}

    @Override
    public void recovered(String layout) {}

    @Override
    public void logged(String layout, String text) {
      console.accept(text);
    }
  }
}
