package dev.callcast.protocol;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one JSON mapper for what node and worker exchange: one object a line, no line breaks inside.
 */
public final class ProtocolJson {
  /**
   * Unknown fields are ignored here, and only here: node and worker may be of neighbouring
   * versions.
   */
  public static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private ProtocolJson() {}
}
