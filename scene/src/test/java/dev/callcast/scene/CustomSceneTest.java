package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class CustomSceneTest {
  private static final SceneState CALL =
      new SceneState(
          List.of(
              new Participant(
                  "ada", "Ada", false, new Video("ada/cam", 640, 360, false), null, true, 0),
              new Participant(
                  "bob",
                  "Bob",
                  false,
                  new Video("bob/cam", 640, 360, true),
                  new Video("bob/screen", 1000, 1000, false),
                  false,
                  0)),
          null,
          0);

  private static CustomScene parse(String layers) {
    return CustomScene.parse(
        JsonMapper.shared().readTree(layers.replace('\'', '"')),
        Set.of("logo.png", "brand.ttf", "gone.ttf"));
  }

  private static List<Layer> place(String layers) {
    return parse(layers)
        .place(
            CALL,
            new Material(
                Map.of("logo.png", "/x/logo"),
                List.of(),
                List.of(),
                Map.of("brand.ttf", "/x/brand")),
            new SimpleMeter(),
            1280,
            720);
  }

  @Test
  void videosLieOnEvenPixelsWithinTheCanvasAndShowWhatThereIs() {
    List<Layer> layers =
        place(
            "[{'type':'video','participant':'ada','x':1.4,'y':-10,'width':101,'height':60},"
                + "{'type':'video','participant':'bob','x':1200,'y':700,'width':200,'height':100},"
                + "{'type':'video','participant':'bob','source':'screen','scaleMode':'fit','x':0,'y':0,'width':200,'height':100},"
                + "{'type':'video','participant':'ada','source':'screen','x':0,'y':0,'width':50,'height':50},"
                + "{'type':'video','participant':'eve','x':0,'y':0,'width':50,'height':50},"
                + "{'type':'video','id':'far','participant':'ada','x':2000,'y':0,'width':50,'height':50}]");
    assertThat(layers)
        .extracting(Layer::id)
        .containsExactly("camera:ada", "camera:bob", "screen:bob");
    assertThat(layers)
        .extracting(Layer::rect)
        .containsExactly(
            new Rect(2, 0, 100, 50), new Rect(1200, 700, 80, 20), new Rect(50, 0, 100, 100));
    assertThat(layers)
        .extracting(layer -> ((Layer.Tile) layer).track())
        .containsExactly("ada/cam", null, "bob/screen");
  }

  @Test
  void everyOtherKindIsPlaced() {
    List<Layer> layers =
        place(
            "[{'type':'box','x':0,'y':0,'width':11,'height':10,'color':'#ff000080','cornerRadius':3},"
                + "{'type':'label','id':'l','x':0,'y':0,'width':100,'height':20,'text':'A','fontSize':12,'muted':true},"
                + "{'type':'text','x':0,'y':0,'width':100,'height':100,'text':'B','fontSize':12,'verticalAlign':'bottom'},"
                + "{'type':'image','x':0,'y':0,'width':100,'height':100,'asset':'logo.png','opacity':0.5},"
                + "{'type':'image','x':0,'y':0,'width':100,'height':100,'emoji':'🎉'}]");
    assertThat(layers)
        .extracting(Layer::id)
        .containsExactly("custom:0", "custom:l", "custom:2", "custom:3", "custom:4");
    assertThat(((Layer.Box) layers.get(0)).color()).isEqualTo(new Color(255, 0, 0, 128));
    assertThat(((Layer.Label) layers.get(1)).icon()).isEqualTo(Layer.Icon.MICROPHONE_MUTED);
    Layer.Words words = (Layer.Words) ((Layer.Drawing) layers.get(2)).parts().getFirst();
    assertThat(words.y()).isPositive();
    assertThat(layers.get(3).opacity()).isEqualTo(0.5);
    assertThat(layers.get(3).toString()).contains("/x/logo");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          5 | has to return an array
          [5] | layer 0 is no object
          [{'type':'box','x':0,'y':0,'width':1,'height':1,'color':'red','colour':1}] | layer 0 (box): colour is nothing that it takes
          [{'type':'box','x':0,'y':0,'width':1,'height':1,'color':'reddish'}] | layer 0 (box): color is
          [{'type':'box','x':0,'y':0,'width':-1,'height':1,'color':'red'}] | layer 0 (box): width has to be from 0 to 16384, not -1
          [{'type':'box','x':null,'y':0,'width':1,'height':1,'color':'red'}] | layer 0 (box): x has to be a number
          [{'type':'video','x':0,'y':0,'width':1,'height':1}] | layer 0 (video): participant has to be a string
          [{'type':'video','participant':'a','x':0,'y':0,'width':1,'height':1,'border':{'width':1}}] | color has to be a colour
          [{'type':'video','participant':'a','x':0,'y':0,'width':1,'height':1},{'type':'video','participant':'a','x':0,'y':0,'width':1,'height':1}] | 'camera:a' is that of another layer
          [{'type':'image','x':0,'y':0,'width':1,'height':1}] | asset or emoji has to be there
          [{'type':'image','x':0,'y':0,'width':1,'height':1,'asset':'x.png'}] | 'x.png' is not in the list
          [{'type':'text','x':0,'y':0,'width':1,'height':1,'text':'a','fontSize':9,'fontFamily':'Comic'}] | fontFamily has to be one of Roboto
          [{'type':'label','x':0,'y':0,'width':1,'height':1,'text':'a','fontSize':9,'fontFamily':'asset:x.ttf'}] | 'x.ttf' is not in the list
          """)
  void whatIsWrongIsNamed(String layers, String message) {
    assertThatThrownBy(() -> parse(layers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void uploadedFontsAreFilesAndThoseThatAreGoneRoboto() {
    String fields = "'x':0,'y':0,'width':90,'height':50,'text':'a','fontSize':20,'fontFamily':";
    List<String> families = new java.util.ArrayList<>();
    for (Layer layer :
        place(
            "[{'type':'text',%1$s'asset:brand.ttf'},{'type':'label',%1$s'asset:brand.ttf'},"
                    .formatted(fields)
                + "{'type':'text',%1$s'asset:gone.ttf'},{'type':'label',%1$s'asset:gone.ttf'}]"
                    .formatted(fields))) {
      families.add(
          layer instanceof Layer.Label label
              ? label.fontFamily()
              : ((Layer.Words) ((Layer.Drawing) layer).parts().getFirst())
                  .runs()
                  .getFirst()
                  .style()
                  .fontFamily());
    }
    assertThat(families).containsExactly("/x/brand", "/x/brand", "Roboto", "Roboto");
  }
}
