package dev.callcast.media.compose;

import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.Codec;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.EncodedOrigin;
import io.github.humbleui.types.Rect;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import tools.jackson.databind.node.ObjectNode;

/** Whether an image can be shown: decodes all of it, or draws it. Part of {@link AssetCheck}. */
final class ImageCheck {
  private static final int LONGEST_SIDE = 8192;
  private static final long MOST_PIXELS = 16_000_000;

  /** CPU time; an SVG that takes longer to draw at 1280x720 would hold up pictures. */
  private static final long MOST_NANOS = 500_000_000;

  /** Elements that act or bring in other documents. */
  private static final Set<String> REFUSED =
      Set.of("script", "foreignobject", "iframe", "audio", "video", "animate", "set", "handler");

  private static final Pattern URL = Pattern.compile("url\\(\\s*['\"]?\\s*([^)'\"]*)");

  private ImageCheck() {}

  /**
   * Tells what an image is: {@code type, width, height}.
   *
   * @throws IllegalArgumentException if it is none, or cannot be shown; says why
   */
  static void check(byte[] bytes, ObjectNode json) {
    if (Images.looksLikeXml(bytes)) {
      drawing(bytes, json);
    } else {
      pixels(bytes, json);
    }
  }

  private static void pixels(byte[] bytes, ObjectNode json) {
    String type = type(bytes);
    try (Data data = Data.makeFromBytes(bytes);
        Codec codec = Codec.makeFromData(data)) {
      // From the header, before anything of that size is allocated.
      int width = codec.getImageInfo().getWidth();
      int height = codec.getImageInfo().getHeight();
      checkSize(width, height);
      try (Images.Decoded decoded = complete(codec, bytes)) {
        EncodedOrigin origin = codec.getEncodedOrigin();
        boolean turned = !decoded.timing().moves() && origin != null && origin.swapsWidthHeight();
        put(json, type, turned ? height : width, turned ? width : height);
        paint(decoded);
      }
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("it is not a PNG, JPEG, GIF, WebP or SVG image", e);
    }
  }

  /** By the first bytes, as every decoder tells them apart. */
  private static String type(byte[] bytes) {
    String start = new String(bytes, 0, Math.min(12, bytes.length), StandardCharsets.ISO_8859_1);
    if (start.startsWith("\u0089PNG\r\n")) {
      return "image/png";
    }
    if (start.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (start.startsWith("GIF8")) {
      return "image/gif";
    }
    if (start.startsWith("RIFF") && start.endsWith("WEBP")) {
      // Frames that are missing at its end are no matter to the decoder.
      int rest = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
      if (Integer.toUnsignedLong(rest) + 8 > bytes.length) {
        throw new IllegalArgumentException("it is cut short");
      }
      return "image/webp";
    }
    throw new IllegalArgumentException("it is not a PNG, JPEG, GIF, WebP or SVG image");
  }

  /** Decodes all of it: one that is cut short would be shown in part. */
  private static Images.Decoded complete(Codec codec, byte[] bytes) {
    Images.checkFrames(bytes);
    try (Bitmap bitmap = new Bitmap()) {
      bitmap.allocPixels(codec.getImageInfo());
      codec.readPixels(bitmap);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("it is damaged or cut short", e);
    }
    return Images.decode(bytes);
  }

  private static void checkSize(double width, double height) {
    if (width < 1
        || height < 1
        || width > LONGEST_SIDE
        || height > LONGEST_SIDE
        || width * height > MOST_PIXELS) {
      throw new IllegalArgumentException("it has %.0fx%.0f pixels".formatted(width, height));
    }
  }

  private static void put(ObjectNode json, String type, int width, int height) {
    json.put("type", type).put("width", width).put("height", height);
  }

  private static void drawing(byte[] bytes, ObjectNode json) {
    checkXml(bytes);
    Images.Decoded decoded;
    try {
      decoded = Images.decode(bytes);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("it is not an SVG image", e);
    }
    try (decoded) {
      checkSize(decoded.width(), decoded.height());
      put(
          json,
          "image/svg+xml",
          (int) Math.ceil(decoded.width()),
          (int) Math.ceil(decoded.height()));
      paint(decoded); // loads what is loaded once
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadCpuTime();
      paint(decoded);
      if (threads.getCurrentThreadCpuTime() - before > MOST_NANOS) {
        throw new IllegalArgumentException("it takes too long to draw");
      }
    }
  }

  private static void paint(Images.Decoded decoded) {
    try (Bitmap bitmap = new Bitmap()) {
      bitmap.allocN32Pixels(1280, 720);
      try (Canvas canvas = new Canvas(bitmap)) {
        decoded.paint(
            canvas,
            Rect.makeWH((float) decoded.width(), (float) decoded.height()),
            Rect.makeWH(1280, 720),
            0);
      }
    }
  }

  private static void checkXml(byte[] bytes) {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(bytes));
      boolean first = true;
      boolean style = false;
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.DTD ->
              throw new IllegalArgumentException("it has a document type declaration");
          case XMLStreamConstants.PROCESSING_INSTRUCTION ->
              throw new IllegalArgumentException("it has a processing instruction");
          case XMLStreamConstants.START_ELEMENT -> {
            String name = reader.getLocalName().toLowerCase(Locale.ROOT);
            if (first && !name.equals("svg")) {
              throw new IllegalArgumentException("it is XML, but not SVG");
            }
            first = false;
            style = name.equals("style");
            checkElement(reader, name);
          }
          case XMLStreamConstants.END_ELEMENT -> style = false;
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
            if (style) {
              checkStyle(reader.getText());
            }
          }
          default -> {
            // Comments and space.
          }
        }
      }
    } catch (XMLStreamException e) {
      throw new IllegalArgumentException("it is not well-formed XML", e);
    }
  }

  private static void checkElement(XMLStreamReader reader, String name) {
    if (REFUSED.contains(name)) {
      throw new IllegalArgumentException("it has an element <" + reader.getLocalName() + ">");
    }
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      String attribute = reader.getAttributeLocalName(i).toLowerCase(Locale.ROOT);
      String value = reader.getAttributeValue(i).strip();
      if (attribute.startsWith("on")) {
        throw new IllegalArgumentException("it has an event handler, " + attribute);
      }
      if ((attribute.equals("href") || attribute.equals("src")) && outside(value)) {
        throw new IllegalArgumentException("<" + name + "> refers to something outside of it");
      }
      checkStyle(value);
    }
  }

  private static boolean outside(String reference) {
    return !reference.isEmpty()
        && !reference.startsWith("#")
        && !reference.startsWith("data:image/png")
        && !reference.startsWith("data:image/jpeg");
  }

  private static void checkStyle(String css) {
    if (css.contains("@import")) {
      throw new IllegalArgumentException("its style imports another");
    }
    Matcher urls = URL.matcher(css);
    while (urls.find()) {
      if (outside(urls.group(1).strip())) {
        throw new IllegalArgumentException("its style refers to something outside of it");
      }
    }
  }
}
