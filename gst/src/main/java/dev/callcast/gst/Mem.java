package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/** Reads and writes native memory by address. */
final class Mem {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Mem() {}

  static int getInt(long address) {
    return ALL.get(JAVA_INT, address);
  }

  static long getLong(long address) {
    return ALL.get(JAVA_LONG, address);
  }

  static void setLong(long address, long value) {
    ALL.set(JAVA_LONG, address, value);
  }

  static void setInt(long address, int value) {
    ALL.set(JAVA_INT, address, value);
  }

  /** A slice: {@code reinterpret} asks who calls it, by the stack until C2 has compiled it. */
  static MemorySegment segment(long address, long size) {
    return ALL.asSlice(address, size);
  }

  /** A C string at an address that stays the callee's; null for NULL. */
  static @Nullable String string(long address) {
    return address == 0 ? null : ALL.getString(address);
  }

  /** A C string that the caller must free: read, then freed. */
  static @Nullable String takeString(long address) {
    String text = string(address);
    if (address != 0) {
      C.g_free(address);
    }
    return text;
  }

  static long cString(SegmentAllocator arena, String text) {
    return arena.allocateFrom(text).address();
  }

  static long zeroed(Arena arena, long size) {
    return arena.allocate(size, 16).address();
  }

  static MemorySegment pointer(Arena arena) {
    return arena.allocate(ADDRESS);
  }
}
