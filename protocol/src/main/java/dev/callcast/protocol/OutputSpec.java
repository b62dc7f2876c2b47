package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a composition goes. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = OutputSpec.Recording.class, name = "recording"),
  @JsonSubTypes.Type(value = OutputSpec.Rtmp.class, name = "rtmp"),
  @JsonSubTypes.Type(value = OutputSpec.Srt.class, name = "srt"),
  @JsonSubTypes.Type(value = OutputSpec.Hls.class, name = "hls"),
  @JsonSubTypes.Type(value = OutputSpec.Whep.class, name = "whep")
})
public sealed interface OutputSpec {
  String id();

  /**
   * A recording to the local spool.
   *
   * @param recording the recording's id, unique for ever
   * @param file absolute path of the fragmented MP4 that the worker makes or, after a crash,
   *     appends to
   * @param quota bytes at which the file is ended cleanly; 0 for none
   * @param options how it is made
   * @param previous the recording, of the same output, that this one follows without a picture lost
   *     or doubled; null for none
   */
  record Recording(
      String id,
      String recording,
      String file,
      long quota,
      RecordingOptions options,
      @Nullable String previous)
      implements OutputSpec {
    /** A recording with {@link RecordingOptions#DEFAULT} that follows none. */
    public Recording(String id, String recording, String file, long quota) {
      this(id, recording, file, quota, RecordingOptions.DEFAULT, null);
    }
  }

  /**
   * RTMP or RTMPS, by the URL's scheme.
   *
   * @param url with the stream key in it: never log it, see {@link #toString}
   * @param tlsVerify false accepts any certificate
   * @param network which servers may be connected to
   */
  record Rtmp(
      String id, String url, @Nullable String backupUrl, boolean tlsVerify, NetworkPolicy network)
      implements OutputSpec {
    /** To servers that are public, or on this machine. */
    public Rtmp(String id, String url, @Nullable String backupUrl, boolean tlsVerify) {
      this(id, url, backupUrl, tlsVerify, NetworkPolicy.LOOPBACK);
    }

    public Rtmp {
      // What a node sends that is older than its worker.
      network = network == null ? NetworkPolicy.PUBLIC : network;
    }

    @Override
    public String toString() {
      return "Rtmp[" + id + "]";
    }
  }

  /**
   * An MPEG transport stream over SRT.
   *
   * @param host a name or an address, without brackets: where to call, or what to listen on
   * @param passphrase 10 to 79 characters; null for no encryption
   * @param streamId what a caller says it brings, or null
   * @param latencyMillis for which SRT sends again what was lost
   * @param network which servers may be called
   */
  record Srt(
      String id,
      String host,
      int port,
      Mode mode,
      @Nullable String passphrase,
      @Nullable String streamId,
      int latencyMillis,
      NetworkPolicy network)
      implements OutputSpec {
    /** Who connects to whom. */
    public enum Mode {
      CALLER,
      LISTENER;

      /** Its name in JSON, and in GStreamer. */
      public String json() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    @Override
    public String toString() {
      return "Srt[" + id + "]";
    }
  }

  /**
   * Segments for HTTP Live Streaming, in a directory from where the node publishes them.
   *
   * @param directory absolute path; a worker goes on with what another one left there
   * @param segmentMillis what a segment lasts, whole key frame distances
   * @param partMillis what a part of low latency lasts; 0 for none
   * @param window segments of a live playlist; older ones are deleted some time after they left it.
   *     0 to keep all
   */
  record Hls(String id, String directory, int segmentMillis, int partMillis, int window)
      implements OutputSpec {}

  /**
   * A viewer by WHEP. The node makes these of what viewers ask for; nobody declares them.
   *
   * @param endpoint the viewer's, with {@link EndpointSpec#whep()}
   */
  record Whep(EndpointSpec endpoint) implements OutputSpec {
    @Override
    public String id() {
      return endpoint.id();
    }
  }
}
