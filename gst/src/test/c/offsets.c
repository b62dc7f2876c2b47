/* Prints the struct offsets that dev.callcast.gst relies on; OffsetsTest compares them with the constants in Java. */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stddef.h>
#include <stdio.h>

#define OFF(name, type, field) printf("%s %zu\n", name, offsetof(type, field))
#define SIZE(name, type) printf("%s %zu\n", name, sizeof(type))
#define VALUE(name, value) printf("%s %lld\n", name, (long long)(value))

int main(void) {
  OFF("MINI_OBJECT_REFCOUNT", GstMiniObject, refcount);
  OFF("BUFFER_FLAGS", GstBuffer, mini_object.flags);
  OFF("BUFFER_PTS", GstBuffer, pts);
  OFF("BUFFER_DTS", GstBuffer, dts);
  OFF("BUFFER_DURATION", GstBuffer, duration);
  OFF("MESSAGE_TYPE", GstMessage, type);
  OFF("MESSAGE_SRC", GstMessage, src);
  OFF("ERROR_DOMAIN", GError, domain);
  OFF("ERROR_CODE", GError, code);
  OFF("ERROR_MESSAGE", GError, message);
  SIZE("VALUE_SIZE", GValue);
  OFF("PARAM_SPEC_VALUE_TYPE", GParamSpec, value_type);
  OFF("PARAM_SPEC_FLAGS", GParamSpec, flags);
  SIZE("VIDEO_INFO_SIZE", GstVideoInfo);
  OFF("VIDEO_INFO_FORMAT_INFO", GstVideoInfo, finfo);
  OFF("VIDEO_FORMAT_INFO_FORMAT", GstVideoFormatInfo, format);
  OFF("VIDEO_INFO_WIDTH", GstVideoInfo, width);
  OFF("VIDEO_INFO_HEIGHT", GstVideoInfo, height);
  OFF("VIDEO_INFO_STRIDE", GstVideoInfo, stride);
  OFF("VIDEO_INFO_MATRIX", GstVideoInfo, colorimetry.matrix);
  OFF("VIDEO_INFO_RANGE", GstVideoInfo, colorimetry.range);
  SIZE("VIDEO_FRAME_SIZE", GstVideoFrame);
  OFF("VIDEO_FRAME_INFO", GstVideoFrame, info);
  OFF("VIDEO_FRAME_DATA", GstVideoFrame, data);
  OFF("PROBE_INFO_DATA", GstPadProbeInfo, data);
  OFF("QUERY_TYPE", GstQuery, type);
  SIZE("ALLOCATION_PARAMS_SIZE", GstAllocationParams);
  OFF("ALLOCATION_PARAMS_ALIGN", GstAllocationParams, align);
  VALUE("VIDEO_FORMAT_I420", GST_VIDEO_FORMAT_I420);
  VALUE("QUERY_ALLOCATION", GST_QUERY_ALLOCATION);
  VALUE("PROBE_TYPE_QUERY_DOWNSTREAM", GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM);
  VALUE("MESSAGE_EOS", GST_MESSAGE_EOS);
  VALUE("MESSAGE_ERROR", GST_MESSAGE_ERROR);
  VALUE("MESSAGE_WARNING", GST_MESSAGE_WARNING);
  VALUE("MESSAGE_ELEMENT", GST_MESSAGE_ELEMENT);
  VALUE("BUFFER_FLAG_DISCONT", GST_BUFFER_FLAG_DISCONT);
  VALUE("BUFFER_FLAG_HEADER", GST_BUFFER_FLAG_HEADER);
  VALUE("BUFFER_FLAG_DELTA_UNIT", GST_BUFFER_FLAG_DELTA_UNIT);
  VALUE("MEMORY_FLAG_READONLY", GST_MEMORY_FLAG_READONLY);
  VALUE("FORMAT_TIME", GST_FORMAT_TIME);
  VALUE("STATE_NULL", GST_STATE_NULL);
  VALUE("STATE_READY", GST_STATE_READY);
  VALUE("STATE_PAUSED", GST_STATE_PAUSED);
  VALUE("STATE_PLAYING", GST_STATE_PLAYING);
  VALUE("TYPE_BOOLEAN", G_TYPE_BOOLEAN);
  VALUE("TYPE_INT", G_TYPE_INT);
  VALUE("TYPE_UINT", G_TYPE_UINT);
  VALUE("TYPE_INT64", G_TYPE_INT64);
  VALUE("TYPE_UINT64", G_TYPE_UINT64);
  VALUE("TYPE_DOUBLE", G_TYPE_DOUBLE);
  VALUE("TYPE_STRING", G_TYPE_STRING);
  VALUE("TYPE_ENUM", G_TYPE_ENUM);
  VALUE("TYPE_BOXED", G_TYPE_BOXED);
  VALUE("TYPE_OBJECT", G_TYPE_OBJECT);
  return 0;
}
