package dev.callcast.media.output.tracks;

import dev.callcast.media.output.TrackFile;
import dev.callcast.media.output.matroska.MatroskaTrack;
import dev.callcast.media.output.matroska.MatroskaWriter;
import dev.callcast.media.output.mp4.Mp4TrackWriter;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Records one stream: into one file, or one after the other where a file cannot go on (H.264 with
 * other parameter sets). What cannot be told from the files goes into the journal. Owned by the
 * thread of its {@link TracksRecording}.
 */
final class StreamRecorder {
  /** A hole of this length is told as a gap, also where nothing was lost: 1 s. */
  private static final long GAP = 1_000_000_000L;

  /** A change of lip sync that is told: 5 ms. */
  private static final long SYNC_STEP = 5_000_000L;

  /** How long a picture is taken to last before the next one is known: 33 ms. */
  private static final long FIRST_STEP = 33_333_333L;

  private static final long LONGEST_STEP = 1_000_000_000L;

  /** A picture is shown so long at least: 1 ms, what a file's times can tell. */
  private static final long MIN_STEP = 1_000_000L;

  /** How often a file's place is told until it is final: 1 s. */
  private static final long PLACE_INTERVAL = 1_000_000_000L;

  /** What is buffered so long after the last frame is written without waiting for more: 0.8 s. */
  private static final long QUIET = 800_000_000L;

  /** A sender that changes its parameter sets all the time gets no more files than these. */
  private static final int FILES_AT_ONCE = 10;

  private static final long FILE_INTERVAL = 2_000_000_000L;

  /** Where files and lines go. */
  interface Shelf {
    /** The name and path of the next file. */
    Path next(String participant, String track, String extension);

    /** The wall's time at a time of the recording. */
    Instant wall(long time);

    void line(TracksJournal.Line line, Map<String, ?> data) throws IOException;

    /** A file has been opened: its line is on the disk. */
    void opened(TrackFile file);

    /** A file is complete: everything is written, and it is closed soon. */
    void finished(TrackFile file);
  }

  private final TrackInfo info;
  private final Shelf shelf;
  private final boolean video;

  private @Nullable TrackFile file;
  private String name = "";
  private @Nullable FileClock clock;
  private long toldOffset;
  private boolean placeTold;
  private byte @Nullable [] configuration;
  private int width;
  private int height;
  private int rotation;
  private long sync;
  private long lastTime; // in the file
  private long lastSeen; // on the recording's timeline
  private long lastStep = FIRST_STEP;
  private double allowance = FILES_AT_ONCE;
  private long allowedAt;

  StreamRecorder(TrackInfo info, Shelf shelf) {
    this.info = info;
    this.shelf = shelf;
    this.video = info.codec().kind() == TrackKind.VIDEO;
  }

  void take(TrackFrame frame) throws IOException {
    TrackFile current = file;
    boolean other =
        frame.configuration() != null && !Arrays.equals(frame.configuration(), configuration);
    boolean first = current == null || other;
    if (first) {
      end("configuration");
      if (!frame.keyFrame() || !mayOpen(frame.time())) {
        return; // without a file of its own it would be undecodable
      }
      current = open(frame);
    }
    FileClock placing = Objects.requireNonNull(clock);
    long time = placing.take(frame.clock(), frame.time());
    // Timestamps that stand still, as at a simulcast switch, and steps back where none should be.
    if (!first && !frame.reordered()) {
      time = Math.max(time, lastTime + (video ? MIN_STEP : 0));
    }
    if (!first) {
      note(frame, time);
    }
    long step = time - lastTime;
    if (video && step > 0 && step < LONGEST_STEP) {
      lastStep = step;
    }
    long duration =
        video ? lastStep : SoundDuration.of(info.codec(), info.channels(), frame.data());
    Objects.requireNonNull(current).write(frame.data(), time, duration, frame.keyFrame());
    lastTime = Math.max(time, lastTime);
    lastSeen = frame.time();
    if (!video) {
      lastStep = duration;
    }
    tellPlace(placing);
  }

  /** The file's place on the timeline, each second until it is final. */
  private void tellPlace(FileClock placing) throws IOException {
    boolean due = lastSeen - toldOffset >= PLACE_INTERVAL;
    if (!placeTold && (placing.settled() || due)) {
      placeTold = placing.settled();
      toldOffset = lastSeen;
      shelf.line(
          TracksJournal.Line.PLACE, Map.of("file", name, "offset", Seconds.of(placing.offset())));
    }
  }

  private boolean mayOpen(long time) {
    allowance = Math.min(FILES_AT_ONCE, allowance + (double) (time - allowedAt) / FILE_INTERVAL);
    allowedAt = time;
    if (allowance < 1) {
      return false;
    }
    allowance -= 1;
    return true;
  }

  private TrackFile open(TrackFrame frame) throws IOException {
    Codec codec = info.codec();
    MatroskaTrack matroska =
        codec == Codec.H264
            ? null
            : video
                ? MatroskaTrack.video(codec, frame.width(), frame.height())
                : MatroskaTrack.sound(codec, Math.max(1, info.channels()));
    Path path =
        shelf.next(
            info.participant(), info.track(), matroska == null ? "mp4" : matroska.extension());
    name = path.getFileName().toString();
    clock = new FileClock(frame.clock(), frame.time());
    toldOffset = frame.time();
    placeTold = false;
    configuration = frame.configuration();
    width = frame.width();
    height = frame.height();
    rotation = frame.rotation();
    sync = frame.lipSync();
    lastTime = 0;
    lastSeen = frame.time();
    lastStep = FIRST_STEP;
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("file", name);
    line.put("participant", info.participant());
    line.put("track", info.track());
    line.put("kind", codec.kind().json());
    line.put("source", info.source().json());
    line.put("codec", codec.encodingName());
    line.put("clockRate", codec.clockRate());
    if (!video) {
      line.put("channels", Math.max(1, info.channels()));
    }
    line.put("ssrc", info.ssrc());
    line.put("offset", Seconds.of(frame.time()));
    if (video) {
      line.put("width", width);
      line.put("height", height);
      line.put("rotation", rotation);
    }
    line.put("lipSync", Seconds.of(sync));
    shelf.line(TracksJournal.Line.FILE, line);
    TrackFile made =
        matroska == null
            ? Mp4TrackWriter.create(
                path,
                width,
                height,
                Objects.requireNonNull(configuration),
                shelf.wall(frame.time()))
            : MatroskaWriter.create(
                path, matroska, info.participant() + " " + info.track(), shelf.wall(frame.time()));
    file = made;
    shelf.opened(made);
    keyFrame(0);
    return made;
  }

  private void note(TrackFrame frame, long time) throws IOException {
    long due = lastTime + lastStep;
    if (frame.lost() > 0 || time - due > GAP) {
      shelf.line(
          TracksJournal.Line.GAP,
          Map.of(
              "file", name,
              "from", Seconds.of(due),
              "to", Seconds.of(Math.max(due, time)),
              "lost", frame.lost()));
    }
    if (Math.abs(frame.lipSync() - sync) >= SYNC_STEP) {
      sync = frame.lipSync();
      shelf.line(
          TracksJournal.Line.SYNC,
          Map.of("file", name, "t", Seconds.of(time), "lipSync", Seconds.of(sync)));
    }
    if (video && frame.rotation() != rotation) {
      rotation = frame.rotation();
      shelf.line(
          TracksJournal.Line.ROTATION,
          Map.of("file", name, "t", Seconds.of(time), "rotation", rotation));
    }
    if (video && frame.keyFrame()) {
      if (frame.width() != width || frame.height() != height) {
        width = frame.width();
        height = frame.height();
        shelf.line(
            TracksJournal.Line.SIZE,
            Map.of("file", name, "t", Seconds.of(time), "width", width, "height", height));
      }
      keyFrame(time);
    }
  }

  private void keyFrame(long time) throws IOException {
    if (video) {
      shelf.line(TracksJournal.Line.KEY_FRAME, Map.of("file", name, "t", Seconds.of(time)));
    }
  }

  /** Writes what is buffered when nothing has come for a while. */
  void flushIfQuiet(long now) throws IOException {
    TrackFile current = file;
    if (current != null && current.buffered() > 0 && now - lastSeen > QUIET) {
      current.flush();
    }
  }

  /** Bytes of the file at hand, with those that are buffered. */
  long bytes() {
    TrackFile current = file;
    return current == null ? 0 : current.length() + current.buffered();
  }

  /** Ends the file at hand, if there is one. */
  void end(String reason) throws IOException {
    TrackFile current = file;
    if (current == null) {
      return;
    }
    FileClock placing = Objects.requireNonNull(clock);
    placing.settle();
    tellPlace(placing);
    file = null;
    configuration = null;
    current.flush();
    shelf.line(
        TracksJournal.Line.END,
        Map.of("file", name, "t", Seconds.of(current.endTime()), "reason", reason));
    shelf.finished(current);
  }

  /** Gives the file at hand up as it is: the disk takes no more. */
  void abandon() {
    TrackFile current = file;
    if (current != null) {
      file = null;
      shelf.finished(current);
    }
  }
}
