package dev.callcast.media.ingest;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.Element;
import dev.callcast.gst.Pad;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.protocol.Codec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts one stream's packets in order and in time: an {@code rtpjitterbuffer} between Java and Java.
 * It follows the sender's clock as it drifts against ours, and gives a packet that is missing up
 * after {@link #LATENCY_MILLIS}. It hears nothing of RTCP: {@link LipSync} takes the sender
 * reports, {@link Missing} asks for what is lost. {@code rtpbin} around it would cost more than it
 * does (docs/decisions/0009). Owned, used and closed by the endpoint's thread.
 *
 * <p>{@code drop-on-latency} stays off: it drops frames in the burst after a stall (measured on
 * 1.22).
 */
final class JitterBuffer implements AutoCloseable {
  /** How long an out-of-order or lost packet is waited for, in ms. */
  static final int LATENCY_MILLIS = 200;

  /** The payload type that packets have in here, whatever they were sent with. */
  static final int PAYLOAD_TYPE = 96;

  private final Pipeline pipeline;
  private final Pad input;
  private final AppSink ordered;

  /**
   * Starts one.
   *
   * @param base {@link System#nanoTime} of the call's time 0
   */
  JitterBuffer(Codec codec, long base) {
    pipeline =
        Pipeline.parse(
            "rtpjitterbuffer name=buffer mode=slave drop-on-latency=false latency="
                + LATENCY_MILLIS
                + " ! appsink name=ordered sync=false async=false");
    pipeline.useMonotonicClock(base);
    ordered = pipeline.appSink("ordered");
    try (Element buffer = pipeline.element("buffer")) {
      input = buffer.staticPad("sink");
    }
    pipeline.play();
    input.begin("rtp", caps(codec));
  }

  /** The caps of a codec's packets in here. */
  static String caps(Codec codec) {
    return "application/x-rtp, media=(string)"
        + codec.kind().json()
        + ", clock-rate=(int)"
        + codec.clockRate()
        + ", encoding-name=(string)"
        + codec.encodingName().toUpperCase(Locale.ROOT)
        + ", payload=(int)"
        + PAYLOAD_TYPE;
  }

  /**
   * Takes a packet.
   *
   * @param arrival ns on the call's timeline
   * @return false when it takes no more, for it has failed
   */
  boolean push(byte[] data, int offset, int length, long arrival) {
    return input.chain(data, offset, length, arrival);
  }

  /** The next packet in order, which the caller closes, or null. */
  @Nullable Sample pull() {
    return ordered.pull(0);
  }

  /** Why it failed, or null while it is well. */
  @Nullable String failure() {
    return pipeline.failure();
  }

  @Override
  public void close() {
    pipeline.halt();
    input.close();
    ordered.close();
    pipeline.close();
  }
}
