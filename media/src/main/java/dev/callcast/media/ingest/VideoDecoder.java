package dev.callcast.media.ingest;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.Gst;
import dev.callcast.gst.Pad;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.protocol.Codec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One video track's way from RTP packets to I420 pictures, a pipeline of its own, so that a stream
 * that breaks it harms no other. Decoders get one thread each: libav's default costs 9 to 50 %
 * more. libvpx took 2 to 6 % less CPU than libav for VP8 and VP9 of 640x360, and libav need not be
 * loaded for it. Owned, used and closed by the endpoint's thread; decoding runs on the pipeline's.
 */
final class VideoDecoder implements AutoCloseable {
  private static final long MAX_QUEUED_BYTES = 4 << 20;

  private final Pipeline pipeline;
  private final AppSrc source;
  private final AppSink sink;
  private final Pad sinkPad;

  /** Makes a decoder of RTP packets. */
  VideoDecoder(Codec codec) {
    this(packetCaps(codec), depayloader(codec) + " ! " + decoder(codec));
  }

  /** Makes a decoder of whole frames (H.264: access units with start codes). */
  static VideoDecoder ofFrames(Codec codec) {
    return new VideoDecoder(caps(codec), decoder(codec));
  }

  private VideoDecoder(String caps, String chain) {
    // videoconvert passes I420 through untouched; anything else is converted alone.
    pipeline =
        Pipeline.parse(
            "appsrc name=source format=time is-live=true caps=\""
                + caps
                + "\" ! "
                + chain
                + " ! videoconvert n-threads=1 ! video/x-raw,format=I420"
                + " ! appsink name=sink sync=false async=false max-buffers=24 drop=true");
    source = pipeline.appSrc("source");
    sink = pipeline.appSink("sink");
    sinkPad = sink.staticPad("sink");
    sinkPad.acceptVideoMeta();
    pipeline.play();
  }

  private static String packetCaps(Codec codec) {
    return "application/x-rtp, media=(string)video, clock-rate=(int)"
        + codec.clockRate()
        + ", encoding-name=(string)"
        + codec.encodingName().toUpperCase(Locale.ROOT);
  }

  private static String depayloader(Codec codec) {
    return switch (codec) {
      case VP8 -> "rtpvp8depay wait-for-keyframe=true";
      case VP9 -> "rtpvp9depay wait-for-keyframe=true";
      case H264 -> "rtph264depay wait-for-keyframe=true";
      case OPUS, PCMU, PCMA -> throw noVideo(codec);
    };
  }

  private static String caps(Codec codec) {
    return switch (codec) {
      case VP8 -> "video/x-vp8";
      case VP9 -> "video/x-vp9";
      case H264 -> "video/x-h264,stream-format=byte-stream,alignment=au";
      case OPUS, PCMU, PCMA -> throw noVideo(codec);
    };
  }

  private static String decoder(Codec codec) {
    return switch (codec) {
      case VP8 -> "vp8dec threads=1";
      case VP9 -> "vp9dec threads=1";
      case H264 -> "h264parse ! avdec_h264 max-threads=1";
      case OPUS, PCMU, PCMA -> throw noVideo(codec);
    };
  }

  private static IllegalArgumentException noVideo(Codec codec) {
    return new IllegalArgumentException(codec.encodingName() + " is no video");
  }

  /**
   * Takes the next packet.
   *
   * @param pts ns
   * @return false when the decoder takes no more: it has failed, or is far behind
   */
  boolean push(byte[] data, int offset, int length, long pts) {
    return source.queuedBytes() < MAX_QUEUED_BYTES
        && source.push(data, offset, length, pts, pts, Gst.TIME_NONE);
  }

  /** The next picture, or null. */
  @Nullable Sample pull() {
    return sink.pull(0);
  }

  /** The next picture, waiting up to {@code timeout} ns, or null. */
  @Nullable Sample pull(long timeout) {
    return sink.pull(timeout);
  }

  /** Says that nothing more is pushed: what is inside comes out. */
  void endOfStream() {
    source.endOfStream();
  }

  /** Whether everything has been pulled after {@link #endOfStream}. */
  boolean isEndOfStream() {
    return sink.isEndOfStream();
  }

  /** Why the decoder failed, or null while it is well. */
  @Nullable String failure() {
    return pipeline.failure();
  }

  @Override
  public void close() {
    pipeline.halt();
    sinkPad.close();
    sink.close();
    source.close();
    pipeline.close();
  }
}
