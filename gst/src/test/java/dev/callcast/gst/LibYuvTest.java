package dev.callcast.gst;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.gst.LibYuv.Filter;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LibYuvTest {
  @Test
  void pictureIsOneAlignedAllocationOfThreePlanes() {
    try (NativePicture picture = NativePicture.allocate(300, 169)) {
      assertThat(picture.address() % 64).isZero();
      assertThat(picture.stride(0)).isEqualTo(320);
      assertThat(picture.stride(1)).isEqualTo(192);
      assertThat(picture.stride(2)).isEqualTo(192);
      assertThat(picture.offset(0)).isZero();
      assertThat(picture.offset(1)).isEqualTo(320 * 169);
      assertThat(picture.offset(2)).isEqualTo(320 * 169 + 192 * 85);
      assertThat(picture.size()).isEqualTo(320 * 169 + 2 * 192 * 85);
      byte[] samples = random(300 * 169 + 2 * 150 * 85);
      picture.load(samples);
      assertThat(picture.view().toBytes()).isEqualTo(samples);
      assertThatThrownBy(() -> picture.load(new byte[5])).hasMessageContaining("300x169");
    }
  }

  @Test
  void pixelsOfABrowserBecomeVideo() {
    int width = 6;
    int height = 5; // odd: the last row has chroma of its own
    ByteBuffer bgra = ByteBuffer.allocateDirect(height * 32);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = x < 2 ? 0xff0000 : x < 4 ? 0x00ff00 : 0xffffff;
        bgra.putInt(y * 32 + x * 4, Integer.reverseBytes(0xff000000 | rgb));
      }
    }
    try (NativePicture picture = NativePicture.allocate(width, height)) {
      LibYuv.fromBgra(bgra, 32, picture.view());
      byte[] samples = picture.view().toBytes();
      assertThat(samples).hasSize(6 * 5 + 2 * 3 * 3);
      // BT.601, limited: red, green, white.
      int[][] wanted = {{82, 90, 240}, {145, 54, 34}, {235, 128, 128}};
      for (int i = 0; i < 3; i++) {
        for (int row : new int[] {0, 2}) {
          assertThat(samples[row * 2 * 6 + i * 2] & 0xff).isCloseTo(wanted[i][0], within(2));
          assertThat(samples[30 + row * 3 + i] & 0xff).isCloseTo(wanted[i][1], within(2));
          assertThat(samples[39 + row * 3 + i] & 0xff).isCloseTo(wanted[i][2], within(2));
        }
      }
      assertThatThrownBy(() -> LibYuv.fromBgra(bgra, 40, picture.view()))
          .hasMessageContaining("6x5");
      assertThatThrownBy(() -> LibYuv.fromBgra(ByteBuffer.allocate(160), 32, picture.view()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void cropsStartOnChromaSamples() {
    try (NativePicture picture = NativePicture.allocate(8, 6)) {
      byte[] samples = new byte[8 * 6 * 3 / 2];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (byte) i;
      }
      picture.load(samples);
      assertThat(picture.view().crop(2, 4, 4, 2).toBytes())
          .containsExactly(34, 35, 36, 37, 42, 43, 44, 45, 48 + 9, 48 + 10, 60 + 9, 60 + 10);
      assertThatThrownBy(() -> picture.view().crop(1, 0, 2, 2)).hasMessageContaining("odd");
      assertThatThrownBy(() -> picture.view().crop(2, 0, 8, 2)).hasMessageContaining("outside");
    }
  }

  @Test
  void blendKeepsAtZeroReplacesAtFullAndIsTheStatedFormulaBetween() {
    int width = 70; // Not a multiple of any vector.
    int height = 6;
    byte[] alpha = random(width * height);
    alpha[0] = 0;
    alpha[1] = (byte) 255;
    try (NativePicture top = NativePicture.allocate(width, height);
        NativePicture bottom = NativePicture.allocate(width, height);
        NativeAlpha mask = NativeAlpha.of(alpha, width, height)) {
      byte[] over = random(width * height * 3 / 2);
      byte[] under = random(width * height * 3 / 2);
      over[3] ^= 1;
      top.load(over);
      bottom.load(under);
      LibYuv.blend(top.view(), mask, bottom.view());
      byte[] result = bottom.view().toBytes();
      assertThat(result[0]).isEqualTo(under[0]);
      assertThat(result[1]).isEqualTo(over[1]);
      for (int i = 0; i < width * height; i++) {
        assertThat(result[i]).as("%d", i).isEqualTo(mix(alpha[i] & 0xff, over[i], under[i]));
      }
      for (int y = 0; y < height / 2; y++) {
        for (int x = 0; x < width / 2; x++) {
          int at = 2 * y * width + 2 * x;
          int mean =
              ((alpha[at] & 0xff)
                      + (alpha[at + 1] & 0xff)
                      + (alpha[at + width] & 0xff)
                      + (alpha[at + width + 1] & 0xff)
                      + 2)
                  / 4;
          int i = width * height + y * (width / 2) + x;
          assertThat(result[i]).isEqualTo(mix(mean, over[i], under[i]));
        }
      }
    }
  }

  private static byte mix(int alpha, byte top, byte bottom) {
    return (byte) ((alpha * (top & 0xff) + (255 - alpha) * (bottom & 0xff) + 255) >> 8);
  }

  @Test
  void exactRatiosKeepAPlainColour() {
    try (NativePicture from = NativePicture.allocate(64, 32)) {
      LibYuv.fill(from.view(), 81, 90, 240);
      for (int[] size : new int[][] {{64, 32}, {32, 16}, {16, 8}, {48, 24}, {128, 64}}) {
        try (NativePicture to = NativePicture.allocate(size[0], size[1])) {
          LibYuv.scale(from.view(), to.view(), Filter.BOX);
          byte[] bytes = to.view().toBytes();
          int luma = size[0] * size[1];
          for (int i = 0; i < bytes.length; i++) {
            int expected = i < luma ? 81 : i < luma + luma / 4 ? 90 : 240;
            assertThat(bytes[i] & 0xff).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void sizesThatDoNotMatchAreRefused() {
    try (NativePicture one = NativePicture.allocate(64, 32);
        NativePicture other = NativePicture.allocate(32, 64)) {
      assertThatThrownBy(() -> LibYuv.copy(one.view(), other.view())).hasMessageContaining("64x32");
      assertThatThrownBy(() -> LibYuv.rotate(one.view(), other.view(), 180))
          .hasMessageContaining("64x32");
      LibYuv.rotate(one.view(), other.view(), 90);
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }
}
