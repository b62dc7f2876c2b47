package dev.callcast.server.sfu;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.server.store.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Who publishes in a VideoRoom, as Janus tells it.
 *
 * @param id as Janus has it, an integer or a string
 * @param display the name, or null
 */
record Publisher(JsonNode id, @Nullable String display, List<Stream> streams) {
  private static final int MOST_NAME = 200;

  /**
   * One of a publisher's streams.
   *
   * @param codec by Janus' name, such as {@code vp8}
   * @param muted by a moderator: Janus forwards nothing of it
   */
  record Stream(
      String mid,
      boolean video,
      String codec,
      boolean simulcast,
      @Nullable String description,
      boolean muted) {
    /** The codec, if Callcast decodes it. */
    Optional<Codec> known() {
      try {
        Codec known = Codec.of(codec);
        return known.kind() == (video ? TrackKind.VIDEO : TrackKind.AUDIO)
            ? Optional.of(known)
            : Optional.empty();
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    /** The track's id, which is the same whenever the stream is looked at. */
    String track() {
      return (video ? "video-" : "audio-") + asId(mid);
    }

    /** A publisher may call a stream {@code screen}, in its description. */
    TrackSource source() {
      boolean screen =
          description != null && description.toLowerCase(Locale.ROOT).startsWith("screen");
      if (video) {
        return screen ? TrackSource.SCREEN : TrackSource.CAMERA;
      }
      return screen ? TrackSource.SCREEN_AUDIO : TrackSource.MIC;
    }
  }

  Publisher {
    streams = List.copyOf(streams);
  }

  /** Reads one of {@code publishers}. */
  static Publisher read(JsonNode json) {
    List<Stream> streams = new ArrayList<>();
    for (JsonNode stream : json.path("streams")) {
      String type = stream.path("type").asString("");
      if (stream.path("disabled").asBoolean(false)
          || !(type.equals("audio") || type.equals("video"))) {
        continue;
      }
      streams.add(
          new Stream(
              stream.path("mid").asString(""),
              type.equals("video"),
              stream.path("codec").asString(""),
              stream.path("simulcast").asBoolean(false),
              text(stream, "description"),
              stream.path("moderated").asBoolean(false)));
    }
    return new Publisher(json.path("id"), text(json, "display"), streams);
  }

  private static @Nullable String text(JsonNode json, String name) {
    JsonNode value = json.get(name);
    return value == null || !value.isString() ? null : value.stringValue();
  }

  /** The id of the participant that stands for it. */
  String participant() {
    return participant(id);
  }

  static String participant(JsonNode id) {
    return asId(id.asString(""));
  }

  /** The name to show. */
  String name() {
    if (display == null || display.isBlank()) {
      return participant();
    }
    return display.length() <= MOST_NAME ? display : display.substring(0, MOST_NAME);
  }

  Publisher named(String newDisplay) {
    return new Publisher(id, newDisplay, streams);
  }

  Publisher moderated(String mid, boolean muted) {
    return new Publisher(
        id,
        display,
        streams.stream()
            .map(stream ->
                stream.mid().equals(mid)
                    ? new Stream(
                        mid,
                        stream.video(),
                        stream.codec(),
                        stream.simulcast(),
                        stream.description(),
                        muted)
                    : stream)
            .toList());
  }

  /** An id by the API's rules: as it is where that can be, else with its hash, to stay unique. */
  private static String asId(String text) {
    if (Ids.valid(text)) {
      return text;
    }
    String plain = text.replaceAll("[^A-Za-z0-9._-]", "_");
    return plain.substring(0, Math.min(48, plain.length()))
        + "-"
        + Integer.toHexString(text.hashCode());
  }
}
