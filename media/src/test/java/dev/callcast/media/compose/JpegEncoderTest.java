package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.gst.LibYuv;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class JpegEncoderTest {
  @Test
  void scalesToTheWidthAndKeepsTheColours() throws IOException {
    try (CanvasPool pool = new CanvasPool(320, 180, 2)) {
      Canvas canvas = pool.acquire();
      assertThat(canvas).isNotNull();
      LibYuv.fill(canvas.picture().view(), 81, 90, 240); // red
      LibYuv.fill(canvas.picture().view().crop(160, 0, 160, 180), 41, 240, 110); // blue
      for (int width : new int[] {320, 161, 9999}) {
        BufferedImage image =
            ImageIO.read(new ByteArrayInputStream(JpegEncoder.encode(canvas, width, 90)));
        int expected = Math.min(width, 320);
        assertThat(image.getWidth()).isEqualTo(expected);
        assertThat(image.getHeight()).isCloseTo(expected * 180 / 320, within(1));
        assertColor(image.getRGB(image.getWidth() / 4, image.getHeight() / 2), 255, 0, 0);
        assertColor(image.getRGB(image.getWidth() * 3 / 4, image.getHeight() / 2), 0, 0, 255);
      }
      assertThatThrownBy(() -> JpegEncoder.encode(canvas, 0, 90)).hasMessageContaining("width 0");
      canvas.release();
    }
  }

  private static void assertColor(int rgb, int red, int green, int blue) {
    assertThat(rgb >> 16 & 0xff).isCloseTo(red, within(8));
    assertThat(rgb >> 8 & 0xff).isCloseTo(green, within(8));
    assertThat(rgb & 0xff).isCloseTo(blue, within(8));
  }
}
