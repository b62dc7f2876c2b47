package dev.callcast.media.output;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.BusMessage;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketSink;
import dev.callcast.media.encode.StreamFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Muxes a composition's packets into FLV tags, once for all its RTMP outputs. Made by the
 * composition when its first RTMP output comes, and closed with the composition. A thread of this
 * class takes the tags out of {@code flvmux}.
 */
public final class FlvMuxer implements PacketSink, AutoCloseable {
  /** Takes tags; called on the muxer's thread, must not block. */
  interface TagSink {
    void tag(FlvTag tag);
  }

  private static final Logger log = LoggerFactory.getLogger(FlvMuxer.class);
  private static final long POLL = TimeUnit.MILLISECONDS.toNanos(20);

  /** Packets of sound that wait for the first key frame: two seconds of AAC. */
  private static final int MOST_EARLY = 100;

  private final Pipeline pipeline;
  private final AppSrc video;
  private final AppSrc audio;
  private final AppSink out;
  private final Thread thread;
  private final List<TagSink> sinks = new ArrayList<>(); // guarded by this
  private final List<FlvTag> headers = new ArrayList<>(); // guarded by this
  private final List<FlvTag> group =
      new ArrayList<>(); // guarded by this; since the newest key frame
  private boolean begun; // owned by the thread that pushes
  private final Deque<Packet> early = new ArrayDeque<>(); // likewise: sound before it begins
  private final int videoBitrate;
  private final int audioBitrate;
  private volatile boolean closing;

  /**
   * Makes it for a format with pictures.
   *
   * @param videoBitrate bit/s, as servers are told beforehand
   * @param audioBitrate likewise
   */
  public FlvMuxer(StreamFormat format, int videoBitrate, int audioBitrate) {
    this.videoBitrate = videoBitrate;
    this.audioBitrate = audioBitrate;
    HexFormat hex = HexFormat.of();
    pipeline =
        Pipeline.parse(
            String.format(
                Locale.ROOT,
                "flvmux name=mux streamable=true metadatacreator=Callcast encoder=Callcast "
                    + "! appsink name=out sync=false async=false "
                    + "appsrc name=video format=time max-bytes=0 caps=video/x-h264,stream-format=avc,alignment=au,"
                    + "width=%d,height=%d,framerate=%d/1,codec_data=(buffer)%s ! mux.video "
                    + "appsrc name=audio format=time max-bytes=0 caps=audio/mpeg,mpegversion=4,stream-format=raw,"
                    + "framed=true,rate=%d,channels=%d,codec_data=(buffer)%s ! mux.audio",
                format.width(),
                format.height(),
                format.fps(),
                hex.formatHex(Objects.requireNonNull(format.avcConfig(), "FLV without pictures")),
                format.sampleRate(),
                format.channels(),
                hex.formatHex(format.aacConfig())));
    video = pipeline.appSrc("video");
    audio = pipeline.appSrc("audio");
    out = pipeline.appSink("out");
    pipeline.play();
    thread = Thread.ofPlatform().name("flv-mux").start(this::run);
  }

  @Override
  public void packet(Packet packet) {
    if (begun) {
      push(packet);
    } else if (packet.kind() == Packet.Kind.AUDIO) {
      early.add(packet);
      if (early.size() > MOST_EARLY) {
        early.remove();
      }
    } else if (packet.keyFrame()) {
      begun = true;
      push(packet);
      // The encoder of pictures looks ahead: the sound of this one came before it.
      early.removeIf(sound -> sound.pts() < packet.pts());
      early.forEach(this::push);
      early.clear();
    }
  }

  private void push(Packet packet) {
    AppSrc source =
        switch (packet.kind()) {
          case VIDEO -> video;
          case AUDIO -> audio;
        };
    source.push(
        packet.data(),
        0,
        packet.data().length,
        packet.pts(),
        packet.dts(),
        packet.duration(),
        packet.keyFrame());
  }

  /**
   * Adds a sink; it gets the headers and everything since the newest key frame before this returns.
   */
  synchronized void add(TagSink sink) {
    headers.forEach(sink::tag);
    group.forEach(sink::tag);
    sinks.add(sink);
  }

  synchronized void remove(TagSink sink) {
    sinks.remove(sink);
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.close();
    video.close();
    audio.close();
    pipeline.close();
  }

  private void run() {
    while (!closing) {
      try (Sample sample = out.pull(POLL)) {
        if (sample != null) {
          split(sample);
          continue;
        }
      }
      for (BusMessage message = pipeline.poll(0); message != null; message = pipeline.poll(0)) {
        if (message instanceof BusMessage.Failure failure) {
          log.error("flvmux: {} {}", failure.message(), failure.details());
        }
      }
    }
  }

  /** A buffer holds the file header or whole tags. */
  private void split(Sample sample) {
    byte[] bytes = sample.bytes();
    int position =
        bytes.length >= 13 && bytes[0] == 'F' && bytes[1] == 'L' && bytes[2] == 'V' ? 13 : 0;
    while (position + 15 <= bytes.length) {
      int body =
          ((bytes[position + 1] & 0xff) << 16)
              | ((bytes[position + 2] & 0xff) << 8)
              | (bytes[position + 3] & 0xff);
      int end = position + 11 + body + 4;
      if (end > bytes.length) {
        throw new IllegalStateException("flvmux wrote a torn tag");
      }
      byte[] tag = Arrays.copyOfRange(bytes, position, end);
      if ((tag[0] & 0x1f) == FlvTag.SCRIPT) {
        // In kbit/s; flvmux knows what tags of the streams say, and those have none.
        setNumber(tag, "videodatarate", videoBitrate / 1000.0);
        setNumber(tag, "audiodatarate", audioBitrate / 1000.0);
      }
      deliver(
          new FlvTag(
              tag,
              FlvTag.timestampOf(tag),
              sample.isHeader(),
              !sample.isHeader() && (tag[0] & 0x1f) == FlvTag.VIDEO && sample.isKeyFrame()));
      position = end;
    }
  }

  /** Sets a number that is there in script data (AMF0: the name, a zero for its type, a double). */
  static void setNumber(byte[] tag, String name, double value) {
    byte[] wanted = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at + wanted.length + Double.BYTES <= tag.length; at++) {
      if (Arrays.equals(tag, at, at + wanted.length, wanted, 0, wanted.length)) {
        ByteBuffer.wrap(tag).putDouble(at + wanted.length, value);
        return;
      }
    }
  }

  private synchronized void deliver(FlvTag tag) {
    if (tag.header()) {
      headers.add(tag);
    } else {
      if (tag.keyFrame()) {
        group.clear();
      }
      group.add(tag);
    }
    sinks.forEach(sink -> sink.tag(tag));
  }
}
