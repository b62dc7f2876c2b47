package dev.callcast.server.store;

import dev.callcast.protocol.CompositionSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A composition as it is stored.
 *
 * @param spec what the worker gets, but with no outputs in it
 * @param stopped it was stopped, or ended by itself: workers get it no more
 */
public record CompositionDocument(
    CompositionSpec spec, List<OutputDocument> outputs, boolean stopped, String createdAt) {
  public CompositionDocument {
    outputs = List.copyOf(outputs);
  }

  public String id() {
    return spec.id();
  }

  /** The output of this id. */
  public Optional<OutputDocument> output(String id) {
    return outputs.stream().filter(output -> output.id().equals(id)).findFirst();
  }

  /** Ids of the recordings that have not ended. */
  List<String> recordings() {
    return outputs.stream()
        .filter(output -> !output.ended())
        .filter(OutputDocument.Recording.class::isInstance)
        .map(output -> ((OutputDocument.Recording) output).recording())
        .toList();
  }

  /** The same with another spec. */
  public CompositionDocument with(CompositionSpec spec) {
    return new CompositionDocument(spec, outputs, stopped, createdAt);
  }

  /** The same with other outputs. */
  public CompositionDocument withOutputs(List<OutputDocument> outputs) {
    return new CompositionDocument(spec, outputs, stopped, createdAt);
  }

  /** The same with one more marker that has no time yet. */
  public CompositionDocument withMarker(CompositionSpec.Marker marker) {
    return with(
        spec.withMarkers(Stream.concat(spec.markers().stream(), Stream.of(marker)).toList()));
  }

  /** The same without this marker. */
  public CompositionDocument withoutMarker(String id) {
    return with(
        spec.withMarkers(
            spec.markers().stream().filter(marker -> !marker.id().equals(id)).toList()));
  }

  /** The same with the scheduled change of this revision, if there is one, made. */
  CompositionDocument withBegun(long revision) {
    for (CompositionSpec.Scheduled change : spec.scheduled()) {
      if (change.revision() == revision) {
        return with(
            spec.with(change.onto(spec.layout()))
                .withScheduled(
                    spec.scheduled().stream().filter(other -> !other.equals(change)).toList()));
      }
    }
    return this;
  }

  /** The same, stopped. */
  public CompositionDocument stop() {
    return new CompositionDocument(spec, outputs, true, createdAt);
  }
}
