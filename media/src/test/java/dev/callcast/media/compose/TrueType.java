package dev.callcast.media.compose;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A font file by its tables, read and written without the library that draws it. */
record TrueType(int flavor, TreeMap<String, byte[]> tables) {
  private static final List<String> KNOWN = // WOFF2, 4.1, as far as it is needed here
      List.of(
          "cmap", "head", "hhea", "hmtx", "maxp", "name", "OS/2", "post", "cvt ", "fpgm", "glyf",
          "loca", "prep");

  static TrueType read(byte[] bytes) {
    return read(bytes, 0);
  }

  /** Of one that begins at {@code start} of a collection. */
  static TrueType read(byte[] bytes, int start) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    TreeMap<String, byte[]> tables = new TreeMap<>();
    for (int i = 0; i < file.getShort(start + 4); i++) {
      int at = start + 12 + 16 * i;
      byte[] table = new byte[file.getInt(at + 12)];
      file.get(file.getInt(at + 8), table);
      tables.put(new String(bytes, at, 4, StandardCharsets.ISO_8859_1), table);
    }
    return new TrueType(file.getInt(start), tables);
  }

  ByteBuffer table(String tag) {
    return ByteBuffer.wrap(Objects.requireNonNull(tables.get(tag), tag));
  }

  TrueType without(String tag) {
    TreeMap<String, byte[]> left = new TreeMap<>(tables);
    left.remove(tag);
    return new TrueType(flavor, left);
  }

  /** OpenType 1.9. */
  byte[] write() {
    int at = 12 + 16 * tables.size();
    int length = at + tables.values().stream().mapToInt(table -> table.length + 3 & ~3).sum();
    ByteBuffer file = ByteBuffer.allocate(length);
    file.putInt(flavor).putShort((short) tables.size()).position(12);
    for (Map.Entry<String, byte[]> entry : tables.entrySet()) {
      file.put(entry.getKey().getBytes(StandardCharsets.ISO_8859_1)).putInt(0).putInt(at);
      file.putInt(entry.getValue().length);
      file.put(at, entry.getValue());
      at += entry.getValue().length + 3 & ~3;
    }
    return file.array();
  }

  /** W3C WOFF2 with untransformed tables in one uncompressed Brotli meta-block (RFC 7932). */
  byte[] writeWoff2() {
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int count = 0;
    for (String tag : KNOWN) { // loca follows glyf; others are not needed here
      byte[] table = tables.get(tag);
      if (table != null) {
        boolean outlines = tag.equals("glyf") || tag.equals("loca");
        directory.write(KNOWN.indexOf(tag) | (outlines ? 3 << 6 : 0));
        base128(directory, table.length);
        data.writeBytes(table);
        count++;
      }
    }
    ByteArrayOutputStream brotli = new ByteArrayOutputStream();
    // A window of 16 bits, not the last block, its length - 1 in 4 to 6 nibbles, uncompressed.
    int most = data.size() - 1;
    int nibbles = most >> 20 > 0 ? 6 : most >> 16 > 0 ? 5 : 4;
    long header = (nibbles - 4L) << 2 | (long) most << 4 | 1L << 4 + 4 * nibbles;
    for (int i = 0; i < (5 + 4 * nibbles + 7) / 8; i++) {
      brotli.write((int) (header >> 8 * i));
    }
    brotli.writeBytes(data.toByteArray());
    brotli.write(3); // the last one, and empty
    int length = 48 + directory.size() + brotli.size() + 3 & ~3;
    ByteBuffer file = ByteBuffer.allocate(length);
    file.putInt(0x774f4632)
        .putInt(flavor)
        .putInt(length)
        .putShort((short) count)
        .putShort((short) 0);
    file.putInt(12 + 16 * count + data.size() + 3 & ~3).putInt(brotli.size());
    file.position(48).put(directory.toByteArray()).put(brotli.toByteArray());
    return file.array();
  }

  private static void base128(ByteArrayOutputStream out, int value) {
    for (int shift = 28; shift > 0; shift -= 7) {
      if (value >> shift != 0) {
        out.write(value >> shift & 0x7f | 0x80);
      }
    }
    out.write(value & 0x7f);
  }

  /** Sum of the advance widths of a text's characters, in em. */
  double width(String text) {
    double sum = 0;
    int metrics = table("hhea").getShort(34) & 0xffff;
    for (int i = 0; i < text.length(); i++) {
      int glyph = Math.min(glyph(text.charAt(i)), metrics - 1);
      sum += table("hmtx").getShort(4 * glyph) & 0xffff;
    }
    return sum / (table("head").getShort(18) & 0xffff);
  }

  /** By the character map's format 4, of the basic plane. */
  int glyph(char character) {
    ByteBuffer cmap = table("cmap");
    for (int i = 0; i < cmap.getShort(2); i++) {
      int at = cmap.getInt(4 + 8 * i + 4);
      if (cmap.getShort(at) == 4) {
        int segments = (cmap.getShort(at + 6) & 0xffff) / 2;
        for (int s = 0; s < segments; s++) {
          int end = cmap.getShort(at + 14 + 2 * s) & 0xffff;
          int start = cmap.getShort(at + 16 + 2 * segments + 2 * s) & 0xffff;
          if (character >= start && character <= end) {
            int delta = cmap.getShort(at + 16 + 4 * segments + 2 * s);
            int where = at + 16 + 6 * segments + 2 * s;
            int offset = cmap.getShort(where) & 0xffff;
            return offset == 0
                ? character + delta & 0xffff
                : cmap.getShort(where + offset + 2 * (character - start)) + delta & 0xffff;
          }
        }
      }
    }
    throw new AssertionError("no glyph for " + character);
  }
}
