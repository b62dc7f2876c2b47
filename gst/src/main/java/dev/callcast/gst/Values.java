package dev.callcast.gst;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Moves values between Java and {@code GValue}. */
final class Values {
  private Values() {}

  /**
   * Stores a Java value in an initialised GValue.
   *
   * @return false when the value does not fit the type
   */
  static boolean store(Arena arena, long value, long type, Object java) {
    long fundamental = C.g_type_fundamental(type);
    if (fundamental == Layout.TYPE_BOOLEAN && java instanceof Boolean flag) {
      C.g_value_set_boolean(value, flag ? 1 : 0);
    } else if (fundamental == Layout.TYPE_INT && java instanceof Integer number) {
      C.g_value_set_int(value, number);
    } else if (fundamental == Layout.TYPE_UINT && java instanceof Number number) {
      C.g_value_set_uint(value, (int) number.longValue());
    } else if (fundamental == Layout.TYPE_INT64 && java instanceof Number number) {
      C.g_value_set_int64(value, number.longValue());
    } else if (fundamental == Layout.TYPE_UINT64 && java instanceof Number number) {
      C.g_value_set_uint64(value, number.longValue());
    } else if (fundamental == Layout.TYPE_DOUBLE && java instanceof Number number) {
      C.g_value_set_double(value, number.doubleValue());
    } else if (fundamental == Layout.TYPE_STRING) {
      C.g_value_set_string(value, Mem.cString(arena, java.toString()));
    } else {
      // Enums, flags, caps, structures: GStreamer's own text form. A bad text is refused here, not
      // ignored.
      return C.gst_value_deserialize(value, Mem.cString(arena, java.toString())) != 0;
    }
    return true;
  }

  /**
   * Reads a GValue: Boolean, Long, Double, String, {@link Structure} or, for anything else,
   * GStreamer's text form.
   */
  static @Nullable Object load(long value) {
    long type = Mem.getLong(value);
    long fundamental = C.g_type_fundamental(type);
    if (fundamental == Layout.TYPE_BOOLEAN) {
      return C.g_value_get_boolean(value) != 0;
    }
    if (fundamental == Layout.TYPE_INT) {
      return (long) C.g_value_get_int(value);
    }
    if (fundamental == Layout.TYPE_UINT) {
      return Integer.toUnsignedLong(C.g_value_get_uint(value));
    }
    if (fundamental == Layout.TYPE_INT64) {
      return C.g_value_get_int64(value);
    }
    if (fundamental == Layout.TYPE_UINT64) {
      return C.g_value_get_uint64(value);
    }
    if (fundamental == Layout.TYPE_DOUBLE) {
      return C.g_value_get_double(value);
    }
    if (fundamental == Layout.TYPE_STRING) {
      return Mem.string(C.g_value_get_string(value));
    }
    if (fundamental == Layout.TYPE_BOXED
        && "GstStructure".equals(Mem.string(C.g_type_name(type)))) {
      long structure = C.g_value_get_boxed(value);
      return structure == 0 ? null : new Structure(structure);
    }
    return Mem.takeString(C.gst_value_serialize(value));
  }
}
