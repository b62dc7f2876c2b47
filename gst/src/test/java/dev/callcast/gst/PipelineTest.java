package dev.callcast.gst;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class PipelineTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void bytesGoThroughUnchangedWithTheirTimes() {
    try (Pipeline pipeline =
            Pipeline.parse("appsrc name=in format=time ! queue ! appsink name=out sync=false");
        AppSrc in = pipeline.appSrc("in");
        AppSink out = pipeline.appSink("out")) {
      in.setCaps("application/x-test,answer=(int)42");
      pipeline.play();
      byte[] data = "xxhello".getBytes(StandardCharsets.UTF_8);
      assertThat(in.push(data, 2, 5, 7, 6, 5)).isTrue();
      assertThat(in.push(data, 0, 2, 8, 8, 5, false)).isTrue();
      try (Sample sample = Objects.requireNonNull(out.pull(5 * SECOND));
          Structure caps = sample.caps()) {
        assertThat(new String(sample.bytes(), StandardCharsets.UTF_8)).isEqualTo("hello");
        assertThat(sample.pts()).isEqualTo(7);
        assertThat(sample.dts()).isEqualTo(6);
        assertThat(sample.duration()).isEqualTo(5);
        assertThat(sample.isKeyFrame()).isTrue();
        assertThat(caps.name()).isEqualTo("application/x-test");
        assertThat(caps.getLong("answer", 0)).isEqualTo(42);
      }
      try (Sample sample = Objects.requireNonNull(out.pull(5 * SECOND))) {
        assertThat(sample.isKeyFrame()).isFalse();
      }
      in.endOfStream();
      assertThat(pipeline.poll(5 * SECOND)).isInstanceOf(BusMessage.EndOfStream.class);
      assertThat(out.isEndOfStream()).isTrue();
    }
  }

  @Test
  void wrongNamesAndValuesAreRefusedLoudly() {
    assertThatThrownBy(() -> Pipeline.parse("nosuchelement ! fakesink"))
        .hasMessageContaining("nosuchelement");
    assertThatThrownBy(() -> Element.make("nosuchelement")).hasMessageContaining("nosuchelement");
    try (Element encoder = Element.make("x264enc")) {
      assertThatThrownBy(() -> encoder.set("speed-preset", "nosuchpreset"))
          .hasMessageContaining("nosuchpreset");
      assertThatThrownBy(() -> encoder.set("nosuchproperty", 1))
          .hasMessageContaining("nosuchproperty");
      assertThatThrownBy(() -> encoder.set("bitrate", -1L)).hasMessageContaining("bitrate");
      encoder.set("speed-preset", "superfast");
      encoder.set("bitrate", 3000);
      encoder.set("option-string", "scenecut=0");
      assertThat(encoder.get("speed-preset")).isEqualTo("superfast");
      assertThat(encoder.get("bitrate")).isEqualTo(3000L);
      assertThat(encoder.get("option-string")).isEqualTo("scenecut=0");
    }
  }

  @Test
  void anErrorNamesItsElement() {
    try (Pipeline pipeline =
            Pipeline.parse("filesrc name=f location=/nonexistent ! fakesink name=s");
        Element source = pipeline.element("f");
        Element sink = pipeline.element("s")) {
      assertThatThrownBy(pipeline::play).hasMessageContaining("/nonexistent");
      pipeline.halt();
      assertThat(source.isSame(sink)).isFalse();
    }
  }

  @Test
  void decodedPicturesAreReadInPlaceWithTheirStrides() {
    String description =
        "videotestsrc num-buffers=3 pattern=red ! video/x-raw,format=I420,width=300,height=169 "
            + "! vp8enc deadline=1 ! avdec_vp8 ! appsink name=out sync=false";
    try (Pipeline pipeline = Pipeline.parse(description);
        AppSink out = pipeline.appSink("out");
        Pad pad = out.staticPad("sink")) {
      pad.acceptVideoMeta();
      pipeline.play();
      try (MappedPicture mapped = Objects.requireNonNull(out.pull(10 * SECOND)).picture()) {
        I420 picture = mapped.picture();
        assertThat(picture.width()).isEqualTo(300);
        assertThat(picture.height()).isEqualTo(169);
        assertThat(picture.chromaHeight()).isEqualTo(85);
        // BT.601 red: Y 81, U 90, V 240.
        long last = 168L * picture.strideY() + 299;
        assertThat(
                Byte.toUnsignedInt(picture.y().get(java.lang.foreign.ValueLayout.JAVA_BYTE, last)))
            .isBetween(78, 84);
        long lastChroma = 84L * picture.strideV() + 149;
        assertThat(
                Byte.toUnsignedInt(
                    picture.v().get(java.lang.foreign.ValueLayout.JAVA_BYTE, lastChroma)))
            .isBetween(235, 245);
      }
    }
  }

  @Test
  void decodedPicturesLieWhereTheScalerTakesThem() {
    String description =
        "videotestsrc num-buffers=8 ! video/x-raw,format=I420,width=640,height=360 "
            + "! vp8enc deadline=1 ! vp8dec ! appsink name=out sync=false";
    try (Pipeline pipeline = Pipeline.parse(description);
        AppSink out = pipeline.appSink("out");
        Pad pad = out.staticPad("sink")) {
      pad.acceptVideoMeta();
      pipeline.play();
      for (int i = 0; i < 8; i++) {
        try (MappedPicture mapped = Objects.requireNonNull(out.pull(10 * SECOND)).picture()) {
          assertThat(Zimg.isAligned(mapped.picture())).isTrue();
        }
      }
    }
  }

  @Test
  void keyFramesComeWhereTheyAreAskedFor() {
    String description =
        "videotestsrc num-buffers=120 ! video/x-raw,format=I420,width=64,height=64,framerate=30/1 "
            + "! x264enc name=e key-int-max=1000 option-string=scenecut=0 speed-preset=superfast threads=1 "
            + "! appsink name=out sync=false max-buffers=1";
    try (Pipeline pipeline = Pipeline.parse(description);
        Element encoder = pipeline.element("e");
        AppSink out = pipeline.appSink("out");
        Pad source = encoder.staticPad("src")) {
      pipeline.play();
      List<Long> keyTimes = new ArrayList<>();
      try (Sample first = Objects.requireNonNull(out.pull(10 * SECOND))) {
        assertThat(first.isKeyFrame()).isTrue();
        keyTimes.add(Math.round(first.runningTime() / 1e6));
      }
      // The sink holds the encoder back, so it has not come that far yet.
      assertThat(source.requestKeyFrame(3 * SECOND)).isTrue();
      for (int i = 1; i < 120; i++) {
        try (Sample sample = Objects.requireNonNull(out.pull(10 * SECOND))) {
          if (sample.isKeyFrame()) {
            keyTimes.add(Math.round(sample.runningTime() / 1e6));
          }
        }
      }
      assertThat(keyTimes).containsExactly(0L, 3000L);
    }
  }

  @Test
  void structuresOfPropertiesCanBeRead() {
    try (Element session = Element.make("rtpbin")) {
      session.set("latency", 200);
      session.set("sdes", "application/x-rtp-source-sdes,cname=(string)me");
      try (Structure sdes = (Structure) Objects.requireNonNull(session.get("sdes"))) {
        assertThat(sdes.getString("cname")).isEqualTo("me");
      }
    }
  }
}
