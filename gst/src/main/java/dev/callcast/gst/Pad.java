package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** A pad of an element. */
public final class Pad extends GObject {
  /** GstAllocationParams; {@code align} is a mask. */
  private static final long ALIGNED = aligned();

  private static long aligned() {
    MemorySegment params = Arena.global().allocate(Layout.ALLOCATION_PARAMS_SIZE, 8);
    params.set(ValueLayout.JAVA_LONG, Layout.ALLOCATION_PARAMS_ALIGN, Zimg.BEST_ALIGNMENT - 1);
    return params.address();
  }

  Pad(long handle) {
    super(handle);
  }

  /**
   * Links this source pad to a sink pad.
   *
   * @throws GstException when the pads do not fit
   */
  public void link(Pad sink) {
    int result = C.gst_pad_link(handle(), sink.handle());
    if (result != 0) {
      throw new GstException("pads do not link: GstPadLinkReturn " + result);
    }
  }

  /** Unlinks this source pad from a sink pad; nothing happens when they are not linked. */
  public void unlink(Pad sink) {
    C.gst_pad_unlink(handle(), sink.handle());
  }

  /** The first structure of the current caps, which the caller closes; null before negotiation. */
  public @Nullable Structure currentCaps() {
    long caps = C.gst_pad_get_current_caps(handle());
    if (caps == 0) {
      return null;
    }
    Structure structure = new Structure(C.gst_caps_get_structure(caps, 0));
    C.gst_mini_object_unref(caps);
    return structure;
  }

  /** The pad that this one is linked to, which the caller closes, or null. */
  public @Nullable Pad peer() {
    long peer = C.gst_pad_get_peer(handle());
    return peer == 0 ? null : new Pad(peer);
  }

  /**
   * Answers ALLOCATION queries that pass here with "I read GstVideoMeta", so that decoders hand
   * their memory over with the strides it has instead of copying it, and asks for memory that
   * begins at a multiple of what {@link Zimg} wants, so that it need not be copied for that either.
   */
  public void acceptVideoMeta() {
    Callbacks.ProbeCallback probe =
        info -> {
          long query = Mem.getLong(info + Layout.PROBE_INFO_DATA);
          if (query != 0 && Mem.getInt(query + Layout.QUERY_TYPE) == Layout.QUERY_ALLOCATION) {
            C.gst_query_add_allocation_meta(query, C.gst_video_meta_api_get_type(), 0);
            C.gst_query_add_allocation_param(query, 0, ALIGNED);
          }
        };
    long id = Callbacks.register(probe);
    own(id);
    C.gst_pad_add_probe(
        handle(), Layout.PROBE_TYPE_QUERY_DOWNSTREAM, Callbacks.stub(Callbacks.Kind.PROBE), id, 0);
  }

  /** Asks, against the stream, for a key frame now: a decoder's wish, or an RTP receiver's PLI. */
  public boolean requestKeyFrame() {
    return requestKeyFrame(Gst.TIME_NONE);
  }

  /**
   * Asks, against the stream, for a key frame at the first picture of that running time or later.
   *
   * @param runningTime ns, or {@link Gst#TIME_NONE} for now
   */
  public boolean requestKeyFrame(long runningTime) {
    return C.gst_pad_send_event(
            handle(), C.gst_video_event_new_upstream_force_key_unit(runningTime, 0, 0))
        != 0;
  }

  static Pad of(long element, String name, boolean request) {
    try (Arena arena = Arena.ofConfined()) {
      long text = Mem.cString(arena, name);
      long pad =
          request
              ? C.gst_element_request_pad_simple(element, text)
              : C.gst_element_get_static_pad(element, text);
      if (pad == 0) {
        throw new GstException("no pad " + name);
      }
      return new Pad(pad);
    }
  }
}
