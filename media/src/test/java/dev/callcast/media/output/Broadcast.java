package dev.callcast.media.output;

import dev.callcast.gst.NativePicture;
import dev.callcast.gst.PictureBuffer;
import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A composition's encoder at work for a test of outputs: pictures of 320x180 at 30 fps that never
 * stand still, and a tone, by the wall clock. The test closes it, which closes the muxer too.
 */
final class Broadcast implements AutoCloseable {
  private static final int FPS = 30;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int PICTURES = 40;

  private final PacketFanout fanout = new PacketFanout();
  private final CompletableFuture<StreamFormat> format = new CompletableFuture<>();
  private final List<NativePicture> pictures = new ArrayList<>();
  private final List<PictureBuffer> buffers = new ArrayList<>();
  private final Encoder encoder;
  private final Thread thread;
  private final FlvMuxer muxer;
  private volatile boolean closing;

  /** {@code bitrate} in bit/s. */
  Broadcast(int bitrate) {
    byte[] samples = new byte[320 * 180 * 3 / 2];
    Random random = new Random(1);
    for (int i = 0; i < PICTURES; i++) {
      random.nextBytes(samples);
      NativePicture picture = NativePicture.allocate(320, 180);
      picture.load(samples);
      pictures.add(picture);
      buffers.add(picture.buffer());
    }
    encoder =
        new Encoder(
            new CompositionSpec.Canvas(320, 180, FPS, "black"),
            new CompositionSpec.Video(bitrate, 1, Latency.NORMAL, "superfast"),
            new CompositionSpec.Audio(64_000, 2),
            new Output());
    thread = Thread.ofPlatform().name("broadcast").start(this::run);
    muxer = new FlvMuxer(format.join(), bitrate, 64_000);
    fanout.add(muxer);
  }

  PacketFanout fanout() {
    return fanout;
  }

  StreamFormat format() {
    return format.join();
  }

  FlvMuxer muxer() {
    return muxer;
  }

  private void run() {
    long begin = System.nanoTime();
    float[] sound = new float[2 * 1600];
    for (long n = 0; !closing; n++) {
      LockSupport.parkNanos(begin + n * SECOND / FPS - System.nanoTime());
      for (int i = 0; i < sound.length; i++) {
        sound[i] = (float) (0.1 * Math.sin((n * 1600 + i / 2) * 2 * Math.PI * 440 / 48_000));
      }
      PictureBuffer buffer = buffers.get((int) (n % PICTURES));
      if (buffer.isFree()) {
        encoder.video(buffer, n * SECOND / FPS, SECOND / FPS, false);
      }
      encoder.audio(sound, 1600, n * SECOND / FPS);
    }
  }

  private final class Output implements Encoder.Output {
    @Override
    public void started(StreamFormat known) {
      fanout.started(known);
      format.complete(known);
    }

    @Override
    public void packet(Packet packet) {
      fanout.packet(packet);
    }

    @Override
    public void failed(String reason) {
      format.completeExceptionally(new AssertionError(reason));
    }
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    thread.join();
    encoder.drain(5_000);
    fanout.remove(muxer);
    muxer.close();
    encoder.close();
    buffers.forEach(PictureBuffer::close);
    pictures.forEach(NativePicture::close);
  }
}
