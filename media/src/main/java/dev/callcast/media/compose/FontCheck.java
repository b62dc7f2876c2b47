package dev.callcast.media.compose;

import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.Font;
import io.github.humbleui.skija.FontMgr;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.skija.Path;
import io.github.humbleui.skija.Typeface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a font can be used, looked at down to each of its glyphs: FreeType opens what is cut
 * short, and leaves out what it cannot draw. Part of {@link AssetCheck}.
 */
final class FontCheck {
  /** The tables that every font has whose glyphs can be found, measured and set on a line. */
  private static final List<String> NEEDED = List.of("cmap", "head", "hhea", "hmtx", "maxp");

  /** Where glyphs are: outlines of TrueType or of PostScript, or pictures. */
  private static final List<String> GLYPHS = List.of("glyf", "CFF ", "CFF2", "CBDT", "sbix");

  /** Some fonts have a glyph or two in which there is nothing but a point. */
  private static final double MOST_MISSING = 0.02;

  private static final int DIRECTORY = 12;
  private static final int ENTRY = 16;

  private FontCheck() {}

  /** A media type by the first four bytes, or null if it does not begin as a font. */
  static @Nullable String type(byte[] bytes) {
    if (bytes.length < 4) {
      return null;
    }
    return switch (ByteBuffer.wrap(bytes).getInt()) {
      case 0x00010000, 0x74727565 -> "font/ttf"; // 1.0, "true"
      case 0x4f54544f -> "font/otf"; // "OTTO"
      case 0x74746366 -> "font/collection"; // "ttcf"
      case 0x774f4646 -> "font/woff"; // "wOFF"
      case 0x774f4632 -> "font/woff2"; // "wOF2"
      default -> null;
    };
  }

  /**
   * Looks at all of it.
   *
   * @throws IllegalArgumentException that says why it cannot be used
   */
  static void check(byte[] bytes) {
    switch (String.valueOf(type(bytes))) {
      case "font/ttf", "font/otf" -> checkDirectory(bytes);
      case "font/woff2" -> checkLength(bytes);
      case "font/collection" ->
          throw new IllegalArgumentException("it is a collection of fonts; one alone is wanted");
      default ->
          throw new IllegalArgumentException(
              "it is WOFF 1; the TTF or OTF that it was made of, or WOFF2, is wanted");
    }
    try (Data data = Data.makeFromBytes(bytes);
        Typeface typeface = open(data)) {
      Set<String> tables = Set.of(typeface.getTableTags());
      for (String needed : NEEDED) {
        if (!tables.contains(needed)) {
          throw new IllegalArgumentException("it is no whole font: it has no table " + needed);
        }
      }
      if (GLYPHS.stream().noneMatch(tables::contains)) {
        throw new IllegalArgumentException("it is no whole font: there are no glyphs in it");
      }
      checkGlyphs(typeface, tables);
      paint(typeface);
    }
  }

  private static Typeface open(Data data) {
    Typeface typeface = null;
    try {
      typeface = FontMgr.getDefault().makeFromData(data);
    } catch (IllegalArgumentException e) {
      // As null.
    }
    if (typeface == null || typeface.getGlyphsCount() < 1 || typeface.getUnitsPerEm() < 1) {
      throw new IllegalArgumentException("it is damaged: it cannot be opened");
    }
    return typeface;
  }

  /** OpenType 1.9, "Organization of an OpenType Font": where each table is. */
  private static void checkDirectory(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    int count = bytes.length < DIRECTORY ? 0 : file.getShort(4) & 0xffff;
    if (count == 0 || DIRECTORY + count * ENTRY > bytes.length) {
      throw new IllegalArgumentException("it is damaged or cut short");
    }
    for (int i = 0; i < count; i++) {
      int at = DIRECTORY + i * ENTRY;
      String tag = new String(bytes, at, 4, StandardCharsets.ISO_8859_1).strip();
      long end = (file.getInt(at + 8) & 0xffffffffL) + (file.getInt(at + 12) & 0xffffffffL);
      if (end > bytes.length) {
        throw new IllegalArgumentException(
            "it is damaged or cut short: its table %s ends at %d of %d bytes"
                .formatted(tag, end, bytes.length));
      }
    }
  }

  /** W3C "WOFF File Format 2.0", 4.1: the third word is the file's length. */
  private static void checkLength(byte[] bytes) {
    if (bytes.length < DIRECTORY
        || (ByteBuffer.wrap(bytes).getInt(8) & 0xffffffffL) != bytes.length) {
      throw new IllegalArgumentException("it is damaged or cut short");
    }
  }

  private static void checkGlyphs(Typeface typeface, Set<String> tables) {
    int count = typeface.getGlyphsCount();
    int seen = 0;
    int missing = 0;
    Outlines outlines = tables.contains("glyf") ? Outlines.of(typeface) : null;
    try (Font font = new Font(typeface, 32)) {
      for (int glyph = 0; glyph < count; glyph++) {
        boolean outlined = outlines != null && outlines.has(glyph);
        try (@Nullable Path path = font.getPath((short) glyph)) {
          boolean drawn = path != null && !path.isEmpty();
          seen += drawn ? 1 : 0;
          missing += outlined && !drawn ? 1 : 0;
        }
      }
    }
    if (missing > Math.max(2, count * MOST_MISSING)) {
      throw new IllegalArgumentException(
          "it is damaged: %d of its %d glyphs cannot be drawn".formatted(missing, count));
    }
    if (seen == 0 && !tables.contains("CBDT") && !tables.contains("sbix")) {
      throw new IllegalArgumentException("there is nothing to be seen in its glyphs");
    }
  }

  /** The tables of TrueType that say which glyphs have contours. */
  private record Outlines(ByteBuffer glyf, ByteBuffer loca, boolean wide) {
    static Outlines of(Typeface typeface) {
      ByteBuffer head = table(typeface, "head");
      if (head.limit() < 52) {
        throw new IllegalArgumentException("it is damaged: its table head is too short");
      }
      return new Outlines(table(typeface, "glyf"), table(typeface, "loca"), head.getShort(50) != 0);
    }

    private static ByteBuffer table(Typeface typeface, String tag) {
      try (@Nullable Data data = typeface.getTableData(tag)) {
        return ByteBuffer.wrap(data == null ? new byte[0] : data.getBytes());
      }
    }

    /** Whether a glyph has contours of its own, and is none that is put together of others. */
    boolean has(int glyph) {
      int at = glyph * (wide ? 4 : 2);
      if (at + (wide ? 8 : 4) > loca.limit()) {
        throw new IllegalArgumentException("it is damaged: its table loca is too short");
      }
      long from = wide ? loca.getInt(at) & 0xffffffffL : 2L * (loca.getShort(at) & 0xffff);
      long to = wide ? loca.getInt(at + 4) & 0xffffffffL : 2L * (loca.getShort(at + 2) & 0xffff);
      if (from > to || to > glyf.limit()) {
        throw new IllegalArgumentException("it is damaged: glyph " + glyph + " is outside of it");
      }
      return to - from >= 2 && glyf.getShort((int) from) > 0;
    }
  }

  private static void paint(Typeface typeface) {
    try (Bitmap bitmap = new Bitmap()) {
      bitmap.allocN32Pixels(320, 80);
      try (Canvas canvas = new Canvas(bitmap);
          Font font = new Font(typeface, 40);
          Paint paint = new Paint()) {
        canvas.drawString("Hamburgefonts", 4, 60, font, paint);
      }
    }
  }
}
