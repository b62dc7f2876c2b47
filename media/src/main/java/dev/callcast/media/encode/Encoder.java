package dev.callcast.media.encode;

import dev.callcast.gst.AppSink;
import dev.callcast.gst.AppSrc;
import dev.callcast.gst.BusMessage;
import dev.callcast.gst.GObject;
import dev.callcast.gst.Pad;
import dev.callcast.gst.PictureBuffer;
import dev.callcast.gst.Pipeline;
import dev.callcast.gst.Sample;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes one composition: H.264 by x264 (unless its video is off), AAC by libav. The composition's
 * thread pushes pictures and sound in; a thread of this class takes packets out and hands them to
 * one {@link Output}. Made and closed by the composition; {@link #drain} first, or what x264 still
 * holds is lost.
 *
 * <p>Key frames stand on multiples of the key-frame interval of media time, whatever ticks are left
 * out in between: they are asked for by time, and x264's own are off. AAC's first frame is the
 * encoder's priming and is dropped, each later one stamped with the time of the sound that it gives
 * out when decoded: so no file or stream needs an edit list to be in sync.
 */
public final class Encoder implements AutoCloseable {
  /** Takes what the encoder makes, on the encoder's thread; must not block. */
  public interface Output {
    /** Once, before the first packet. */
    void started(StreamFormat format);

    void packet(Packet packet);

    /** The encoder can't go on. */
    void failed(String reason);
  }

  /** Samples in an AAC frame, and also avenc_aac's delay. */
  static final int AAC_FRAME = 1024;

  static final int SAMPLE_RATE = 48_000;

  private static final Logger log = LoggerFactory.getLogger(Encoder.class);

  /** How long sound may wait for a picture before it is looked for. */
  private static final long POLL = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /**
   * Pictures' running time at media time 0: 1000 hours. {@code x264enc} moves earlier ones there,
   * but not its segment before the first picture has come out. A key frame asked for until then was
   * noted at that hour, and each later request left out as one that is settled: a worker that began
   * a third of a second before a key frame's time made no other one ever again.
   */
  private static final long EPOCH = TimeUnit.HOURS.toNanos(1000);

  private final CompositionSpec.Canvas canvas;
  private final int channels;
  private final long keyFrameInterval;
  private final Output output;
  private final Pipeline pipeline;
  private final @Nullable AppSrc video;
  private final AppSrc audio;
  private final @Nullable AppSink videoOut;
  private final AppSink audioOut;
  private final @Nullable Pad encoderSource;
  private final Thread thread;

  // Owned by the encoder's thread.
  private final Queue<Packet> held = new ArrayDeque<>();
  private byte @Nullable [] avcConfig;
  private byte @Nullable [] aacConfig;
  private boolean started;
  private long audioPackets;

  private boolean pushed; // owned by the thread that pushes pictures
  private long lastInterval; // likewise
  private volatile long audioStart = -1;
  private volatile boolean closing;
  private volatile boolean drained;

  /** Starts the encoder. */
  public Encoder(
      CompositionSpec.Canvas canvas,
      CompositionSpec.Video video,
      CompositionSpec.Audio audio,
      Output output) {
    this.canvas = canvas;
    this.channels = audio.channels();
    this.keyFrameInterval = video.keyframeInterval() * SECOND;
    this.output = output;
    this.pipeline = Pipeline.parse(description(canvas, video, audio));
    this.audio = pipeline.appSrc("audio");
    this.audioOut = pipeline.appSink("audioOut");
    if (video.off()) {
      this.video = null;
      this.videoOut = null;
      this.encoderSource = null;
    } else {
      this.video = pipeline.appSrc("video");
      this.videoOut = pipeline.appSink("videoOut");
      try (var encoder = pipeline.element("encoder")) {
        encoderSource = encoder.staticPad("src");
      }
    }
    pipeline.play();
    thread = Thread.ofPlatform().name("encoder-out").start(this::run);
  }

  /** The pipeline in gst-launch syntax, also what the bench gives to its references. */
  static String description(
      CompositionSpec.Canvas canvas, CompositionSpec.Video video, CompositionSpec.Audio audio) {
    String pictures =
        String.format(
            Locale.ROOT,
            "appsrc name=video format=time block=false max-bytes=0 caps=video/x-raw,format=I420,width=%d,height=%d,"
                + "framerate=%d/1,pixel-aspect-ratio=1/1,interlace-mode=progressive,colorimetry=bt601 ! %s "
                + "! video/x-h264,stream-format=avc,alignment=au,profile=high ! appsink name=videoOut sync=false async=false ",
            canvas.width(),
            canvas.height(),
            canvas.fps(),
            x264(canvas, video));
    return (video.off() ? "" : pictures)
        + String.format(
            Locale.ROOT,
            "appsrc name=audio format=time block=false max-bytes=0 "
                + "caps=audio/x-raw,format=F32LE,rate=48000,channels=%d,layout=interleaved%s "
                + "! audioconvert ! avenc_aac bitrate=%d aac-coder=fast "
                + "! audio/mpeg,mpegversion=4,stream-format=raw ! appsink name=audioOut sync=false async=false",
            audio.channels(),
            audio.channels() == 2 ? ",channel-mask=(bitmask)3" : "",
            audio.bitrate());
  }

  /**
   * The encoder element; the bench sets its references alike. Measured at 720p30 and 3 Mbit/s,
   * superfast with a lookahead of 10 frames and macroblock tree is 1.5 dB better than veryfast with
   * zerolatency, for three quarters of its CPU.
   */
  public static String x264(CompositionSpec.Canvas canvas, CompositionSpec.Video video) {
    String lookahead =
        video.latency() == Latency.LOW
            ? "tune=zerolatency"
            : "rc-lookahead=%d mb-tree=true sync-lookahead=0 sliced-threads=false"
                .formatted(lookahead(canvas.fps()));
    // Half a second of VBV: what x264 saves while the picture stands still it may spend at once
    // when everything moves. With one second the worst window of two seconds came to 1.27 times
    // the target, with this to 1.14, for 0.0 to 0.3 dB (docs/decisions/0004-rate-control.md).
    return String.format(
        Locale.ROOT,
        "x264enc name=encoder pass=cbr bitrate=%d vbv-buf-capacity=500 speed-preset=%s %s bframes=0 b-adapt=false "
            + "key-int-max=100000 aud=false byte-stream=false threads=%d option-string=scenecut=0:open-gop=0:vbv-init=0.6",
        video.bitrate() / 1000,
        video.preset(),
        lookahead,
        threads(canvas));
  }

  /**
   * Pictures that wait in the encoder: ten, and at low rates a third of a second of them, for what
   * waits there is lost with the process.
   */
  static int lookahead(int fps) {
    return Math.clamp(fps / 3, 1, 10);
  }

  /**
   * One thread up to 720p30; more where a core can't keep up, never beyond the container's quota.
   */
  static int threads(CompositionSpec.Canvas canvas) {
    long rate = (long) canvas.width() * canvas.height() * canvas.fps();
    long wanted = Math.max(1, Math.round(rate / (1920.0 * 1080 * 30)));
    return (int) Math.min(wanted, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Pictures that are in the encoder all the time while it keeps up: those that wait, one for each
   * of its threads, and one that has just come.
   */
  public static int holds(CompositionSpec.Canvas canvas, CompositionSpec.Video video) {
    int waiting = video.latency() == Latency.LOW ? 0 : lookahead(canvas.fps());
    return waiting + threads(canvas) + 1;
  }

  /**
   * Pushes a picture, uncopied.
   *
   * @param pts ns of media time, growing
   * @param duration ns
   * @param key it is to be a key frame wherever it stands
   */
  public void video(PictureBuffer picture, long pts, long duration, boolean key) {
    AppSrc source = Objects.requireNonNull(video, "video is off");
    // The first picture at or after a multiple of the interval, or within half a frame before it,
    // is that multiple's key frame, also where the very one was skipped. The first picture of all
    // is one anyway.
    long interval = (pts + duration / 2) / keyFrameInterval;
    if (pushed && (key || interval != lastInterval)) {
      Objects.requireNonNull(encoderSource).requestKeyFrame(EPOCH + pts);
    }
    lastInterval = interval;
    source.push(picture, EPOCH + pts, duration);
    pushed = true;
  }

  /**
   * Pushes sound, without gaps.
   *
   * @param samples interleaved, of the composition's channels, -1 to 1
   * @param frames samples for each channel
   * @param pts ns of media time of the first
   */
  public void audio(float[] samples, int frames, long pts) {
    if (audioStart < 0) {
      audioStart = pts;
    }
    audio.push(samples, frames * channels, pts, frames * SECOND / SAMPLE_RATE);
  }

  /** Sets the video bitrate in bit/s while encoding. */
  public void setBitrate(int bitrate) {
    try (var encoder = pipeline.element("encoder")) {
      encoder.set("bitrate", bitrate / 1000);
    }
  }

  /**
   * Encodes what is inside to its end; nothing may be pushed any more.
   *
   * @return whether all of it came out within {@code timeout} ms
   */
  public boolean drain(long timeout) throws InterruptedException {
    if (video != null) {
      video.endOfStream();
    }
    audio.endOfStream();
    thread.join(timeout);
    return drained;
  }

  /** Stops at once. */
  @Override
  public void close() {
    closing = true;
    try {
      // It polls in steps of some milliseconds; a thread that is stuck in native code must not take
      // the pipeline away under it.
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeAll(encoderSource, videoOut, audioOut, video, audio);
    pipeline.close();
  }

  private static void closeAll(@Nullable GObject... objects) {
    for (GObject object : objects) {
      if (object != null) {
        object.close();
      }
    }
  }

  private void run() {
    AppSink pictures = videoOut;
    try {
      while (!closing) {
        boolean idle = true;
        if (pictures != null) {
          try (Sample sample = pictures.pull(POLL)) {
            if (sample != null) {
              video(sample);
              idle = false;
            }
          }
        }
        long wait = pictures == null ? POLL : 0;
        for (Sample sample = audioOut.pull(wait); sample != null; sample = audioOut.pull(0)) {
          try (Sample pulled = sample) {
            audio(pulled);
          }
          idle = false;
        }
        if (idle && (pictures == null || pictures.isEndOfStream()) && audioOut.isEndOfStream()) {
          drained = true;
          return;
        }
        if (idle) {
          checkBus();
        }
      }
    } catch (RuntimeException e) {
      log.error("encoder failed", e);
      output.failed("encoder: " + e.getMessage());
    }
  }

  private void checkBus() {
    for (BusMessage message = pipeline.poll(0); message != null; message = pipeline.poll(0)) {
      switch (message) {
        case BusMessage.Failure failure -> {
          closing = true;
          output.failed("encoder: " + failure.message() + " " + failure.details());
        }
        case BusMessage.Warning warning ->
            log.warn("encoder: {} {}", warning.message(), warning.details());
        case BusMessage.EndOfStream end -> log.debug("encoder: end of stream");
        case BusMessage.ElementMessage other -> log.debug("encoder: {}", other.text());
      }
    }
  }

  private void video(Sample sample) {
    if (sample.isKeyFrame()) {
      checkConfig(sample.codecData());
    }
    long duration = SECOND / canvas.fps();
    long pts = sample.runningTime() - EPOCH;
    emit(new Packet(Packet.Kind.VIDEO, sample.bytes(), pts, pts, duration, sample.isKeyFrame()));
  }

  /** A file or stream whose SPS or PPS change on the way can't be decoded from there on. */
  private void checkConfig(byte @Nullable [] config) {
    if (avcConfig == null) {
      avcConfig = config;
    } else if (!Arrays.equals(avcConfig, config)) {
      throw new IllegalStateException("its SPS or PPS changed on the way");
    }
  }

  private void audio(Sample sample) {
    if (aacConfig == null) {
      aacConfig = sample.codecData();
    }
    long index = audioPackets++ - 1;
    if (index >= 0) {
      long pts = audioStart + index * AAC_FRAME * SECOND / SAMPLE_RATE;
      long next = audioStart + (index + 1) * AAC_FRAME * SECOND / SAMPLE_RATE;
      emit(new Packet(Packet.Kind.AUDIO, sample.bytes(), pts, pts, next - pts, true));
    }
  }

  private void emit(Packet packet) {
    byte[] avc = avcConfig;
    byte[] aac = aacConfig;
    if ((avc == null && video != null) || aac == null) {
      held.add(packet);
      return;
    }
    if (!started) {
      started = true;
      StreamFormat format =
          new StreamFormat(
              canvas.width(), canvas.height(), canvas.fps(), avc, SAMPLE_RATE, channels, aac);
      output.started(video == null ? format.withoutVideo() : format);
      held.forEach(output::packet);
      held.clear();
    }
    output.packet(packet);
  }
}
