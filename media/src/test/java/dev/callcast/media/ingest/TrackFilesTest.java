package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.ingest.rtp.EncodedFrame;
import dev.callcast.media.ingest.rtp.FrameAssembler;
import dev.callcast.media.ingest.rtp.H264ParameterSets;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.media.output.TrackFile;
import dev.callcast.media.output.TrackFinish;
import dev.callcast.media.output.matroska.MatroskaFinisher;
import dev.callcast.media.output.matroska.MatroskaScan;
import dev.callcast.media.output.matroska.MatroskaTrack;
import dev.callcast.media.output.matroska.MatroskaWriter;
import dev.callcast.media.output.mp4.Mp4TrackFinisher;
import dev.callcast.media.output.mp4.Mp4TrackWriter;
import dev.callcast.media.output.mp4.Tools;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files of real encoders' packets, looked at with ffmpeg: whole, cut off anywhere, and finished.
 */
@Tag("media")
class TrackFilesTest {
  private static final int PICTURES = 60;
  private static final int BLOCKS = 100;
  private static final long BLOCK = 20_000_000;

  @TempDir Path directory;

  private static final Map<Codec, RtpClip> CLIPS = new EnumMap<>(Codec.class);

  private static RtpClip clip(Codec codec) {
    return CLIPS.computeIfAbsent(codec, TrackFilesTest::make);
  }

  private static RtpClip make(Codec codec) {
    return switch (codec) {
      case VP8 -> RtpClip.vp8(300, 169, PICTURES);
      case VP9 -> RtpClip.vp9(300, 169, PICTURES);
      case H264 -> RtpClip.h264(320, 180, PICTURES);
      case OPUS -> RtpClip.opus(BLOCKS);
      case PCMU, PCMA -> RtpClip.g711(codec.encodingName(), BLOCKS);
    };
  }

  private static List<EncodedFrame> frames(RtpClip clip, Codec codec) {
    FrameAssembler assembler = FrameAssembler.of(codec, new H264ParameterSets());
    List<EncodedFrame> frames = new ArrayList<>();
    RtpPacket view = new RtpPacket();
    for (RtpClip.Packet packet : clip.packets()) {
      assertThat(view.parse(packet.data(), 0, packet.data().length)).isTrue();
      assembler.take(view, packet.due(), false, frames::add);
    }
    return frames;
  }

  private TrackFile open(Path path, Codec codec, EncodedFrame first) throws IOException {
    Instant now = Instant.now();
    return switch (codec) {
      case H264 ->
          Mp4TrackWriter.create(
              path,
              first.width(),
              first.height(),
              Objects.requireNonNull(first.configuration()),
              now);
      case VP8, VP9 ->
          MatroskaWriter.create(
              path, MatroskaTrack.video(codec, first.width(), first.height()), "t", now);
      case OPUS -> MatroskaWriter.create(path, MatroskaTrack.sound(codec, 2), "t", now);
      case PCMU, PCMA -> MatroskaWriter.create(path, MatroskaTrack.sound(codec, 1), "t", now);
    };
  }

  private Path write(Codec codec, List<EncodedFrame> frames) throws IOException {
    Path path = directory.resolve(codec + (codec == Codec.H264 ? ".mp4" : ".mkv"));
    boolean video = codec.kind() == TrackKind.VIDEO;
    try (TrackFile file = open(path, codec, frames.getFirst())) {
      for (EncodedFrame frame : frames) {
        file.write(frame.data(), frame.pts(), video ? 33_333_333 : BLOCK, frame.keyFrame());
      }
      file.flush();
      assertThat(file.length()).isEqualTo(Files.size(path));
      assertThat(file.frames()).isEqualTo(frames.size());
    }
    return path;
  }

  private static long complete(Codec codec, Path path) throws IOException {
    return codec == Codec.H264
        ? Mp4TrackFinisher.completeLength(path)
        : MatroskaScan.completeLength(path);
  }

  private static TrackFinish finish(Codec codec, Path path) throws IOException {
    return codec == Codec.H264 ? Mp4TrackFinisher.finish(path) : MatroskaFinisher.finish(path);
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void everyFrameIsThereAtItsTime(Codec codec) throws IOException {
    boolean video = codec.kind() == TrackKind.VIDEO;
    List<EncodedFrame> frames = frames(clip(codec), codec);
    assertThat(frames).hasSizeBetween(video ? PICTURES : BLOCKS, video ? PICTURES : BLOCKS + 1);
    Path growing = write(codec, frames);
    assertThat(complete(codec, growing)).isEqualTo(Files.size(growing));
    check(codec, frames, growing);

    byte[] before = Files.readAllBytes(growing);
    TrackFinish result = finish(codec, growing);
    assertThat(result).isInstanceOf(TrackFinish.Finished.class);
    TrackFinish.Finished finished = (TrackFinish.Finished) result;
    check(codec, frames, growing);
    byte[] after = Files.readAllBytes(growing);
    assertThat(finished.bytes()).isEqualTo(after.length).isGreaterThan(before.length);
    assertThat(finished.frames()).isEqualTo(frames.size());
    int same = finished.rewritten();
    assertThat(same).isLessThan(1024);
    assertThat(Arrays.mismatch(before, same, before.length, after, same, before.length))
        .isEqualTo(-1);
    double duration = (frames.getLast().pts() + (video ? 33_333_333 : BLOCK)) / 1e9;
    assertThat(finished.duration() / 1e9).isCloseTo(duration, within(0.002));
    assertThat(
            Double.parseDouble(
                Tools.run(
                        "ffprobe",
                        "-v",
                        "error",
                        "-show_entries",
                        "format=duration",
                        "-of",
                        "csv=p=0",
                        growing.toString())
                    .strip()))
        .isCloseTo(duration, within(0.01));

    assertThat(finish(codec, growing)).isEqualTo(finished);
    assertThat(Files.readAllBytes(growing)).isEqualTo(after);
  }

  private static void check(Codec codec, List<EncodedFrame> frames, Path file) {
    boolean video = codec.kind() == TrackKind.VIDEO;
    // Of G.711 that still grows ffmpeg warns that it guesses the duration.
    Tools.decodes(file, "error");
    List<Double> times = Tools.times(file, video ? "v" : "a");
    assertThat(times).hasSize(frames.size());
    for (int i = 0; i < times.size(); i++) {
      assertThat(times.get(i)).isCloseTo(frames.get(i).pts() / 1e9, within(0.0011));
    }
    if (video) {
      assertThat(Tools.decodedPictures(file)).isEqualTo(frames.size());
    } else {
      assertThat(Tools.peak(file)).isBetween(-6.0, 0.0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Codec.class,
      names = {"VP8", "H264", "OPUS"})
  void whatIsThereIsPlayableWhereverItIsCut(Codec codec) throws IOException {
    List<EncodedFrame> frames = frames(clip(codec), codec);
    Path whole = write(codec, frames);
    byte[] bytes = Files.readAllBytes(whole);
    Random random = new Random(3);
    Path cut = directory.resolve("cut" + (codec == Codec.H264 ? ".mp4" : ".mkv"));
    long last = -1;
    int played = 0;
    for (int i = 0; i < 40 && played < 4; i++) {
      int length = i == 0 ? 0 : random.nextInt(bytes.length);
      Files.write(cut, Arrays.copyOf(bytes, length));
      if (length == 0) {
        assertThat(finish(codec, cut)).isInstanceOf(TrackFinish.Empty.class);
        continue;
      }
      long complete = 0;
      try {
        complete = complete(codec, cut);
      } catch (IOException e) {
        assertThat(length).isLessThan(16); // not even the name of the format
        continue;
      }
      assertThat(complete).isLessThanOrEqualTo(length);
      if (complete == last || complete == 0) {
        continue;
      }
      last = complete;
      played++;
      TrackFinish result = finish(codec, cut);
      assertThat(result).isInstanceOf(TrackFinish.Finished.class);
      Tools.decodesCleanly(cut);
      long expected = ((TrackFinish.Finished) result).frames();
      assertThat(Tools.times(cut, codec == Codec.OPUS ? "a" : "v")).hasSize((int) expected);
    }
    assertThat(played).isGreaterThan(1);
  }

  @Test
  void timesThatStandStillAndPausesArePlayed() throws IOException {
    List<EncodedFrame> frames = frames(clip(Codec.H264), Codec.H264);
    Path path = directory.resolve("steps.mp4");
    List<Double> expected = new ArrayList<>();
    try (TrackFile file = open(path, Codec.H264, frames.getFirst())) {
      for (int i = 0; i < frames.size(); i++) {
        long time = frames.get(i).pts();
        if (i >= 20 && i < 30) {
          time = frames.get(20).pts();
        } else if (i > 40) {
          time += 3_000_000_000L;
        }
        expected.add(time / 1e9);
        file.write(frames.get(i).data(), time, 33_333_333, frames.get(i).keyFrame());
      }
      file.flush();
    }
    assertThat(finish(Codec.H264, path)).isInstanceOf(TrackFinish.Finished.class);
    assertThat(Tools.decodedPictures(path)).isEqualTo(PICTURES);
    List<Double> times = Tools.times(path, "v");
    for (int i = 0; i < times.size(); i++) {
      assertThat(times.get(i)).isCloseTo(expected.get(i), within(0.00015));
    }
  }

  @Test
  void picturesThatComeInAnotherOrderAreShownInTheRightOne() throws IOException {
    RtpClip clip =
        RtpClip.video(
            "x264enc bframes=2 b-adapt=false speed-preset=ultrafast bitrate=800 key-int-max=1000"
                + " ! rtph264pay config-interval=-1",
            320,
            180,
            PICTURES);
    FrameAssembler assembler = FrameAssembler.of(Codec.H264, new H264ParameterSets());
    List<EncodedFrame> frames = new ArrayList<>();
    RtpPacket view = new RtpPacket();
    for (RtpClip.Packet packet : clip.packets()) {
      view.parse(packet.data(), 0, packet.data().length);
      assembler.take(view, view.timestamp() * 1_000_000 / 90, false, frames::add);
    }
    long first = frames.getFirst().pts();
    assertThat(frames.stream().filter(EncodedFrame::reordered)).hasSizeGreaterThan(PICTURES / 3);
    Path path = directory.resolve("b.mp4");
    try (TrackFile file = open(path, Codec.H264, frames.getFirst())) {
      for (EncodedFrame frame : frames) {
        file.write(frame.data(), frame.pts() - first, 33_333_333, frame.keyFrame());
      }
      file.flush();
    }
    assertThat(finish(Codec.H264, path)).isInstanceOf(TrackFinish.Finished.class);
    Tools.decodes(path, "error");
    List<Double> shown = Tools.times(path, "v").stream().sorted().toList();
    assertThat(shown).hasSize(PICTURES);
    for (int i = 1; i < shown.size(); i++) {
      assertThat(shown.get(i) - shown.get(i - 1)).isCloseTo(1 / 30.0, within(0.0002));
    }
  }

  @Test
  void aFinishedFileSeeks() throws IOException {
    for (Codec codec : List.of(Codec.VP8, Codec.OPUS)) {
      RtpClip clip = codec == Codec.VP8 ? RtpClip.vp8(320, 180, 30) : RtpClip.opus(50);
      List<EncodedFrame> one = frames(clip, codec);
      List<EncodedFrame> many = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        long shift = i * 1_000_000_000L;
        for (EncodedFrame frame : one.subList(0, codec == Codec.VP8 ? 30 : 50)) {
          many.add(
              new EncodedFrame(
                  frame.data(),
                  frame.pts() + shift,
                  false,
                  frame.keyFrame(),
                  frame.width(),
                  frame.height(),
                  null));
        }
      }
      Path path = write(codec, many);
      assertThat(finish(codec, path)).isInstanceOf(TrackFinish.Finished.class);
      String first =
          Tools.run(
              "ffprobe",
              "-v",
              "error",
              "-read_intervals",
              "30.5%+#1",
              "-show_entries",
              "packet=pts_time,pos",
              "-of",
              "csv=p=0",
              path.toString());
      double time = Double.parseDouble(first.strip().split(",")[0]);
      assertThat(time).isBetween(24.0, 30.5);
      Files.delete(path);
    }
  }
}
