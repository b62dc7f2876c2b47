package dev.callcast.gst;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Which Debian package holds each of GStreamer's elements that calls need. */
public final class Plugins {
  private static final String BASE = "gstreamer1.0-plugins-base";
  private static final String GOOD = "gstreamer1.0-plugins-good";
  private static final String BAD = "gstreamer1.0-plugins-bad";
  private static final String UGLY = "gstreamer1.0-plugins-ugly";
  private static final String LIBAV = "gstreamer1.0-libav";

  private static final Map<String, String> PACKAGES = new LinkedHashMap<>();

  static {
    for (String element : List.of("appsrc", "appsink", "audioconvert", "videoconvert")) {
      PACKAGES.put(element, BASE);
    }
    for (String element :
        List.of("rtpvp8depay", "rtpvp9depay", "rtph264depay", "vp8dec", "vp9dec", "flvmux")) {
      PACKAGES.put(element, GOOD);
    }
    PACKAGES.put("h264parse", BAD);
    PACKAGES.put("rtmp2sink", BAD);
    PACKAGES.put("x264enc", UGLY);
    PACKAGES.put("avdec_h264", LIBAV);
    PACKAGES.put("avenc_aac", LIBAV);
  }

  private Plugins() {}

  /** The packages by element. */
  public static Map<String, String> packages() {
    return Collections.unmodifiableMap(PACKAGES);
  }

  /**
   * Says which elements of a description in gst-launch syntax are missing here, and what to
   * install; empty when all those it knows are there. GStreamer's own words for that depend on the
   * language.
   */
  static String missingIn(String description) {
    StringBuilder text = new StringBuilder();
    PACKAGES.forEach((element, debianPackage) -> {
      if (Pattern.compile("\\b" + element + "\\b").matcher(description).find()
          && !Gst.hasElement(element)) {
        text.append(text.isEmpty() ? "" : "; ").append(missing(element));
      }
    });
    return text.toString();
  }

  /** What to say of an element that is not there. */
  static String missing(String element) {
    String debianPackage = PACKAGES.get(element);
    return "GStreamer has no element "
        + element
        + (debianPackage == null ? "" : ": apt-get install " + debianPackage);
  }
}
