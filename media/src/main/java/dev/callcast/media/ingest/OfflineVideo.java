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
   * Enough to keep the decoder at work while others are waited for, few enough to stay in cache.
   */
  private static final long AHEAD = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long WAIT = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int KEPT_FRAMES = 8;

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

  /** Feeds the decoder with what is needed for {@code time}, without waiting for it. */
  public void feed(long time) throws IOException {
    while (!sourceEnded && pushed <= time + AHEAD) {
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
    feed(time);
    // A frame beyond the moment tells that none can come any more that would be nearer to it.
    while (decoded <= time + halfTick && !ended) {
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
