package dev.callcast.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.scene.Rect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The checks find what is wrong with files whose faults are known, and nothing else. */
@Tag("media")
@Timeout(60)
class ContentCheckTest {
  @TempDir Path directory;

  private static List<Tile> tiles(int scale) {
    List<Tile> tiles = new ArrayList<>();
    int width = 640 / scale;
    int height = 360 / scale;
    for (int i = 0; i < 4; i++) {
      tiles.add(Tile.of(i, new Rect(i % 2 * width, i / 2 * height, width, height)));
    }
    return tiles;
  }

  @Test
  void goodFileHasNoProblems() throws Exception {
    Path file = new KnownFile().write(directory.resolve("good.mp4"));
    ContentReport report = ContentCheck.run(file, tiles(1));
    assertThat(report.problems(ContentReport.Limits.STANDARD.withSeconds(6, 0.05))).isEmpty();
    assertThat(report.pictures()).isEqualTo(180);
    for (TileReport tile : report.tiles()) {
      assertThat(tile.right()).isEqualTo(180);
      assertThat(tile.steps().single()).isEqualTo(179);
      assertThat(tile.sync().pairs()).isGreaterThanOrEqualTo(5);
      assertThat(tile.sync().median()).isCloseTo(0, within(2.0));
      assertThat(tile.sync().worst()).isLessThan(4);
      assertThat(tile.toneDb()).isCloseTo(-36, within(1.5));
      assertThat(tile.edge()).isLessThan(6);
    }
    MediaProbe.Track video = Objects.requireNonNull(report.probe().video());
    assertThat(video.longestKeyFrameInterval()).isCloseTo(2, within(0.001));
    assertThat(video.longestGap()).isCloseTo(1 / 30.0, within(0.001));
    assertThat(video.backwardDts()).isZero();
    assertThat(video.peakBitrate()).isBetween(video.bitrate(), 2 * video.bitrate());
    assertThat(report.summary()).contains("h264", "p3");
  }

  /** What ffmpeg prints as seconds has six digits: too few for sound. */
  @Test
  void aLateHourIsMeasuredAsWell() throws Exception {
    KnownFile known = new KnownFile();
    known.options += " -output_ts_offset 3600";
    List<Tile> late =
        tiles(1).stream().map(tile -> tile.between(3600, Double.POSITIVE_INFINITY)).toList();
    ContentReport report = ContentCheck.run(known.write(directory.resolve("late.mkv")), late);
    for (TileReport tile : report.tiles()) {
      assertThat(tile.sync().pairs()).isGreaterThanOrEqualTo(5);
      assertThat(tile.sync().worst()).isLessThan(4);
    }
    assertThat(report.longestPictureGap()).isCloseTo(1 / 30.0, within(0.001));
  }

  @Test
  void lateSoundIsMeasured() throws Exception {
    KnownFile known = new KnownFile();
    known.audioLateMs = 80;
    ContentReport report = ContentCheck.run(known.write(directory.resolve("late.mp4")), tiles(1));
    for (TileReport tile : report.tiles()) {
      assertThat(tile.sync().median()).isCloseTo(80, within(2.0));
    }
    assertThat(report.problems(ContentReport.Limits.STANDARD))
        .anyMatch(problem -> problem.contains("against the picture"));
  }

  @Test
  void swappedTilesAreFound() throws Exception {
    KnownFile known = new KnownFile();
    known.grid = List.of(1, 0, 2, 3);
    ContentReport report = ContentCheck.run(known.write(directory.resolve("swap.mp4")), tiles(1));
    assertThat(report.tile(0).right()).isZero();
    assertThat(report.tile(0).foreign()).isEqualTo(180);
    assertThat(report.tile(1).right()).isZero();
    assertThat(report.tile(2).right()).isEqualTo(180);
    assertThat(report.problems(ContentReport.Limits.STANDARD)).hasSize(2);
  }

  @Test
  void frozenTileSilentParticipantAndBlackoutAreFound() throws Exception {
    KnownFile known = new KnownFile();
    known.frozenTile = 2;
    known.silentParticipant = 1;
    known.blackout = true;
    ContentReport report = ContentCheck.run(known.write(directory.resolve("bad.mp4")), tiles(1));
    assertThat(report.tile(2).frozen()).hasSize(1);
    assertThat(report.tile(2).frozen().getFirst().from()).isCloseTo(2, within(0.1));
    assertThat(report.tile(2).frozen().getFirst().to()).isCloseTo(3, within(0.1));
    assertThat(report.tile(0).frozen()).isEmpty();
    assertThat(report.tile(1).unheard().getFirst().from()).isCloseTo(3, within(0.15));
    assertThat(report.tile(0).unheard().getFirst().from()).isCloseTo(4, within(0.15));
    assertThat(report.black()).hasSize(1);
    assertThat(report.black().getFirst().from()).isCloseTo(4, within(0.05));
    assertThat(report.black().getFirst().to()).isCloseTo(5, within(0.05));
    assertThat(report.silent().getFirst().seconds()).isCloseTo(1, within(0.1));
    assertThat(report.frozen().getFirst().seconds()).isCloseTo(1, within(0.1));
  }

  @Test
  void loudnessIsThatOfTheTilesTime() throws Exception {
    KnownFile known = new KnownFile();
    known.silentParticipant = 1;
    Rect place = new Rect(640, 0, 640, 360);
    ContentReport report =
        ContentCheck.run(
            known.write(directory.resolve("quiet.mp4")),
            List.of(
                Tile.of(1, place).between(0, 3),
                Tile.of(1, place).between(3.1, 3.9),
                Tile.of(1, place).between(4.1, 6)));
    assertThat(report.tiles().get(0).toneDb()).isCloseTo(-36, within(1.5));
    assertThat(report.tiles().get(1).toneDb()).isLessThan(-60);
    assertThat(report.tiles().get(2).toneDb()).isCloseTo(-36, within(1.5));
  }

  @Test
  void turnedPicturesAreRead() throws Exception {
    for (int turned : new int[] {90, 270}) {
      KnownFile known = new KnownFile();
      known.options = "-vf transpose=" + (turned == 90 ? "clock " : "cclock ") + known.options;
      // Participant 1, top right, and where that corner goes.
      Rect place = turned == 90 ? new Rect(360, 640, 360, 640) : new Rect(0, 0, 360, 640);
      ContentReport report =
          ContentCheck.run(
              known.write(directory.resolve("turned" + turned + ".mp4")),
              List.of(Tile.of(1, Placement.exactly(place)).withTurn(turned)));
      assertThat(report.tile(1).right()).as("turned by %d", turned).isEqualTo(180);
      assertThat(report.tile(1).sync().pairs()).isGreaterThanOrEqualTo(5);
    }
  }

  /** Two px of another colour along one side of a tile. */
  @Test
  void aWrongEdgeIsFound() throws Exception {
    for (String box : List.of("638:0:2:360", "0:358:640:2")) {
      String[] numbers = box.split(":", -1);
      KnownFile known = new KnownFile();
      known.options =
          String.format(
              "-vf drawbox=x=%s:y=%s:w=%s:h=%s:color=green:t=fill %s",
              numbers[0], numbers[1], numbers[2], numbers[3], known.options);
      ContentReport report =
          ContentCheck.run(known.write(directory.resolve("edge.mp4")), tiles(1).subList(0, 1));
      assertThat(report.tile(0).right()).isEqualTo(180);
      assertThat(report.tile(0).edge()).as(box).isGreaterThan(12);
    }
  }

  @Test
  void marksSurviveScalingToAQuarter() throws Exception {
    KnownFile known = new KnownFile();
    known.options =
        "-vf scale=320:180:flags=bilinear -c:v libx264 -preset superfast -b:v 190k -g 60 -c:a aac";
    ContentReport report = ContentCheck.run(known.write(directory.resolve("small.mp4")), tiles(4));
    for (TileReport tile : report.tiles()) {
      assertThat(tile.right()).isGreaterThanOrEqualTo(178);
      assertThat(tile.sync().pairs()).isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void unfinishedFragmentedFileIsReadAsFarAsItGoes() throws Exception {
    KnownFile known = new KnownFile();
    known.options += " -movflags frag_keyframe+empty_moov+default_base_moof";
    Path whole = known.write(directory.resolve("whole.mp4"));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = directory.resolve("cut.mp4");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length * 5 / 6));
    ContentReport report = ContentCheck.run(cut, tiles(1));
    MediaProbe.Track video = Objects.requireNonNull(report.probe().video());
    assertThat(video.seconds()).isBetween(3.9, 6.0);
    assertThat(report.tile(3).right()).isGreaterThan(115);
  }

  @Test
  void flvIsRead() throws Exception {
    Path file = new KnownFile().write(directory.resolve("live.flv"));
    ContentReport report = ContentCheck.run(file, tiles(1));
    assertThat(report.tile(0).right()).isEqualTo(180);
    assertThat(report.tile(0).sync().pairs()).isGreaterThanOrEqualTo(5);
  }
}
