package dev.callcast.server.api;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Participants in the API's JSON: reading with every default, and writing. */
final class ParticipantJson {
  private static final long SSRC_MAX = 0xffff_ffffL;
  private static final List<String> CODECS =
      Arrays.stream(Codec.values()).map(Codec::encodingName).toList();

  private ParticipantJson() {}

  static ParticipantSpec read(Fields fields, String id) {
    ParticipantSpec participant =
        new ParticipantSpec(
            id,
            fields.string("name", 200, id),
            fields.bool("owner", false),
            fields.bool("muted", false),
            fields.number("gain", 0, 4, 1),
            fields.number("pan", -1, 1, 0),
            fields.objects("tracks", 16, ParticipantJson::readTrack));
    fields.end();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < participant.tracks().size(); i++) {
      if (!ids.add(participant.tracks().get(i).id())) {
        throw Problem.conflict(
            "/tracks/" + i + "/id",
            "Another track of this participant has that id.",
            "Give each track of a participant its own id.");
      }
    }
    return participant;
  }

  private static TrackSpec readTrack(Fields fields) {
    String id = fields.requiredId("id");
    Codec codec = readCodec(fields);
    if (fields.choice("kind", TrackKind.values(), TrackKind::json, codec.kind()) != codec.kind()) {
      throw Problem.field(
          fields.at("kind"),
          codec.encodingName() + " is a codec for " + codec.kind().json() + ".",
          "Correct the kind or the codec.");
    }
    boolean audio = codec.kind() == TrackKind.AUDIO;
    TrackSource source = readSource(fields, audio);
    long clockRate = fields.integer("clockRate", 1, 1_000_000, codec.clockRate());
    if (clockRate != codec.clockRate()) {
      throw Problem.field(
          fields.at("clockRate"),
          codec.encodingName() + " has a clock rate of " + codec.clockRate() + " Hz.",
          "Send that, or leave it out.");
    }
    long channels =
        audio
            ? fields.integer("channels", 1, 2, codec == Codec.OPUS ? 2 : 1)
            : fields.integer("channels", 0, 0, 0);
    return new TrackSpec(
        id,
        codec.kind(),
        source,
        fields.requiredId("endpoint"),
        fields.requiredInteger("ssrc", 0, SSRC_MAX),
        (int) fields.requiredInteger("payloadType", 0, 127),
        codec,
        codec.clockRate(),
        (int) channels,
        readRtx(fields),
        fields.bool("paused", false),
        fields.objects("headerExtensions", 32, ParticipantJson::readExtension),
        readLayers(fields, codec));
  }

  private static List<Long> readLayers(Fields fields, Codec codec) {
    List<Long> layers = fields.optionalIntegers("layers", 4, 0, SSRC_MAX);
    if (layers == null || layers.isEmpty()) {
      return List.of();
    }
    if (codec.kind() == TrackKind.AUDIO || fields.has("rtx")) {
      throw Problem.field(
          fields.at("layers"),
          "Only pictures come in layers, and only without rtx.",
          "Leave layers out, or let the SFU choose the layer and send it on one SSRC.");
    }
    if (!layers.contains(fields.requiredInteger("ssrc", 0, SSRC_MAX))
        || new HashSet<>(layers).size() != layers.size()) {
      throw Problem.field(
          fields.at("layers"),
          "They do not have the track's ssrc among them, or one of them twice.",
          "Send the SSRC of each layer once, the smallest first, and one of them as ssrc.");
    }
    return layers;
  }

  private static Codec readCodec(Fields fields) {
    String name = fields.requiredString("codec", 100);
    for (Codec codec : Codec.values()) {
      if (codec.encodingName().equalsIgnoreCase(name)) {
        return codec;
      }
    }
    throw Problem.field(
        fields.at("codec"),
        "That codec is not supported.",
        "Use one of " + String.join(", ", CODECS) + ".");
  }

  private static TrackSource readSource(Fields fields, boolean audio) {
    TrackSource source =
        fields.choice(
            "source",
            TrackSource.values(),
            TrackSource::json,
            audio ? TrackSource.MIC : TrackSource.CAMERA);
    boolean ofAudio =
        switch (source) {
          case MIC, SCREEN_AUDIO -> true;
          case CAMERA, SCREEN -> false;
        };
    if (ofAudio != audio) {
      throw Problem.field(
          fields.at("source"),
          "A track of "
              + (audio ? "audio" : "video")
              + " does not come from "
              + source.json()
              + ".",
          audio ? "Use mic or screenAudio." : "Use camera or screen.");
    }
    return source;
  }

  private static TrackSpec.@Nullable Rtx readRtx(Fields fields) {
    Fields rtx = fields.optionalObject("rtx");
    if (rtx == null) {
      return null;
    }
    TrackSpec.Rtx read =
        new TrackSpec.Rtx(
            rtx.requiredInteger("ssrc", 0, SSRC_MAX),
            (int) rtx.requiredInteger("payloadType", 0, 127));
    rtx.end();
    return read;
  }

  private static TrackSpec.HeaderExtension readExtension(Fields fields) {
    return new TrackSpec.HeaderExtension(
        fields.requiredString("uri", 200), (int) fields.requiredInteger("id", 1, 255));
  }

  /** What a caller may set: what PATCH merges into. */
  static ObjectNode settings(ParticipantSpec participant) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("name", participant.name())
            .put("owner", participant.owner())
            .put("muted", participant.muted())
            .put("gain", participant.gain())
            .put("pan", participant.pan());
    ArrayNode tracks = json.putArray("tracks");
    participant.tracks().forEach(track -> tracks.add(track(track)));
    return json;
  }

  /** The participant as it is shown. */
  static ObjectNode show(ParticipantSpec participant) {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode().put("id", participant.id());
    json.setAll(settings(participant));
    return json;
  }

  private static ObjectNode track(TrackSpec track) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", track.id())
            .put("kind", track.kind().json())
            .put("source", track.source().json())
            .put("endpoint", track.endpoint())
            .put("ssrc", track.ssrc())
            .put("payloadType", track.payloadType())
            .put("codec", track.codec().encodingName())
            .put("clockRate", track.clockRate());
    if (track.kind() == TrackKind.AUDIO) {
      json.put("channels", track.channels());
    }
    TrackSpec.Rtx rtx = track.rtx();
    if (rtx != null) {
      json.putObject("rtx").put("ssrc", rtx.ssrc()).put("payloadType", rtx.payloadType());
    }
    json.put("paused", track.paused());
    ArrayNode extensions = json.putArray("headerExtensions");
    track
        .headerExtensions()
        .forEach(extension ->
            extensions.addObject().put("uri", extension.uri()).put("id", extension.id()));
    if (!track.layers().isEmpty()) {
      track.layers().forEach(json.putArray("layers")::add);
    }
    return json;
  }
}
