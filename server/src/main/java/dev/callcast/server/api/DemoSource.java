package dev.callcast.server.api;

import dev.callcast.protocol.ParticipantSpec;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Made-up participants, for trying a node out without an SFU. They send from a process of their
 * own, as an SFU would. Safe for any thread; the node closes it, which ends all of them.
 */
public interface DemoSource extends AutoCloseable {
  /** How many participants one call may have from here. */
  int MOST_PARTICIPANTS = 16;

  /** How many calls may have such participants at once. */
  int MOST_CALLS = 4;

  /** How it goes. */
  enum State {
    /** Clips are being encoded, or participants are joining. */
    PREPARING,
    RUNNING,
    FAILED
  }

  /**
   * The participants of one call.
   *
   * @param reason why it failed; empty else
   */
  record Demo(String endpoint, int participants, State state, String reason) {}

  /**
   * Where they send to.
   *
   * @param rtcpPort 0 where RTCP goes to the same port
   */
  record Target(String endpoint, String ip, int port, int rtcpPort) {}

  /**
   * Lets participants come in one after the other, and speak in turns. Returns at once.
   *
   * @param declare tells the call of one of them, just before it begins to send
   * @return false when the call has some already, or too many calls have
   */
  boolean start(String call, Target target, int participants, Consumer<ParticipantSpec> declare);

  /** How it goes in a call; null when there is nothing of it. */
  @Nullable Demo demo(String call);

  /** Ends the participants of a call. Returns at once. */
  void stop(String call);

  @Override
  void close();
}
