package dev.callcast.server.webrtc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An offer of a WebRTC peer, read as far as it matters for answering it. Lines that are not
 * understood are passed over (RFC 8866 §5).
 *
 * @param bundle the mids of the first group that share one transport; empty for none
 * @param media the sections, in their order
 */
public record SdpOffer(List<String> bundle, List<Media> media) {
  private static final int MOST_SECTIONS = 64;

  public SdpOffer {
    bundle = List.copyOf(bundle);
    media = List.copyOf(media);
  }

  /**
   * A section.
   *
   * @param kind {@code audio}, {@code video}, {@code application}
   * @param port 0 for a section that is not used
   * @param mid of RFC 5888; empty where there is none
   * @param direction {@code sendrecv}, {@code sendonly}, {@code recvonly}, {@code inactive}
   * @param setup of RFC 4145
   * @param fingerprint the hash in lower case, the bytes in upper case
   * @param formats in the order of the peer's preference
   * @param sources the SSRCs that it names
   * @param repairs the SSRC of the retransmissions of each that has some (RFC 5576 FID)
   * @param layers the pictures that it would send of one at once, in its order (RFC 8853); empty
   *     where there is but one
   */
  public record Media(
      String kind,
      int port,
      String protocol,
      String mid,
      String direction,
      @Nullable String ufrag,
      @Nullable String setup,
      @Nullable String fingerprint,
      boolean rtcpMux,
      List<Format> formats,
      Map<String, Integer> extensions,
      List<Long> sources,
      Map<Long, Long> repairs,
      List<Layer> layers) {
    public Media {
      formats = List.copyOf(formats);
      extensions = Map.copyOf(extensions);
      sources = List.copyOf(sources);
      repairs = Map.copyOf(repairs);
      layers = List.copyOf(layers);
    }

    boolean sends() {
      return direction.equals("sendrecv") || direction.equals("sendonly");
    }

    boolean receives() {
      return direction.equals("sendrecv") || direction.equals("recvonly");
    }

    /** The format of the retransmissions of another (RFC 4588). */
    Optional<Format> repairOf(Format format) {
      return formats.stream()
          .filter(one -> one.name().equalsIgnoreCase("rtx"))
          .filter(one ->
              one.parameters()
                  .getOrDefault("apt", "")
                  .equals(Integer.toString(format.payloadType())))
          .findFirst();
    }
  }

  /**
   * A payload type.
   *
   * @param name of the encoding; empty where there is no {@code rtpmap}
   * @param parameters of {@code fmtp}, their names in lower case
   * @param fmtp as it was sent, or null
   * @param feedback the kinds of {@code rtcp-fb} (RFC 4585)
   */
  public record Format(
      int payloadType,
      String name,
      int clockRate,
      int channels,
      Map<String, String> parameters,
      @Nullable String fmtp,
      List<String> feedback) {
    public Format {
      parameters = Map.copyOf(parameters);
      feedback = List.copyOf(feedback);
    }
  }

  /**
   * One of the sizes in which a picture comes at once.
   *
   * @param rid its name (RFC 8851)
   * @param restrictions by which the offer tells what it is, such as {@code max-width}
   */
  public record Layer(String rid, Map<String, String> restrictions) {
    public Layer {
      restrictions = Map.copyOf(restrictions);
    }
  }

  /** Reads an offer. */
  public static SdpOffer parse(String sdp) throws SdpException {
    if (!sdp.startsWith("v=0")) {
      throw new SdpException("The body is no SDP: it does not begin with v=0.", "Send the offer.");
    }
    List<Section> sections = new ArrayList<>();
    Section session = new Section("");
    Section current = session;
    for (String line : sdp.split("\r\n|\n", -1)) {
      if (line.startsWith("m=")) {
        current = new Section(line.substring(2).strip());
        sections.add(current);
        if (sections.size() > MOST_SECTIONS) {
          throw new SdpException("It has more than " + MOST_SECTIONS + " sections.", "Send fewer.");
        }
      } else if (line.startsWith("a=")) {
        int colon = line.indexOf(':');
        String name = colon < 0 ? line.substring(2) : line.substring(2, colon);
        current.add(name, colon < 0 ? "" : line.substring(colon + 1).strip());
      }
    }
    List<Media> media = new ArrayList<>();
    for (Section section : sections) {
      media.add(section.media(session));
    }
    List<String> bundle = List.of();
    for (String group : session.all("group")) {
      String[] words = group.split(" +", -1);
      if (words[0].equals("BUNDLE") && bundle.isEmpty()) {
        bundle = List.of(words).subList(1, words.length);
      }
    }
    return new SdpOffer(bundle, media);
  }

  /** The lines of a section, or of the session. */
  private static final class Section {
    private final String line;
    private final Map<String, List<String>> attributes = new LinkedHashMap<>();

    Section(String line) {
      this.line = line;
    }

    void add(String name, String value) {
      attributes.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    List<String> all(String name) {
      return attributes.getOrDefault(name, List.of());
    }

    @Nullable String first(String name, @Nullable Section otherwise) {
      List<String> own = all(name);
      return !own.isEmpty()
          ? own.getFirst()
          : otherwise == null ? null : otherwise.first(name, null);
    }

    private boolean has(String name) {
      return attributes.containsKey(name);
    }

    Media media(Section session) throws SdpException {
      String[] words = line.split(" +", -1);
      if (words.length < 4) {
        throw broken("m=" + line);
      }
      List<Format> formats = new ArrayList<>();
      boolean rtp = words[2].contains("RTP");
      for (int i = 3; rtp && i < words.length; i++) {
        formats.add(format(words[i]));
      }
      String mid = first("mid", null);
      return new Media(
          words[0],
          (int) number(words[1].split("/", -1)[0], 65_535),
          words[2],
          mid == null ? "" : mid,
          direction(session),
          first("ice-ufrag", session),
          first("setup", session),
          fingerprint(session),
          has("rtcp-mux"),
          formats,
          extensions(session),
          sources(),
          repairs(),
          layers());
    }

    /** What it would send by {@code simulcast}; of alternatives the first. */
    private List<Layer> layers() {
      Map<String, Layer> described = new LinkedHashMap<>();
      for (String one : all("rid")) {
        String[] words = one.split(" +", 3);
        if (words.length >= 2 && words[1].equals("send")) {
          described.put(
              words[0], new Layer(words[0], parameters(words.length < 3 ? "" : words[2])));
        }
      }
      List<Layer> layers = new ArrayList<>();
      for (String one : all("simulcast")) {
        String[] words = one.split(" +", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
          if (words[i].equals("send")) {
            for (String stream : words[i + 1].split(";", -1)) {
              String first = stream.split(",", 2)[0];
              Layer layer = described.get(first.startsWith("~") ? first.substring(1) : first);
              if (layer != null && !layers.contains(layer)) {
                layers.add(layer);
              }
            }
          }
        }
      }
      return layers;
    }

    private static Map<String, String> parameters(String text) {
      Map<String, String> parameters = new LinkedHashMap<>();
      for (String one : text.split(";", -1)) {
        String[] pair = one.strip().split("=", 2);
        parameters.put(pair[0].toLowerCase(Locale.ROOT), pair.length < 2 ? "" : pair[1]);
      }
      return parameters;
    }

    private String direction(Section session) {
      for (String name : List.of("sendrecv", "sendonly", "recvonly", "inactive")) {
        if (has(name)) {
          return name;
        }
      }
      for (String name : List.of("sendonly", "recvonly", "inactive")) {
        if (session.has(name)) {
          return name;
        }
      }
      return "sendrecv";
    }

    private @Nullable String fingerprint(Section session) {
      List<String> there = has("fingerprint") ? all("fingerprint") : session.all("fingerprint");
      String best = null;
      for (String one : there) {
        String[] words = one.split(" +", -1);
        if (words.length == 2) {
          String text = words[0].toLowerCase(Locale.ROOT) + " " + words[1].toUpperCase(Locale.ROOT);
          best = best == null || words[0].equalsIgnoreCase("sha-256") ? text : best;
        }
      }
      return best;
    }

    private Format format(String payloadType) throws SdpException {
      int number = (int) number(payloadType, 127);
      String map = value("rtpmap", payloadType);
      String[] parts = map == null ? new String[] {""} : map.split("/", -1);
      String fmtp = value("fmtp", payloadType);
      List<String> feedback = new ArrayList<>();
      for (String one : all("rtcp-fb")) {
        String[] words = one.split(" ", 2);
        if (words.length == 2 && (words[0].equals(payloadType) || words[0].equals("*"))) {
          feedback.add(words[1].strip());
        }
      }
      return new Format(
          number,
          parts[0],
          parts.length < 2 ? 0 : (int) number(parts[1], Integer.MAX_VALUE),
          parts.length < 3 ? 1 : (int) number(parts[2], 255),
          fmtp == null ? Map.of() : parameters(fmtp),
          fmtp,
          feedback);
    }

    /** What an attribute says about a payload type. */
    private @Nullable String value(String name, String payloadType) {
      for (String one : all(name)) {
        if (one.startsWith(payloadType + " ")) {
          return one.substring(payloadType.length() + 1).strip();
        }
      }
      return null;
    }

    private Map<String, Integer> extensions(Section session) throws SdpException {
      Map<String, Integer> extensions = new LinkedHashMap<>();
      for (String one : has("extmap") ? all("extmap") : session.all("extmap")) {
        String[] words = one.split(" +", -1);
        if (words.length >= 2) {
          extensions.put(words[1], (int) number(words[0].split("/", -1)[0], 255));
        }
      }
      return extensions;
    }

    private List<Long> sources() throws SdpException {
      List<Long> sources = new ArrayList<>();
      for (String one : all("ssrc")) {
        long source = number(one.split(" ", 2)[0], 0xFFFF_FFFFL);
        if (!sources.contains(source)) {
          sources.add(source);
        }
      }
      return sources;
    }

    private Map<Long, Long> repairs() throws SdpException {
      Map<Long, Long> repairs = new LinkedHashMap<>();
      for (String group : all("ssrc-group")) {
        String[] words = group.split(" +", -1);
        if (words[0].equals("FID") && words.length == 3) {
          repairs.put(number(words[1], 0xFFFF_FFFFL), number(words[2], 0xFFFF_FFFFL));
        }
      }
      return repairs;
    }

    private static long number(String text, long most) throws SdpException {
      try {
        long number = Long.parseLong(text);
        if (number >= 0 && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Said below, as for a number out of range.
      }
      throw broken(text);
    }

    private static SdpException broken(String what) {
      String shown = what.length() > 60 ? what.substring(0, 60) + "…" : what;
      return new SdpException(
          "The offer is broken at \"" + shown + "\".", "Send it as the browser made it.");
    }
  }
}
