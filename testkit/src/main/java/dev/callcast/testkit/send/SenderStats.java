package dev.callcast.testkit.send;

import java.util.List;

/**
 * The sender process' counters.
 *
 * @param cpuSeconds of the whole process since its start
 * @param lateMs by how much the latest packet of the last second or more was late, in ms: large
 *     when the machine is overloaded
 */
public record SenderStats(double cpuSeconds, double lateMs, List<Track> tracks) {
  public SenderStats {
    tracks = List.copyOf(tracks);
  }

  /**
   * One track's counters since it was added.
   *
   * @param packets made, lost ones included, without retransmissions
   * @param dropped by the loss fault, retransmissions included
   * @param nacked sequence numbers asked for again
   * @param retransmitted those that were sent again
   * @param plis picture loss indications and full intra requests
   * @param lastPliToKeyFrameMs from the last such request that was answered to its key frame
   * @param receiverReports that told of this track
   * @param fractionLost of the last such report, 0 to 255 (RFC 3550 §6.4.1)
   * @param cumulativeLost of the last such report, packets
   * @param nextSequence the sequence number of the next packet
   */
  public record Track(
      String participant,
      String track,
      long ssrc,
      long packets,
      long bytes,
      long frames,
      long keyFrames,
      long dropped,
      long nacked,
      long retransmitted,
      long plis,
      double lastPliToKeyFrameMs,
      long receiverReports,
      int fractionLost,
      int cumulativeLost,
      int nextSequence,
      int layer) {}

  /**
   * The counters of one track.
   *
   * @throws IllegalArgumentException when there is no such track
   */
  public Track track(String participant, String track) {
    for (Track candidate : tracks) {
      if (candidate.participant().equals(participant) && candidate.track().equals(track)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no track " + participant + "/" + track);
  }
}
