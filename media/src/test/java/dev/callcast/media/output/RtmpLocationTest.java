package dev.callcast.media.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.Element;
import dev.callcast.gst.Pipeline;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code rtmp2sink} makes of the services' URLs: application and key, byte for byte. */
@Tag("media")
class RtmpLocationTest {
  @ParameterizedTest
  @CsvSource({
    "rtmps://a.rtmps.youtube.com:443/live2/abcd-efgh-1234, live2, abcd-efgh-1234",
    "rtmps://b.rtmps.youtube.com:443/live2?backup=1/abcd-efgh-1234, live2?backup=1, abcd-efgh-1234",
    "rtmps://live-api-s.facebook.com:443/rtmp/FB-1-0-Ab_c?s_bl=1&s_psm=1&a=Abx~y, rtmp,"
        + " FB-1-0-Ab_c?s_bl=1&s_psm=1&a=Abx~y",
    "rtmps://ingest.global-contribute.live-video.net:443/app/live_1_Ab?bandwidthtest=true, app,"
        + " live_1_Ab?bandwidthtest=true"
  })
  void applicationAndKeyArrive(String url, String application, String key) throws Exception {
    try (Pipeline pipeline = Pipeline.parse("appsrc name=in ! rtmp2sink name=out");
        Element out = pipeline.element("out")) {
      out.set("location", url);
      assertThat(out.get("application")).isEqualTo(application);
      assertThat(out.get("stream")).isEqualTo(key);
      assertThat(out.get("port")).isEqualTo(443L);
    }
  }
}
