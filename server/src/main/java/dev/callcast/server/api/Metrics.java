package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.server.recordings.upload.UploadProgress;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredUpload;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code GET /metrics} answers: measured anew at each request, from what the workers tell, so
 * nothing is left of a call that has ended. Safe for any thread.
 */
final class Metrics {
  private final Store store;
  private final CallAccess calls;
  private final Uploads uploads;
  private final NodeConfig config;
  private final Capacity capacity;

  Metrics(Store store, CallAccess calls, Uploads uploads, NodeConfig config, Capacity capacity) {
    this.store = store;
    this.calls = calls;
    this.uploads = uploads;
    this.config = config;
    this.capacity = capacity;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/metrics", Scope.READ, this::scrape));
  }

  private Answer scrape(Request request) throws IOException {
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    writer.write(text, new Sheet().fill(), EscapingScheme.UNDERSCORE_ESCAPING);
    request.context().contentType(writer.getContentType()).result(text.toByteArray());
    return new Answer.Written();
  }

  /** One scrape: families in the order of their first point. */
  private final class Sheet {
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();

    MetricSnapshots fill() {
      node();
      for (StoredCall call : store.calls().list(true, null, Integer.MAX_VALUE)) {
        CallStats stats = calls.stats(call);
        Labels labels = Labels.of("call", call.id());
        gauge(
            "callcast_worker_reachable",
            "Whether the worker of the call answers",
            labels,
            stats == null ? 0 : 1);
        counter(
            "callcast_worker_starts",
            "Starts of the call's worker; more than one after crashes",
            labels,
            call.epoch());
        gauge(
            "callcast_call_cores",
            "Cores that the call uses, as measured or, at first, as estimated",
            labels,
            capacity.cost(call));
        if (stats != null) {
          call(labels, stats);
        }
      }
      uploads();
      MetricSnapshots.Builder all = MetricSnapshots.builder();
      gauges.values().forEach(family -> all.metricSnapshot(built(family)));
      counters.values().forEach(family -> all.metricSnapshot(built(family)));
      return all.build();
    }

    private void node() {
      Labels labels = Labels.of("node", config.name());
      Runtime runtime = Runtime.getRuntime();
      gauge(
          "callcast_node_cores",
          "Cores that the node may use",
          labels,
          runtime.availableProcessors());
      gauge(
          "callcast_node_load",
          "Load average of the machine, one minute",
          labels,
          Math.max(0, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
      gauge(
          "callcast_node_heap_bytes",
          "Heap that the node's own process uses",
          labels,
          runtime.totalMemory() - runtime.freeMemory());
      double used = capacity.used();
      gauge("callcast_node_used_cores", "Cores that all calls use", labels, used);
      if (capacity.limit() > 0) {
        gauge(
            "callcast_node_limit_cores",
            "Cores that calls may use together",
            labels,
            capacity.limit());
        for (Capacity.Shape shape : Capacity.SHAPES) {
          gauge(
              "callcast_node_room_calls",
              "How many more calls of that shape (participants, canvas, frames a second) fit",
              labels.add("shape", shape.label()),
              capacity.room(shape, used));
        }
      }
      gauge(
          "callcast_webhook_deliveries_pending",
          "Events that were not delivered to webhooks yet",
          labels,
          store.webhooks().pending());
    }

    private void call(Labels labels, CallStats stats) {
      counter(
          "callcast_worker_cpu_seconds",
          "CPU time of the call's worker process",
          labels,
          stats.cpuSeconds());
      gauge(
          "callcast_worker_resident_bytes",
          "Resident memory of the call's worker process",
          labels,
          stats.rssBytes());
      stats.endpoints().forEach(endpoint -> endpoint(labels, endpoint));
      stats.tracks().forEach(track -> track(labels, track));
      stats.compositions().forEach(composition -> composition(labels, composition));
    }

    private void endpoint(Labels call, CallStats.EndpointStats endpoint) {
      Labels labels = call.add("endpoint", endpoint.id());
      counter(
          "callcast_endpoint_packets",
          "Packets that came in at the endpoint",
          labels,
          endpoint.packets());
      String name = "callcast_endpoint_refused_packets";
      String help = "Packets that reached no track, by reason";
      counter(name, help, labels.add("reason", "unknownSsrc"), endpoint.unknownSsrc());
      counter(name, help, labels.add("reason", "address"), endpoint.refusedAddress());
      counter(name, help, labels.add("reason", "malformed"), endpoint.malformed());
      counter(name, help, labels.add("reason", "authentication"), endpoint.authFailed());
    }

    private void track(Labels call, CallStats.TrackStats track) {
      Labels labels = call.add("participant", track.participant()).add("track", track.track());
      counter("callcast_track_packets", "RTP packets of the track", labels, track.packets());
      counter("callcast_track_bytes", "Bytes of the track's packets", labels, track.bytes());
      counter(
          "callcast_track_lost_packets",
          "Packets that neither came nor were recovered",
          labels,
          track.lost());
      counter(
          "callcast_track_recovered_packets",
          "Packets that came by retransmission",
          labels,
          track.recovered());
      counter(
          "callcast_track_key_frames_requested",
          "Key frames that were asked for",
          labels,
          track.keyFramesRequested());
      gauge(
          "callcast_track_jitter_seconds",
          "Interarrival jitter, RFC 3550",
          labels,
          track.jitter() / 1000);
      gauge("callcast_track_fps", "Decoded frames in the last second", labels, track.fps());
      gauge("callcast_track_live", "Whether packets come", labels, track.live() ? 1 : 0);
      gauge("callcast_track_decoded", "Whether it is decoded", labels, track.decoded() ? 1 : 0);
    }

    private void composition(Labels call, CallStats.CompositionStats composition) {
      Labels labels = call.add("composition", composition.id());
      counter("callcast_composition_ticks", "Frames that were due", labels, composition.ticks());
      counter(
          "callcast_composition_skipped_ticks",
          "Frames that were due and not composed for want of time, also where that was a step",
          labels,
          composition.skippedTicks());
      gauge(
          "callcast_composition_compose_seconds",
          "Mean time from a frame's being due to its picture, over the last second",
          labels,
          composition.composeMillis() / 1000);
      gauge(
          "callcast_composition_bitrate",
          "Bit/s of picture and sound over the last second",
          labels,
          composition.bitrate());
      gauge(
          "callcast_composition_media_seconds",
          "How much was composed so far",
          labels,
          composition.mediaTime());
      gauge(
          "callcast_composition_degraded",
          "Steps of quality that are given up for want of time, 0 to 4",
          labels,
          composition.degraded().size());
      composition.outputs().forEach(output -> output(labels, output));
    }

    private void output(Labels composition, CallStats.OutputStats output) {
      Labels labels = composition.add("output", output.id()).add("type", output.type());
      for (OutputStatus state : OutputStatus.values()) {
        gauge(
            "callcast_output_state",
            "1 for the state that the output is in",
            labels.add("state", state.json()),
            output.state() == state ? 1 : 0);
      }
      counter("callcast_output_bytes", "Bytes that were sent or written", labels, output.bytes());
      counter("callcast_output_frames", "Pictures that were sent", labels, output.frames());
      counter(
          "callcast_output_dropped_frames",
          "Pictures that were not sent, for the other side was slow",
          labels,
          output.dropped());
      counter(
          "callcast_output_reconnects",
          "Connections after the first one",
          labels,
          output.reconnects());
    }

    private void uploads() {
      for (StoredUpload upload : store.uploads().in(StoredUpload.State.ACTIVE)) {
        UploadProgress progress =
            upload.node().equals(config.name()) ? uploads.progress(upload.id()).orElse(null) : null;
        if (progress != null) {
          Labels labels =
              Labels.of("call", upload.call(), "recording", upload.recording())
                  .add("storage", upload.storage());
          gauge(
              "callcast_upload_lag_bytes",
              "Bytes that are on the disk and not with the storage",
              labels,
              progress.lag());
          counter(
              "callcast_upload_bytes", "Bytes that the storage has", labels, progress.uploaded());
          counter(
              "callcast_upload_retries",
              "Requests that had to be sent again",
              labels,
              progress.retries());
        }
      }
    }

    private void gauge(String name, String help, Labels labels, long value) {
      gauge(name, help, labels, (double) value);
    }

    private void counter(String name, String help, Labels labels, long value) {
      counter(name, help, labels, (double) value);
    }

    private void gauge(String name, String help, Labels labels, double value) {
      gauges
          .computeIfAbsent(name, n -> GaugeSnapshot.builder().name(n).help(help))
          .dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build());
    }

    private void counter(String name, String help, Labels labels, double value) {
      counters
          .computeIfAbsent(name, n -> CounterSnapshot.builder().name(n).help(help))
          .dataPoint(CounterDataPointSnapshot.builder().labels(labels).value(value).build());
    }

    private static MetricSnapshot built(MetricSnapshot.Builder<?> family) {
      return family.build();
    }
  }
}
