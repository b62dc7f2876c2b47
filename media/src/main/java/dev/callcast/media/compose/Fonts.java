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
import java.util.ArrayList;
import java.util.List;

/**
 * The fonts that labels are set in: Roboto and DM Sans come with the product; other families, and
 * characters these have no glyph for, come from the system (fontconfig). One thread; {@link
 * Graphics} closes it.
 */
final class Fonts implements AutoCloseable {
  private static final List<String> ROBOTO =
      List.of(
          "roboto/Roboto_400Regular.ttf",
          "roboto/Roboto_500Medium.ttf",
          "roboto/Roboto_600SemiBold.ttf",
          "roboto/Roboto_700Bold.ttf");
  private static final List<String> DM_SANS =
      List.of(
          "dmsans/DMSans_400Regular.ttf",
          "dmsans/DMSans_500Medium.ttf",
          "dmsans/DMSans_600SemiBold.ttf",
          "dmsans/DMSans_700Bold.ttf");

  private final TypefaceFontProvider bundled = new TypefaceFontProvider();
  private final FontCollection collection = new FontCollection();
  private final List<Typeface> typefaces = new ArrayList<>();

  Fonts() {
    ROBOTO.forEach(name -> register(name, "Roboto"));
    DM_SANS.forEach(name -> register(name, "DMSans"));
    collection.setAssetFontManager(bundled);
    collection.setDefaultFontManager(FontMgr.getDefault());
    collection.setEnableFallback(true);
  }

  private void register(String name, String family) {
    try (InputStream in = Fonts.class.getResourceAsStream("/fonts/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no font /fonts/" + name + " on the class path");
      }
      try (Data data = Data.makeFromBytes(in.readAllBytes())) {
        Typeface typeface = FontMgr.getDefault().makeFromData(data);
        typefaces.add(typeface);
        bundled.registerTypeface(typeface, family);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read font " + name, e);
    }
  }

  FontCollection collection() {
    return collection;
  }

  /** Families to try for a wanted one, best first. */
  static String[] families(String wanted) {
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
