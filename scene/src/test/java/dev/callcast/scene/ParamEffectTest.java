package dev.callcast.scene;

import static dev.callcast.scene.Play.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.Plate;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Words;
import dev.callcast.scene.Play.Shot;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For each param that works: what is true of the scene when it is given. The same must be false
 * when the param is left out, which is what a product would show that ignored it; so a row that no
 * param makes true, or that is true anyway, fails.
 */
class ParamEffectTest {
  private static final String V = "videoSettings.";
  private static final Color RED = new Color(255, 0, 0, 255);
  private static final Map<String, Row> ROWS = new LinkedHashMap<>();

  record Row(
      String param, Object value, Map<String, Object> base, Predicate<Map<String, Object>> holds) {
    @Override
    public String toString() {
      return param + "=" + value;
    }
  }

  private static void row(
      String param, Object value, Map<String, Object> base, Predicate<Shot> holds) {
    play(param, value, base, params -> holds.test(of(params)));
  }

  private static void row(
      String param,
      Object value,
      Map<String, Object> base,
      Function<Play, Play> set,
      Predicate<Shot> holds) {
    play(param, value, base, params -> holds.test(set.apply(new Play(params)).set(0).at(0)));
  }

  private static void play(
      String param, Object value, Map<String, Object> base, Predicate<Map<String, Object>> holds) {
    ROWS.put(param, new Row(param, value, base, holds));
  }

  private static Map<String, Object> with(Object... params) {
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < params.length; i += 2) {
      map.put((String) params[i], params[i + 1]);
    }
    return map;
  }

  private static final Map<String, Object> NONE = Map.of();
  private static final Map<String, Object> LABELS =
      with(V + "showParticipantLabels", true, "mode", "single");
  private static final Map<String, Object> SPLIT = with("mode", "split");
  private static final Map<String, Object> DOMINANT = with("mode", "dominant");
  private static final Map<String, Object> PIP = with("mode", "pip");

  private static final Map<String, Object> CLOCK = with("showClock", true);
  private static final Map<String, Object> COUNTDOWN =
      with("showCountdown", true, "countdown.target", "1970-01-01T00:01:30Z");
  private static final Map<String, Object> TICKER =
      with("showTicker", true, "ticker.text", "Breaking news");
  private static final Map<String, Object> CAPTIONS = with("captions.source", "transcript");

  static {
    videos();
    text();
    image();
    webFrame();
    banner();
    toast();
    slate("openingSlate", "enableAutoOpeningSlate");
    slate("titleSlate", "showTitleSlate");
    sidebar();
    others();
    corner("clock", CLOCK);
    corner("countdown", COUNTDOWN);
    looks("clock", CLOCK, ParamEffectTest::start, "clock");
    looks("countdown", COUNTDOWN, ParamEffectTest::start, "countdown");
    looks("captions", CAPTIONS, ParamEffectTest::captioned, "captions");
    looks("ticker", TICKER, ParamEffectTest::running, "ticker:0:0");
    clocks();
    ticker();
    captions();
    oldNames();
  }

  private static SceneState paused(int count, int index) {
    return changed(
        States.cameras(count),
        index,
        p ->
            new Participant(
                p.id(), p.name(), p.owner(), new Video("x", 640, 360, true), null, true, 0));
  }

  private static SceneState changed(
      SceneState state, int index, Function<Participant, Participant> change) {
    List<Participant> participants = new ArrayList<>(state.participants());
    participants.set(index, change.apply(participants.get(index)));
    return new SceneState(participants, state.speaker(), 0);
  }

  private static SceneState twoScreens() {
    return changed(
        States.sharing(3, 0),
        1,
        p ->
            new Participant(
                p.id(),
                p.name(),
                p.owner(),
                p.camera(),
                new Video("p1/screen", 1920, 1080, false),
                true,
                0));
  }

  private static void videos() {
    row(
        "mode",
        "pip",
        NONE,
        s ->
            s.tiles().size() == 2
                && s.tile(0).rect().equals(new Rect(0, 0, 1280, 720))
                && s.tile(1).rect().width() < 400);
    row(V + "maxCamStreams", 2, NONE, s -> s.tiles().size() == 2);
    row(
        V + "preferredParticipantIds",
        "p3,p2",
        NONE,
        s -> s.tile(0).participant().equals("p3") && s.tile(1).participant().equals("p2"));
    row(
        V + "preferScreenshare",
        true,
        NONE,
        p -> p.state(States.sharing(3, 2)),
        s -> s.tile(0).id().equals("screen:p2"));
    row(
        V + "omitPausedVideo",
        true,
        NONE,
        p -> p.state(paused(3, 1)),
        s -> !s.has("camera:p1") && s.tiles().size() == 2);
    row(
        V + "omitAudioOnly",
        true,
        NONE,
        p ->
            p.state(
                changed(
                    States.cameras(3),
                    2,
                    q -> new Participant(q.id(), q.name(), false, null, null, true, 0))),
        s -> !s.has("camera:p2") && s.tiles().size() == 2);
    row(
        V + "omitExtraScreenshares",
        true,
        NONE,
        p -> p.state(twoScreens()),
        s -> s.has("screen:p0") && !s.has("screen:p1"));
    row(
        V + "filterForUnpausedMediaTypes",
        "screenshare",
        NONE,
        p -> p.state(States.sharing(3, 1)),
        s ->
            s.tiles().stream().allMatch(t -> t.participant().equals("p1"))
                && s.tiles().size() == 2);
    row(
        V + "showParticipantLabels",
        true,
        NONE,
        s -> s.labels().size() == 4 && s.labels().getFirst().text().equals("Ada Lovelace"));
    row(
        V + "showMicStatus",
        true,
        NONE,
        s ->
            s.labels().size() == 1
                && s.labels().getFirst().id().contains("p2")
                && s.labels().getFirst().icon() == Layer.Icon.MICROPHONE_MUTED);
    row(V + "roundedCorners", true, NONE, s -> s.tile(0).cornerRadius() == 24);
    row(
        V + "cornerRadius_gu",
        2,
        with(V + "roundedCorners", true),
        s -> s.tile(0).cornerRadius() == 40);
    row(V + "scaleMode", "fit", NONE, s -> s.tile(0).scaleMode() == ScaleMode.FIT);
    row(
        V + "scaleModeForScreenshare",
        "fill",
        NONE,
        p -> p.state(States.sharing(2, 0)),
        s ->
            s.layer("screen:p0")
                .map(l -> ((Layer.Tile) l).scaleMode() == ScaleMode.FILL)
                .orElse(false));
    row(V + "zoomFactorsList", "1,2", SPLIT, s -> s.tile(0).zoom() == 1 && s.tile(1).zoom() == 2);
    row(
        V + "placeholder.bgColor",
        "#ff0000",
        NONE,
        s -> s.tile(0).placeholder().background().equals(RED));
    row(V + "highlight.color", "#ff0000", NONE, s -> s.camera("p1").border().color().equals(RED));
    row(V + "highlight.stroke_gu", 1, NONE, s -> s.camera("p1").border().width() == 20);
    row(
        V + "split.margin_gu",
        2,
        SPLIT,
        s -> s.tile(1).rect().x() - s.tile(0).rect().right() == 40);
    row(
        V + "split.direction",
        "horizontal",
        SPLIT,
        s -> s.tile(1).rect().y() == s.tile(0).rect().bottom());
    row(
        V + "split.scaleModeOverrides",
        "fit,fill",
        SPLIT,
        s -> s.tile(0).scaleMode() == ScaleMode.FIT && s.tile(1).scaleMode() == ScaleMode.FILL);
    row(
        V + "grid.useDominantForSharing",
        true,
        NONE,
        p -> p.state(States.sharing(4, 0)),
        s ->
            s.tile(0).id().equals("screen:p0")
                && s.tile(0).rect().width() > 3 * s.tile(1).rect().width());
    row(
        V + "grid.itemInterval_gu",
        1,
        NONE,
        s -> s.tile(1).rect().x() - s.tile(0).rect().right() == 20);
    row(
        V + "grid.outerPadding_gu",
        1,
        NONE,
        s -> Math.min(s.tile(0).rect().x(), s.tile(0).rect().y()) == 20);
    row(
        V + "grid.highlightDominant",
        false,
        NONE,
        s -> s.tiles().stream().allMatch(t -> t.border() == null));
    row(
        V + "grid.preserveAspectRatio",
        false,
        NONE,
        p -> p.state(States.cameras(2)),
        s -> s.tile(0).rect().height() == 720);
    row(
        V + "grid.fullScreenHighlightItemIndex",
        2,
        NONE,
        s ->
            s.camera("p2").rect().equals(new Rect(0, 0, 1280, 720))
                && s.camera("p0").opacity() == 0);
    row(
        V + "grid.labelPlacement",
        "inside-at-bottom",
        with(V + "showParticipantLabels", true),
        s -> s.camera("p0").rect().contains(s.labels().getFirst().rect()));
    row(
        V + "dominant.position",
        "right",
        DOMINANT,
        s -> s.tile(0).rect().right() == 1280 && s.tile(0).rect().x() == 256);
    row(
        V + "dominant.centerItems",
        true,
        DOMINANT,
        s -> Math.abs(s.tile(1).rect().y() + s.tile(3).rect().bottom() - 720) <= 4);
    row(V + "dominant.splitPos", 0.5, DOMINANT, s -> s.tile(0).rect().width() == 640);
    row(V + "dominant.numChiclets", 2, DOMINANT, s -> s.tiles().size() == 3);
    row(V + "dominant.followDomFlag", false, DOMINANT, s -> s.tile(0).participant().equals("p0"));
    row(
        V + "dominant.itemInterval_gu",
        2,
        DOMINANT,
        s -> s.tile(2).rect().y() - s.tile(1).rect().bottom() == 40);
    row(V + "dominant.outerPadding_gu", 2, DOMINANT, s -> s.tile(1).rect().y() == 40);
    row(V + "dominant.splitMargin_gu", 2, DOMINANT, s -> s.tile(0).rect().width() == 992);
    row(
        V + "dominant.sharpCornersOnMain",
        false,
        with("mode", "dominant", V + "roundedCorners", true),
        s -> s.tile(0).cornerRadius() == 24);
    row(
        V + "pip.position",
        "bottom-left",
        PIP,
        s -> s.tile(1).rect().x() == 30 && s.tile(1).rect().bottom() == 690);
    row(V + "pip.aspectRatio", 2, PIP, s -> s.tile(1).rect().width() == 480);
    row(V + "pip.height_gu", 6, PIP, s -> s.tile(1).rect().height() == 120);
    row(V + "pip.margin_gu", 3, PIP, s -> s.tile(1).rect().y() == 60);
    row(V + "pip.followDomFlag", true, PIP, s -> s.tile(0).participant().equals("p1"));
    row(
        V + "pip.sharpCornersOnMain",
        false,
        with("mode", "pip", V + "roundedCorners", true),
        s -> s.tile(0).cornerRadius() == 24);
    row(
        V + "labels.fontFamily",
        "Exo",
        LABELS,
        s -> s.labels().getFirst().fontFamily().equals("Exo"));
    row(V + "labels.fontWeight", "900", LABELS, s -> s.labels().getFirst().fontWeight() == 900);
    row(V + "labels.fontSize_pct", 200, LABELS, s -> s.labels().getFirst().fontSize() == 40);
    row(V + "labels.offset_x_gu", 2, LABELS, s -> s.labels().getFirst().rect().x() == 50);
    row(V + "labels.offset_y_gu", -2, LABELS, s -> s.labels().getFirst().rect().bottom() == 670);
    row(V + "labels.color", "#ff0000", LABELS, s -> s.labels().getFirst().color().equals(RED));
    row(
        V + "labels.strokeColor",
        "#ff0000",
        LABELS,
        s -> s.labels().getFirst().strokeColor().equals(RED));
    Map<String, Object> single = with("mode", "single");
    row(V + "margin.left_gu", 2, single, s -> s.tile(0).rect().equals(new Rect(40, 0, 1240, 720)));
    row(V + "margin.right_gu", 2, single, s -> s.tile(0).rect().equals(new Rect(0, 0, 1240, 720)));
    row(V + "margin.top_gu", 2, single, s -> s.tile(0).rect().equals(new Rect(0, 40, 1280, 680)));
    row(V + "margin.bottom_gu", 2, single, s -> s.tile(0).rect().equals(new Rect(0, 0, 1280, 680)));
  }

  private static void text() {
    Map<String, Object> on = with("showTextOverlay", true);
    Map<String, Object> lines =
        with(
            "showTextOverlay",
            true,
            "text.source",
            "highlightLines.items",
            "highlightLines.position",
            1);
    row("showTextOverlay", true, NONE, s -> s.text("text").equals("An example text overlay"));
    row("text.content", "Ahoy", on, s -> s.text("text").equals("Ahoy"));
    row(
        "text.source",
        "chatMessages",
        on,
        s -> s.text("text").equals("Ada: first message\nGrace: newest message"));
    row(
        "text.align_horizontal",
        "left",
        on,
        s -> s.box("text").x() == 20 && s.part("text", Words.class).align() == Align.LEFT);
    row("text.align_vertical", "bottom", on, s -> s.box("text").bottom() == 700);
    row("text.offset_x_gu", 3, on, s -> middleX(s.drawing("text")) == 640 + 60);
    row("text.offset_y_gu", -3, on, s -> middleY(s.drawing("text")) == 360 - 60);
    row("text.scale_x", 1.5, on, s -> s.drawing("text").scaleX() == 1.5);
    row(
        "text.rotation_deg",
        90,
        on,
        s -> s.drawing("text").rotation() == 90 && s.drawing("text").rect().height() > 400);
    row(
        "text.fontFamily",
        "Bangers",
        on,
        s -> s.style("text", "An").fontFamily().equals("Bangers"));
    row("text.fontWeight", "900", on, s -> s.style("text", "An").fontWeight() == 900);
    row("text.fontStyle", "italic", on, s -> s.style("text", "An").italic());
    row("text.fontSize_gu", 5, on, s -> s.style("text", "An").fontSize() == 100);
    row("text.color", "#ff0000", on, s -> s.style("text", "An").color().equals(RED));
    row("text.strokeColor", "#ff0000", on, s -> s.style("text", "An").strokeColor().equals(RED));
    row("text.stroke_gu", 1, on, s -> s.style("text", "An").strokeWidth() == 20);
    row(
        "text.highlight.color",
        "#ff0000",
        lines,
        s ->
            s.style("text", "Notes").color().equals(RED)
                && !s.style("text", "Intro").color().equals(RED));
    row(
        "text.highlight.fontWeight",
        "900",
        lines,
        s ->
            s.style("text", "Notes").fontWeight() == 900
                && s.style("text", "Intro").fontWeight() == 400);
  }

  private static void image() {
    Map<String, Object> on = with("showImageOverlay", true);
    String id = "image:foreground";
    row(
        "showImageOverlay",
        true,
        NONE,
        s -> s.has(id) && s.part(id, Picture.class).image().equals(new Asset("/assets/overlay")));
    row(
        "image.assetName",
        "logo.svg",
        on,
        s -> s.part(id, Picture.class).image().equals(new Asset("/assets/logo")));
    row("image.emoji", "🦊", on, s -> s.part(id, Picture.class).image().equals(new Emoji("🦊")));
    row("image.position", "bottom-left", on, s -> s.box(id).x() == 30 && s.box(id).bottom() == 690);
    row(
        "image.zPosition",
        "background",
        on,
        s -> s.index("image:background") == 0 && s.tiles().size() == 4);
    row("image.fullScreen", true, on, s -> s.drawing(id).rect().equals(new Rect(0, 0, 1280, 720)));
    row(
        "image.fullScreenScaleMode",
        "fill",
        with("showImageOverlay", true, "image.fullScreen", true),
        s -> s.part(id, Picture.class).scaleMode() == ScaleMode.FILL);
    row("image.aspectRatio", 1, on, s -> s.box(id).width() == 240 && s.box(id).height() == 240);
    row("image.height_gu", 6, on, s -> s.box(id).height() == 120);
    row("image.margin_gu", 3, on, s -> s.box(id).y() == 60 && s.box(id).right() == 1220);
    row("image.opacity", 0.5, on, s -> s.drawing(id).opacity() == 0.5);
    play(
        "image.enableFade",
        false,
        NONE,
        params -> {
          Play play = new Play(params).set(0);
          return play.set(1, with("showImageOverlay", true)).at(1).drawing(id).opacity() == 1;
        });
  }

  private static void webFrame() {
    String url = "https://slides.example/deck";
    Map<String, Object> on = with("showWebFrameOverlay", true, "webFrame.url", url);
    String id = "webFrame:foreground";
    row(
        "showWebFrameOverlay",
        true,
        with("webFrame.url", url),
        s ->
            page(s, id).track().equals("page:1280x720:" + url)
                && page(s, id).rect().equals(new Rect(824, 30, 426, 240))
                && s.index(id) > s.index("camera:p3"));
    row(
        "webFrame.url",
        "https://other.example/",
        on,
        s -> page(s, id).track().equals("page:1280x720:https://other.example/"));
    row(
        "webFrame.viewportWidth_px",
        720,
        on,
        s ->
            page(s, id).track().equals("page:720x720:" + url)
                && page(s, id).rect().width() == 240
                && page(s, id).rect().height() == 240);
    row(
        "webFrame.viewportHeight_px",
        640,
        on,
        s ->
            page(s, id).track().equals("page:1280x640:" + url)
                && page(s, id).rect().width() == 480
                && page(s, id).rect().height() == 240);
    row(
        "webFrame.position",
        "bottom-left",
        on,
        s -> page(s, id).rect().equals(new Rect(30, 450, 426, 240)));
    row(
        "webFrame.zPosition",
        "background",
        on,
        s -> s.index("webFrame:background") == 0 && s.tiles().size() == 5 && !s.has(id));
    row("webFrame.fullScreen", true, on, s -> page(s, id).rect().equals(new Rect(0, 0, 1280, 720)));
    row("webFrame.height_gu", 18, on, s -> page(s, id).rect().equals(new Rect(610, 30, 640, 360)));
    row(
        "webFrame.margin_gu",
        3,
        on,
        s -> page(s, id).rect().y() == 60 && page(s, id).rect().right() == 1220);
    row("webFrame.opacity", 0.5, on, s -> page(s, id).opacity() == 0.5);
    play(
        "webFrame.enableFade",
        false,
        with("webFrame.url", url),
        params -> {
          Play play = new Play(params).set(0);
          return page(play.set(1, with("showWebFrameOverlay", true)).at(1), id).opacity() == 1;
        });
    play("webFrame.keyPress.key", 7, on, params -> Layouts.keyPress("grid", params).number() == 7);
    play(
        "webFrame.keyPress.keyName",
        "PageDown",
        on,
        params -> Layouts.keyPress("grid", params).key().equals("PageDown"));
    play(
        "webFrame.keyPress.modifiers",
        "Shift,Control",
        on,
        params -> Layouts.keyPress("grid", params).modifiers().equals(List.of("Shift", "Control")));
    // Where it is the main picture it needs no overlay, and is not shown twice.
    row(
        V + "dominant.includeWebFrame",
        true,
        with("mode", "dominant", "webFrame.url", url, "showWebFrameOverlay", true),
        s ->
            page(s, "webFrame").rect().equals(new Rect(0, 72, 1024, 576))
                && s.tiles().size() == 5
                && s.camera("p0").rect().x() > 1024);
    row(
        V + "pip.includeWebFrame",
        true,
        with("mode", "pip", "webFrame.url", url),
        s ->
            page(s, "webFrame").rect().equals(new Rect(0, 0, 1280, 720))
                && s.tiles().size() == 2
                && s.camera("p0").rect().equals(new Rect(1010, 30, 240, 240)));
  }

  private static Layer.Tile page(Shot shot, String id) {
    return (Layer.Tile) shot.layer(id).orElseThrow();
  }

  private static void banner() {
    Map<String, Object> on = with("showBannerOverlay", true);
    String id = "banner";
    row(
        "showBannerOverlay",
        true,
        NONE,
        s -> s.has(id) && s.text(id).equals("Hello worldThis is an example subtitle"));
    row("banner.title", "Ahoy", on, s -> s.text(id).startsWith("Ahoy"));
    row("banner.subtitle", "Ahoy", on, s -> s.text(id).equals("Hello worldAhoy"));
    row("banner.source", "transcript", on, s -> s.text(id).equals("Adaspoken words"));
    row("banner.position", "top-right", on, s -> s.box(id).right() == 1280 && s.box(id).y() == 20);
    play(
        "banner.enableTransition",
        false,
        NONE,
        params -> new Play(params).set(0).set(1, with("showBannerOverlay", true)).at(1).has(id));
    row("banner.margin_x_gu", 2, on, s -> s.box(id).x() == 40);
    row("banner.margin_y_gu", 3, on, s -> s.box(id).bottom() == 660);
    row("banner.padding_gu", 4, on, s -> s.part(id, Picture.class).x() == 80);
    row("banner.alwaysUseMaxW", true, on, s -> s.drawing(id).boxWidth() == 832);
    row("banner.maxW_pct_default", 20, on, s -> s.drawing(id).boxWidth() == 256);
    row(
        "banner.maxW_pct_portrait",
        50,
        on,
        p -> p.canvas(720, 1280),
        s -> s.drawing(id).boxWidth() == 360);
    row("banner.rotation_deg", -10, on, s -> s.drawing(id).rotation() == -10);
    row("banner.cornerRadius_gu", 1, on, s -> s.part(id, Plate.class).cornerRadius() == 20);
    row("banner.showIcon", false, on, s -> s.parts(id, Picture.class).isEmpty() && s.has(id));
    row(
        "banner.icon.assetName",
        "logo.svg",
        on,
        s -> s.part(id, Picture.class).image().equals(new Asset("/assets/logo")));
    row(
        "banner.icon.emoji",
        "🦊",
        on,
        s -> s.part(id, Picture.class).image().equals(new Emoji("🦊")));
    row("banner.icon.size_gu", 5, on, s -> s.part(id, Picture.class).width() == 100);
    row("banner.color", "#ff0000", on, s -> s.part(id, Plate.class).color().equals(RED));
    row(
        "banner.strokeColor",
        "#ff0000",
        on,
        s -> s.part(id, Plate.class).strokeColor().equals(RED));
    row("banner.stroke_gu", 1, on, s -> s.part(id, Plate.class).strokeWidth() == 20);
    row(
        "banner.text.color",
        "#ff0000",
        on,
        s -> s.style(id, "Hello").color().equals(RED) && s.style(id, "This").color().equals(RED));
    row(
        "banner.text.strokeColor",
        "#ff0000",
        on,
        s ->
            s.style(id, "Hello").strokeColor().equals(RED)
                && s.style(id, "This").strokeColor().equals(RED));
    row(
        "banner.text.stroke_gu",
        1,
        on,
        s -> s.style(id, "Hello").strokeWidth() == 20 && s.style(id, "This").strokeWidth() == 20);
    row(
        "banner.text.fontFamily",
        "Teko",
        on,
        s ->
            s.style(id, "Hello").fontFamily().equals("Teko")
                && s.style(id, "This").fontFamily().equals("Teko"));
    row("banner.title.fontSize_gu", 3, on, s -> s.style(id, "Hello").fontSize() == 60);
    row("banner.title.fontWeight", "900", on, s -> s.style(id, "Hello").fontWeight() == 900);
    row("banner.title.fontStyle", "italic", on, s -> s.style(id, "Hello").italic());
    row("banner.subtitle.fontSize_gu", 3, on, s -> s.style(id, "This").fontSize() == 60);
    row("banner.subtitle.fontWeight", "900", on, s -> s.style(id, "This").fontWeight() == 900);
    row("banner.subtitle.fontStyle", "italic", on, s -> s.style(id, "This").italic());
  }

  /** A toast that came at 1 s, at 2 s. */
  private static Shot toasted(Map<String, Object> params, int width, int height) {
    Play play = new Play(params).canvas(width, height);
    play.params.put("toast.key", 0);
    play.set(0);
    return play.set(1, with("toast.key", 1)).at(2);
  }

  private static void toasted(String param, Object value, Predicate<Shot> holds) {
    play(param, value, NONE, params -> holds.test(toasted(params, 1280, 720)));
  }

  private static void toast() {
    String id = "toast";
    play("toast.key", 1, NONE, params -> new Play(NONE).set(0).set(1, params).at(2).has(id));
    toasted("toast.text", "Ahoy", s -> s.text(id).equals("Ahoy"));
    play(
        "toast.source",
        "chatMessages",
        NONE,
        params -> {
          Play play = new Play(params).set(0);
          play.material =
              new Material(Map.of(), List.of(new Material.Message(3, "Linus", "hi")), List.of());
          return play.set(1).at(2).text(id).equals("Linus: hi");
        });
    play(
        "toast.duration_secs",
        8,
        NONE,
        params -> {
          Play play = new Play(params).set(0);
          play.set(1, with("toast.key", 1));
          return play.at(1 + 8).has(id)
              && play.at(1 + 8).drawing(id).opacity() == 1
              && !play.at(1 + 8.5).has(id);
        });
    play(
        "toast.maxW_pct_default",
        15,
        NONE,
        params -> toasted(params, 1280, 720).drawing(id).boxWidth() == 192);
    play(
        "toast.maxW_pct_portrait",
        30,
        NONE,
        params -> toasted(params, 720, 1280).drawing(id).boxWidth() <= 216);
    toasted("toast.showIcon", false, s -> s.parts(id, Picture.class).isEmpty());
    toasted(
        "toast.icon.assetName",
        "logo.svg",
        s -> s.part(id, Picture.class).image().equals(new Asset("/assets/logo")));
    toasted(
        "toast.icon.emoji", "🦊", s -> s.part(id, Picture.class).image().equals(new Emoji("🦊")));
    toasted("toast.icon.size_gu", 5, s -> s.part(id, Picture.class).width() == 100);
    toasted("toast.color", "#ff0000", s -> s.part(id, Plate.class).color().equals(RED));
    toasted("toast.strokeColor", "#ff0000", s -> s.part(id, Plate.class).strokeColor().equals(RED));
    toasted("toast.text.color", "#ff0000", s -> s.style(id, "Hello").color().equals(RED));
    toasted("toast.text.fontFamily", "Teko", s -> s.style(id, "Hello").fontFamily().equals("Teko"));
    toasted("toast.text.fontWeight", "900", s -> s.style(id, "Hello").fontWeight() == 900);
    toasted("toast.text.fontSize_pct", 200, s -> s.style(id, "Hello").fontSize() == 44);
  }

  private static void slate(String name, String show) {
    Map<String, Object> on =
        with(show, true, name + ".title", "Hello", name + ".subtitle", "below");
    String text = name + ":text";
    row(
        show,
        true,
        NONE,
        s -> s.layer(name).map(l -> l.rect().equals(new Rect(0, 0, 1280, 720))).orElse(false));
    row(name + ".title", "Ahoy", with(show, true), s -> s.text(text).startsWith("Ahoy"));
    row(name + ".subtitle", "Ahoy", with(show, true), s -> s.text(text).endsWith("Ahoy"));
    row(
        name + ".bgImageAssetName",
        "logo.svg",
        on,
        s ->
            s.has(name + ":image")
                && s.part(name + ":image", Picture.class)
                    .image()
                    .equals(new Asset("/assets/logo")));
    row(
        name + ".bgColor",
        "#ff0000",
        on,
        s -> ((Box) s.layer(name).orElseThrow()).color().equals(RED));
    row(
        name + ".textColor",
        "#ff0000",
        on,
        s ->
            s.style(text, "Hello").color().equals(RED)
                && s.style(text, "below").color().equals(RED));
    row(
        name + ".fontFamily",
        "Teko",
        on,
        s ->
            s.style(text, "Hello").fontFamily().equals("Teko")
                && s.style(text, "below").fontFamily().equals("Teko"));
    row(name + ".fontWeight", "900", on, s -> s.style(text, "Hello").fontWeight() == 900);
    row(name + ".fontStyle", "italic", on, s -> s.style(text, "Hello").italic());
    row(
        name + ".fontSize_gu",
        4,
        on,
        s -> s.style(text, "Hello").fontSize() == 80 && s.style(text, "below").fontSize() == 60);
    row(name + ".subtitle.fontSize_pct", 50, on, s -> s.style(text, "below").fontSize() == 25);
    row(name + ".subtitle.fontWeight", "900", on, s -> s.style(text, "below").fontWeight() == 900);
    if (name.equals("openingSlate")) {
      play(
          "openingSlate.duration_secs",
          2,
          on,
          params -> {
            Play play = new Play(params).set(0);
            return play.at(1.99).layer(name).orElseThrow().opacity() == 1
                && !play.at(2.5).has(name);
          });
    } else {
      play(
          "titleSlate.enableTransition",
          false,
          NONE,
          params -> new Play(params).set(0).set(1, with("showTitleSlate", true)).at(1).has(name));
    }
  }

  private static void sidebar() {
    Map<String, Object> on = with("showSidebar", true, "highlightLines.position", 1);
    String text = "sidebar:text";
    row(
        "showSidebar",
        true,
        NONE,
        s ->
            s.layer("sidebar").map(l -> l.rect().equals(new Rect(896, 0, 384, 720))).orElse(false));
    row(
        "sidebar.shrinkVideoLayout",
        true,
        on,
        s -> s.tiles().stream().allMatch(t -> t.rect().right() <= 896));
    row(
        "sidebar.source",
        "chatMessages",
        on,
        s -> s.text(text).equals("Ada: first messageGrace: newest message"));
    row("sidebar.padding_gu", 3, on, s -> s.part(text, Words.class).x() == 60);
    row(
        "sidebar.width_pct_landscape",
        50,
        on,
        s -> s.layer("sidebar").orElseThrow().rect().x() == 640);
    row(
        "sidebar.height_pct_portrait",
        50,
        on,
        p -> p.canvas(720, 1280),
        s -> s.layer("sidebar").orElseThrow().rect().equals(new Rect(0, 640, 720, 640)));
    row(
        "sidebar.bgColor",
        "#ff0000",
        on,
        s -> ((Box) s.layer("sidebar").orElseThrow()).color().equals(RED));
    row("sidebar.textColor", "#ff0000", on, s -> s.style(text, "Intro").color().equals(RED));
    row("sidebar.fontFamily", "Teko", on, s -> s.style(text, "Intro").fontFamily().equals("Teko"));
    row("sidebar.fontWeight", "900", on, s -> s.style(text, "Intro").fontWeight() == 900);
    row("sidebar.fontStyle", "italic", on, s -> s.style(text, "Intro").italic());
    row("sidebar.fontSize_gu", 2, on, s -> s.style(text, "Intro").fontSize() == 40);
    row(
        "sidebar.textHighlight.color",
        "#ff0000",
        on,
        s -> s.style(text, "Notes").color().equals(RED));
    row(
        "sidebar.textHighlight.fontWeight",
        "900",
        on,
        s -> s.style(text, "Notes").fontWeight() == 900);
  }

  private static void others() {
    row(
        "highlightLines.items",
        "one\ntwo",
        with("showSidebar", true),
        s -> s.text("sidebar:text").equals("onetwo"));
    row(
        "highlightLines.position",
        2,
        with("showBannerOverlay", true, "banner.source", "highlightLines.items"),
        s -> s.text("banner").equals("Interview with Jane Doe"));
    play(
        "emojiReactions.source",
        "param",
        NONE,
        params -> {
          Play play = new Play(params).set(0);
          play.stage.react("🎉", 1);
          boolean fromApi = play.at(1.5).has("reaction:0");
          play.set(2, with("emojiReactions.key", 1, "emojiReactions.emoji", "🦊"));
          return !fromApi && play.at(2.5).layers().getLast().id().startsWith("reaction:");
        });
    play(
        "emojiReactions.key",
        1,
        with("emojiReactions.source", "param", "emojiReactions.emoji", "🦊"),
        params ->
            new Play(with("emojiReactions.source", "param"))
                .set(0)
                .set(1, params)
                .at(1.5)
                .has("reaction:0"));
    play(
        "emojiReactions.emoji",
        "🦊",
        with("emojiReactions.source", "param"),
        params -> {
          Play play = new Play(params).set(0).set(1, with("emojiReactions.key", 1));
          Shot shot = play.at(1.5);
          return shot.has("reaction:0")
              && shot.part("reaction:0", Picture.class).image().equals(new Emoji("🦊"));
        });
    play(
        "emojiReactions.offset_x_gu",
        5,
        NONE,
        params -> {
          Play play = new Play(params).set(0);
          play.stage.react("🎉", 1);
          double x = Reactions.Path.of(0).x(0.5, 1280, 20, 5);
          return Math.abs(play.at(1.5).drawing("reaction:0").rect().x() - x) <= 1;
        });
    row(
        "debug.showRoomState",
        true,
        NONE,
        s -> s.text("debug").contains("p0 (Ada Lovelace), owner, camera 640x360"));
    row(
        "debug.overlayOpacity",
        40,
        with("debug.showRoomState", true),
        s -> s.drawing("debug").opacity() == 0.4);
    play("enableLayoutAnims", true, NONE, params -> moved(params, 0.1).isPresent());
    play(
        "layoutAnims.duration_secs",
        2,
        with("enableLayoutAnims", true),
        params -> moved(params, 1).isPresent());
    play(
        "layoutAnims.easing",
        "linear",
        with("enableLayoutAnims", true),
        params -> moved(params, 0.15).map(r -> Math.abs(r.width() - 960) <= 2).orElse(false));
    play(
        "custom.layout",
        "stage.js",
        NONE,
        params -> "stage.js".equals(Layouts.customLayout("custom", params)));
    row(
        "portrait.variant",
        "inset",
        NONE,
        p -> {
          p.preset = "portrait";
          return p.canvas(720, 1280);
        },
        s -> s.tile(0).rect().height() == 1280);
  }

  private static Shot start(Map<String, Object> params) {
    return of(params);
  }

  private static Shot running(Map<String, Object> params) {
    return new Play(params).set(0).at(2);
  }

  /** Two lines that came a second after the first picture, half a second ago. */
  private static Shot captioned(Map<String, Object> params) {
    return captioned(params, 1.5);
  }

  private static Shot captioned(Map<String, Object> params, double at) {
    return new Play(params)
        .set(0)
        .material(
            new Material(
                Map.of(),
                List.of(),
                List.of(
                    new Material.Message(1, "Ada", "spoken words"),
                    new Material.Message(2, "Ada", "Shall we begin?"),
                    new Material.Message(3, "", "(a door opens)"))))
        .set(1)
        .at(at);
  }

  private static void corner(String prefix, Map<String, Object> base) {
    row(
        prefix + ".position",
        "bottom-right",
        base,
        s -> s.box(prefix).right() == 1260 && s.box(prefix).bottom() == 700);
    row(
        prefix + ".margin_gu",
        3,
        base,
        s -> s.box(prefix).y() == 60 && (s.box(prefix).x() == 60 || s.box(prefix).right() == 1220));
  }

  /** Font, colours and room around the text, of what has them all. */
  private static void looks(
      String prefix,
      Map<String, Object> base,
      Function<Map<String, Object>, Shot> shot,
      String drawing) {
    Function<Map<String, Object>, Layer.TextStyle> style =
        params -> shot.apply(params).part(drawing, Words.class).runs().getFirst().style();
    play(prefix + ".fontFamily", "Anton", base, p -> style.apply(p).fontFamily().equals("Anton"));
    play(prefix + ".fontWeight", "700", base, p -> style.apply(p).fontWeight() == 700);
    play(prefix + ".fontSize_gu", 3, base, p -> style.apply(p).fontSize() == 60);
    play(prefix + ".color", "red", base, p -> style.apply(p).color().equals(RED));
    if (!prefix.equals("ticker")) {
      play(
          prefix + ".bgColor",
          "red",
          base,
          p -> shot.apply(p).part(drawing, Plate.class).color().equals(RED));
      play(
          prefix + ".padding_gu", 1, base, p -> shot.apply(p).part(drawing, Words.class).x() == 20);
      play(
          prefix + ".cornerRadius_gu",
          0.8,
          base,
          p -> shot.apply(p).part(drawing, Plate.class).cornerRadius() == 16);
    }
  }

  private static void clocks() {
    row("showClock", true, NONE, s -> s.text("clock").equals("00:00:00"));
    row("clock.format", "h:mm a", CLOCK, s -> s.text("clock").equals("12:00 AM"));
    row("clock.timeZone", "Asia/Tokyo", CLOCK, s -> s.text("clock").equals("09:00:00"));
    row(
        "showCountdown",
        true,
        with("countdown.target", "1970-01-01T01:00:00Z"),
        s -> s.text("countdown").equals("1:00:00"));
    row(
        "countdown.target",
        "1970-01-01T01:00:05+01:00",
        with("showCountdown", true),
        s -> s.text("countdown").equals("0:05"));
    row("countdown.text", "Live in ", COUNTDOWN, s -> s.text("countdown").equals("Live in 1:30"));
    row(
        "countdown.endText",
        "Here we go",
        with("showCountdown", true, "countdown.target", "1970-01-01T00:00:00Z"),
        s -> s.text("countdown").equals("Here we go"));
  }

  private static void ticker() {
    row("showTicker", true, with("ticker.text", "news"), s -> s.has("ticker"));
    play(
        "ticker.text",
        "news",
        with("showTicker", true),
        p -> running(p).text("ticker:0:0").equals("news"));
    play(
        "ticker.source",
        "highlightLines.items",
        with("showTicker", true, "highlightLines.items", "one\ntwo"),
        p -> running(p).text("ticker:0:0").equals("one"));
    play("ticker.separator", "+++", TICKER, p -> running(p).text("ticker:1:0").equals("+++"));
    row("ticker.position", "top", TICKER, s -> s.layer("ticker").orElseThrow().rect().y() == 0);
    row("ticker.margin_gu", 2, TICKER, s -> s.layer("ticker").orElseThrow().rect().bottom() == 680);
    play("ticker.speed_gu", 10, TICKER, p -> running(p).box("ticker:0:0").x() == 1280 - 400);
    row(
        "ticker.padding_gu",
        1,
        TICKER,
        s -> s.layer("ticker").orElseThrow().rect().height() == 34 + 40);
    row(
        "ticker.bgColor",
        "red",
        TICKER,
        s -> ((Box) s.layer("ticker").orElseThrow()).color().equals(RED));
  }

  private static void captions() {
    play(
        "captions.source",
        "transcript",
        NONE,
        p -> captioned(p).text("captions").contains("begin"));
    play(
        "captions.showNames",
        false,
        CAPTIONS,
        p -> captioned(p).text("captions").equals("Shall we begin?\n(a door opens)"));
    play(
        "captions.maxLines",
        1,
        CAPTIONS,
        p -> captioned(p).text("captions").equals("(a door opens)"));
    play("captions.hold_secs", 20, CAPTIONS, p -> captioned(p, 20.5).has("captions"));
    play("captions.position", "top", CAPTIONS, p -> captioned(p).box("captions").y() == 40);
    play("captions.margin_gu", 4, CAPTIONS, p -> captioned(p).box("captions").bottom() == 720 - 80);
    play("captions.maxW_pct", 10, CAPTIONS, p -> captioned(p).box("captions").width() <= 128);
  }

  /** The first tile on its way from one tile to four of half the size; empty when it is there. */
  private static java.util.Optional<Rect> moved(Map<String, Object> params, double after) {
    Play play = new Play(params).state(States.cameras(1)).set(0);
    play.state(States.cameras(4)).set(1);
    Rect rect = play.at(1 + after).camera("p0").rect();
    return rect.width() == 640 ? java.util.Optional.empty() : java.util.Optional.of(rect);
  }

  private static void oldNames() {
    Map<String, Object> text = with("showTextOverlay", true);
    Map<String, Object> image = with("showImageOverlay", true);
    Map<String, Object> single = with("mode", "single");
    row(V + "omitPaused", true, NONE, p -> p.state(paused(3, 1)), s -> !s.has("camera:p1"));
    row(V + "labels.offset_x", 40, LABELS, s -> s.labels().getFirst().rect().x() == 50);
    row(V + "labels.offset_y", -40, LABELS, s -> s.labels().getFirst().rect().bottom() == 670);
    row(V + "pip.height_vh", 0.5, PIP, s -> s.tile(1).rect().height() == 360);
    row(V + "pip.margin_vh", 0.1, PIP, s -> s.tile(1).rect().y() == 72);
    row("image.height_vh", 0.5, image, s -> s.box("image:foreground").height() == 360);
    row("image.margin_vh", 0.1, image, s -> s.box("image:foreground").y() == 72);
    row(V + "margin.left_vw", 0.1, single, s -> s.tile(0).rect().x() == 128);
    row(V + "margin.right_vw", 0.1, single, s -> s.tile(0).rect().right() == 1152);
    row(V + "margin.top_vh", 0.1, single, s -> s.tile(0).rect().y() == 72);
    row(V + "margin.bottom_vh", 0.1, single, s -> s.tile(0).rect().bottom() == 648);
    row("text.offset_x", 60, text, s -> middleX(s.drawing("text")) == 700);
    row("text.offset_y", -60, text, s -> middleY(s.drawing("text")) == 300);
    row("text.rotationInDegrees", 45, text, s -> s.drawing("text").rotation() == 45);
    row("text.fontSize_percentageOfViewH", 0.1, text, s -> s.style("text", "An").fontSize() == 72);
  }

  private static int middleX(Layer.Drawing drawing) {
    return drawing.rect().x() + drawing.rect().width() / 2;
  }

  private static int middleY(Layer.Drawing drawing) {
    return drawing.rect().y() + drawing.rect().height() / 2;
  }

  static Stream<Row> rows() {
    return ROWS.values().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void theParamDoesWhatItSays(Row row) {
    Map<String, Object> given = new TreeMap<>(row.base());
    given.put(row.param(), row.value());
    assertThat(LayoutParams.parse(given).warnings()).isEmpty();
    assertThat(row.holds().test(given)).as("with " + given).isTrue();
    assertThat(holdsOrThrows(row)).as("with the param ignored: " + row.base()).isFalse();
  }

  private static boolean holdsOrThrows(Row row) {
    try {
      return row.holds().test(new TreeMap<>(row.base()));
    } catch (RuntimeException | AssertionError e) {
      return false; // what the predicate looks at is not there
    }
  }

  @Test
  void noParamIsLeftOut() {
    Set<String> working = new TreeSet<>();
    Vocabulary.ALL.values().forEach(param -> working.add(param.name()));
    assertThat(ROWS.keySet()).containsExactlyInAnyOrderElementsOf(working);
    assertThat(working).hasSize(196 + 15 + 4 + 52); // old names; Callcast's own
  }
}
