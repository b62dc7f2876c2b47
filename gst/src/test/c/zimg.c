// Prints the offsets and values that dev.callcast.gst.Zimg.Layout holds, from the installed header.
#include <stddef.h>
#include <stdio.h>
#include <zimg.h>

#define P(name, value) printf(name " %ld\n", (long)(value))

int main(void) {
  P("API_VERSION", ZIMG_API_VERSION);
  P("FORMAT_SIZE", sizeof(zimg_image_format));
  P("FORMAT_WIDTH", offsetof(zimg_image_format, width));
  P("FORMAT_HEIGHT", offsetof(zimg_image_format, height));
  P("FORMAT_PIXEL_TYPE", offsetof(zimg_image_format, pixel_type));
  P("FORMAT_COLOR_FAMILY", offsetof(zimg_image_format, color_family));
  P("FORMAT_PIXEL_RANGE", offsetof(zimg_image_format, pixel_range));
  P("FORMAT_ACTIVE_LEFT", offsetof(zimg_image_format, active_region.left));
  P("FORMAT_ACTIVE_TOP", offsetof(zimg_image_format, active_region.top));
  P("FORMAT_ACTIVE_WIDTH", offsetof(zimg_image_format, active_region.width));
  P("FORMAT_ACTIVE_HEIGHT", offsetof(zimg_image_format, active_region.height));
  P("PARAMS_SIZE", sizeof(zimg_graph_builder_params));
  P("PARAMS_FILTER", offsetof(zimg_graph_builder_params, resample_filter));
  P("PARAMS_CPU", offsetof(zimg_graph_builder_params, cpu_type));
  P("BUFFER_SIZE", sizeof(zimg_image_buffer));
  P("BUFFER_DATA", offsetof(zimg_image_buffer, plane[0].data));
  P("BUFFER_STRIDE", offsetof(zimg_image_buffer, plane[0].stride));
  P("BUFFER_MASK", offsetof(zimg_image_buffer, plane[0].mask));
  P("PIXEL_BYTE", ZIMG_PIXEL_BYTE);
  P("COLOR_GREY", ZIMG_COLOR_GREY);
  P("RANGE_LIMITED", ZIMG_RANGE_LIMITED);
  P("RESIZE_BILINEAR", ZIMG_RESIZE_BILINEAR);
  P("CPU_AUTO", ZIMG_CPU_AUTO);
  P("CPU_AUTO_64B", ZIMG_CPU_AUTO_64B);
  return 0;
}
