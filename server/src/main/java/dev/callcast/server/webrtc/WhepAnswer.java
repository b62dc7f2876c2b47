package dev.callcast.server.webrtc;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.server.webrtc.SdpOffer.Format;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a viewer gets of what it offers to take by WHEP (draft-ietf-wish-whep): the pictures as
 * H.264, for nothing is encoded for it alone, and the sound as Opus. Other sections are declined.
 *
 * @param transport the section whose transport both share
 */
public record WhepAnswer(
    SdpOffer offer, Media transport, @Nullable Given video, @Nullable Given audio) {
  private static final String CNAME = "callcast";

  /**
   * A section that something is sent in.
   *
   * @param repair the format of retransmissions, or null for none
   */
  public record Given(
      Media media, Format format, @Nullable Format repair, EndpointSpec.Sent stream) {}

  /**
   * Chooses.
   *
   * @param pictures whether there are any
   * @param random for SSRCs
   * @throws SdpException where the viewer takes none of what there is
   */
  public static WhepAnswer to(SdpOffer offer, boolean pictures, RandomGenerator random)
      throws SdpException {
    Given video = pictures ? give(offer, "video", random) : null;
    Given audio = give(offer, "audio", random);
    List<Media> taken = new ArrayList<>();
    for (Media media : offer.media()) {
      if ((video != null && video.media().equals(media))
          || (audio != null && audio.media().equals(media))) {
        taken.add(media);
      }
    }
    if (taken.isEmpty()) {
      throw new SdpException(
          "It offers to take nothing that is sent here.",
          pictures
              ? "Offer H.264 with packetization-mode=1, or Opus, as recvonly."
              : "Offer Opus as recvonly: the composition has no picture.");
    }
    return new WhepAnswer(offer, SdpAnswer.transport(offer, taken), video, audio);
  }

  private static @Nullable Given give(SdpOffer offer, String kind, RandomGenerator random) {
    for (Media media : offer.media()) {
      if (!media.kind().equals(kind) || !media.receives() || !media.protocol().contains("SAVPF")) {
        continue;
      }
      Optional<Format> format =
          media.formats().stream()
              .filter(kind.equals("video") ? WhepAnswer::isH264 : WhepAnswer::isOpus)
              .min(Comparator.comparingInt(WhepAnswer::strangeness));
      if (format.isPresent()) {
        Format repair = media.repairOf(format.get()).orElse(null);
        return new Given(
            media,
            format.get(),
            repair,
            new EndpointSpec.Sent(
                ssrc(random),
                format.get().payloadType(),
                repair == null ? null : new TrackSpec.Rtx(ssrc(random), repair.payloadType())));
      }
    }
    return null;
  }

  private static long ssrc(RandomGenerator random) {
    return random.nextLong(1, 1L << 32);
  }

  private static boolean isH264(Format format) {
    return format.name().equalsIgnoreCase("H264")
        && format.parameters().getOrDefault("packetization-mode", "0").equals("1");
  }

  private static boolean isOpus(Format format) {
    return format.name().equalsIgnoreCase("opus");
  }

  /** High profile is what is sent; decoders that say they know less were seen to know it too. */
  private static int strangeness(Format format) {
    String profile = format.parameters().getOrDefault("profile-level-id", "42e0");
    return profile.startsWith("64") ? 0 : profile.startsWith("4d") ? 1 : 2;
  }

  /**
   * The answer.
   *
   * @param stereo whether the sound has two channels
   */
  public String sdp(SdpAnswer.End end, boolean stereo) {
    List<Media> taken = new ArrayList<>();
    for (Given one : given()) {
      taken.add(one.media());
    }
    SdpAnswer answer = new SdpAnswer(offer, end, taken);
    for (Media media : offer.media()) {
      Given one = given().stream().filter(g -> g.media().equals(media)).findFirst().orElse(null);
      if (one == null) {
        answer.decline(media);
        continue;
      }
      String fmtp = one.format().fmtp();
      if (isOpus(one.format()) && stereo) {
        fmtp = (fmtp == null ? "" : fmtp + ";") + "stereo=1;sprop-stereo=1";
      }
      answer.section(
          media, "sendonly", one.format(), fmtp, one.repair(), sources(media.kind(), one.stream()));
    }
    return answer.toString();
  }

  private List<Given> given() {
    List<Given> given = new ArrayList<>();
    if (video != null) {
      given.add(video);
    }
    if (audio != null) {
      given.add(audio);
    }
    return given;
  }

  /** One stream of both kinds: so they are shown in step. */
  private static List<String> sources(String kind, EndpointSpec.Sent stream) {
    List<String> lines = new ArrayList<>(List.of("a=msid:" + CNAME + " " + kind));
    TrackSpec.Rtx rtx = stream.rtx();
    if (rtx != null) {
      lines.add("a=ssrc-group:FID " + stream.ssrc() + " " + rtx.ssrc());
    }
    // Browsers take the first one for that of the pictures, whatever the group says.
    lines.add("a=ssrc:" + stream.ssrc() + " cname:" + CNAME);
    if (rtx != null) {
      lines.add("a=ssrc:" + rtx.ssrc() + " cname:" + CNAME);
    }
    return lines;
  }
}
