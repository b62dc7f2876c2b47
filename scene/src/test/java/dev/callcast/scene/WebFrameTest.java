package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebFrameTest {
  private static final String URL = "https://slides.example/deck?key=secret#2";
  private static final String DOMINANT = "videoSettings.dominant.includeWebFrame";

  private static Map<String, Object> with(Object... more) {
    Map<String, Object> params = new HashMap<>(Map.of("webFrame.url", URL));
    for (int i = 0; i < more.length; i += 2) {
      params.put((String) more[i], more[i + 1]);
    }
    return params;
  }

  @Test
  void aPageIsWantedWhereALayoutShowsItOrMayShowIt() {
    WebFrame page = new WebFrame(URL, 1280, 720);
    assertThat(Layouts.webFrame("grid", with())).isNull();
    assertThat(Layouts.webFrame("grid", with("showWebFrameOverlay", true))).isEqualTo(page);
    assertThat(Layouts.webFrame("grid", Map.of("showWebFrameOverlay", true))).isNull();
    assertThat(Layouts.webFrame("dominant", with(DOMINANT, true))).isEqualTo(page);
    assertThat(Layouts.webFrame("grid", with(DOMINANT, true))).isNull();
    assertThat(Layouts.webFrame("default", with(DOMINANT, true))).isEqualTo(page);
    assertThat(Layouts.webFrame("audio-only", with(DOMINANT, true))).isNull();
    assertThat(
            Layouts.webFrame(
                "custom", with("mode", "dominant", "custom.layout", "mine", DOMINANT, true)))
        .isNull();
    assertThat(Layouts.webFrame("pip", with("videoSettings.pip.includeWebFrame", true)))
        .isEqualTo(page);
  }

  @Test
  void whatIsToldOfAUrlIsNoSecret() {
    WebFrame page = new WebFrame(URL, 1280, 720);
    assertThat(page.shownUrl()).isEqualTo("https://slides.example/deck");
    assertThat(page.host()).isEqualTo("slides.example");
    assertThat(new WebFrame("http://[::1]:8080/", 16, 16).host()).isEqualTo("::1");
  }

  @Test
  void aPageIsShownWithoutAnyParticipant() {
    Play.Shot alone =
        new Play(with("mode", "dominant", DOMINANT, true)).state(States.cameras(0)).set(0).at(0);
    assertThat(alone.tiles())
        .extracting(Layer.Tile::rect)
        .containsExactly(new Rect(0, 0, 1280, 720));
  }

  /** The composer takes no tile that reaches beyond the canvas. */
  @Test
  void aPageStaysOnTheCanvasWhateverIsAskedFor() {
    for (int viewport : new int[] {16, 719, 4096}) {
      for (double height : new double[] {0.5, 36, 100}) {
        for (double margin : new double[] {0, 30, 100}) {
          for (String position : new String[] {"top-left", "bottom-right"}) {
            Map<String, Object> params =
                with(
                    "showWebFrameOverlay", true,
                    "webFrame.viewportWidth_px", viewport,
                    "webFrame.height_gu", height,
                    "webFrame.margin_gu", margin,
                    "webFrame.position", position);
            for (int[] size : new int[][] {{1280, 720}, {720, 1280}, {64, 64}}) {
              Layer page =
                  new Play(params)
                      .canvas(size[0], size[1])
                      .set(0)
                      .at(0)
                      .layer("webFrame:foreground")
                      .orElseThrow();
              Rect rect = page.rect();
              assertThat(new Rect(0, 0, size[0], size[1]).contains(rect)).as("%s", rect).isTrue();
              assertThat((rect.x() | rect.y() | rect.width() | rect.height()) & 1).isZero();
              assertThat(Math.min(rect.width(), rect.height())).isGreaterThanOrEqualTo(2);
            }
          }
        }
      }
    }
  }
}
