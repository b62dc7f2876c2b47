package dev.callcast.bench;

/** What takes part in a comparison. */
enum Program {
  /** Callcast itself. */
  CANDIDATE("Callcast", true),
  /** GStreamer's compositor by gst-launch. */
  COMPOSITOR("compositor", true),
  /** ffmpeg's xstack with the same x264 settings. */
  XSTACK("xstack", true),
  /** ffmpeg's xstack with veryfast and zerolatency. */
  XSTACK_ZEROLATENCY("xstack, veryfast+zerolatency", true),
  /** Floor: decoding. */
  DECODE("decode only", false),
  /** Floor: scaling. */
  SCALE("scale only", false),
  /** Floor: encoding of raw pictures. */
  ENCODE("encode only", false),
  /** What of {@link #ENCODE} is reading the raw pictures. */
  READ("read only", false),
  /** Floor: decoding, mixing and encoding of sound. */
  AUDIO("audio only", false);

  private final String title;
  private final boolean writes;

  Program(String title, boolean writes) {
    this.title = title;
    this.writes = writes;
  }

  String title() {
    return title;
  }

  /** Whether it makes a file that can be checked. */
  boolean writes() {
    return writes;
  }
}
