package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.function.Consumer;

/** An element of a pipeline. */
public class Element extends GObject {
  Element(long handle) {
    super(handle);
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
