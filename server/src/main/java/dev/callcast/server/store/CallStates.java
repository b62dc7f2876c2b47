package dev.callcast.server.store;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.ParamException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes what a worker gets from what is stored: secrets in clear, the ended left out. */
public final class CallStates {
  private final NodeKey key;
  private final AssetStore assets;
  private final NetworkPolicy network;

  public CallStates(NodeKey key, AssetStore assets, NetworkPolicy network) {
    this.key = key;
    this.assets = assets;
    this.network = network;
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
            .map(endpoint ->
                endpoint(
                    call.instance(), endpoint, rollovers.getOrDefault(endpoint.id(), List.of())))
            .toList(),
        document.participants(),
        document.speaker(),
        document.compositions().stream()
            .filter(composition -> !composition.stopped())
            .map(composition -> composition(call.instance(), composition))
            .toList(),
        tracks == null ? null : tracks.spec());
  }

  /** Seals a secret of a run of a call for its document. */
  public String seal(String instance, String secret) {
    return key.seal(secret, instance);
  }

  private EndpointSpec endpoint(
      String instance, EndpointSpec endpoint, List<EndpointSpec.Rollover> rollovers) {
    EndpointSpec.Srtp srtp = endpoint.srtp();
    return new EndpointSpec(
        endpoint.id(),
        endpoint.rtcpMux(),
        endpoint.bindIp(),
        endpoint.port(),
        endpoint.rtcpPort(),
        endpoint.allowFrom(),
        srtp == null
            ? null
            : new EndpointSpec.Srtp(
                srtp.suite(),
                key.unseal(srtp.remoteKey(), instance),
                key.unseal(srtp.localKey(), instance),
                rollovers),
        endpoint.remote());
  }

  private CompositionSpec composition(String instance, CompositionDocument composition) {
    CompositionSpec spec = composition.spec();
    return new CompositionSpec(
        spec.id(),
        spec.canvas(),
        spec.layout(),
        spec.participants(),
        spec.video(),
        spec.audio(),
        spec.limits(),
        composition.outputs().stream()
            .filter(output -> !output.ended())
            .map(output -> output(instance, output))
            .toList(),
        spec.revision(),
        spec.paused(),
        spec.markers(),
        feed(spec));
  }

  /** What a composition has to show, with the files of the assets that its layout names. */
  public CompositionSpec.Feed feed(CompositionSpec spec) {
    return spec.feed().withAssets(assets.files(assetNames(spec.layout())));
  }

  /**
   * Names of the assets that a layout shows; none of a layout that this node does not understand,
   * for a call has to be loaded whatever another version stored.
   */
  public static Collection<String> assetNames(CompositionSpec.Layout layout) {
    try {
      return Layouts.assets(layout.preset(), layout.params()).values();
    } catch (ParamException e) {
      return List.of();
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
    };
  }

  private @Nullable String unsealOptional(@Nullable String sealed, String instance) {
    return sealed == null ? null : key.unseal(sealed, instance);
  }
}
