package dev.callcast.server.webrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An offer of a real Chromium that wants to watch. */
class WhepAnswerTest {
  private static final SdpAnswer.End END =
      new SdpAnswer.End(7, "192.0.2.7", 40000, "uf", "pw", "sha-256 AB");

  private static SdpOffer offer(String from, String to) throws IOException, SdpException {
    try (InputStream in =
        WhepAnswerTest.class.getResourceAsStream("/dev/callcast/server/webrtc/viewer.sdp")) {
      String sdp = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(sdp).contains(from);
      return SdpOffer.parse(sdp.replace(from, to));
    }
  }

  @Test
  void sendsTheNearestProfileAndStereoWithRetransmissions() throws Exception {
    WhepAnswer answer = WhepAnswer.to(offer("v=0", "v=0"), true, new Random(1));
    int type = answer.video().format().payloadType();
    assertThat(answer.video().format().parameters())
        .containsEntry("packetization-mode", "1")
        .hasEntrySatisfying("profile-level-id", id -> assertThat(id).startsWith("4d"));
    long ssrc = answer.video().stream().ssrc();
    long repair = answer.video().stream().rtx().ssrc();
    assertThat(ssrc).isNotEqualTo(repair).isNotEqualTo(answer.audio().stream().ssrc());
    assertThat(answer.sdp(END, true))
        .contains(
            "a=rtpmap:" + type + " H264/90000\r\n",
            "a=fmtp:" + answer.video().repair().payloadType() + " apt=" + type + "\r\n",
            "a=ssrc-group:FID %d %d\r\na=ssrc:%d cname:callcast\r\na=ssrc:%d cname:callcast\r\n"
                .formatted(ssrc, repair, ssrc, repair),
            "a=rtcp-fb:" + type + " nack pli\r\n",
            "sprop-stereo=1\r\n",
            "a=group:BUNDLE 0 1\r\n")
        .doesNotContain("a=recvonly", "VP8");
    assertThat(answer.sdp(END, false)).doesNotContain("sprop-stereo");
  }

  @Test
  void whatCannotBeSentIsDeclined() throws Exception {
    WhepAnswer sound = WhepAnswer.to(offer("H264/90000", "H264X/90000"), true, new Random(1));
    assertThat(sound.video()).isNull();
    assertThat(sound.sdp(END, true)).contains("m=video 0 ", "a=inactive");
    WhepAnswer silent = WhepAnswer.to(offer("opus/48000", "opas/48000"), true, new Random(1));
    assertThat(silent.audio()).isNull();
    assertThat(WhepAnswer.to(offer("v=0", "v=0"), false, new Random(1)).video()).isNull();
    assertThatThrownBy(() -> WhepAnswer.to(offer("a=recvonly", "a=sendonly"), true, new Random(1)))
        .isInstanceOf(SdpException.class)
        .hasMessageContaining("nothing that is sent here");
    assertThatThrownBy(
            () -> WhepAnswer.to(offer("a=setup:actpass", "a=setup:passive"), true, new Random(1)))
        .isInstanceOf(SdpException.class);
  }
}
