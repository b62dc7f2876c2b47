package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** An element of a pipeline. */
public class Element extends GObject {
  Element(long handle) {
    super(handle);
  }

  /** What {@code new-jitterbuffer} tells. */
  public interface JitterBufferListener {
    /** {@code jitterBuffer} is valid during the call only. */
    void made(Element jitterBuffer, int session, long ssrc);
  }

  /** What rtpbin's {@code on-...} signals tell. */
  public interface SsrcListener {
    void ssrc(int session, long ssrc);
  }

  /**
   * Makes an element.
   *
   * @throws GstException when its plugin is not installed
   */
  public static Element make(String factory) {
    Gst.init();
    try (Arena arena = Arena.ofConfined()) {
      long element = C.gst_element_factory_make(Mem.cString(arena, factory), 0);
      if (element == 0) {
        throw new GstException(Plugins.missing(factory));
      }
      C.gst_object_ref_sink(element);
      return new Element(element);
    }
  }

  /**
   * Makes a bin around one element, whose pads {@code sink} and {@code src} it shows under other
   * names: rtpbin wants its helpers' pads to be called {@code sink_0} and {@code src_0}. Both
   * objects are the caller's to close.
   */
  public static Element wrap(Element inner, String sinkName, String sourceName) {
    long bin = C.gst_bin_new(0);
    C.gst_object_ref_sink(bin);
    Element wrapped = new Element(bin);
    C.gst_bin_add(bin, inner.handle());
    try (Arena arena = Arena.ofConfined();
        Pad sink = inner.staticPad("sink");
        Pad source = inner.staticPad("src")) {
      C.gst_element_add_pad(bin, C.gst_ghost_pad_new(Mem.cString(arena, sinkName), sink.handle()));
      C.gst_element_add_pad(
          bin, C.gst_ghost_pad_new(Mem.cString(arena, sourceName), source.handle()));
    }
    return wrapped;
  }

  public final Pad staticPad(String name) {
    return Pad.of(handle(), name, false);
  }

  public final Pad requestPad(String name) {
    return Pad.of(handle(), name, true);
  }

  /** Gives a requested pad back; the Java object must be closed all the same. */
  public final void releasePad(Pad pad) {
    C.gst_element_release_request_pad(handle(), pad.handle());
  }

  /** Links this element's {@code src} to the other's {@code sink}. */
  public final void link(Element next) {
    try (Pad source = staticPad("src");
        Pad sink = next.staticPad("sink")) {
      source.link(sink);
    }
  }

  /** Takes over the parent's state. */
  public final void syncStateWithParent() {
    if (C.gst_element_sync_state_with_parent(handle()) == 0) {
      throw new GstException(this + " does not follow its parent's state");
    }
  }

  /** Stops this element alone, at once. */
  public final void stop() {
    C.gst_element_set_locked_state(handle(), 1);
    C.gst_element_set_state(handle(), Layout.STATE_NULL);
  }

  /**
   * Calls back for each pad that the element adds, on a streaming thread; the pad is valid during
   * the call only.
   */
  public final void onPadAdded(Consumer<Pad> listener) {
    Callbacks.PadCallback callback =
        pad -> {
          C.gst_object_ref(pad);
          try (Pad view = new Pad(pad)) {
            listener.accept(view);
          }
        };
    connect("pad-added", Callbacks.Kind.PAD, callback);
  }

  /** Answers rtpbin's {@code request-pt-map} with caps as text, or null for none. */
  public final void onRequestPtMap(BiFunction<Integer, Integer, @Nullable String> caps) {
    Callbacks.CapsCallback callback =
        (session, payloadType) -> {
          String text = caps.apply(session, payloadType);
          return text == null ? 0 : Caps.parse(text);
        };
    connect("request-pt-map", Callbacks.Kind.CAPS, callback);
  }

  /**
   * Answers one of rtpbin's {@code request-...} signals with an element for the session, of which
   * rtpbin takes a reference of its own, or null for none.
   */
  public final void onRequestElement(String signal, IntFunction<@Nullable Element> maker) {
    Callbacks.ElementCallback callback =
        session -> {
          Element element = maker.apply(session);
          return element == null ? 0 : C.gst_object_ref(element.handle());
        };
    connect(signal, Callbacks.Kind.ELEMENT, callback);
  }

  /** Calls back for each jitter buffer that rtpbin makes, before it gets its first packet. */
  public final void onNewJitterBuffer(JitterBufferListener listener) {
    Callbacks.JitterBufferCallback callback =
        (jitterBuffer, session, ssrc) -> {
          C.gst_object_ref(jitterBuffer);
          try (Element view = new Element(jitterBuffer)) {
            listener.made(view, session, Integer.toUnsignedLong(ssrc));
          }
        };
    connect("new-jitterbuffer", Callbacks.Kind.JITTER_BUFFER, callback);
  }

  /** Calls back for one of rtpbin's {@code on-...} signals, such as {@code on-timeout}. */
  public final void onSsrc(String signal, SsrcListener listener) {
    Callbacks.SsrcCallback callback =
        (session, ssrc) -> listener.ssrc(session, Integer.toUnsignedLong(ssrc));
    connect(signal, Callbacks.Kind.SSRC, callback);
  }

  final boolean isInside(long ancestor) {
    return handle() == ancestor || C.gst_object_has_as_ancestor(handle(), ancestor) != 0;
  }

  @Override
  public final String toString() {
    return isOpen()
        ? String.valueOf(Mem.takeString(C.gst_object_get_path_string(handle())))
        : "closed element";
  }
}
