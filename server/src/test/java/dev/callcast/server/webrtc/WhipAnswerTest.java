package dev.callcast.server.webrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Offers of a real Chromium 156, and what is wrong with those that are refused. */
class WhipAnswerTest {
  @Test
  void answersACameraAndAMicrophone() throws Exception {
    WhipAnswer answer = WhipAnswer.to(SdpOffer.parse(offer("camera")));
    assertThat(answer.transport().ufrag()).isEqualTo("3jaa");
    assertThat(answer.transport().fingerprint()).startsWith("sha-256 CD:E2:81:");
    assertThat(answer.tracks("w", TrackSource.CAMERA))
        .containsExactly(
            new TrackSpec(
                "mic",
                Codec.OPUS.kind(),
                TrackSource.MIC,
                "w",
                150012228,
                111,
                Codec.OPUS,
                48_000,
                2,
                null,
                false,
                List.of(
                    new TrackSpec.HeaderExtension("urn:ietf:params:rtp-hdrext:sdes:mid", 4),
                    new TrackSpec.HeaderExtension(TrackSpec.AUDIO_LEVEL_URI, 1))),
            new TrackSpec(
                "camera",
                Codec.VP8.kind(),
                TrackSource.CAMERA,
                "w",
                994984599,
                96,
                Codec.VP8,
                90_000,
                0,
                new TrackSpec.Rtx(3917584488L, 97),
                false,
                List.of(
                    new TrackSpec.HeaderExtension("urn:ietf:params:rtp-hdrext:sdes:mid", 4),
                    new TrackSpec.HeaderExtension(TrackSpec.VIDEO_ORIENTATION_URI, 13))));
    assertThat(answer.sdp(new SdpAnswer.End(7, "192.0.2.7", 40000, "uf", "pw", "sha-256 AB")))
        .isEqualTo(
            """
            v=0
            o=callcast 7 1 IN IP4 192.0.2.7
            s=-
            t=0 0
            a=group:BUNDLE 0 1
            a=ice-lite
            m=audio 40000 UDP/TLS/RTP/SAVPF 111
            c=IN IP4 192.0.2.7
            a=ice-ufrag:uf
            a=ice-pwd:pw
            a=fingerprint:sha-256 AB
            a=setup:passive
            a=mid:0
            a=recvonly
            a=rtcp-mux
            a=rtpmap:111 opus/48000/2
            a=fmtp:111 minptime=10;useinbandfec=1
            a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
            a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host
            a=end-of-candidates
            m=video 40000 UDP/TLS/RTP/SAVPF 96 97
            c=IN IP4 192.0.2.7
            a=ice-ufrag:uf
            a=ice-pwd:pw
            a=fingerprint:sha-256 AB
            a=setup:passive
            a=mid:1
            a=recvonly
            a=rtcp-mux
            a=rtpmap:96 VP8/90000
            a=rtcp-fb:96 nack
            a=rtcp-fb:96 nack pli
            a=rtcp-fb:96 ccm fir
            a=rtcp-fb:96 goog-remb
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96
            a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:13 urn:3gpp:video-orientation
            a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host
            a=end-of-candidates
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void aScreenHasTracksOfItsOwn() throws Exception {
    WhipAnswer answer = WhipAnswer.to(SdpOffer.parse(offer("screen")));
    assertThat(answer.tracks("w", TrackSource.SCREEN))
        .extracting(TrackSpec::id)
        .containsExactly("screen");
    WhipAnswer both = WhipAnswer.to(SdpOffer.parse(offer("camera")));
    assertThat(both.tracks("w", TrackSource.SCREEN))
        .extracting(TrackSpec::id)
        .containsExactly("screenAudio", "screen");
  }

  /** The peer's first codec that fits: H.264 only with packetization-mode=1. */
  @Test
  void choosesWhatThePeerPrefers() throws Exception {
    String h264 = offer("camera").replace("SAVPF 96 97 102", "SAVPF 104 108 109 96 97 102");
    WhipAnswer answer = WhipAnswer.to(SdpOffer.parse(h264));
    TrackSpec picture = answer.tracks("w", TrackSource.CAMERA).get(1);
    assertThat(picture.codec()).isEqualTo(Codec.H264);
    assertThat(picture.payloadType()).isEqualTo(108);
    assertThat(picture.rtx()).isEqualTo(new TrackSpec.Rtx(3917584488L, 109));
    assertThat(answer.sdp(new SdpAnswer.End(1, "::1", 40000, "uf", "pw", "sha-256 AB")))
        .contains("c=IN IP6 ::1")
        .contains(
            "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
        .doesNotContain("VP8");
  }

  /** One layer of several, which Chromium names and says no SSRC of. */
  @Test
  void takesTheBestOfSeveralLayers() throws Exception {
    String offer = offer("simulcast");
    WhipAnswer answer = WhipAnswer.to(SdpOffer.parse(offer));
    TrackSpec picture = answer.tracks("w", TrackSource.CAMERA).get(1);
    assertThat(picture.layers()).isEmpty();
    assertThat(picture.rtx()).isNotNull();
    assertThat(picture.rtx().payloadType()).isEqualTo(97);
    assertThat(picture.rtx().ssrc()).isNotEqualTo(picture.ssrc()).isPositive();
    assertThat(answer.sdp(new SdpAnswer.End(1, "192.0.2.7", 40000, "uf", "pw", "sha-256 AB")))
        .contains("a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n")
        .contains("a=rid:h recv\r\na=simulcast:recv h\r\n");

    assertThat(chosen(offer, "q", "h", "f")).isEqualTo("f");
    assertThat(chosen(offer, "Low", "Mid", "High")).isEqualTo("High");
    assertThat(chosen(offer, "r0", "r1", "r2")).as("in its order").isEqualTo("r0");
    assertThat(chosen(offer, "q", "h", "x")).as("not all are known").isEqualTo("q");
    assertThat(chosen(offer, "~q,x", "f", "absent")).isEqualTo("f");
    assertThat(chosen(offer, "a max-width=320", "b max-width=1280", "c pt=96;max-width=640"))
        .isEqualTo("b");
    assertThat(chosen(offer, "f max-br=100", "h max-br=90", "q max-br=many")).isEqualTo("f");
  }

  /** The layer that is taken of these, each a rid and what restricts it. */
  private static String chosen(String offer, String... layers) throws SdpException {
    StringBuilder lines = new StringBuilder();
    StringBuilder list = new StringBuilder();
    for (String layer : layers) {
      String[] words = layer.split(" ", 2);
      list.append(list.isEmpty() ? "" : ";").append(words[0]);
      for (String rid : words[0].replace("~", "").split(",")) {
        if (!rid.equals("absent")) {
          lines.append(
              "a=rid:" + rid + " send" + (words.length > 1 ? " " + words[1] : "") + "\r\n");
        }
      }
    }
    String other =
        offer
            .replaceAll("a=rid:.*\r\n", "")
            .replaceAll("a=simulcast:.*\r\n", lines + "a=simulcast:send " + list + "\r\n");
    return WhipAnswer.to(SdpOffer.parse(other)).taken().get(1).layer().rid();
  }

  /** A peer need not say under which SSRCs it will send (RFC 9143 §9.2). */
  @Test
  void sourcesNeedNotBeNamed() throws Exception {
    String offer = offer("camera").replaceAll("a=ssrc.*\r\n", "");
    List<TrackSpec> tracks = WhipAnswer.to(SdpOffer.parse(offer)).tracks("w", TrackSource.CAMERA);
    assertThat(tracks).extracting(TrackSpec::payloadType).containsExactly(111, 96);
    assertThat(tracks.get(0).ssrc()).isNotEqualTo(tracks.get(1).ssrc());
    assertThat(tracks.get(1).rtx()).isNotNull();
  }

  @Test
  void declinesWhatItDoesNotTake() throws Exception {
    String more =
        offer("camera").replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2")
            + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n";
    String answer =
        WhipAnswer.to(SdpOffer.parse(more))
            .sdp(new SdpAnswer.End(1, "192.0.2.7", 40000, "uf", "pw", "sha-256 AB"));
    assertThat(answer)
        .contains("a=group:BUNDLE 0 1\r\n")
        .contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    refused("hello", "no SDP");
    refused("v=0\r\n", "nothing that is understood");
    refused("v=0\r\nm=audio\r\n", "broken at \"m=audio\"");
    refused("v=0\r\nm=audio x UDP/TLS/RTP/SAVPF 111\r\n", "broken");
    String good = offer("camera");
    refused(good.replace("a=group:BUNDLE 0 1\r\n", ""), "more than one port");
    refused(good.replace("a=rtcp-mux\r\n", ""), "more than one port");
    refused(good.replace("a=sendonly", "a=recvonly"), "nothing that is understood");
    refused(good.replaceAll("a=fingerprint:.*\r\n", ""), "no fingerprint");
    refused(good.replace("a=setup:actpass", "a=setup:passive"), "setup:passive");
    refused(good.replace("sha-256 CD", "md5 CD"), "hash");
  }

  /** Nothing that is sent may do more than be refused. */
  @Test
  void isNeverSurprised() throws Exception {
    String good = offer("camera");
    for (int i = 0; i < good.length(); i += 7) {
      String cut = good.substring(0, i);
      String damaged = cut + "\u0000:/ =;" + good.substring(Math.min(good.length(), i + 3));
      for (String text : List.of(cut, damaged)) {
        try {
          WhipAnswer.to(SdpOffer.parse(text))
              .sdp(new SdpAnswer.End(1, "192.0.2.7", 1, "u", "p", "sha-256 AB"));
        } catch (SdpException e) {
          assertThat(e.detail()).endsWith(".");
          assertThat(e.fix()).endsWith(".");
        }
      }
    }
  }

  private static void refused(String offer, String why) {
    assertThatThrownBy(() -> WhipAnswer.to(SdpOffer.parse(offer)))
        .isInstanceOf(SdpException.class)
        .hasMessageContaining(why);
  }

  private static String offer(String name) throws IOException {
    try (InputStream in = WhipAnswerTest.class.getResourceAsStream(name + ".sdp")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
