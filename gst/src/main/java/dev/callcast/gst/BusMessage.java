package dev.callcast.gst;

/** What a pipeline reports on its bus. */
public sealed interface BusMessage {
  /** Everything that was pushed has come out. */
  record EndOfStream() implements BusMessage {}

  /**
   * An element gave up.
   *
   * @param element path of the element, for people; compare with {@link Pipeline#poll}'s origin
   *     instead
   * @param origin the native pointer of the element, to find out whose error it is
   */
  record Failure(String element, long origin, String message, String details)
      implements BusMessage {
    /** Whether the error comes from that element or from inside it. */
    public boolean isFrom(Element candidate) {
      return candidate.isOpen() && candidate.handle() == origin;
    }
  }

  /** An element complains and goes on. */
  record Warning(String element, String message, String details) implements BusMessage {}

  /** An element's own message, as GStreamer's text. */
  record ElementMessage(String element, String text) implements BusMessage {}
}
