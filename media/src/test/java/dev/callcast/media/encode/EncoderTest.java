package dev.callcast.media.encode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.NativePicture;
import dev.callcast.gst.PictureBuffer;
import dev.callcast.media.encode.Packet.Kind;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class EncoderTest {
  private static final int FPS = 30;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final CompositionSpec.Canvas CANVAS =
      new CompositionSpec.Canvas(320, 180, FPS, "black");
  private static final CompositionSpec.Video VIDEO =
      new CompositionSpec.Video(1_000_000, 2, Latency.NORMAL, "superfast");
  private static final CompositionSpec.Audio AUDIO = new CompositionSpec.Audio(128_000, 2);

  /** Keeps what an encoder makes. */
  private static final class Kept implements Encoder.Output {
    final List<StreamFormat> formats = Collections.synchronizedList(new ArrayList<>());
    final List<Packet> packets = Collections.synchronizedList(new ArrayList<>());
    final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void started(StreamFormat format) {
      formats.add(format);
    }

    @Override
    public void packet(Packet packet) {
      packets.add(packet);
    }

    @Override
    public void failed(String reason) {
      failures.add(reason);
    }

    List<Packet> of(Kind kind) {
      return packets.stream().filter(packet -> packet.kind() == kind).toList();
    }
  }

  private static Kept encode(int first, int count, int leaveOutFrom, int leaveOutTo, boolean noise)
      throws Exception {
    return encode(first, count, leaveOutFrom, leaveOutTo, noise ? first : Integer.MAX_VALUE);
  }

  /** Plain pictures, and noise from picture {@code noiseFrom} on. */
  private static Kept encode(int first, int count, int leaveOutFrom, int leaveOutTo, int noiseFrom)
      throws Exception {
    Kept kept = new Kept();
    List<NativePicture> pictures = new ArrayList<>();
    List<PictureBuffer> buffers = new ArrayList<>();
    Random random = new Random(1);
    byte[] samples = new byte[320 * 180 * 3 / 2];
    for (int i = 0; i < 60; i++) {
      if (i < 30) {
        Arrays.fill(samples, (byte) (60 + i));
      } else {
        random.nextBytes(samples);
      }
      NativePicture picture = NativePicture.allocate(320, 180);
      picture.load(samples);
      pictures.add(picture);
      buffers.add(picture.buffer());
    }
    try (Encoder encoder = new Encoder(CANVAS, VIDEO, AUDIO, kept)) {
      float[] silence = new float[2 * 1600];
      for (int n = first; n < first + count; n++) {
        long pts = n * SECOND / FPS;
        if (n < leaveOutFrom || n >= leaveOutTo) {
          PictureBuffer buffer = buffers.get(n % 30 + (n < noiseFrom ? 0 : 30));
          Awaitility.await().pollInterval(2, TimeUnit.MILLISECONDS).until(buffer::isFree);
          encoder.video(buffer, pts, SECOND / FPS, false);
        }
        encoder.audio(silence, 1600, pts);
      }
      assertThat(encoder.drain(20_000)).isTrue();
    }
    assertThat(buffers).allMatch(PictureBuffer::isFree);
    buffers.forEach(PictureBuffer::close);
    pictures.forEach(NativePicture::close);
    assertThat(kept.failures).isEmpty();
    return kept;
  }

  @Test
  void everyPictureComesOutOnceAtItsTime() throws Exception {
    Kept kept = encode(0, 95, 0, 0, false);
    assertThat(kept.formats).hasSize(1);
    StreamFormat format = kept.formats.getFirst();
    assertThat(format.width()).isEqualTo(320);
    assertThat(format.avcConfig()[0]).isEqualTo((byte) 1);
    assertThat(format.aacConfig()).hasSizeBetween(2, 5);
    List<Packet> video = kept.of(Kind.VIDEO);
    assertThat(video).hasSize(95);
    for (int n = 0; n < 95; n++) {
      assertThat(video.get(n).pts()).isEqualTo(n * SECOND / FPS);
      assertThat(video.get(n).keyFrame()).as("key frame at %d", n).isEqualTo(n % 60 == 0);
    }
  }

  @Test
  void keyFramesStandOnMultiplesOfTheIntervalWhateverIsLeftOut() throws Exception {
    Kept kept = encode(47, 200, 70, 101, false);
    List<Long> keys =
        kept.of(Kind.VIDEO).stream().filter(Packet::keyFrame).map(Packet::pts).toList();
    assertThat(keys)
        .containsExactly(47 * SECOND / FPS, 2 * SECOND, 4 * SECOND, 6 * SECOND, 8 * SECOND);
  }

  /** A key frame that is due before the first picture has come out costs none of the later ones. */
  @Test
  void aKeyFrameIsMadeAlsoWhileTheFirstPictureIsStillInTheEncoder() throws Exception {
    Kept kept = encode(53, 200, 0, 0, false);
    List<Long> keys =
        kept.of(Kind.VIDEO).stream().filter(Packet::keyFrame).map(Packet::pts).toList();
    assertThat(keys)
        .containsExactly(53 * SECOND / FPS, 2 * SECOND, 4 * SECOND, 6 * SECOND, 8 * SECOND);
  }

  /** What waits there is lost when the process dies. */
  @Test
  void atALowRateTooNoMoreThanAThirdOfASecondWaits() throws Exception {
    Kept kept = new Kept();
    List<NativePicture> pictures = new ArrayList<>();
    CompositionSpec.Canvas slow = new CompositionSpec.Canvas(320, 180, 10, "black");
    try (Encoder encoder = new Encoder(slow, VIDEO, AUDIO, kept)) {
      for (int n = 0; n < 20; n++) {
        NativePicture picture = NativePicture.allocate(320, 180);
        picture.load(new byte[320 * 180 * 3 / 2]);
        pictures.add(picture);
        encoder.video(picture.buffer(), n * SECOND / 10, SECOND / 10, false);
        encoder.audio(new float[2 * 4800], 4800, n * SECOND / 10);
      }
      Awaitility.await().until(() -> kept.of(Kind.VIDEO).size() >= 20 - 4);
      assertThat(encoder.drain(20_000)).isTrue();
    }
    pictures.forEach(NativePicture::close);
  }

  @Test
  void soundGoesOnWithoutAGapFromTheStart() throws Exception {
    Kept kept = encode(60, 60, 0, 0, false);
    List<Packet> audio = kept.of(Kind.AUDIO);
    assertThat(audio.getFirst().pts()).isEqualTo(2 * SECOND);
    for (int i = 1; i < audio.size(); i++) {
      assertThat(audio.get(i).pts())
          .isEqualTo(audio.get(i - 1).pts() + audio.get(i - 1).duration());
    }
    Packet end = audio.getLast();
    assertThat(end.pts() + end.duration())
        .isCloseTo(4 * SECOND, org.assertj.core.data.Offset.offset(22_000_000L));
  }

  @Test
  void noWindowOfTwoSecondsExceedsTheBitrateByMuch() throws Exception {
    List<Packet> video = encode(0, 240, 0, 0, true).of(Kind.VIDEO);
    assertThat(peak(video)).isLessThan(1.15 * VIDEO.bitrate());
  }

  /** The highest bit/s in any 2 s. */
  private static double peak(List<Packet> video) {
    double peak = 0;
    for (int from = 0; from + 60 <= video.size(); from++) {
      long bits =
          video.subList(from, from + 60).stream()
              .mapToLong(packet -> packet.data().length * 8L)
              .sum();
      peak = Math.max(peak, bits / 2.0);
    }
    return peak;
  }

  /** What a still picture saves may be spent on the movement after it, but not all at once. */
  @Test
  void movementAfterAStillPictureKeepsToTheBitrateToo() throws Exception {
    List<Packet> video = encode(0, 360, 0, 0, 180).of(Kind.VIDEO);
    assertThat(peak(video.subList(0, 170))).isLessThan(0.3 * VIDEO.bitrate());
    assertThat(peak(video)).isBetween((double) VIDEO.bitrate(), 1.15 * VIDEO.bitrate());
  }

  @Test
  void theSameSpecGivesTheSameCodecData() throws Exception {
    StreamFormat one = encode(0, 20, 0, 0, false).formats.getFirst();
    StreamFormat other = encode(300, 20, 0, 0, true).formats.getFirst();
    assertThat(one.avcConfig()).isEqualTo(other.avcConfig());
    assertThat(one.aacConfig()).isEqualTo(other.aacConfig());
  }
}
