package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A buffer with its caps, pulled from a sink. Close it, or hand it over to {@link #picture}. */
public final class Sample implements AutoCloseable {
  private long handle;
  private final long buffer;

  Sample(long handle) {
    this.handle = handle;
    this.buffer = C.gst_sample_get_buffer(handle);
  }

  /** ns, or {@link Gst#TIME_NONE}. */
  public long pts() {
    return Mem.getLong(buffer() + Layout.BUFFER_PTS);
  }

  /** ns, or {@link Gst#TIME_NONE}. */
  public long dts() {
    return Mem.getLong(buffer() + Layout.BUFFER_DTS);
  }

  /** ns, or {@link Gst#TIME_NONE}. */
  public long duration() {
    return Mem.getLong(buffer() + Layout.BUFFER_DURATION);
  }

  /** PTS as running time, ns: free of an element's private start such as x264enc's 1000 hours. */
  public long runningTime() {
    return C.gst_segment_to_running_time(
        C.gst_sample_get_segment(open()), Layout.FORMAT_TIME, pts());
  }

  /** DTS as running time, ns; {@link Gst#TIME_NONE} when it lies before the segment. */
  public long runningDts() {
    return C.gst_segment_to_running_time(
        C.gst_sample_get_segment(open()), Layout.FORMAT_TIME, dts());
  }

  /** Whether it can be decoded without what came before. */
  public boolean isKeyFrame() {
    return (flags() & Layout.BUFFER_FLAG_DELTA_UNIT) == 0;
  }

  /** Whether it follows a gap. */
  public boolean isDiscontinuous() {
    return (flags() & Layout.BUFFER_FLAG_DISCONT) != 0;
  }

  /** Whether it is a stream header and no media. */
  public boolean isHeader() {
    return (flags() & Layout.BUFFER_FLAG_HEADER) != 0;
  }

  public int size() {
    return (int) C.gst_buffer_get_size(buffer());
  }

  /** Copies the bytes. */
  public byte[] bytes() {
    byte[] bytes = new byte[size()];
    C.gst_buffer_extract(buffer(), 0, MemorySegment.ofArray(bytes), bytes.length);
    return bytes;
  }

  /**
   * Copies the bytes into an array.
   *
   * @return how many there were
   * @throws IndexOutOfBoundsException when they do not fit
   */
  public int copyTo(byte[] target, int offset) {
    int size = size();
    Objects.checkFromIndexSize(offset, size, target.length);
    C.gst_buffer_extract(buffer(), 0, MemorySegment.ofArray(target).asSlice(offset, size), size);
    return size;
  }

  /** Copies native floats into an array and returns their number. */
  public int copyTo(float[] target) {
    int size = size();
    Objects.checkFromIndexSize(0, size / 4, target.length);
    C.gst_buffer_extract(buffer(), 0, MemorySegment.ofArray(target), size);
    return size / 4;
  }

  /** The first structure of the caps, which the caller closes. */
  public Structure caps() {
    return new Structure(C.gst_caps_get_structure(capsHandle(), 0));
  }

  /** The caps as text, for messages. */
  public String capsText() {
    return String.valueOf(Mem.takeString(C.gst_caps_to_string(capsHandle())));
  }

  /** Identity of the caps: as long as it is the same, so are they. */
  public long capsIdentity() {
    return capsHandle();
  }

  /**
   * The codec_data of the caps (avcC, AudioSpecificConfig).
   *
   * @return null when the caps have none
   */
  public byte @Nullable [] codecData() {
    try (Arena arena = Arena.ofConfined()) {
      long structure = C.gst_caps_get_structure(capsHandle(), 0);
      long value = C.gst_structure_get_value(structure, Mem.cString(arena, "codec_data"));
      long data = value == 0 ? 0 : C.g_value_get_boxed(value);
      if (data == 0) {
        return null;
      }
      byte[] bytes = new byte[(int) C.gst_buffer_get_size(data)];
      C.gst_buffer_extract(data, 0, MemorySegment.ofArray(bytes), bytes.length);
      return bytes;
    }
  }

  /**
   * Hands this sample over to a mapped picture, which keeps it until it is closed.
   *
   * @throws GstException when it is no I420 picture; the sample is closed then
   */
  public MappedPicture picture() {
    long sample = open();
    handle = 0;
    return MappedPicture.map(sample);
  }

  @Override
  public void close() {
    if (handle != 0) {
      C.gst_mini_object_unref(handle);
      handle = 0;
    }
  }

  private int flags() {
    return Mem.getInt(buffer() + Layout.BUFFER_FLAGS);
  }

  private long capsHandle() {
    return C.gst_sample_get_caps(open());
  }

  private long buffer() {
    open();
    return buffer;
  }

  private long open() {
    if (handle == 0) {
      throw new IllegalStateException("sample used after close");
    }
    return handle;
  }
}
