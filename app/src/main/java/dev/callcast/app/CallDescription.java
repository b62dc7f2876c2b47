package dev.callcast.app;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Who sends what, as {@code callcast record} is told: from a YAML file or from {@code --track}
 * options. What comes out are bodies for {@code PUT /v1/calls/{call}/participants/{p}}, each with
 * its {@code id} beside; the API checks the fields. All tracks come on one endpoint.
 */
final class CallDescription {
  private static final String TRACK =
      "PARTICIPANT:CODEC:ssrc=N:pt=N[:rtx=SSRC/PT][:source=mic|camera|screen|screenAudio]";

  private final String endpoint;

  /** Tracks that name no endpoint are on this one. */
  CallDescription(String endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException when it is no description of a call
   */
  List<Map<String, Object>> fromFile(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("there is no file " + path);
    }
    Object content;
    try {
      content = YAMLMapper.builder().build().readValue(Files.readString(path), Object.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(path + ": " + e.getOriginalMessage(), e);
    }
    if (!(content instanceof Map<?, ?> map)
        || !(map.get("participants") instanceof List<?> list)
        || list.isEmpty()) {
      throw new IllegalArgumentException(
          path + ": there has to be a list 'participants'; see docs/record.yaml");
    }
    List<Map<String, Object>> participants = new ArrayList<>();
    for (Object entry : list) {
      if (!(entry instanceof Map<?, ?> participant) || participant.get("id") == null) {
        throw new IllegalArgumentException(path + ": every participant needs an id");
      }
      Map<String, Object> body = copy(participant);
      body.put("id", participant.get("id").toString());
      if (body.get("tracks") instanceof List<?> tracks) {
        body.put("tracks", tracks.stream().map(this::onEndpoint).toList());
      }
      participants.add(body);
    }
    return participants;
  }

  private Object onEndpoint(Object track) {
    if (!(track instanceof Map<?, ?> map)) {
      return track; // the API says what is wrong with it, and where
    }
    Map<String, Object> complete = copy(map);
    complete.putIfAbsent("endpoint", endpoint);
    return complete;
  }

  private static Map<String, Object> copy(Map<?, ?> map) {
    Map<String, Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  /**
   * Reads {@code --track} options.
   *
   * @throws IllegalArgumentException naming the option that is wrong, and what it has to be
   */
  List<Map<String, Object>> fromOptions(List<String> options) {
    Map<String, List<Map<String, Object>>> tracks = new LinkedHashMap<>();
    for (String option : options) {
      String[] parts = option.split(":", -1);
      if (parts.length < 4) {
        throw wrong(option, "it is too short");
      }
      List<Map<String, Object>> list = tracks.computeIfAbsent(parts[0], _ -> new ArrayList<>());
      list.add(track(option, parts, list));
    }
    List<Map<String, Object>> participants = new ArrayList<>();
    tracks.forEach((id, list) -> {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("id", id);
      body.put("name", id);
      body.put("tracks", list);
      participants.add(body);
    });
    return participants;
  }

  private Map<String, Object> track(
      String option, String[] parts, List<Map<String, Object>> others) {
    Codec codec;
    try {
      codec = Codec.of(parts[1]);
    } catch (IllegalArgumentException e) {
      throw wrong(option, String.valueOf(e.getMessage()));
    }
    boolean video = codec.kind() == TrackKind.VIDEO;
    String name = video ? "cam" : "mic";
    long before =
        others.stream().filter(other -> codec.kind().json().equals(other.get("kind"))).count();
    Map<String, Object> track = new LinkedHashMap<>();
    track.put("id", before == 0 ? name : name + (before + 1));
    track.put("kind", codec.kind().json());
    track.put("source", (video ? TrackSource.CAMERA : TrackSource.MIC).json());
    track.put("endpoint", endpoint);
    track.put("codec", codec.encodingName());
    track.put("clockRate", codec.clockRate());
    if (codec == Codec.OPUS) {
      track.put("channels", 2);
    }
    for (String setting : Arrays.asList(parts).subList(2, parts.length)) {
      int equals = setting.indexOf('=');
      String value = setting.substring(equals + 1);
      switch (setting.substring(0, Math.max(0, equals))) {
        case "ssrc" -> track.put("ssrc", number(option, value));
        case "pt" -> track.put("payloadType", number(option, value));
        case "source" -> track.put("source", value);
        case "rtx" -> {
          String[] both = value.split("/", -1);
          if (both.length != 2) {
            throw wrong(option, "rtx has to be SSRC/PT");
          }
          track.put(
              "rtx",
              Map.of("ssrc", number(option, both[0]), "payloadType", number(option, both[1])));
        }
        default -> throw wrong(option, "'" + setting + "' is none of ssrc=, pt=, rtx=, source=");
      }
    }
    return track;
  }

  private static long number(String option, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw wrong(option, "'" + text + "' is no number");
    }
  }

  private static IllegalArgumentException wrong(String option, String why) {
    return new IllegalArgumentException(
        "--track " + option + ": " + why + "; it has to be " + TRACK);
  }
}
