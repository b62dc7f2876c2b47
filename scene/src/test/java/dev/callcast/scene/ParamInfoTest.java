package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParamInfoTest {
  @Test
  void everyDefaultIsAValueThatIsTaken() {
    Map<String, Object> all = new HashMap<>();
    for (ParamInfo param : ParamInfo.all()) {
      all.put(param.name(), param.standard());
    }
    assertThat(LayoutParams.parse(all).warnings()).isEmpty();
  }

  @Test
  void saysWhatAFormNeeds() {
    Map<String, ParamInfo> all = new HashMap<>();
    ParamInfo.all().forEach(param -> all.put(param.name(), param));
    assertThat(all.get("videoSettings.dominant.splitPos"))
        .satisfies(param -> assertThat(param.kind()).isEqualTo("number"))
        .satisfies(param -> assertThat(param.standard()).isEqualTo(0.8))
        .satisfies(param -> assertThat(param.most()).isEqualTo(1));
    assertThat(all.get("videoSettings.pip.position").choices()).contains("bottom-left");
    assertThat(all.get("webFrame.url"))
        .satisfies(param -> assertThat(param.kind()).isEqualTo("text"));
    assertThat(all).doesNotContainKey("text.offset_x").containsKey("portrait.variant");
  }
}
