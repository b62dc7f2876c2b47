package dev.callcast.media.mix;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who speaks, from levels. One per call; one thread uses it. Times are given, so equal
 * input gives equal output.
 *
 * <p>Each participant has a score from 0 to 1: its loudness above -55 dBov, smoothed with 400 ms,
 * so that a cough or a clap stays small and the gaps between words do not count. A participant
 * becomes the speaker when its score has been above 0.2, and above the present speaker's by 0.1,
 * for 300 ms: that is 0.4 to 0.6 s after the first syllable. Once the speaker has been silent for
 * 300 ms the second condition falls. The speaker stays the speaker while nobody speaks.
 */
public final class ActiveSpeaker {
  private static final double FLOOR = -55;
  private static final double RANGE = 45;
  private static final double SMOOTHING_NANOS = 400e6;
  private static final double THRESHOLD = 0.2;
  private static final double MARGIN = 0.1;
  private static final long SUSTAINED_NANOS = 300_000_000L;
  private static final long MIN_HOLD_NANOS = 1_000_000_000L;

  /** A speaker who is silent for longer than between words gives way to any other. */
  private static final long QUIET_NANOS = 300_000_000L;

  private static final double QUIET = 0.1;

  /** A level counts for this long when none follows: packets stop in pauses (DTX). */
  private static final long LEVEL_VALID_NANOS = 200_000_000L;

  private final Map<String, Voice> voices = new HashMap<>();
  private @Nullable Voice speaker;
  private long speakerSince;

  /** Makes a detector that knows nobody yet. */
  public ActiveSpeaker() {}

  private static final class Voice {
    final String participant;
    double score;
    double input;
    long time;
    long inputTime;
    long lastSound;
    boolean leads;
    long leadsSince;

    Voice(String participant, long time) {
      this.participant = participant;
      this.time = time;
      inputTime = time;
      lastSound = time;
    }

    long quietFor(long now) {
      return now - lastSound;
    }

    /** Lets the score follow the input up to a time. */
    void advance(long now) {
      long inputEnd = inputTime + LEVEL_VALID_NANOS;
      if (now > inputEnd && time < inputEnd) {
        follow(input, inputEnd);
      }
      follow(now > inputEnd ? 0 : input, now);
    }

    private void follow(double towards, long until) {
      if (until > time) {
        score = towards + (score - towards) * Math.exp(-(until - time) / SMOOTHING_NANOS);
        time = until;
      }
    }
  }

  /**
   * Tells a participant's level from a time on; a packet's, or a window's of 100 ms.
   *
   * @param dbov 0 (loudest) to -127 (silence)
   * @param time ns, not before that of the call before
   */
  public void level(String participant, double dbov, long time) {
    Voice voice = voices.computeIfAbsent(participant, id -> new Voice(id, time));
    voice.advance(time);
    voice.input = Math.clamp((dbov - FLOOR) / RANGE, 0, 1);
    voice.inputTime = time;
    if (voice.input > QUIET) {
      voice.lastSound = time;
    }
    update(time);
  }

  /** Forgets a participant who left. */
  public void remove(String participant) {
    Voice voice = voices.remove(participant);
    if (voice != null && voice == speaker) {
      speaker = null;
    }
  }

  /** Who speaks, or spoke last; null before anyone did. */
  public @Nullable String speaker(long time) {
    update(time);
    return speaker == null ? null : speaker.participant;
  }

  private void update(long time) {
    Voice present = speaker;
    double bar = THRESHOLD;
    if (present != null) {
      present.advance(time);
      if (present.quietFor(time) < QUIET_NANOS) {
        bar = Math.max(bar, present.score + MARGIN);
      }
    }
    Voice best = null;
    for (Voice voice : voices.values()) {
      if (voice == present) {
        continue;
      }
      voice.advance(time);
      boolean leads = voice.score > bar;
      if (leads && !voice.leads) {
        voice.leadsSince = time;
      }
      voice.leads = leads;
      boolean ready = leads && time - voice.leadsSince >= SUSTAINED_NANOS;
      if (ready && (best == null || before(voice, best))) {
        best = voice;
      }
    }
    boolean held =
        present != null && present.score > THRESHOLD && time - speakerSince < MIN_HOLD_NANOS;
    if (best != null && !held) {
      best.leads = false;
      speaker = best;
      speakerSince = time;
    }
  }

  private static boolean before(Voice voice, Voice other) {
    int order = Double.compare(voice.score, other.score);
    return order > 0 || (order == 0 && voice.participant.compareTo(other.participant) < 0);
  }
}
