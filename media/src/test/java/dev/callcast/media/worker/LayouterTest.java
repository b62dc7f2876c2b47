package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Feed;
import dev.callcast.protocol.CompositionSpec.Message;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Scene;
import dev.callcast.scene.TextMeter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From specs to scenes, tick by tick, and pictures of specs that nobody has yet. */
@Tag("media")
class LayouterTest {
  private static final CallView VIEW =
      new CallView(
          List.of(new ParticipantSpec("ada", "Ada", false, false, 1, 0, List.of())),
          Set.of(),
          Map.of(),
          Map.of(),
          null,
          List.of());

  private final Layouter layouter =
      new Layouter((runs, width, lines) -> new TextMeter.Size(100, 20, 1));

  private static CompositionSpec spec(Map<String, Object> params, Feed feed) {
    return new CompositionSpec(
        "main",
        new CompositionSpec.Canvas(320, 180, 30, "#000000"),
        new CompositionSpec.Layout("grid", params),
        new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
        new CompositionSpec.Video(300_000, 2, Latency.NORMAL, "ultrafast"),
        new CompositionSpec.Audio(64_000, 2),
        new CompositionSpec.Limits(0, 0),
        List.of(),
        1,
        false,
        List.of(),
        feed);
  }

  private static List<String> ids(Scene scene) {
    return scene.layers().stream().map(Layer::id).toList();
  }

  @Test
  void ticksThatChangeNothingGetTheSameObject() {
    CompositionSpec spec = spec(Map.of("showBannerOverlay", true), Feed.NONE);
    Scene first = layouter.scene(spec, VIEW, 0);
    assertThat(layouter.scene(spec, VIEW, 1)).isSameAs(first);
    assertThat(layouter.scene(spec(Map.of("showBannerOverlay", true), Feed.NONE), VIEW, 2))
        .isSameAs(first);
  }

  @Test
  void reactionsAndToastsComeWithTheNextTickAndEnd() {
    CompositionSpec spec = spec(Map.of(), Feed.NONE);
    Scene before = layouter.scene(spec, VIEW, 0);
    layouter.react("🎉");
    layouter.toast("hello");
    assertThat(ids(layouter.scene(spec, VIEW, 1.5))).contains("reaction:0", "toast");
    assertThat(layouter.scene(spec, VIEW, 1.6)).isNotEqualTo(layouter.scene(spec, VIEW, 1.7));
    assertThat(layouter.scene(spec, VIEW, 20)).isEqualTo(before);
    assertThat(layouter.scene(spec, VIEW, 21)).isSameAs(layouter.scene(spec, VIEW, 22));
  }

  private static CompositionSpec by(long revision, Map<String, Object> params) {
    return spec(Map.of(), Feed.NONE)
        .with(
            new CompositionSpec.Layout(
                "grid",
                params,
                new CompositionSpec.Transition("cross-fade", 1, "linear", revision)));
  }

  @Test
  void aTransitionBeginsWithItsChangeAndOnce() {
    assertThat(layouter.scene(by(1, Map.of()), VIEW, 0).passage()).as("the first scene").isNull();
    Scene before = layouter.scene(by(1, Map.of("showBannerOverlay", true)), VIEW, 1);
    assertThat(before.passage()).as("the same transition").isNull();
    CompositionSpec changed = by(2, Map.of("showTextOverlay", true));
    Scene first = layouter.scene(changed, VIEW, 2);
    assertThat(first.passage().progress()).isZero();
    assertThat(ids(first)).contains("text").doesNotContain("banner");
    assertThat(ids(first.passage().from())).contains("banner").doesNotContain("text");
    // A later change of the same scene does not begin anew.
    Scene midway = layouter.scene(by(2, Map.of("showTitleSlate", true)), VIEW, 2.25);
    assertThat(midway.passage().progress()).isEqualTo(0.25);
    assertThat(layouter.scene(changed, VIEW, 3).passage()).isNull();
    assertThat(layouter.scene(changed, VIEW, 9).passage()).isNull();
  }

  @Test
  void messagesAndAssetsReachTheScene() {
    Feed feed = new Feed(Map.of("a.png", "/x/1"), List.of(new Message(1, "Ada", "hi")), List.of());
    Map<String, Object> params =
        Map.of(
            "showTextOverlay",
            true,
            "text.source",
            "chatMessages",
            "showImageOverlay",
            true,
            "image.assetName",
            "a.png");
    String scene = layouter.scene(spec(params, feed), VIEW, 0).toString();
    assertThat(scene).contains("Ada: ").contains("/x/1");
    Feed replaced = feed.withAssets(Map.of("a.png", "/x/2"));
    assertThat(layouter.scene(spec(params, replaced), VIEW, 1).toString()).contains("/x/2");
    CompositionSpec without = spec(params, Feed.NONE);
    assertThat(layouter.scene(without, VIEW, 2).toString()).contains("/x/2"); // fades out
    assertThat(layouter.scene(without, VIEW, 3).toString()).doesNotContain("/x/");
  }

  @Test
  void aPreviewIsThePictureOfItsSpec() throws IOException {
    Map<String, Object> params =
        Map.of("showTitleSlate", true, "titleSlate.bgColor", "#ff0000", "titleSlate.title", "x");
    byte[] png = Preview.of(spec(params, Feed.NONE), VIEW, 5, track -> null, Map.of());
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(picture.getWidth()).isEqualTo(320);
    assertThat(picture.getHeight()).isEqualTo(180);
    int rgb = picture.getRGB(10, 10);
    assertThat(rgb >> 16 & 0xff).isGreaterThan(245);
    assertThat(rgb >> 8 & 0xff).isLessThan(10);
  }
}
