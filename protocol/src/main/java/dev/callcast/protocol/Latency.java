package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** The encoder's trade of delay against quality: {@code LOW} selects x264's zerolatency. */
public enum Latency {
  NORMAL("normal"),
  LOW("low");

  private final String json;

  Latency(String json) {
    this.json = json;
  }

  /** The name in JSON. */
  @JsonValue
  public String json() {
    return json;
  }
}
