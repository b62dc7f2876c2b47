package dev.callcast.server.store;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.protocol.WebRtcSpec;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.ParamException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes what a worker gets from what is stored: secrets in clear, the ended left out. */
public final class CallStates {
  private final NodeKey key;
  private final AssetStore assets;
  private final LayoutStore layouts;
  private final NetworkPolicy network;
  private final @Nullable WebFramePolicy webFrames;

  CallStates(
      NodeKey key,
      AssetStore assets,
      LayoutStore layouts,
      NetworkPolicy network,
      @Nullable WebFramePolicy webFrames) {
    this.key = key;
    this.assets = assets;
    this.layouts = layouts;
    this.network = network;
    this.webFrames = webFrames;
  }

  /**
   * The desired state of a call.
   *
   * @param rollovers the known rollover counters by endpoint
   */
  public CallState of(StoredCall call, Map<String, List<EndpointSpec.Rollover>> rollovers) {
    CallDocument document = call.document();
    TracksDocument tracks = document.tracks();
    return new CallState(
        call.id(),
        call.revision(),
        document.endpoints().stream()
            .filter(endpoint -> endpoint.whep() == null)
            .map(endpoint ->
                endpoint(
                    call.instance(), endpoint, rollovers.getOrDefault(endpoint.id(), List.of())))
            .toList(),
        document.participants(),
        document.speaker(),
        document.compositions().stream()
            .filter(composition -> !composition.stopped())
            .map(composition ->
                composition(
                    call.instance(),
                    composition,
                    viewers(call.instance(), document, composition.id(), rollovers)))
            .toList(),
        tracks == null ? null : tracks.spec(),
        webFrames);
  }

  /** Seals a secret of a run of a call for its document. */
  public String seal(String instance, String secret) {
    return key.seal(secret, instance);
  }

  private Stream<OutputSpec> viewers(
      String instance,
      CallDocument document,
      String composition,
      Map<String, List<EndpointSpec.Rollover>> rollovers) {
    return document.endpoints().stream()
        .filter(viewer -> viewer.whep() != null && viewer.whep().composition().equals(composition))
        .map(viewer ->
            new OutputSpec.Whep(
                endpoint(instance, viewer, rollovers.getOrDefault(viewer.id(), List.of()))));
  }

  private EndpointSpec endpoint(
      String instance, EndpointSpec endpoint, List<EndpointSpec.Rollover> rollovers) {
    EndpointSpec.Srtp srtp = endpoint.srtp();
    EndpointSpec keyed =
        srtp == null
            ? endpoint
            : endpoint.with(
                new EndpointSpec.Srtp(
                    srtp.suite(),
                    key.unseal(srtp.remoteKey(), instance),
                    key.unseal(srtp.localKey(), instance),
                    rollovers,
                    srtp.clearRtcp()));
    WebRtcSpec transport = endpoint.transport();
    return transport == null
        ? keyed
        : keyed.with(
            transport.withSecrets(
                key.unseal(transport.password(), instance),
                key.unseal(transport.privateKey(), instance)));
  }

  private CompositionSpec composition(
      String instance, CompositionDocument composition, Stream<OutputSpec> viewers) {
    CompositionSpec spec = composition.spec();
    return new CompositionSpec(
        spec.id(),
        spec.canvas(),
        spec.layout(),
        spec.participants(),
        spec.video(),
        spec.audio(),
        spec.limits(),
        Stream.concat(
                composition.outputs().stream()
                    .filter(output -> !output.ended())
                    .map(output -> output(instance, output)),
                viewers)
            .toList(),
        spec.revision(),
        spec.paused(),
        spec.markers(),
        feed(spec),
        spec.scheduled());
  }

  /** What a composition has to show, with all that its layout names, now or later. */
  public CompositionSpec.Feed feed(CompositionSpec spec) {
    Set<String> images = new HashSet<>();
    Set<String> fonts = new HashSet<>();
    Map<String, String> sources = new HashMap<>();
    for (CompositionSpec.Layout layout : layouts(spec)) {
      images.addAll(imageNames(layout));
      fonts.addAll(fontNames(layout));
      String custom = customLayout(layout);
      if (custom != null) {
        layouts
            .get(custom)
            .ifPresent(known -> {
              images.addAll(known.assets());
              fonts.addAll(known.assets());
              sources.put(custom, known.source());
            });
      }
    }
    return spec.feed()
        .withAssets(assets.images(images))
        .withFonts(assets.fonts(fonts))
        .withLayouts(sources);
  }

  /** The layout that a composition has, and those that it is going to have. */
  public static List<CompositionSpec.Layout> layouts(CompositionSpec spec) {
    List<CompositionSpec.Layout> all = new ArrayList<>(List.of(spec.layout()));
    for (CompositionSpec.Scheduled change : spec.scheduled()) {
      all.add(change.onto(all.getLast()));
    }
    return all;
  }

  /** Whether a layout shows an asset of this name, itself or by a layout in JavaScript. */
  public boolean shows(CompositionSpec.Layout layout, String asset) {
    String custom = customLayout(layout);
    return imageNames(layout).contains(asset)
        || fontNames(layout).contains(asset)
        || (custom != null
            && layouts.get(custom).filter(known -> known.assets().contains(asset)).isPresent());
  }

  /**
   * Names of the images that a layout shows; none of a layout that this node does not understand,
   * for a call has to be loaded whatever another version stored.
   */
  private static Collection<String> imageNames(CompositionSpec.Layout layout) {
    try {
      return Layouts.assets(layout.preset(), layout.params()).values();
    } catch (ParamException e) {
      return List.of();
    }
  }

  /** Names of the uploaded fonts that a layout asks for; none likewise. */
  private static Collection<String> fontNames(CompositionSpec.Layout layout) {
    try {
      return Layouts.fonts(layout.params()).values();
    } catch (ParamException e) {
      return List.of();
    }
  }

  /** The name of the layout in JavaScript that a layout uses, or null; null likewise. */
  public static @Nullable String customLayout(CompositionSpec.Layout layout) {
    try {
      return Layouts.customLayout(layout.preset(), layout.params());
    } catch (ParamException e) {
      return null;
    }
  }

  private OutputSpec output(String instance, OutputDocument output) {
    return switch (output) {
      case OutputDocument.Recording recording ->
          new OutputSpec.Recording(
              recording.id(),
              recording.recording(),
              recording.file(),
              recording.quota(),
              recording.options(),
              recording.previous());
      case OutputDocument.Rtmp rtmp ->
          new OutputSpec.Rtmp(
              rtmp.id(),
              key.unseal(rtmp.sealedUrl(), instance),
              unsealOptional(rtmp.sealedBackupUrl(), instance),
              rtmp.tlsVerify(),
              network);
      case OutputDocument.Srt srt ->
          new OutputSpec.Srt(
              srt.id(),
              srt.host(),
              srt.port(),
              srt.mode(),
              unsealOptional(srt.sealedPassphrase(), instance),
              unsealOptional(srt.sealedStreamId(), instance),
              srt.latencyMillis(),
              network);
      case OutputDocument.Hls hls ->
          new OutputSpec.Hls(
              hls.id(),
              hls.directory(),
              hls.segmentMillis(),
              hls.partMillis(),
              hls.playlist() == HlsPlaylistType.LIVE ? hls.window() : 0);
    };
  }

  private @Nullable String unsealOptional(@Nullable String sealed, String instance) {
    return sealed == null ? null : key.unseal(sealed, instance);
  }
}
