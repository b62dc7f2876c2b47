package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A GstStructure that this object owns: named fields with values. Close it. */
public final class Structure implements AutoCloseable {
  private long handle;

  /** Copies; the original stays its owner's. */
  Structure(long original) {
    this.handle = C.gst_structure_copy(original);
  }

  public String name() {
    return Objects.requireNonNull(Mem.string(C.gst_structure_get_name(open())));
  }

  /**
   * The field's value as Boolean, Long, Double, String or text; null when there is no such field.
   */
  public @Nullable Object get(String field) {
    try (Arena arena = Arena.ofConfined()) {
      long value = C.gst_structure_get_value(open(), Mem.cString(arena, field));
      return value == 0 ? null : Values.load(value);
    }
  }

  /** The field's value as a number, or {@code otherwise} when it is missing or no integer. */
  public long getLong(String field, long otherwise) {
    return get(field) instanceof Long number ? number : otherwise;
  }

  /** The field's value as a text, or null. */
  public @Nullable String getString(String field) {
    return get(field) instanceof String text ? text : null;
  }

  @Override
  public String toString() {
    return handle == 0
        ? "closed"
        : String.valueOf(Mem.takeString(C.gst_structure_to_string(handle)));
  }

  @Override
  public void close() {
    if (handle != 0) {
      C.gst_structure_free(handle);
      handle = 0;
    }
  }

  private long open() {
    if (handle == 0) {
      throw new IllegalStateException("structure used after close");
    }
    return handle;
  }
}
