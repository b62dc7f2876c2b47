package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.KnownState;
import dev.callcast.server.store.OutputDocument;
import dev.callcast.server.store.StoredCall;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compositions and outputs as they are shown: what is wanted from the store, states from what the
 * worker told last, counters from what it measures now, where it can be asked.
 */
final class CompositionView {
  /** After this, what should have stopped counts as stopped: nobody is left to say so. */
  private static final Duration STOPPING = Duration.ofSeconds(15);

  private final StoredCall call;
  private final List<KnownState> states;
  private final @Nullable CallStats stats;
  private final HlsStreams hls;

  CompositionView(
      StoredCall call, List<KnownState> states, @Nullable CallStats stats, HlsStreams hls) {
    this.hls = hls;
    this.call = call;
    this.states = states;
    this.stats = stats;
  }

  ObjectNode composition(CompositionDocument composition) {
    KnownState known = known(composition.id(), "");
    CallStats.CompositionStats measured = measured(composition.id());
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", composition.id());
    json.put("state", state(composition, known, measured));
    if (known != null && known.reason() != null) {
      json.put("reason", known.reason());
    }
    json.put("since", known == null ? composition.createdAt() : known.since());
    json.put("revision", composition.spec().revision());
    json.put("createdAt", composition.createdAt());
    json.setAll(CompositionJson.settings(composition.spec()));
    if (!composition.spec().scheduled().isEmpty()) {
      json.set("scheduled", ScheduledChange.json(composition.spec().scheduled()));
    }
    ArrayNode outputs = json.putArray("outputs");
    composition.outputs().forEach(output -> outputs.add(output(composition, output)));
    if (measured != null) {
      ObjectNode shown = json.putObject("stats");
      shown
          .put("appliedRevision", measured.revision())
          .put("mediaTime", measured.mediaTime())
          .put("ticks", measured.ticks())
          .put("skippedTicks", measured.skippedTicks())
          .put("composeMillis", measured.composeMillis())
          .put("bitrate", measured.bitrate());
      ArrayNode degraded = shown.putArray("degraded");
      measured.degraded().forEach(degraded::add);
    }
    return json;
  }

  ObjectNode output(CompositionDocument composition, OutputDocument output) {
    KnownState known = known(composition.id(), output.id());
    CallStats.OutputStats measured = measured(composition.id(), output.id());
    String state = outputState(composition, output, known, measured);
    String since = output.createdAt();
    String reason = null;
    if (measured != null && measured.state().json().equals(state)) {
      since = measured.since();
      reason = measured.reason();
    } else if (known != null) {
      since = known.since();
      reason = known.reason();
    }
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", output.id())
            .put("type", output.type())
            .put("state", state);
    if (reason != null) {
      json.put("reason", reason);
    }
    json.put("since", since)
        .put("createdAt", output.createdAt())
        .put("bytes", measured == null ? 0 : measured.bytes())
        .put("frames", measured == null ? 0 : measured.frames())
        .put("dropped", measured == null ? 0 : measured.dropped())
        .put("reconnects", measured == null ? 0 : measured.reconnects());
    switch (output) {
      case OutputDocument.Recording recording -> {
        json.put("recording", recording.recording())
            .put("format", recording.options().format().json())
            .put("gaps", recording.options().gaps().json())
            .put("faststart", recording.options().faststart());
        if (recording.storage() != null) {
          json.put("storage", recording.storage());
        }
        if (recording.filename() != null) {
          json.put("filename", recording.filename());
        }
        if (recording.quota() > 0) {
          json.put("quota", recording.quota());
        }
      }
      case OutputDocument.Srt srt ->
          json.put("url", srt.url())
              .put("mode", srt.mode().json())
              .put("encrypted", srt.sealedPassphrase() != null)
              .put("latency", srt.latencyMillis() / 1000.0);
      case OutputDocument.Rtmp rtmp -> {
        json.put("url", rtmp.url());
        if (rtmp.backupUrl() != null) {
          json.put("backupUrl", rtmp.backupUrl());
        }
        json.put("tlsVerify", rtmp.tlsVerify());
        if (rtmp.destination() != null) {
          json.put("destination", rtmp.destination());
        }
      }
      case OutputDocument.Hls stream -> hls(json, stream);
    }
    return json;
  }

  private void hls(ObjectNode json, OutputDocument.Hls output) {
    json.put("url", "/hls/" + output.stream() + "/index.m3u8")
        .put("playlist", output.playlist().json())
        .put("segmentDuration", output.segmentMillis() / 1000)
        .put("storage", output.storage())
        .put("key", output.key());
    if (output.window() > 0) {
      json.put("window", output.window());
    }
    if (output.partMillis() > 0) {
      json.put("partDuration", output.partMillis() / 1000.0);
    }
    hls.find(output.stream())
        .ifPresent(stream -> {
          json.put("segments", stream.progress().segments())
              .put("published", hls.published(output.stream()));
          String error = stream.error();
          if (error != null) {
            json.put("error", error);
          }
        });
  }

  private String state(
      CompositionDocument composition,
      @Nullable KnownState known,
      CallStats.@Nullable CompositionStats measured) {
    if (known != null && (known.state().equals("stopped") || known.state().equals("failed"))) {
      return known.state();
    }
    if (over(composition)) {
      return settled(composition, known) ? "stopped" : "stopping";
    }
    if (measured != null) {
      return measured.state().json();
    }
    return known == null ? "starting" : known.state();
  }

  private String outputState(
      CompositionDocument composition,
      OutputDocument output,
      @Nullable KnownState known,
      CallStats.@Nullable OutputStats measured) {
    String failed = OutputStatus.FAILED.json();
    String stopped = OutputStatus.STOPPED.json();
    if (known != null && (known.state().equals(failed) || known.state().equals(stopped))) {
      return known.state();
    }
    if (output.ended() || (over(composition) && settled(composition, known))) {
      return stopped;
    }
    if (measured != null) {
      return measured.state().json();
    }
    return known == null ? OutputStatus.CONNECTING.json() : known.state();
  }

  private boolean over(CompositionDocument composition) {
    return composition.stopped() || !call.open();
  }

  /** Whether so much time has passed since the end that its worker cannot be still at it. */
  private boolean settled(CompositionDocument composition, @Nullable KnownState known) {
    String ended = call.closedAt();
    if (composition.stopped()) {
      KnownState own = known(composition.id(), "");
      ended = own == null ? (known == null ? composition.createdAt() : known.since()) : own.since();
    }
    return ended != null
        && Duration.between(Instant.parse(ended), Instant.now()).compareTo(STOPPING) > 0;
  }

  private @Nullable KnownState known(String composition, String output) {
    return states.stream()
        .filter(state -> state.composition().equals(composition) && state.output().equals(output))
        .findFirst()
        .orElse(null);
  }

  private CallStats.@Nullable CompositionStats measured(String composition) {
    return stats == null
        ? null
        : stats.compositions().stream()
            .filter(measured -> measured.id().equals(composition))
            .findFirst()
            .orElse(null);
  }

  private CallStats.@Nullable OutputStats measured(String composition, String output) {
    return Optional.ofNullable(measured(composition)).stream()
        .flatMap(measured -> measured.outputs().stream())
        .filter(measured -> measured.id().equals(output))
        .findFirst()
        .orElse(null);
  }
}
