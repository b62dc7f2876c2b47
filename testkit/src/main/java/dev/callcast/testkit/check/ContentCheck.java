package dev.callcast.testkit.check;

import dev.callcast.testkit.clip.ClipMarks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks and listens through a file: every picture is decoded and the participants' marks in it are
 * read, every participant's tone is looked for in the sound. Costs about a tenth of the file's
 * duration in CPU time at 720p.
 */
public final class ContentCheck {
  private static final double LONG = 0.5;
  private static final double STANDSTILL = 0.3;

  /** Flash and beep come once a second: nearer than half of that they belong together. */
  private static final double PAIRING = 0.5;

  private static final double SILENCE = 0.001;

  /** Of so many pictures one has its edges looked at. */
  private static final int EDGE_STEP = 5;

  private ContentCheck() {}

  /** One of the sides that sound can come from. */
  public enum Side {
    LEFT(Decoder.Channel.LEFT),
    RIGHT(Decoder.Channel.RIGHT);

    private final Decoder.Channel channel;

    Side(Decoder.Channel channel) {
      this.channel = channel;
    }
  }

  /**
   * Listens to one side of a file with sound, without a look at its pictures.
   *
   * @return as {@link TileReport#toneDb} on this side alone, for each of the tiles
   * @throws IOException when ffmpeg cannot open it
   */
  public static List<Double> toneDb(Path file, Side side, List<Tile> tiles)
      throws IOException, InterruptedException {
    Decoder.Sound sound = new Decoder(file).sound(side.channel, 2);
    List<Double> all = new ArrayList<>();
    for (Tile tile : tiles) {
      all.add(meter(sound, tile).toneDb(tile.from(), Math.min(tile.to(), sound.end())));
    }
    return all;
  }

  private static BeepMeter meter(Decoder.Sound sound, Tile tile) {
    return new BeepMeter(sound, ClipMarks.toneHz(tile.participant()));
  }

  /**
   * Checks a file that both picture and sound may be missing from.
   *
   * @throws IOException when ffprobe cannot open it
   */
  public static ContentReport run(Path file, List<Tile> tiles)
      throws IOException, InterruptedException {
    MediaProbe probe = MediaCheck.probe(file);
    Decoder decoder = new Decoder(file);
    List<TileWatch> watches = new ArrayList<>();
    for (Tile tile : tiles) {
      watches.add(new TileWatch(tile));
    }
    Canvas canvas = new Canvas(watches);
    MediaProbe.Track video = probe.video();
    if (video != null && video.width() > 0) {
      decoder.pictures(video.width(), video.height(), canvas);
    }
    double end = canvas.last;
    MediaProbe.Track audio = probe.audio();
    Decoder.Sound sound =
        audio == null
            ? new Decoder.Sound(0, new float[0])
            : decoder.sound(Decoder.Channel.MIX, audio.channels());
    List<TileReport> reports = new ArrayList<>();
    for (TileWatch watch : watches) {
      reports.add(watch.report(sound, video == null ? sound.end() : end));
    }
    return new ContentReport(
        probe,
        canvas.pictures,
        canvas.longestGap,
        canvas.black.finish(end),
        canvas.frozen.finish(end),
        silent(sound),
        reports,
        decoder.errors());
  }

  private static List<Span> silent(Decoder.Sound sound) {
    Span.Collector silent = new Span.Collector(LONG);
    float[] samples = sound.samples();
    int window = Decoder.RATE / 50;
    for (int at = 0; at + window <= samples.length; at += window) {
      double sum = 0;
      for (int i = at; i < at + window; i++) {
        sum += (double) samples[i] * samples[i];
      }
      silent.add(sound.start() + (double) at / Decoder.RATE, Math.sqrt(sum / window) < SILENCE);
    }
    return silent.finish(sound.end());
  }

  /** Looks at the whole picture; confined to the thread that reads. */
  private static final class Canvas implements Decoder.PictureSink {
    private static final int GRID = 96;

    private final List<TileWatch> watches;
    private final Span.Collector black = new Span.Collector(LONG);
    private final Span.Collector frozen = new Span.Collector(LONG);
    private byte @Nullable [] before;
    private double last;
    private int pictures;
    private double longestGap;

    Canvas(List<TileWatch> watches) {
      this.watches = watches;
    }

    @Override
    public void picture(double seconds, I420Picture picture) {
      byte[] now = picture.thumbnail(GRID);
      byte[] previous = before;
      if (previous != null) {
        longestGap = Math.max(longestGap, seconds - last);
        frozen.add(last, Arrays.equals(now, previous));
      }
      black.add(seconds, picture.meanLuma() < 20);
      before = now;
      last = seconds;
      pictures++;
      for (TileWatch watch : watches) {
        watch.picture(seconds, picture);
      }
    }
  }

  /** Looks at one tile; confined to the thread that reads. */
  private static final class TileWatch {
    private final Tile tile;
    private final Span.Collector wrong = new Span.Collector(STANDSTILL);
    private final Span.Collector frozen = new Span.Collector(STANDSTILL);
    private final List<Double> flashes = new ArrayList<>();
    private final List<Double> edges = new ArrayList<>();
    private int pictures;
    private int right;
    private int foreign;
    private int lastFrame = -1;
    private double lastRight;
    private double firstRight = -1;
    private double lastStep;
    private boolean lastFlash = true;
    private int single;
    private int repeats;
    private int skipped;
    private int backwards;
    private int shown;

    TileWatch(Tile tile) {
      this.tile = tile;
    }

    void picture(double seconds, I420Picture picture) {
      if (seconds < tile.from() || seconds >= tile.to()) {
        return;
      }
      I420Picture.Marks marks = picture.marks(tile.place(), tile.turned());
      pictures++;
      boolean mine =
          marks.readable()
              && marks.participant() == tile.participant()
              && marks.colorDistance(tile.participant()) < 25;
      if (marks.readable() && marks.participant() != tile.participant()) {
        foreign++;
      }
      wrong.add(seconds, !mine);
      if (!mine) {
        return;
      }
      if (right % EDGE_STEP == 0) {
        edges.add(picture.edgeDistance(tile.place(), tile.participant()));
      }
      right++;
      if (marks.flash() && !lastFlash) {
        flashes.add(seconds);
      }
      lastFlash = marks.flash();
      step(seconds, marks.frame());
    }

    private void step(double seconds, int frame) {
      if (lastFrame < 0) {
        firstRight = seconds;
        shown = 1;
      } else {
        int step = Math.floorMod(frame - lastFrame, tile.clipFrames());
        int half = tile.clipFrames() / 2;
        if (step == 0) {
          repeats++;
        } else if (step > half && seconds - lastStep < half / (double) tile.sourceFps()) {
          backwards++; // unless it stood still for so long that nobody can tell
        } else {
          shown++;
          if (step == 1) {
            single++;
          } else {
            skipped += step - 1;
          }
        }
        frozen.add(lastRight, step == 0);
      }
      if (frame != lastFrame) {
        lastStep = seconds;
      }
      lastFrame = frame;
      lastRight = seconds;
    }

    TileReport report(Decoder.Sound sound, double videoEnd) {
      double from = Math.max(tile.from(), sound.start());
      double to = Math.min(tile.to(), Math.min(sound.end(), videoEnd));
      BeepMeter meter = meter(sound, tile);
      double toneDb = meter.toneDb(from, to);
      List<Span> unheard =
          toneDb < -70 ? List.of(new Span(from, to)) : meter.missing(from, to, toneDb);
      double shownSeconds = lastRight - firstRight;
      return new TileReport(
          tile,
          pictures,
          right,
          foreign,
          wrong.finish(Math.min(tile.to(), videoEnd)),
          frozen.finish(lastRight),
          new TileReport.Steps(
              single,
              repeats,
              skipped,
              backwards,
              shownSeconds > 0 ? (shown - 1) / shownSeconds : 0),
          BeepMeter.median(edges.stream().mapToDouble(Double::doubleValue).toArray()),
          tile.heard() ? sync(meter.onsets(), sound) : new TileReport.Sync(0, 0, 0, 0, 0),
          toneDb,
          tile.heard() ? unheard : List.of());
    }

    private TileReport.Sync sync(List<Double> onsets, Decoder.Sound sound) {
      List<Double> offsets = new ArrayList<>();
      int audible = 0;
      for (double flash : flashes) {
        if (flash < sound.start() || flash > sound.end() - 0.1) {
          continue;
        }
        audible++;
        double nearest = Double.POSITIVE_INFINITY;
        for (double onset : onsets) {
          if (Math.abs(onset - flash) < Math.abs(nearest)) {
            nearest = onset - flash;
          }
        }
        if (Math.abs(nearest) < PAIRING) {
          offsets.add(nearest * 1000);
        }
      }
      double[] signed = offsets.stream().mapToDouble(Double::doubleValue).toArray();
      double[] absolute = Arrays.stream(signed).map(Math::abs).sorted().toArray();
      int count = absolute.length;
      return new TileReport.Sync(
          audible,
          count,
          BeepMeter.median(signed),
          count == 0 ? 0 : absolute[Math.min(count - 1, (int) Math.ceil(count * 0.95) - 1)],
          count == 0 ? 0 : absolute[count - 1]);
    }
  }
}
