package dev.callcast.media.ingest;

import dev.callcast.gst.Opus;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Opus (RFC 7587) by libopus. A loss is filled from the next packet's in-band FEC where it has one,
 * and by concealment otherwise, up to 120 ms; what is longer is concealed for its first 60 ms, in
 * which libopus fades out, and is a gap after that.
 *
 * <p>A stream is decoded as mono, which takes seven tenths of the time, until its first stereo
 * packet. The decoder that takes over then has heard the packets before it, for Opus predicts from
 * those.
 */
final class OpusAudioDecoder implements AudioDecoder {
  /**
   * The encoder's look-ahead (RFC 7845's pre-skip of libopus: 312 frames, 6.5 ms): what comes out
   * of the decoder at a packet's time was heard that much earlier.
   */
  static final long PRE_SKIP_NANOS = 6_500_000;

  private static final int MAX_CONCEALED = 5760;
  private static final int LONG_LOSS_CONCEALED = 2880;
  private static final int DEFAULT_FRAMES = 960;

  /** The bit of a packet's first byte that says stereo (RFC 6716 §3.1). */
  private static final int STEREO = 4;

  /** So many packets make a decoder as good as one that has heard all. */
  private static final int HISTORY = 8;

  private Opus opus = new Opus(1);
  private int channels = 1;
  private final Deque<byte[]> heard = new ArrayDeque<>(); // the last ones, while mono
  private final float[] pcm = new float[Opus.MAX_FRAMES * 2];
  private int lastFrames = DEFAULT_FRAMES;
  private boolean started;
  private long errors;
  private long concealed;

  @Override
  public int decode(long pts, byte[] payload, int offset, int length, int lost, PcmSink sink) {
    long time = pts - PRE_SKIP_NANOS;
    if (channels == 1 && length > 0 && (payload[offset] & STEREO) != 0) {
      becomeStereo();
    }
    if (lost > 0 && started) {
      restore(time, payload, offset, length, lost, sink);
    }
    if (channels == 1) {
      remember(payload, offset, length);
    }
    int frames = opus.decode(payload, offset, length, pcm);
    if (frames <= 0) {
      errors++;
      return -1;
    }
    started = true;
    lastFrames = frames;
    sink.pcm(time, pcm, frames, channels);
    return frames;
  }

  private void remember(byte[] payload, int offset, int length) {
    if (heard.size() == HISTORY) {
      heard.removeFirst();
    }
    heard.add(Arrays.copyOfRange(payload, offset, offset + length));
  }

  private void becomeStereo() {
    Opus stereo = new Opus(2);
    for (byte[] packet : heard) {
      stereo.decode(packet, 0, packet.length, pcm);
    }
    heard.clear();
    opus.close();
    opus = stereo;
    channels = 2;
  }

  private void restore(long time, byte[] payload, int offset, int length, int lost, PcmSink sink) {
    long missing = (long) lost * lastFrames;
    boolean whole = missing <= MAX_CONCEALED;
    long toConceal = whole ? missing - lastFrames : Math.min(missing, LONG_LOSS_CONCEALED);
    long at = time - nanos(missing);
    for (long done = 0; done < toConceal; done += lastFrames) {
      deliver(at + nanos(done), opus.conceal(pcm, lastFrames), sink);
    }
    // The packet just before the one at hand: FEC, which falls back to concealment by itself.
    deliver(
        time - nanos(lastFrames), opus.decodeFec(payload, offset, length, pcm, lastFrames), sink);
  }

  private void deliver(long pts, int frames, PcmSink sink) {
    if (frames > 0) {
      concealed += frames;
      sink.pcm(pts, pcm, frames, channels);
    }
  }

  private static long nanos(long frames) {
    return frames * 62_500 / 3;
  }

  @Override
  public void reset() {
    opus.reset();
    heard.clear();
    started = false;
  }

  @Override
  public long errors() {
    return errors;
  }

  @Override
  public long concealedFrames() {
    return concealed;
  }

  @Override
  public void close() {
    opus.close();
  }
}
