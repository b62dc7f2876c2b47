package dev.callcast.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole desired state of one call. The node sends all of it on every change; the worker makes
 * what is into what is wanted. So a worker that was killed, or a node that was, needs nothing but
 * this.
 *
 * @param revision +1 for each change of anything in it
 * @param participants in the order of joining
 * @param speaker the participant that the application names as speaking, or null to detect it from
 *     levels
 * @param tracks the recording of everyone's media as it comes, or null for none
 * @param webFrames which web pages may be shown, or null for none
 */
public record CallState(
    String call,
    long revision,
    List<EndpointSpec> endpoints,
    List<ParticipantSpec> participants,
    @Nullable String speaker,
    List<CompositionSpec> compositions,
    @Nullable TracksSpec tracks,
    @Nullable WebFramePolicy webFrames) {
  /** One that shows no web pages. */
  public CallState(
      String call,
      long revision,
      List<EndpointSpec> endpoints,
      List<ParticipantSpec> participants,
      @Nullable String speaker,
      List<CompositionSpec> compositions,
      @Nullable TracksSpec tracks) {
    this(call, revision, endpoints, participants, speaker, compositions, tracks, null);
  }

  public CallState {
    endpoints = List.copyOf(endpoints);
    participants = List.copyOf(participants);
    compositions = List.copyOf(compositions);
  }
}
