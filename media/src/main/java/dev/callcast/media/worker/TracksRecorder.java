package dev.callcast.media.worker;

import dev.callcast.media.ingest.CallIngest;
import dev.callcast.media.ingest.TrackTap;
import dev.callcast.media.ingest.rtp.EncodedFrame;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.media.output.tracks.TrackFrame;
import dev.callcast.media.output.tracks.TrackInfo;
import dev.callcast.media.output.tracks.TracksListener;
import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.media.output.tracks.TracksRecording;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TracksSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records every track of the call as it comes: puts taps into the ingest, and tells the recording
 * besides what would be needed to compose it again, who was there and how it was laid out. Made and
 * stopped by {@link CallSession}.
 *
 * <p>What it tells has the time of the media that was being composed when it took effect, {@link
 * CompositionRunner#DELAY} before it became known.
 */
final class TracksRecorder {
  private static final Logger log = LoggerFactory.getLogger(TracksRecorder.class);

  private final TracksSpec spec;
  private final CallIngest ingest;
  private final WorkerEvents events;
  private final long origin;
  private final TracksRecording recording;
  private final Map<String, ParticipantSpec> participants = new HashMap<>(); // guarded by this
  private @Nullable String speaker; // guarded by this
  private boolean speakerKnown; // guarded by this

  TracksRecorder(String call, TracksSpec spec, CallIngest ingest, WorkerEvents events) {
    this.spec = spec;
    this.ingest = ingest;
    this.events = events;
    Path directory = Path.of(spec.directory());
    Path journal = directory.resolve(TracksManifest.JOURNAL);
    Timeline known = Timeline.load(journal);
    origin = known == null ? System.nanoTime() - CompositionRunner.DELAY : known.origin();
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      new Timeline(origin).store(journal);
    } catch (IOException e) {
      // It records as well without; only after a crash its timeline would start anew.
      log.warn("the timeline of {} can't be kept", journal, e);
    }
    recording =
        new TracksRecording(
            new TracksRecording.Spec(call, spec.recording(), directory, origin, spec.quota()),
            new Events(),
            () -> ingest.stats().tracks().stream().map(ReportLine.TrackCount::of).toList());
  }

  /** Begins; from now on every track is received. */
  void start() {
    recording.start();
    ingest.setTaps(this::tap);
  }

  TracksSpec spec() {
    return spec;
  }

  /** Writes what has come and ends the files; 5 s at most. The taps must be gone by then. */
  void stop() {
    recording.close();
  }

  private TrackTap tap(String participant, TrackSpec track) {
    TracksRecording.Inlet inlet =
        recording.stream(
            new TrackInfo(
                participant,
                track.id(),
                track.source(),
                track.codec(),
                track.channels(),
                track.ssrc()));
    return new TrackTap() {
      @Override
      public void frame(
          EncodedFrame frame, long clock, long time, long lipSync, int rotation, int lost) {
        inlet.frame(
            new TrackFrame(
                frame.data(),
                clock,
                time - origin,
                lipSync,
                frame.reordered(),
                frame.keyFrame(),
                frame.width(),
                frame.height(),
                rotation,
                lost,
                frame.configuration()));
      }

      @Override
      public void close() {
        inlet.close();
      }
    };
  }

  private long composedNow() {
    return System.nanoTime() - CompositionRunner.DELAY - origin;
  }

  /** Tells who is there, as far as it is new. */
  synchronized void participants(CallState state) {
    long now = composedNow();
    Map<String, ParticipantSpec> wanted = new LinkedHashMap<>();
    state.participants().forEach(participant -> wanted.put(participant.id(), participant));
    for (String id : Set.copyOf(participants.keySet())) {
      if (!wanted.containsKey(id)) {
        participants.remove(id);
        recording.left(now, id);
      }
    }
    wanted.forEach((id, participant) -> {
      if (!participant.equals(participants.put(id, participant))) {
        recording.participant(now, describe(participant));
      }
    });
  }

  private static Map<String, Object> describe(ParticipantSpec participant) {
    List<Map<String, Object>> tracks = new ArrayList<>();
    for (TrackSpec track : participant.tracks()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("id", track.id());
      one.put("kind", track.kind());
      one.put("source", track.source());
      one.put("codec", track.codec());
      one.put("paused", track.paused());
      tracks.add(one);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("id", participant.id());
    all.put("name", participant.name());
    all.put("owner", participant.owner());
    all.put("muted", participant.muted());
    all.put("gain", participant.gain());
    all.put("pan", participant.pan());
    all.put("tracks", tracks);
    return all;
  }

  /** Tells who speaks, if that is new. */
  synchronized void speaker(@Nullable String participant) {
    if (!speakerKnown || !Objects.equals(speaker, participant)) {
      speakerKnown = true;
      speaker = participant;
      recording.speaker(composedNow(), participant);
    }
  }

  /** A track stalled, or came back. */
  void track(String participant, String track, String state) {
    recording.track(composedNow(), participant, track, state);
  }

  /**
   * A composition looks as that spec says.
   *
   * @param callTime ns on the call's clock of the first picture that does
   */
  void composed(CompositionSpec composition, long callTime) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("revision", composition.revision());
    data.put("canvas", composition.canvas());
    data.put("layout", composition.layout());
    data.put("participants", composition.participants());
    data.put("paused", composition.paused());
    recording.composition(callTime - origin, composition.id(), data);
  }

  /** A composition looks like nothing any more. */
  void compositionEnded(String composition) {
    recording.composition(composedNow(), composition, Map.of("ended", true));
  }

  /** Passes on what the recording tells. */
  private final class Events implements TracksListener {
    @Override
    public void started(boolean resumed) {
      events.happened("recording.started", null, data(Map.of("resumed", resumed)));
    }

    @Override
    public void ended(RecordingEnd end, String detail, long time, long bytes) {
      Map<String, Object> more = new HashMap<>();
      more.put("bytes", bytes);
      more.put("duration", Math.max(0, time) / 1e9);
      more.put("reason", end.json());
      if (!detail.isEmpty()) {
        more.put("detail", detail);
      }
      events.happened("recording.ended", null, data(more));
    }

    private Map<String, Object> data(Map<String, Object> more) {
      Map<String, Object> data = new HashMap<>(more);
      data.put("recording", spec.recording());
      data.put("kind", "tracks");
      return data;
    }
  }
}
