package dev.callcast.server.store;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The whole desired state of a call as it is stored. Immutable: each change makes a new one.
 *
 * @param endpoints with sealed SRTP keys and no rollover counters
 * @param departing what was deleted and may still be finishing in the worker, with the time of its
 *     deletion, by the composition's id or that and the output's with a slash. Its id is not free
 *     until then, so that a late event of the old one is never taken for the new one's.
 * @param tracks the recording of everyone's media that is on, or null
 */
public record CallDocument(
    List<EndpointSpec> endpoints,
    List<ParticipantSpec> participants,
    @Nullable String speaker,
    List<CompositionDocument> compositions,
    Map<String, String> departing,
    @Nullable TracksDocument tracks) {

  /** A call with nothing in it. */
  public static final CallDocument EMPTY =
      new CallDocument(List.of(), List.of(), null, List.of(), Map.of(), null);

  public CallDocument {
    participants = List.copyOf(participants);
    compositions = List.copyOf(compositions);
    endpoints = seen(endpoints, compositions);
    departing = Map.copyOf(departing);
  }

  /** Without the viewers of what is sent no more. */
  private static List<EndpointSpec> seen(
      List<EndpointSpec> endpoints, List<CompositionDocument> compositions) {
    return endpoints.stream()
        .filter(endpoint ->
            endpoint.whep() == null
                || compositions.stream()
                    .anyMatch(composition ->
                        !composition.stopped()
                            && composition.id().equals(endpoint.whep().composition())))
        .toList();
  }

  public Optional<EndpointSpec> endpoint(String id) {
    return endpoints.stream().filter(endpoint -> endpoint.id().equals(id)).findFirst();
  }

  public Optional<ParticipantSpec> participant(String id) {
    return participants.stream().filter(participant -> participant.id().equals(id)).findFirst();
  }

  public Optional<CompositionDocument> composition(String id) {
    return compositions.stream().filter(composition -> composition.id().equals(id)).findFirst();
  }

  /** The same with this endpoint, in place of the one of its id or at the end. */
  public CallDocument with(EndpointSpec endpoint) {
    return new CallDocument(
        put(endpoints, endpoint, EndpointSpec::id),
        participants,
        speaker,
        compositions,
        departing,
        tracks);
  }

  /** The same with this participant, in place of the one of its id or at the end. */
  public CallDocument with(ParticipantSpec participant) {
    return new CallDocument(
        endpoints,
        put(participants, participant, ParticipantSpec::id),
        speaker,
        compositions,
        departing,
        tracks);
  }

  /** The same with this composition, in place of the one of its id or at the end. */
  public CallDocument with(CompositionDocument composition) {
    return new CallDocument(
        endpoints,
        participants,
        speaker,
        put(compositions, composition, CompositionDocument::id),
        departing,
        tracks);
  }

  /** The same with another named speaker; null for none. */
  public CallDocument withSpeaker(@Nullable String speaker) {
    return new CallDocument(endpoints, participants, speaker, compositions, departing, tracks);
  }

  public CallDocument withoutEndpoint(String id) {
    return new CallDocument(
        without(endpoints, endpoint -> endpoint.id().equals(id)),
        participants,
        speaker,
        compositions,
        departing,
        tracks);
  }

  /**
   * The same without a session by WHIP or WHEP: its endpoint, the tracks that came on it, and
   * whoever has none left then.
   */
  public CallDocument withoutSession(String endpoint) {
    CallDocument changed = withoutEndpoint(endpoint);
    for (ParticipantSpec participant : participants) {
      List<TrackSpec> left =
          without(participant.tracks(), track -> track.endpoint().equals(endpoint));
      if (left.isEmpty() && !participant.tracks().isEmpty()) {
        changed = changed.withoutParticipant(participant.id());
      } else if (left.size() < participant.tracks().size()) {
        changed = changed.with(participant.with(left));
      }
    }
    return changed;
  }

  /** The same without this participant, who also speaks no more, and whose sessions are over. */
  public CallDocument withoutParticipant(String id) {
    return new CallDocument(
        without(
            endpoints,
            endpoint -> endpoint.whip() != null && endpoint.whip().participant().equals(id)),
        without(participants, participant -> participant.id().equals(id)),
        id.equals(speaker) ? null : speaker,
        compositions,
        departing,
        tracks);
  }

  public CallDocument withoutComposition(String id) {
    return new CallDocument(
        endpoints,
        participants,
        speaker,
        without(compositions, composition -> composition.id().equals(id)),
        departing,
        tracks);
  }

  /** The same with {@code name} departing since {@code time}; null time: no more. */
  public CallDocument departing(String name, @Nullable String time) {
    Map<String, String> changed = new LinkedHashMap<>(departing);
    if (time == null) {
      changed.remove(name);
    } else {
      changed.put(name, time);
    }
    return new CallDocument(endpoints, participants, speaker, compositions, changed, tracks);
  }

  /** The same with nothing departing: a new worker never heard of it. */
  public CallDocument allDeparted() {
    return new CallDocument(endpoints, participants, speaker, compositions, Map.of(), tracks);
  }

  /** The same with its tracks being recorded. */
  public CallDocument with(TracksDocument recording) {
    return new CallDocument(endpoints, participants, speaker, compositions, departing, recording);
  }

  /** The same with its tracks not being recorded. */
  public CallDocument withoutTracks() {
    return new CallDocument(endpoints, participants, speaker, compositions, departing, null);
  }

  /** The ids of the recordings that a worker of this state writes. */
  public List<String> wantedRecordings() {
    Stream<String> composed =
        compositions.stream()
            .filter(composition -> !composition.stopped())
            .flatMap(composition -> composition.recordings().stream());
    return Stream.concat(composed, Stream.ofNullable(tracks).map(TracksDocument::recording))
        .toList();
  }

  private static <T> List<T> put(List<T> list, T item, Function<T, String> id) {
    List<T> changed = new ArrayList<>(list);
    for (int i = 0; i < changed.size(); i++) {
      if (id.apply(changed.get(i)).equals(id.apply(item))) {
        changed.set(i, item);
        return changed;
      }
    }
    changed.add(item);
    return changed;
  }

  private static <T> List<T> without(List<T> list, Predicate<T> gone) {
    return list.stream().filter(gone.negate()).toList();
  }
}
