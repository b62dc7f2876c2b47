package dev.callcast.media.ingest;

/**
 * Where one audio track's sound goes, and who decides whether it is decoded at all. Used by the
 * track's endpoint thread; closed by it when the track goes.
 */
public interface AudioSink extends PcmSink, AutoCloseable {
  /**
   * Asked for each packet before it is decoded.
   *
   * @param level -dBov by RFC 6464, 0 (loudest) to 127 (silence), or -1 when the packet does not
   *     say
   * @param time of the packet on the call's timeline, ns
   * @return whether to decode it
   */
  boolean offer(int level, long time);

  @Override
  void close();
}
