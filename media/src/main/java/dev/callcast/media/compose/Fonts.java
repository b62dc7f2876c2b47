package dev.callcast.media.compose;

import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.Font;
import io.github.humbleui.skija.FontMetrics;
import io.github.humbleui.skija.FontMgr;
import io.github.humbleui.skija.FontStyle;
import io.github.humbleui.skija.Typeface;
import io.github.humbleui.skija.paragraph.FontCollection;
import io.github.humbleui.skija.paragraph.TypefaceFontProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fonts that text is set in. Eleven families come with the product, and files may be uploaded;
 * each is loaded when it is first asked for. Other families, and characters these have no glyph
 * for, come from the system (fontconfig). One thread; {@link Typesetter} closes it.
 */
final class Fonts implements AutoCloseable {
  /**
   * Files of each family, below {@code /fonts}. What is not there comes from the nearest weight.
   */
  private static final Map<String, List<String>> FILES =
      Map.ofEntries(
          family(
              "Roboto",
              "300Light",
              "400Regular",
              "400Regular_Italic",
              "500Medium",
              "600SemiBold",
              "700Bold",
              "700Bold_Italic",
              "900Black"),
          family(
              "RobotoCondensed",
              "300Light",
              "400Regular",
              "400Regular_Italic",
              "600SemiBold",
              "700Bold"),
          family("Anton", "400Regular"),
          family("Bangers", "400Regular"),
          family(
              "Bitter",
              "300Light",
              "400Regular",
              "400Regular_Italic",
              "500Medium",
              "700Bold",
              "900Black"),
          family(
              "DMSans",
              "300Light",
              "400Regular",
              "400Regular_Italic",
              "500Medium",
              "600SemiBold",
              "700Bold",
              "700Bold_Italic",
              "900Black"),
          family(
              "Exo",
              "300Light",
              "400Regular",
              "400Regular_Italic",
              "500Medium",
              "700Bold",
              "900Black"),
          family("Magra", "400Regular", "700Bold"),
          family("PermanentMarker", "400Regular"),
          family("SuezOne", "400Regular"),
          family("Teko", "300Light", "400Regular", "500Medium", "700Bold"));

  private static final Logger LOG = LoggerFactory.getLogger(Fonts.class);

  /** What is registered stays; beyond so many uploaded ones all have to be loaded anew. */
  private static final int MOST_UPLOADED = 32;

  private final TypefaceFontProvider bundled = new TypefaceFontProvider();
  private final FontCollection collection = new FontCollection();
  private final List<Typeface> typefaces = new ArrayList<>();
  private final Set<String> loaded = new HashSet<>();
  private int uploaded;

  Fonts() {
    load("Roboto");
    collection.setAssetFontManager(bundled);
    collection.setDefaultFontManager(FontMgr.getDefault());
    collection.setEnableFallback(true);
  }

  private static Map.Entry<String, List<String>> family(String name, String... styles) {
    return Map.entry(
        name,
        Arrays.stream(styles)
            .map(style -> name.toLowerCase(Locale.ROOT) + "/" + name + "_" + style + ".ttf")
            .toList());
  }

  private void load(String family) {
    if (!loaded.add(family)) {
      return;
    }
    if (isFile(family)) {
      upload(family);
    } else {
      FILES.getOrDefault(family, List.of()).forEach(file -> register(file, family));
    }
  }

  /** An uploaded font is known by its file: no family has a name like that. */
  private static boolean isFile(String family) {
    return family.startsWith("/");
  }

  private void upload(String file) {
    uploaded++;
    try {
      register(Files.readAllBytes(Path.of(file)), file);
    } catch (IOException | RuntimeException e) {
      LOG.error("font {} cannot be used", file, e); // it was looked at when it was uploaded
    }
  }

  /** Whether so many files were used, one after the other, that a new start is due. */
  boolean overfull() {
    return uploaded > MOST_UPLOADED;
  }

  private void register(byte[] bytes, String family) {
    try (Data data = Data.makeFromBytes(bytes)) {
      Typeface typeface = FontMgr.getDefault().makeFromData(data);
      typefaces.add(typeface);
      bundled.registerTypeface(typeface, family);
    }
  }

  private void register(String name, String family) {
    try (InputStream in = Fonts.class.getResourceAsStream("/fonts/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no font /fonts/" + name + " on the class path");
      }
      register(in.readAllBytes(), family);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read font " + name, e);
    }
  }

  FontCollection collection() {
    return collection;
  }

  /**
   * Families to try for a wanted one, best first. Loads it, if it comes with the product or is the
   * path of a file.
   */
  String[] families(String wanted) {
    load(wanted);
    return new String[] {wanted, "Roboto", "Noto Sans", "Noto Color Emoji"};
  }

  /**
   * Distance from the middle of a line down to the baseline, in px, the same for every text of this
   * font, whatever other fonts its characters come from.
   */
  float baselineBelowMiddle(String family, FontStyle style, float size) {
    Typeface[] found = collection.findTypefaces(families(family), style);
    try (Font font = new Font(found.length == 0 ? typefaces.getFirst() : found[0], size)) {
      FontMetrics metrics = font.getMetrics();
      return (-metrics.getAscent() - metrics.getDescent()) / 2;
    } finally {
      for (Typeface typeface : found) {
        typeface.close();
      }
    }
  }

  @Override
  public void close() {
    collection.close();
    bundled.close();
    typefaces.forEach(Typeface::close);
  }
}
