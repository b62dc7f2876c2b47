package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** The states of an output. Only an output that retries goes back, and only to live. */
public enum OutputStatus {
  CONNECTING("connecting"),
  LIVE("live"),
  RETRYING("retrying"),
  FAILED("failed"),
  STOPPED("stopped");

  private final String json;

  OutputStatus(String json) {
    this.json = json;
  }

  /** The name in JSON. */
  @JsonValue
  public String json() {
    return json;
  }
}
