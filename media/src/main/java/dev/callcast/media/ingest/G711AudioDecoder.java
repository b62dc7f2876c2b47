package dev.callcast.media.ingest;

import java.util.Arrays;

/** G.711 (RFC 3551 §4.5.14), both laws, brought from 8 to 48 kHz. Lost packets are silence. */
final class G711AudioDecoder implements AudioDecoder {
  /** Which of G.711's companding laws. */
  enum Law {
    MU,
    A
  }

  /** The longest payload taken: 200 ms, ten times what senders use. */
  private static final int MAX_INPUT_FRAMES = 1600;

  /** 120 ms: what is longer stays a gap in the timeline. */
  private static final int MAX_FILLED_FRAMES = 960;

  private static final float[] MU_LAW = new float[256];
  private static final float[] A_LAW = new float[256];

  static {
    for (int code = 0; code < 256; code++) {
      MU_LAW[code] = muLaw(code) / 32768f;
      A_LAW[code] = aLaw(code) / 32768f;
    }
  }

  private final float[] table;
  private final int channels;
  private final SixfoldUpsampler left = new SixfoldUpsampler(MAX_INPUT_FRAMES);
  private final SixfoldUpsampler right = new SixfoldUpsampler(MAX_INPUT_FRAMES);
  private final float[] input = new float[MAX_INPUT_FRAMES];
  private final float[] pcm = new float[MAX_INPUT_FRAMES * SixfoldUpsampler.FACTOR * 2];
  private long errors;

  G711AudioDecoder(Law law, int channels) {
    if (channels < 0 || channels > 2) {
      throw new IllegalArgumentException("channels: " + channels);
    }
    table =
        switch (law) {
          case MU -> MU_LAW;
          case A -> A_LAW;
        };
    this.channels = Math.max(1, channels);
  }

  /** A code's value in 16 bits (ITU-T G.711, table 2a): 14 significant bits, shifted by 2. */
  static int muLaw(int code) {
    int inverted = ~code & 0xff;
    int exponent = (inverted >> 4) & 7;
    int magnitude = ((((inverted & 0xf) << 3) + 0x84) << exponent) - 0x84;
    return (inverted & 0x80) != 0 ? -magnitude : magnitude;
  }

  /** A code's value in 16 bits (ITU-T G.711, table 1a): 13 significant bits, shifted by 3. */
  static int aLaw(int code) {
    int toggled = code ^ 0x55;
    int exponent = (toggled >> 4) & 7;
    int step = ((toggled & 0xf) << 4) + 8;
    int magnitude = exponent == 0 ? step : (step + 0x100) << (exponent - 1);
    return (toggled & 0x80) != 0 ? magnitude : -magnitude;
  }

  @Override
  public int decode(long pts, byte[] payload, int offset, int length, int lost, PcmSink sink) {
    int frames = length / channels;
    if (frames == 0 || frames * channels != length || frames > MAX_INPUT_FRAMES) {
      errors++;
      return -1;
    }
    long missing = (long) lost * frames;
    if (lost > 0 && missing <= MAX_FILLED_FRAMES) {
      fill(pts, (int) missing, sink);
    } else if (lost > 0) {
      reset();
    }
    int made = frames * SixfoldUpsampler.FACTOR;
    upsample(left, payload, offset, frames, 0);
    if (channels == 2) {
      upsample(right, payload, offset + 1, frames, 1);
    }
    sink.pcm(pts - SixfoldUpsampler.DELAY_NANOS, pcm, made, channels);
    return made;
  }

  /** Silence for a short loss: the filter lets the sound before it die away without a click. */
  private void fill(long pts, int frames, PcmSink sink) {
    Arrays.fill(input, 0, frames, 0);
    left.process(input, frames, pcm, 0, channels);
    if (channels == 2) {
      right.process(input, frames, pcm, 1, channels);
    }
    int made = frames * SixfoldUpsampler.FACTOR;
    sink.pcm(pts - frames * 125_000L - SixfoldUpsampler.DELAY_NANOS, pcm, made, channels);
  }

  private void upsample(
      SixfoldUpsampler upsampler, byte[] payload, int first, int frames, int channel) {
    for (int i = 0; i < frames; i++) {
      input[i] = table[payload[first + i * channels] & 0xff];
    }
    upsampler.process(input, frames, pcm, channel, channels);
  }

  @Override
  public void reset() {
    left.reset();
    right.reset();
  }

  @Override
  public long errors() {
    return errors;
  }

  @Override
  public long concealedFrames() {
    return 0;
  }

  @Override
  public void close() {
    // Nothing native.
  }
}
