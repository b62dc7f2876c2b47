package dev.callcast.gst;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZimgTest {
  @TempDir Path directory;

  @Test
  void layoutIsThatOfTheInstalledHeader() throws Exception {
    Path program = directory.resolve("zimg");
    run("cc", "-o", program.toString(), "src/test/c/zimg.c");
    Map<String, Long> inC = new TreeMap<>();
    for (String line : run(program.toString()).lines().toList()) {
      String[] words = line.split(" ");
      inC.put(words[0], Long.valueOf(words[1]));
    }
    Map<String, Long> inJava = new TreeMap<>();
    for (Field field : Zimg.Layout.class.getDeclaredFields()) {
      if (field.getType() == int.class) {
        inJava.put(field.getName(), (long) field.getInt(null));
      }
    }
    assertThat(inJava).isEqualTo(inC);
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** A ramp stays the same ramp, in the part that was asked for: luma and chroma lie together. */
  @Test
  void partsOfOddPicturesAreExactInLumaAndChroma() {
    int w = 301;
    int h = 169;
    try (NativePicture source = NativePicture.allocate(w, h);
        NativePicture target = NativePicture.allocate(128, 64);
        Zimg zimg = new Zimg()) {
      int cw = (w + 1) / 2;
      int ch = (h + 1) / 2;
      byte[] samples = new byte[w * h + 2 * cw * ch];
      for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
          samples[y * w + x] = (byte) (x / 2);
        }
      }
      for (int y = 0; y < ch; y++) {
        for (int x = 0; x < cw; x++) {
          samples[w * h + y * cw + x] = (byte) x;
          samples[w * h + cw * ch + y * cw + x] = (byte) (2 * y);
        }
      }
      source.load(samples);
      zimg.scale(source.view(), 40, 20, 261, 149, target.view());
      byte[] scaled = target.view().toBytes();
      for (int x = 4; x < 124; x++) {
        double centre = 40 + (x + 0.5) * 261 / 128 - 0.5;
        assertThat((double) (scaled[30 * 128 + x] & 0xff))
            .as("luma at %d", x)
            .isCloseTo(centre / 2 - 0.25, within(1.0));
      }
      int u = 128 * 64;
      int v = u + 64 * 32;
      for (int x = 2; x < 62; x++) {
        double centre = 20 + (x + 0.5) * 130.5 / 64 - 0.5;
        assertThat((double) (scaled[u + 16 * 64 + x] & 0xff)).isCloseTo(centre, within(1.0));
      }
      for (int y = 2; y < 30; y++) {
        double centre = 10 + (y + 0.5) * 74.5 / 32 - 0.5;
        assertThat(scaled[v + y * 64 + 30] & 0xff)
            .isCloseTo((int) Math.round(2 * centre), within(2));
      }
    }
  }

  /** Which instructions do it depends on how the rows lie; what comes out does not. */
  @Test
  void alignmentMakesNoDifferenceToThePicture() {
    Random random = new Random(1);
    for (int i = 0; i < 400; i++) {
      int width = 64 * (1 + random.nextInt(20)); // of rows without padding
      int height = 16 + random.nextInt(64);
      int partWidth = Math.max(16, (int) (width * random.nextDouble(0.5, 1)));
      int x = random.nextInt(width - partWidth + 1) & ~1;
      int to = 8 + (int) (partWidth / random.nextDouble(0.3, 4));
      try (NativePicture wide = NativePicture.allocate(width, height);
          NativePicture room = NativePicture.allocate(64 + width, height);
          NativePicture target = NativePicture.allocate(to, 8 + random.nextInt(100));
          Zimg zimg = new Zimg()) {
        byte[] samples = new byte[wide.view().toBytes().length];
        random.nextBytes(samples);
        wide.load(samples);
        // Its chroma begins 32 bytes from the beginning of a row that is aligned to 64.
        I420 narrow = room.view().crop(64, 0, width, height);
        LibYuv.copy(wide.view(), narrow);
        assertThat(narrow.u().address() % 64).isEqualTo(32);
        zimg.scale(wide.view(), x, 0, partWidth, height, target.view());
        byte[] byWide = target.view().toBytes();
        zimg.scale(narrow, x, 0, partWidth, height, target.view());
        assertThat(target.view().toBytes())
            .as("%d of %d from %d to %d", partWidth, width, x, to)
            .isEqualTo(byWide);
      }
    }
  }

  @Test
  void unalignedPicturesAreRefused() {
    try (NativePicture source = NativePicture.allocate(128, 64);
        NativePicture target = NativePicture.allocate(64, 32);
        Zimg zimg = new Zimg()) {
      assertThat(Zimg.isAligned(source.view())).isTrue();
      I420 crop = source.view().crop(2, 0, 64, 64);
      assertThat(Zimg.isAligned(crop)).isFalse();
      assertThatThrownBy(() -> zimg.scale(crop, 0, 0, 64, 64, target.view()))
          .hasMessageContaining("aligned");
    }
  }

  @Test
  void moreGeometriesThanAreKept() {
    try (NativePicture source = NativePicture.allocate(128, 64);
        NativePicture target = NativePicture.allocate(64, 32);
        Zimg zimg = new Zimg()) {
      LibYuv.fill(source.view(), 81, 90, 240);
      for (int i = 0; i < 300; i++) {
        zimg.scale(source.view(), 0, 0, 64 + i % 60, 20 + i % 40, target.view());
      }
      assertThat(target.view().toBytes()[5]).isEqualTo((byte) 81);
    }
  }
}
