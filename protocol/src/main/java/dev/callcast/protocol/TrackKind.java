package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** What a track carries. */
public enum TrackKind {
  AUDIO("audio"),
  VIDEO("video");

  private final String json;

  TrackKind(String json) {
    this.json = json;
  }

  /** The name in JSON. */
  @JsonValue
  public String json() {
    return json;
  }
}
