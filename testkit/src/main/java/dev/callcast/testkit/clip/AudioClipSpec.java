package dev.callcast.testkit.clip;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;

/**
 * What an audio clip sounds like: a low continuous tone of the participant's frequency and a beep
 * of 50 ms with each flash.
 *
 * @param participant whose frequency; 0 to 63
 * @param fps of the participant's video, which says when the flash comes
 * @param seconds the length, after which the clip loops
 * @param toneDb of the continuous tone in dB of full scale: −36 is a quiet presence, −27 is a
 *     speaker
 */
public record AudioClipSpec(int participant, Codec codec, int fps, int seconds, int toneDb) {
  /** A participant that is there but does not speak. */
  public static final int QUIET_DB = -36;

  /**
   * A participant that speaks, for active speaker detection. Less than the 12 dB above the quiet
   * tone that the checks take for a tone that is missing: else who speaks half of the time would
   * not be heard the other half.
   */
  public static final int SPEAKING_DB = -27;

  public AudioClipSpec {
    if (codec.kind() != TrackKind.AUDIO) {
      throw new IllegalArgumentException(codec + " is not an audio codec");
    }
  }

  /** 10 s for a video of 30 fps. */
  public static AudioClipSpec standard(int participant, Codec codec) {
    return new AudioClipSpec(participant, codec, 30, 10, QUIET_DB);
  }

  public AudioClipSpec speaking() {
    return new AudioClipSpec(participant, codec, fps, seconds, SPEAKING_DB);
  }
}
