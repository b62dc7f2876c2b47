package dev.callcast.media.ingest;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import java.util.ArrayList;
import java.util.List;

/** A few seconds of RTP packets as GStreamer's payloaders make them, to be sent by a test. */
record RtpClip(List<Packet> packets, long duration, int clockRate) {
  /** A packet and when it is due, ns from the clip's beginning. */
  record Packet(byte[] data, long due) {}

  static RtpClip video(String encoderAndPayloader, int width, int height, int frames) {
    return make(
        "videotestsrc pattern=ball num-buffers="
            + frames
            + " ! video/x-raw,format=I420,framerate=30/1,width="
            + width
            + ",height="
            + height
            + " ! "
            + encoderAndPayloader
            + " mtu=1200",
        frames * 1_000_000_000L / 30,
        90_000);
  }

  static RtpClip vp8(int width, int height, int frames) {
    return video(
        "vp8enc deadline=1 cpu-used=8 target-bitrate=800000 keyframe-max-dist=1000 ! rtpvp8pay"
            + " picture-id-mode=15-bit",
        width,
        height,
        frames);
  }

  static RtpClip vp9(int width, int height, int frames) {
    return video(
        "vp9enc deadline=1 cpu-used=8 target-bitrate=800000 keyframe-max-dist=1000 ! rtpvp9pay"
            + " picture-id-mode=15-bit",
        width,
        height,
        frames);
  }

  static RtpClip h264(int width, int height, int frames) {
    return video(
        "x264enc tune=zerolatency speed-preset=ultrafast bitrate=800 key-int-max=1000"
            + " ! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
        width,
        height,
        frames);
  }

  /** The stream of {@link #h264}, but its parameter sets are never sent. */
  static RtpClip h264WithoutParameterSets(int width, int height, int frames) {
    return video(
        "x264enc tune=zerolatency speed-preset=ultrafast bitrate=800 key-int-max=1000"
            + " ! video/x-h264,stream-format=avc ! rtph264pay config-interval=0",
        width,
        height,
        frames);
  }

  static RtpClip opus(int blocks) {
    return make(
        "audiotestsrc freq=1000 samplesperbuffer=960 num-buffers="
            + blocks
            + " ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay",
        blocks * 20_000_000L,
        48_000);
  }

  static RtpClip g711(String law, int blocks) {
    return make(
        "audiotestsrc freq=1000 samplesperbuffer=160 num-buffers="
            + blocks
            + " ! audio/x-raw,rate=8000,channels=1 ! "
            + (law.equals("PCMU") ? "mulawenc ! rtppcmupay" : "alawenc ! rtppcmapay")
            + " min-ptime=20000000 max-ptime=20000000",
        blocks * 20_000_000L,
        8_000);
  }

  private static RtpClip make(String description, long duration, int clockRate) {
    List<Packet> packets = new ArrayList<>();
    try (Pipeline pipeline =
            Pipeline.parse(
                description.replace(" mtu=1200", "")
                    + (description.contains("mtu") ? " mtu=1200" : "")
                    + " ! appsink name=out sync=false");
        AppSink out = pipeline.appSink("out")) {
      pipeline.play();
      while (!out.isEndOfStream()) {
        try (Sample sample = out.pull(5_000_000_000L)) {
          if (sample != null) {
            packets.add(new Packet(sample.bytes(), sample.pts()));
          }
        }
      }
      pipeline.halt();
    }
    // Encoders may start their PTS anywhere.
    long first = packets.getFirst().due();
    return new RtpClip(
        packets.stream().map(p -> new Packet(p.data(), p.due() - first)).toList(),
        duration,
        clockRate);
  }
}
