package dev.callcast.testkit.send;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.I420Picture;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.ClipMarks;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real receiver decodes what the sender sends, and reads the marks in it. */
@Tag("media")
@Timeout(60)
class SenderDecodeTest {
  private static final int FRAMES = 60;

  private static VideoClipSpec clip(int participant, Codec codec) {
    return new VideoClipSpec(participant, "Ada", codec, 320, 180, 30, 400_000, 4, true);
  }

  private static String caps(Codec codec) {
    return "application/x-rtp,media=video,clock-rate=90000,encoding-name=%s,payload=%d"
        .formatted(codec.encodingName(), SyntheticTrack.payloadType(codec));
  }

  private static String decode(Codec codec) {
    String decoder =
        switch (codec) {
          case VP8 -> "rtpvp8depay ! vp8dec";
          case VP9 -> "rtpvp9depay ! vp9dec";
          case H264 -> "rtph264depay ! avdec_h264";
          case OPUS, PCMU, PCMA -> throw new IllegalArgumentException();
        };
    return decoder + " ! videoconvert ! video/x-raw,format=I420";
  }

  @ParameterizedTest
  @EnumSource(names = {"VP8", "VP9", "H264"})
  void picturesOfEachCodecArrive(Codec codec) throws Exception {
    int[] ports = GstReceiver.freePorts();
    try (Senders senders = Senders.start()) {
      Senders.Ports local = senders.open(TransportSpec.of("e1", "127.0.0.1", ports[0], ports[1]));
      SyntheticParticipant ada =
          SyntheticParticipant.bare(5, "Ada")
              .withTrack(SyntheticTrack.camera("e1", clip(5, codec)));
      senders.prepare(List.of(ada));
      try (GstReceiver receiver =
          new GstReceiver(ports[0], ports[1], local.rtcpPort(), caps(codec), "", decode(codec))) {
        senders.add(ada);
        check(receiver.pictures(FRAMES, 320, 180), 5);
      }
    }
  }

  private static void check(List<I420Picture.Marks> pictures, int participant) {
    assertThat(pictures).allMatch(I420Picture.Marks::readable);
    assertThat(pictures).allMatch(marks -> marks.participant() == participant);
    assertThat(pictures).allMatch(marks -> marks.colorDistance(participant) < 6);
    for (int i = 1; i < pictures.size(); i++) {
      assertThat(pictures.get(i).frame()).isEqualTo((pictures.get(i - 1).frame() + 1) % 120);
    }
    assertThat(pictures)
        .allMatch(marks ->
            marks.flash()
                == (Math.floorMod(marks.frame() % 30 - ClipMarks.flashFrame(participant, 30), 30)
                    < ClipMarks.FLASH_FRAMES));
  }

  @Test
  void srtpIsDecryptedByLibsrtp() throws Exception {
    int[] ports = GstReceiver.freePorts();
    byte[] key = new byte[30];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i * 7 + 1);
    }
    String base64 = Base64.getEncoder().encodeToString(key);
    try (Senders senders = Senders.start()) {
      Senders.Ports local =
          senders.open(
              TransportSpec.of("e1", "127.0.0.1", ports[0], ports[1])
                  .withSrtp(new TransportSpec.SrtpKeys(base64, base64))
                  .withReports(TransportSpec.Reports.NONE));
      // The sequence wraps after 20 packets, and with it the rollover counter.
      SyntheticTrack camera =
          SyntheticTrack.camera("e1", clip(5, Codec.VP8)).withStart(65_516, 4_294_900_000L);
      SyntheticParticipant ada = SyntheticParticipant.bare(5, "Ada").withTrack(camera);
      senders.prepare(List.of(ada));
      String caps =
          caps(Codec.VP8).replace("x-rtp", "x-srtp")
              + ",ssrc=(uint)"
              + camera.ssrc()
              + ",srtp-key=(buffer)"
              + HexFormat.of().formatHex(key)
              + ",srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80"
              + ",srtcp-cipher=aes-128-icm,srtcp-auth=hmac-sha1-80";
      try (GstReceiver receiver =
          new GstReceiver(
              ports[0], ports[1], local.rtcpPort(), caps, " ! srtpdec", decode(Codec.VP8))) {
        senders.add(ada);
        check(receiver.pictures(FRAMES, 320, 180), 5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OPUS", "PCMU", "PCMA"})
  void soundOfEachCodecArrives(Codec codec) throws Exception {
    int[] ports = GstReceiver.freePorts();
    try (Senders senders = Senders.start()) {
      Senders.Ports local = senders.open(TransportSpec.of("e1", "127.0.0.1", ports[0], ports[1]));
      SyntheticParticipant ada =
          SyntheticParticipant.bare(3, "Ada")
              .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(3, codec)));
      senders.prepare(List.of(ada));
      String caps =
          "application/x-rtp,media=audio,clock-rate=%d,encoding-name=%s,payload=%d"
              .formatted(
                  codec.clockRate(),
                  codec == Codec.OPUS ? "OPUS" : codec.encodingName(),
                  SyntheticTrack.payloadType(codec));
      String decoder =
          switch (codec) {
            case OPUS -> "rtpopusdepay ! opusdec";
            case PCMU -> "rtppcmudepay ! mulawdec";
            case PCMA -> "rtppcmadepay ! alawdec";
            case VP8, VP9, H264 -> throw new IllegalArgumentException();
          };
      try (GstReceiver receiver =
          new GstReceiver(
              ports[0],
              ports[1],
              local.rtcpPort(),
              caps,
              "",
              decoder
                  + " ! audioconvert ! audioresample !"
                  + " audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved")) {
        senders.add(ada);
        short[] samples = receiver.samples(72_000);
        // The tone is there all the time; over 1.5 s at least one beep passes.
        double loudest = 0;
        double quietest = 1;
        for (int at = 4_800; at + 4_800 <= samples.length; at += 480) {
          double amplitude = amplitude(samples, at, 4_800, ClipMarks.toneHz(3));
          loudest = Math.max(loudest, amplitude);
          quietest = Math.min(quietest, amplitude);
        }
        assertThat(quietest).isBetween(0.008, 0.025);
        assertThat(loudest).isBetween(0.08, 0.26);
        assertThat(amplitude(samples, 4_800, 48_000, ClipMarks.toneHz(4))).isLessThan(0.002);
      }
    }
  }

  /** By the definition of the Fourier transform, unlike the checks' own way. */
  private static double amplitude(short[] samples, int from, int count, double hertz) {
    double re = 0;
    double im = 0;
    for (int i = 0; i < count; i++) {
      double angle = 2 * Math.PI * hertz * i / 48_000;
      double window = 1 - Math.cos(2 * Math.PI * i / count);
      re += samples[from + i] / 32_768.0 * window * Math.cos(angle);
      im += samples[from + i] / 32_768.0 * window * Math.sin(angle);
    }
    return 2 * Math.hypot(re, im) / count;
  }
}
