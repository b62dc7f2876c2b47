package dev.callcast.testkit.send;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A participant that is made up: who it is and what it sends.
 *
 * @param index 0 to 63: colour, frequency and the number in the picture's marks
 * @param cname of RTCP's SDES
 * @param joinAfter when it begins to send, in seconds after it was added
 * @param leaveAfter when it stops, without a BYE, in seconds after it was added; 0 for never
 * @param skewPpm how much faster its clock runs than ours, in parts per million
 */
public record SyntheticParticipant(
    int index,
    String id,
    String name,
    String cname,
    double joinAfter,
    double leaveAfter,
    double skewPpm,
    List<SyntheticTrack> tracks) {
  public SyntheticParticipant {
    tracks = List.copyOf(tracks);
  }

  /**
   * A camera (640x360, 30 fps, 600 kbit/s, RTX) and a microphone. The clip has the name burned in,
   * and takes seconds to encode: tests call number n {@code Pn}, and share what is in the cache.
   */
  public static SyntheticParticipant of(
      int index, String name, String endpoint, Codec video, Codec audio) {
    return bare(index, name)
        .withTrack(SyntheticTrack.camera(endpoint, VideoClipSpec.standard(index, name, video)))
        .withTrack(SyntheticTrack.mic(endpoint, AudioClipSpec.standard(index, audio)));
  }

  /** VP8 and Opus. */
  public static SyntheticParticipant of(int index, String name, String endpoint) {
    return of(index, name, endpoint, Codec.VP8, Codec.OPUS);
  }

  /** Without tracks. */
  public static SyntheticParticipant bare(int index, String name) {
    return new SyntheticParticipant(
        index, "p" + index, name, "p" + index + "@synthetic", 0, 0, 0, List.of());
  }

  public SyntheticParticipant withTrack(SyntheticTrack track) {
    List<SyntheticTrack> all = new ArrayList<>(tracks);
    all.add(track);
    return withTracks(all);
  }

  public SyntheticParticipant withTracks(List<SyntheticTrack> newTracks) {
    return new SyntheticParticipant(
        index, id, name, cname, joinAfter, leaveAfter, skewPpm, newTracks);
  }

  /** Only what can be seen. */
  public SyntheticParticipant withoutSound() {
    return withTracks(tracks.stream().filter(track -> track.source() != TrackSource.MIC).toList());
  }

  public SyntheticParticipant withId(String newId) {
    return new SyntheticParticipant(
        index, newId, name, cname, joinAfter, leaveAfter, skewPpm, tracks);
  }

  public SyntheticParticipant withSkew(double ppm) {
    return new SyntheticParticipant(index, id, name, cname, joinAfter, leaveAfter, ppm, tracks);
  }

  /** Times in seconds after it was added; {@code leave} 0 for never. */
  public SyntheticParticipant withStay(double join, double leave) {
    return new SyntheticParticipant(index, id, name, cname, join, leave, skewPpm, tracks);
  }

  /** The same faults on all tracks, each with its own seed. */
  public SyntheticParticipant withFaults(Faults faults) {
    List<SyntheticTrack> all = new ArrayList<>();
    for (SyntheticTrack track : tracks) {
      all.add(track.withFaults(faults.withSeed(faults.seed() + track.ssrc())));
    }
    return withTracks(all);
  }

  /** What a worker is told of this participant. */
  public ParticipantSpec toSpec() {
    return new ParticipantSpec(
        id, name, false, false, 1, 0, tracks.stream().map(SyntheticTrack::toSpec).toList());
  }

  /** The body of {@code PUT /v1/calls/{call}/participants/{p}}. */
  public Map<String, Object> toApi() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", name);
    body.put("tracks", tracks.stream().map(SyntheticTrack::toApi).toList());
    return body;
  }
}
