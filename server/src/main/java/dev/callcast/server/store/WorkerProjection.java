package dev.callcast.server.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the events of workers announce: states of compositions and outputs, progress of
 * recordings, and that something ended by itself, so that no later worker starts it again. Runs in
 * the transaction that stores the event.
 */
final class WorkerProjection {
  private final CallStore calls;
  private final RecordingStore recordings;
  private final RecordingFiles files;

  WorkerProjection(CallStore calls, RecordingStore recordings, RecordingFiles files) {
    this.calls = calls;
    this.recordings = recordings;
    this.files = files;
  }

  void apply(
      Handle handle,
      String instance,
      String call,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data) {
    if (type.startsWith("recording.")) {
      recording(handle, instance, call, type, at, data);
      return;
    }
    if (type.equals("endpoint.ended")) {
      sessionEnded(handle, instance, call, data);
      return;
    }
    String composition = text(data, "composition");
    if (composition == null) {
      return;
    }
    String reason = text(data, "reason");
    switch (type) {
      case "composition.live", "composition.resumed" ->
          composition(handle, instance, call, composition, "live", reason, at);
      case "composition.paused" ->
          composition(handle, instance, call, composition, "paused", reason, at);
      case "composition.stopped" ->
          composition(handle, instance, call, composition, "stopped", reason, at);
      case "composition.failed" -> {
        List<String> cut = recordings(instance, call, composition);
        composition(handle, instance, call, composition, "failed", reason, at);
        // One that failed at its start has made no file, and nobody else tells that none comes.
        for (String recording : cut) {
          recordings.ending(handle, recording, at, 0, 0, "the composition failed: " + reason);
          calls.tell(told -> told.recordingEnding(recording));
        }
      }
      case "output.state" -> output(handle, instance, call, composition, data, at);
      case "composition.updated" ->
          updated(handle, instance, call, composition, (long) number(data, "revision"));
      case "composition.marker" -> marker(handle, instance, call, composition, mediaTime, data, at);
      default -> {
        // Other events announce no state.
      }
    }
  }

  /** The peer of a session by WHIP or WHEP is gone, and with it what it sent. */
  private void sessionEnded(Handle handle, String instance, String call, Map<String, Object> data) {
    String endpoint = text(data, "endpoint");
    if (endpoint != null) {
      calls.endSession(handle, instance, call, endpoint, text(data, "reason"));
    }
  }

  private void recording(
      Handle handle,
      String instance,
      String call,
      String type,
      String at,
      Map<String, Object> data) {
    String recording = text(data, "recording");
    if (recording == null) {
      return;
    }
    switch (type) {
      case "recording.started" -> recordings.started(handle, recording, at);
      case "recording.segment" ->
          recordings.segment(handle, recording, number(data, "start"), number(data, "end"));
      case "recording.ended" -> recordingEnded(handle, instance, call, data, at);
      default -> {
        // Other events announce no state.
      }
    }
  }

  /** The recordings of a composition that have not ended. */
  private List<String> recordings(String instance, String call, String composition) {
    return calls
        .open(call)
        .filter(open -> open.instance().equals(instance))
        .flatMap(open -> open.document().composition(composition))
        .map(CompositionDocument::recordings)
        .orElse(List.of());
  }

  private void composition(
      Handle handle,
      String instance,
      String call,
      String id,
      String state,
      @Nullable String reason,
      String at) {
    boolean over = state.equals("stopped") || state.equals("failed");
    boolean[] departing = {false};
    calls.changeInstance(
        handle,
        instance,
        call,
        document -> {
          departing[0] = document.departing().containsKey(id);
          if (departing[0]) {
            return over ? document.departing(id, null) : document;
          }
          return document
              .composition(id)
              .filter(composition -> over && !composition.stopped())
              .map(composition -> document.with(composition.stop()))
              .orElse(document);
        });
    if (!departing[0]) {
      calls.saveState(handle, instance, id, "", state, reason, at);
    }
  }

  private void output(
      Handle handle,
      String instance,
      String call,
      String composition,
      Map<String, Object> data,
      String at) {
    String id = text(data, "output");
    String state = text(data, "state");
    if (id == null || state == null) {
      return;
    }
    boolean over = state.equals("stopped") || state.equals("failed");
    String name = composition + "/" + id;
    boolean[] departing = {false};
    calls.changeInstance(
        handle,
        instance,
        call,
        document -> {
          boolean itself = document.departing().containsKey(name);
          departing[0] = itself || document.departing().containsKey(composition);
          return itself && over ? document.departing(name, null) : document;
        });
    if (!departing[0]) {
      calls.saveState(handle, instance, composition, id, state, text(data, "reason"), at);
    }
  }

  private void marker(
      Handle handle,
      String instance,
      String call,
      String composition,
      @Nullable Double mediaTime,
      Map<String, Object> data,
      String at) {
    String id = text(data, "marker");
    String label = text(data, "label");
    if (id == null || label == null) {
      return;
    }
    recordings.mark(
        handle, instance, composition, id, label, mediaTime == null ? 0 : mediaTime, at);
    // It has its time: no worker need tell it again.
    calls.changeInstance(
        handle,
        instance,
        call,
        document ->
            document
                .composition(composition)
                .map(old -> document.with(old.withoutMarker(id)))
                .orElse(document));
  }

  /** A change that waited is in effect: from now on it is a part of the layout. */
  private void updated(
      Handle handle, String instance, String call, String composition, long revision) {
    calls.changeInstance(
        handle,
        instance,
        call,
        document ->
            document
                .composition(composition)
                .map(old -> document.with(old.withBegun(revision)))
                .orElse(document));
  }

  private void recordingEnded(
      Handle handle, String instance, String call, Map<String, Object> data, String at) {
    String recording = text(data, "recording");
    if (recording == null) {
      return;
    }
    recordings.ending(
        handle,
        recording,
        at,
        (long) number(data, "bytes"),
        number(data, "duration"),
        text(data, "reason"));
    // One MP4 has one set of parameter sets: where the encoder's differ, another file follows.
    end(handle, instance, call, recording, "formatChanged".equals(text(data, "reason")));
    calls.tell(told -> told.recordingEnding(recording));
  }

  /** Lets what is to come be recorded into another file. */
  void replaceRecording(Handle handle, String instance, String call, String recording) {
    end(handle, instance, call, recording, true);
  }

  /** The file is going to be finished: no worker may append to it again. */
  private void end(Handle handle, String instance, String call, String recording, boolean another) {
    calls.changeInstance(
        handle,
        instance,
        call,
        document -> {
          TracksDocument tracks = document.tracks();
          if (tracks != null && tracks.recording().equals(recording)) {
            return another ? document.with(successor(call, tracks)) : document.withoutTracks();
          }
          CallDocument changed = document;
          for (CompositionDocument composition : document.compositions()) {
            changed =
                changed.with(
                    composition.withOutputs(
                        composition.outputs().stream()
                            .map(output ->
                                ends(output, recording)
                                    ? successor(call, composition, output, another)
                                    : output)
                            .toList()));
          }
          return changed;
        });
  }

  /** What follows: nothing, or another file. */
  private OutputDocument successor(
      String call, CompositionDocument composition, OutputDocument output, boolean another) {
    if (!(output instanceof OutputDocument.Recording old)
        || !another
        || old.ended()
        || composition.stopped()) {
      return output.end();
    }
    RecordingFiles.Place next =
        files.add(
            calls.open(call).orElseThrow(),
            composition.id(),
            old.id(),
            RecordingFiles.Wanted.of(old.storage(), old.filename(), old.options()),
            null);
    return old.next(next);
  }

  private TracksDocument successor(String call, TracksDocument old) {
    String storage = recordings.get(old.recording()).map(StoredRecording::storage).orElse(null);
    RecordingFiles.Place next = files.addTracks(calls.open(call).orElseThrow(), storage, null);
    return new TracksDocument(
        next.recording(), String.valueOf(Path.of(next.file()).getParent()), old.quota(), Ids.now());
  }

  private static boolean ends(OutputDocument output, String recording) {
    return output instanceof OutputDocument.Recording file && file.recording().equals(recording);
  }

  private static @Nullable String text(Map<String, Object> data, String name) {
    return data.get(name) instanceof String text ? text : null;
  }

  private static double number(Map<String, Object> data, String name) {
    return data.get(name) instanceof Number number ? number.doubleValue() : 0;
  }
}
