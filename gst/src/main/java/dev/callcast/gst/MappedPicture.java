package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A decoded picture that stays in the decoder's memory until it is closed. Readable from any
 * thread.
 */
public final class MappedPicture implements AutoCloseable {
  private static final int MAP_READ = 1;

  // A GstVideoFrame, then a GstVideoInfo. Closing a shared arena for each frame would stop all
  // threads each time, so the
  // blocks are used again and again; there are as many as there were ever frames at once.
  private static final long BLOCK_SIZE = Layout.VIDEO_FRAME_SIZE + Layout.VIDEO_INFO_SIZE;
  private static final ConcurrentLinkedQueue<Long> FREE_BLOCKS = new ConcurrentLinkedQueue<>();

  private final long sample;
  private final long block;
  private final I420 picture;
  private boolean closed;

  private MappedPicture(long sample, long block, I420 picture) {
    this.sample = sample;
    this.block = block;
    this.picture = picture;
  }

  static MappedPicture map(long sample) {
    Long recycled = FREE_BLOCKS.poll();
    long block = recycled == null ? Mem.zeroed(Arena.global(), BLOCK_SIZE) : recycled;
    try {
      return new MappedPicture(sample, block, mapInto(sample, block));
    } catch (Throwable t) {
      FREE_BLOCKS.add(block);
      C.gst_mini_object_unref(sample);
      throw t;
    }
  }

  private static I420 mapInto(long sample, long frame) {
    long info = frame + Layout.VIDEO_FRAME_SIZE;
    if (C.gst_video_info_from_caps(info, C.gst_sample_get_caps(sample)) == 0) {
      throw new GstException("no video");
    }
    int format =
        Mem.getInt(
            Mem.getLong(info + Layout.VIDEO_INFO_FORMAT_INFO) + Layout.VIDEO_FORMAT_INFO_FORMAT);
    if (format != Layout.VIDEO_FORMAT_I420) {
      throw new GstException("not I420: GstVideoFormat " + format);
    }
    if (C.gst_video_frame_map(frame, info, C.gst_sample_get_buffer(sample), MAP_READ) == 0) {
      throw new GstException("the picture can't be read");
    }
    int width = Mem.getInt(frame + Layout.VIDEO_INFO_WIDTH);
    int height = Mem.getInt(frame + Layout.VIDEO_INFO_HEIGHT);
    int strideY = Mem.getInt(frame + Layout.VIDEO_INFO_STRIDE);
    int strideU = Mem.getInt(frame + Layout.VIDEO_INFO_STRIDE + 4);
    int strideV = Mem.getInt(frame + Layout.VIDEO_INFO_STRIDE + 8);
    long chromaHeight = (height + 1L) / 2;
    return new I420(
        width,
        height,
        Mem.segment(Mem.getLong(frame + Layout.VIDEO_FRAME_DATA), (long) strideY * height),
        strideY,
        Mem.segment(Mem.getLong(frame + Layout.VIDEO_FRAME_DATA + 8), strideU * chromaHeight),
        strideU,
        Mem.segment(Mem.getLong(frame + Layout.VIDEO_FRAME_DATA + 16), strideV * chromaHeight),
        strideV);
  }

  /** Valid until {@link #close}. */
  public I420 picture() {
    return picture;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      C.gst_video_frame_unmap(block);
      FREE_BLOCKS.add(block);
      C.gst_mini_object_unref(sample);
    }
  }
}
