package dev.callcast.protocol;

import java.util.List;

/**
 * A participant as the application declares it.
 *
 * @param owner whether the participant is the call's host
 * @param muted left out of the mix
 * @param gain linear, 0 to 4, 1 is unchanged
 * @param pan -1 left, 0 centre, 1 right
 */
public record ParticipantSpec(
    String id,
    String name,
    boolean owner,
    boolean muted,
    double gain,
    double pan,
    List<TrackSpec> tracks) {
  public ParticipantSpec {
    tracks = List.copyOf(tracks);
  }

  /** The same with these tracks. */
  public ParticipantSpec with(List<TrackSpec> others) {
    return new ParticipantSpec(id, name, owner, muted, gain, pan, others);
  }
}
