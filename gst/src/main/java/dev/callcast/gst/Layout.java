package dev.callcast.gst;

/**
 * Offsets and values of GStreamer's and GLib's ABI (64-bit). {@code OffsetsTest} compiles a C
 * program against the installed headers and compares every one of them, by name.
 */
final class Layout {
  static final int MINI_OBJECT_REFCOUNT = 8;
  static final int BUFFER_FLAGS = 16;
  static final int BUFFER_PTS = 72;
  static final int BUFFER_DTS = 80;
  static final int BUFFER_DURATION = 88;
  static final int MESSAGE_TYPE = 64;
  static final int MESSAGE_SRC = 80;
  static final int ERROR_DOMAIN = 0;
  static final int ERROR_CODE = 4;
  static final int ERROR_MESSAGE = 8;
  static final int VALUE_SIZE = 24;
  static final int PARAM_SPEC_VALUE_TYPE = 24;
  static final int PARAM_SPEC_FLAGS = 16;
  static final int VIDEO_INFO_SIZE = 152;
  static final int VIDEO_INFO_FORMAT_INFO = 0;
  static final int VIDEO_FORMAT_INFO_FORMAT = 0;
  static final int VIDEO_INFO_WIDTH = 16;
  static final int VIDEO_INFO_HEIGHT = 20;
  static final int VIDEO_INFO_STRIDE = 104;
  static final int VIDEO_INFO_MATRIX = 44;
  static final int VIDEO_INFO_RANGE = 40;
  static final int VIDEO_FRAME_SIZE = 664;
  static final int VIDEO_FRAME_INFO = 0;
  static final int VIDEO_FRAME_DATA = 184;
  static final int PROBE_INFO_DATA = 16;
  static final int QUERY_TYPE = 64;
  static final int ALLOCATION_PARAMS_SIZE = 64;
  static final int ALLOCATION_PARAMS_ALIGN = 8;

  static final int VIDEO_FORMAT_I420 = 2;
  static final int QUERY_ALLOCATION = 35846;
  static final int PROBE_TYPE_QUERY_DOWNSTREAM = 512;
  static final int MESSAGE_EOS = 1;
  static final int MESSAGE_ERROR = 2;
  static final int MESSAGE_WARNING = 4;
  static final int MESSAGE_ELEMENT = 32768;
  static final int BUFFER_FLAG_DISCONT = 64;
  static final int BUFFER_FLAG_HEADER = 1024;
  static final int BUFFER_FLAG_DELTA_UNIT = 8192;
  static final int MEMORY_FLAG_READONLY = 2;
  static final int FORMAT_TIME = 3;
  static final int STATE_NULL = 1;
  static final int STATE_READY = 2;
  static final int STATE_PAUSED = 3;
  static final int STATE_PLAYING = 4;
  static final int TYPE_BOOLEAN = 20;
  static final int TYPE_INT = 24;
  static final int TYPE_UINT = 28;
  static final int TYPE_INT64 = 40;
  static final int TYPE_UINT64 = 44;
  static final int TYPE_DOUBLE = 60;
  static final int TYPE_STRING = 64;
  static final int TYPE_ENUM = 48;
  static final int TYPE_BOXED = 72;
  static final int TYPE_OBJECT = 80;

  /** GST_CLOCK_TIME_NONE. */
  static final long TIME_NONE = -1;

  private Layout() {}
}
