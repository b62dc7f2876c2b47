package dev.callcast.media.ingest;

import dev.callcast.gst.MappedPicture;
import dev.callcast.gst.Sample;
import dev.callcast.media.ingest.EncodedSource.Unit;
import dev.callcast.protocol.Codec;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A video track that is read as fast as it is wanted instead of received: the same decoder, fed
 * with whole frames some way ahead of the moment that is asked for. One thread uses and closes it;
 * decoding runs on the pipeline's.
 */
public final class OfflineVideo implements AutoCloseable {
  /**
   * The decoder is given a third of a second at a time: frames of one stream after the other find
   * its state in the caches. Frame by frame, in turns with the other streams, decoding nine took a
   * third more CPU time.
   */
  private static final long BATCH = TimeUnit.MILLISECONDS.toNanos(333);

  /** Fewer than its output queue holds, whatever the frame rate. */
  private static final int BATCH_FRAMES = 12;

  /** With less than this left it is given the next. */
  private static final long LOW = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long WAIT = TimeUnit.MILLISECONDS.toNanos(20);

  /** What was decoded ahead waits in the decoder's queue; here are the present and the next. */
  private static final int KEPT_FRAMES = 3;

  private final String key;
  private final EncodedSource source;
  private final VideoDecoder decoder;
  private final FrameStore store = new FrameStore(KEPT_FRAMES, TimeUnit.SECONDS.toNanos(1));
  private long pushed = Long.MIN_VALUE;
  private boolean sourceEnded;
  private boolean ended;
  private long decoded = Long.MIN_VALUE;
  private long serial;
  private int width;
  private int height;

  /**
   * Opens the decoder.
   *
   * @param key of the track, for messages
   */
  public OfflineVideo(String key, Codec codec, EncodedSource source) {
    this.key = key;
    this.source = source;
    this.decoder = VideoDecoder.ofFrames(codec);
  }

  /** Feeds the decoder with what is needed for {@code time} and more, without waiting for it. */
  public void feed(long time) throws IOException {
    if (pushed > time + LOW) {
      return;
    }
    for (int i = 0; i < BATCH_FRAMES && pushed <= time + BATCH && !sourceEnded; i++) {
      Unit unit = source.next();
      if (unit == null) {
        sourceEnded = true;
        decoder.endOfStream();
      } else if (decoder.push(unit.data(), 0, unit.data().length, unit.pts())) {
        pushed = Math.max(pushed, unit.pts());
      } else {
        throw failed();
      }
    }
  }

  /**
   * The frame to be shown at a moment, waiting for the decoder; see {@link FrameStore#acquire}.
   *
   * @param time ns; never goes back
   * @param halfTick ns, half the reader's frame duration
   * @throws IngestException when the stream cannot be decoded
   */
  public @Nullable Frame acquire(long time, long halfTick) throws IOException {
    // A frame beyond the moment tells that none can come any more that would be nearer to it.
    while (decoded <= time + halfTick && !ended) {
      feed(time);
      Sample sample = decoder.pull(WAIT);
      if (sample != null) {
        take(sample);
      } else if (decoder.isEndOfStream()) {
        ended = true;
      } else {
        failIfBroken();
      }
    }
    return store.acquire(time, halfTick);
  }

  private void take(Sample sample) {
    long pts = sample.pts();
    MappedPicture mapped = sample.picture();
    width = mapped.picture().width();
    height = mapped.picture().height();
    decoded = Math.max(decoded, pts);
    store.add(new Frame(mapped.picture(), pts, 0, ++serial, mapped::close));
  }

  private void failIfBroken() {
    String reason = decoder.failure();
    if (reason != null) {
      throw new IngestException(key + ": " + reason);
    }
  }

  private IngestException failed() {
    String reason = decoder.failure();
    return new IngestException(key + ": " + (reason == null ? "decoder takes no more" : reason));
  }

  /** px of the newest frame, 0 before the first. */
  public int width() {
    return width;
  }

  /** px of the newest frame, 0 before the first. */
  public int height() {
    return height;
  }

  @Override
  public void close() {
    store.close();
    decoder.close();
  }
}
