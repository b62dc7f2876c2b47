/* scale TICKS SOURCE_WIDTH SOURCE_HEIGHT CANVAS_WIDTH CANVAS_HEIGHT [X Y WIDTH HEIGHT]...: the floor of composition.
 * Scales one I420 source for each rectangle into its place, TICKS times; nothing else. Each source has eight pictures
 * that take turns and the canvas has as many, so that, as in earnest, nothing is in the nearest caches. */
#include <libyuv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 8 };

static uint8_t *picture(int width, int height, int shade) {
  size_t size = (size_t)width * height * 3 / 2;
  uint8_t *data = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!data) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  for (size_t i = 0; i < size; i++) data[i] = (uint8_t)(shade + i * 7);
  return data;
}

int main(int argc, char **argv) {
  if (argc < 10 || (argc - 6) % 4) {
    fprintf(stderr, "usage: scale TICKS SW SH CW CH [X Y W H]...\n");
    return 2;
  }
  int ticks = atoi(argv[1]), sw = atoi(argv[2]), sh = atoi(argv[3]), cw = atoi(argv[4]), ch = atoi(argv[5]);
  int tiles = (argc - 6) / 4;
  uint8_t *canvas[TURNS];
  uint8_t **source = malloc(sizeof(*source) * tiles * TURNS);
  for (int i = 0; i < TURNS; i++) canvas[i] = picture(cw, ch, i);
  for (int i = 0; i < tiles * TURNS; i++) source[i] = picture(sw, sh, i);
  for (int t = 0; t < ticks; t++) {
    uint8_t *y = canvas[t % TURNS], *u = y + cw * ch, *v = u + cw * ch / 4;
    for (int i = 0; i < tiles; i++) {
      int tx = atoi(argv[6 + 4 * i]), ty = atoi(argv[7 + 4 * i]), tw = atoi(argv[8 + 4 * i]), th = atoi(argv[9 + 4 * i]);
      uint8_t *sy = source[i * TURNS + t % TURNS], *su = sy + sw * sh, *sv = su + sw * sh / 4;
      size_t chroma = (size_t)ty / 2 * (cw / 2) + tx / 2;
      int error = I420Scale(sy, sw, su, sw / 2, sv, sw / 2, sw, sh, y + (size_t)ty * cw + tx, cw, u + chroma, cw / 2,
                            v + chroma, cw / 2, tw, th, kFilterBilinear);
      if (error) {
        fprintf(stderr, "I420Scale failed\n");
        return 1;
      }
    }
  }
  return 0;
}
