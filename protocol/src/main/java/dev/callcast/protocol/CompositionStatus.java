package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The states of a composition, in the order in which they are reached; paused and live may
 * alternate.
 */
public enum CompositionStatus {
  STARTING("starting"),
  LIVE("live"),
  PAUSED("paused"),
  STOPPING("stopping"),
  STOPPED("stopped"),
  FAILED("failed");

  private final String json;

  CompositionStatus(String json) {
    this.json = json;
  }

  /** The name in JSON. */
  @JsonValue
  public String json() {
    return json;
  }
}
