package dev.callcast.gst;

import java.lang.foreign.MemorySegment;

/** Where Java puts data into a pipeline. One thread pushes. */
public final class AppSrc extends Element {
  AppSrc(long handle) {
    super(handle);
  }

  /** Sets the caps of what is pushed from now on. */
  public void setCaps(String caps) {
    long parsed = Caps.parse(caps);
    C.gst_app_src_set_caps(handle(), parsed);
    C.gst_mini_object_unref(parsed);
  }

  /**
   * Copies bytes into a new buffer and pushes it.
   *
   * @param pts ns, or {@link Gst#TIME_NONE}
   * @param dts ns, or {@link Gst#TIME_NONE}
   * @param duration ns, or {@link Gst#TIME_NONE}
   * @return false when the pipeline takes no more (it has failed, ended or is stopping)
   */
  public boolean push(byte[] data, int offset, int length, long pts, long dts, long duration) {
    return push(data, offset, length, pts, dts, duration, true);
  }

  /** As above; {@code keyFrame} false marks a unit that depends on others. */
  public boolean push(
      byte[] data, int offset, int length, long pts, long dts, long duration, boolean keyFrame) {
    long buffer = C.gst_buffer_new_allocate(0, length, 0);
    C.gst_buffer_fill(buffer, 0, MemorySegment.ofArray(data).asSlice(offset, length), length);
    return push(buffer, pts, dts, duration, keyFrame);
  }

  /** Copies interleaved float samples into a new buffer and pushes it. */
  public boolean push(float[] samples, int count, long pts, long duration) {
    long size = 4L * count;
    long buffer = C.gst_buffer_new_allocate(0, size, 0);
    C.gst_buffer_fill(buffer, 0, MemorySegment.ofArray(samples).asSlice(0, size), size);
    return push(buffer, pts, pts, duration, true);
  }

  /**
   * Pushes a picture without copying it. See {@link PictureBuffer} for when its memory may be
   * written again.
   */
  public boolean push(PictureBuffer picture, long pts, long duration) {
    C.gst_mini_object_ref(picture.handle());
    return push(picture.handle(), pts, pts, duration, true);
  }

  /** Says that nothing more comes; the pipeline drains and reports the end on its bus. */
  public void endOfStream() {
    C.gst_app_src_end_of_stream(handle());
  }

  /** Bytes that wait inside. */
  public long queuedBytes() {
    return C.gst_app_src_get_current_level_bytes(handle());
  }

  private boolean push(long buffer, long pts, long dts, long duration, boolean keyFrame) {
    Mem.setLong(buffer + Layout.BUFFER_PTS, pts);
    Mem.setLong(buffer + Layout.BUFFER_DTS, dts);
    Mem.setLong(buffer + Layout.BUFFER_DURATION, duration);
    int flags = Mem.getInt(buffer + Layout.BUFFER_FLAGS);
    Mem.setInt(
        buffer + Layout.BUFFER_FLAGS,
        keyFrame ? flags & ~Layout.BUFFER_FLAG_DELTA_UNIT : flags | Layout.BUFFER_FLAG_DELTA_UNIT);
    return C.gst_app_src_push_buffer(handle(), buffer) == 0;
  }
}
