package dev.callcast.media.output;

/**
 * Tells a server that takes data from one that has stopped. Owned by one output's thread, for one
 * connection.
 *
 * <p>What counts as taken: bytes that the server acknowledged in RTMP if it ever does so; else
 * bytes that have left the kernel's send buffer. A connection is stalled when there is something to
 * take and nothing was taken for the limit.
 */
final class Progress {
  /**
   * The handshake and the commands before the first tag: 1 + 1536 + 1536 bytes and some hundred.
   */
  private static final long HANDSHAKE = 3_600;

  private final long limit;
  private final SocketBacklog backlog;
  private long counted;
  private long taken;
  private long takenAt;

  Progress(long limit, SocketBacklog backlog) {
    this.limit = limit;
    this.backlog = backlog;
    this.takenAt = System.nanoTime();
  }

  /** Bytes since the last call. */
  long grown(long total) {
    long growth = Math.max(0, total - counted);
    counted = total;
    return growth;
  }

  boolean mediaWentOut(long total, long waiting) {
    return total > HANDSHAKE && (waiting == 0 || total > 2 * HANDSHAKE);
  }

  boolean stalled(long total, long acknowledged, boolean backedUp, long now) {
    long unsent = acknowledged > 0 ? total - acknowledged : backlog.unsentBytes();
    long nowTaken = total - unsent;
    if (nowTaken > taken || (unsent == 0 && !backedUp)) {
      taken = nowTaken;
      takenAt = now;
    }
    return now - takenAt > limit;
  }
}
