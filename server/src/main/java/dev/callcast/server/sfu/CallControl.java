package dev.callcast.server.sfu;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a connector does to its call: the same that an application does over the API, by the same
 * rules. Safe for any thread. Every method throws {@link java.util.NoSuchElementException} when the
 * call is closed.
 */
public interface CallControl {
  /** The call as it is, its SRTP keys in clear. Never log it. */
  Known look(String instance);

  /** What a connector looks at of a call. */
  record Known(List<EndpointSpec> endpoints, List<ParticipantSpec> participants) {}

  /** The address at which this node receives. */
  String ip();

  /**
   * Makes an endpoint on one port.
   *
   * @param allowFrom CIDR ranges, empty for everywhere
   * @param srtpKey what the SFU encrypts with, base64 of 30 bytes, or null for plain RTP; our RTCP
   *     goes out in the clear
   * @return its port
   */
  int makeEndpoint(
      String instance, String endpoint, List<String> allowFrom, @Nullable String srtpKey);

  /** Says where an endpoint's RTCP goes. */
  void point(String instance, String endpoint, EndpointSpec.Remote remote);

  /** Takes an endpoint out on which no track arrives. */
  void removeEndpoint(String instance, String endpoint);

  /**
   * Declares a participant; nothing happens when it is declared so already. What else an
   * application has set of it (gain, mute) stays.
   */
  void put(String instance, String participant, String name, List<TrackSpec> tracks);

  /** Takes a participant out. */
  void remove(String instance, String participant);

  /** Names the speaker, if there is such a participant. */
  void speaker(String instance, String participant);

  /** Appends an event to the call's log. */
  void event(String instance, String type, Map<String, Object> data);
}
