package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A native object of which this Java object holds exactly one reference, given back by {@link
 * #close}. Not thread-safe in closing: the owner closes when no other thread uses it.
 */
public abstract class GObject implements AutoCloseable {
  private volatile long handle;
  private final List<Long> callbacks = new ArrayList<>();

  /** Takes over one reference. */
  GObject(long handle) {
    if (handle == 0) {
      throw new GstException("no native object");
    }
    this.handle = handle;
  }

  /** The native pointer. */
  final long handle() {
    long pointer = handle;
    if (pointer == 0) {
      throw new IllegalStateException("native object used after close");
    }
    return pointer;
  }

  final boolean isOpen() {
    return handle != 0;
  }

  /** Whether both stand for the same native object. */
  public final boolean isSame(GObject other) {
    return handle() == other.handle();
  }

  /**
   * Sets a property. Enums, flags, caps and structures are given as GStreamer's text.
   *
   * @throws GstException when there is no such property, or it does not take the value as it is
   */
  public final void set(String property, Object value) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Mem.cString(arena, property);
      long spec = specOf(name, property);
      long type = Mem.getLong(spec + Layout.PARAM_SPEC_VALUE_TYPE);
      long gvalue = Mem.zeroed(arena, Layout.VALUE_SIZE);
      C.g_value_init(gvalue, type);
      try {
        if (!Values.store(arena, gvalue, type, value)
            || C.g_param_value_validate(spec, gvalue) != 0) {
          throw new GstException(property + " of " + this + " does not take the value " + value);
        }
        C.g_object_set_property(handle(), name, gvalue);
      } finally {
        C.g_value_unset(gvalue);
      }
    }
  }

  /**
   * Reads a property: Boolean, Long, Double, String, or an open {@link Structure} that the caller
   * closes; anything else as text.
   *
   * @throws GstException when there is no such property
   */
  public final @Nullable Object get(String property) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Mem.cString(arena, property);
      long spec = specOf(name, property);
      long gvalue = Mem.zeroed(arena, Layout.VALUE_SIZE);
      C.g_value_init(gvalue, Mem.getLong(spec + Layout.PARAM_SPEC_VALUE_TYPE));
      try {
        C.g_object_get_property(handle(), name, gvalue);
        return Values.load(gvalue);
      } finally {
        C.g_value_unset(gvalue);
      }
    }
  }

  /**
   * Connects a callback; it lives until this object is closed, and late calls after that are
   * absorbed.
   */
  final void connect(String signal, Callbacks.Kind kind, Object callback) {
    long id = Callbacks.register(callback);
    callbacks.add(id);
    try (Arena arena = Arena.ofConfined()) {
      long connected =
          C.g_signal_connect_data(
              handle(), Mem.cString(arena, signal), Callbacks.stub(kind), id, 0, 0);
      if (connected == 0) {
        throw new GstException(this + " has no signal " + signal);
      }
    }
  }

  /** Remembers a callback that is to be forgotten when this object is closed. */
  final void own(long callbackId) {
    callbacks.add(callbackId);
  }

  /** Gives the reference back; the second call does nothing. */
  @Override
  public void close() {
    long pointer = handle;
    if (pointer != 0) {
      callbacks.forEach(Callbacks::forget);
      callbacks.clear();
      handle = 0;
      C.g_object_unref(pointer);
    }
  }

  private long specOf(long name, String property) {
    long spec = C.g_object_class_find_property(Mem.getLong(handle()), name);
    if (spec == 0) {
      throw new GstException(this + " has no property " + property);
    }
    return spec;
  }
}
