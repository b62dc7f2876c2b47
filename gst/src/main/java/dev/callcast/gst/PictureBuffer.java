package dev.callcast.gst;

import java.lang.foreign.Arena;

/**
 * A GstBuffer over picture memory that Java owns, to be pushed any number of times without a copy.
 * The memory may be written again only while {@link #isFree}: as long as an element keeps the
 * buffer, or a copy of it that shares the memory, its reference counts say so; no callback is
 * needed. Close it before the memory is freed, when it is free.
 */
public final class PictureBuffer implements AutoCloseable {
  private long handle;

  /** Wraps planar I420 memory. */
  PictureBuffer(long address, long size, int width, int height, long[] offsets, int[] strides) {
    Gst.init();
    handle =
        C.gst_buffer_new_wrapped_full(Layout.MEMORY_FLAG_READONLY, address, size, 0, size, 0, 0);
    try (Arena arena = Arena.ofConfined()) {
      long offsetArray = Mem.zeroed(arena, 32);
      long strideArray = Mem.zeroed(arena, 16);
      for (int i = 0; i < 3; i++) {
        Mem.setLong(offsetArray + 8L * i, offsets[i]);
        Mem.setInt(strideArray + 4L * i, strides[i]);
      }
      C.gst_buffer_add_video_meta_full(
          handle, 0, Layout.VIDEO_FORMAT_I420, width, height, 3, offsetArray, strideArray);
    }
  }

  long handle() {
    if (handle == 0) {
      throw new IllegalStateException("picture buffer used after close");
    }
    return handle;
  }

  /** Whether no element holds the buffer or its memory any more. */
  public boolean isFree() {
    long memory = C.gst_buffer_peek_memory(handle(), 0);
    return Mem.getInt(handle() + Layout.MINI_OBJECT_REFCOUNT) == 1
        && Mem.getInt(memory + Layout.MINI_OBJECT_REFCOUNT) == 1;
  }

  @Override
  public void close() {
    if (handle != 0) {
      C.gst_mini_object_unref(handle);
      handle = 0;
    }
  }
}
