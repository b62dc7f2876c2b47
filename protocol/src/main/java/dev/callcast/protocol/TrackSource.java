package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where a track comes from in the participant's client. */
public enum TrackSource {
  MIC("mic"),
  CAMERA("camera"),
  SCREEN("screen"),
  SCREEN_AUDIO("screenAudio");

  private final String json;

  TrackSource(String json) {
    this.json = json;
  }

  /** The name in JSON. */
  @JsonValue
  public String json() {
    return json;
  }
}
