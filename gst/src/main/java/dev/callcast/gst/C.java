package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * The C functions of GLib and GStreamer that Callcast calls, one method each, under their C names.
 * Pointers are plain {@code long}s: on the platforms that GStreamer and this runtime share they
 * travel in the same registers as 64-bit integers, and nothing has to be allocated to carry one.
 *
 * <p>So do ints, enums and booleans: both 64-bit ABIs (System V x86-64, AAPCS64) give each a whole
 * register or slot, of which the callee reads the lower half; of an int result the lower half is
 * kept, of no result nothing. Functions with equally many arguments are therefore linked by one
 * shape. That matters where a process starts: the linker spins classes for each new shape, 10 ms of
 * CPU time, and there were 43.
 */
@SuppressWarnings({"MethodName", "UnusedVariable"}) // C names are kept as they are
final class C {
  private static final Linker LINKER = Linker.nativeLinker();

  static {
    preferLibgcc();
  }

  private static final SymbolLookup GLIB = library("libglib-2.0.so.0");
  private static final SymbolLookup GOBJECT = library("libgobject-2.0.so.0");
  private static final SymbolLookup GST = library("libgstreamer-1.0.so.0");
  private static final SymbolLookup APP = library("libgstapp-1.0.so.0");
  private static final SymbolLookup VIDEO = library("libgstvideo-1.0.so.0");

  private C() {}

  /**
   * Lets C++ libraries find their exceptions' unwinder in libgcc, by loading it for all before
   * anything else. GStreamer brings libunwind, which has functions of the same names; where those
   * are found first (it depends on the order in which libraries are loaded), an exception that a
   * library throws and catches itself, such as libsrt for a refused connection, ends the process.
   */
  private static void preferLibgcc() {
    final int now = 2;
    final int global = 0x100;
    MethodHandle open =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("dlopen"),
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      var _ = (MemorySegment) open.invokeExact(arena.allocateFrom("libgcc_s.so.1"), now | global);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  static SymbolLookup library(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new GstException(
          "the native library " + name + " is missing; './callcast doctor' names the package", e);
    }
  }

  static MethodHandle link(
      SymbolLookup library, String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(
        library.find(name).orElseThrow(() -> new GstException("no native function " + name)),
        descriptor,
        options);
  }

  /** Links a function of so many pointers and integers, by the shape they all share. */
  static MethodHandle handle(SymbolLookup library, String name, int arguments) {
    return link(library, name, shape(arguments));
  }

  /** The same of a function that takes whatever comes from an argument on, counted from 0. */
  static MethodHandle variadic(SymbolLookup library, String name, int arguments, int from) {
    return link(library, name, shape(arguments), Linker.Option.firstVariadicArg(from));
  }

  private static FunctionDescriptor shape(int arguments) {
    MemoryLayout[] layouts = new MemoryLayout[arguments];
    Arrays.fill(layouts, JAVA_LONG);
    return FunctionDescriptor.of(JAVA_LONG, layouts);
  }

  /** What a function without a result leaves in the register of one. */
  static void ignore(long nothing) {}

  /** A downcall throws only what the JVM itself throws. */
  static RuntimeException thrown(Throwable throwable) {
    if (throwable instanceof Error error) {
      throw error;
    }
    if (throwable instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException(throwable);
  }

  // gst_buffer_fill and gst_buffer_extract copy from and to the Java heap directly: short, and they
  // never call back.
  private static final MethodHandle GST_BUFFER_FILL =
      link(
          GST,
          "gst_buffer_fill",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
          Linker.Option.critical(true));

  static long gst_buffer_fill(long buffer, long offset, MemorySegment data, long size) {
    try {
      return (long) GST_BUFFER_FILL.invokeExact(buffer, offset, data, size);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_EXTRACT =
      link(
          GST,
          "gst_buffer_extract",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
          Linker.Option.critical(true));

  static long gst_buffer_extract(long buffer, long offset, MemorySegment data, long size) {
    try {
      return (long) GST_BUFFER_EXTRACT.invokeExact(buffer, offset, data, size);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_INIT_CHECK = handle(GST, "gst_init_check", 3);

  static int gst_init_check(long a0, long a1, long a2) {
    try {
      return (int) (long) GST_INIT_CHECK.invokeExact(a0, a1, a2);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VERSION_STRING = handle(GST, "gst_version_string", 0);

  static long gst_version_string() {
    try {
      return (long) GST_VERSION_STRING.invokeExact();
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_OBJECT_REF = handle(GST, "gst_object_ref", 1);

  static long gst_object_ref(long a0) {
    try {
      return (long) GST_OBJECT_REF.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_OBJECT_UNREF = handle(GST, "gst_object_unref", 1);

  static void gst_object_unref(long a0) {
    try {
      ignore((long) GST_OBJECT_UNREF.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_MINI_OBJECT_REF = handle(GST, "gst_mini_object_ref", 1);

  static long gst_mini_object_ref(long a0) {
    try {
      return (long) GST_MINI_OBJECT_REF.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_MINI_OBJECT_UNREF = handle(GST, "gst_mini_object_unref", 1);

  static void gst_mini_object_unref(long a0) {
    try {
      ignore((long) GST_MINI_OBJECT_UNREF.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_FACTORY_FIND =
      handle(GST, "gst_element_factory_find", 1);

  static long gst_element_factory_find(long a0) {
    try {
      return (long) GST_ELEMENT_FACTORY_FIND.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_FACTORY_MAKE =
      handle(GST, "gst_element_factory_make", 2);

  static long gst_element_factory_make(long a0, long a1) {
    try {
      return (long) GST_ELEMENT_FACTORY_MAKE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PARSE_LAUNCH = handle(GST, "gst_parse_launch", 2);

  static long gst_parse_launch(long a0, long a1) {
    try {
      return (long) GST_PARSE_LAUNCH.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BIN_GET_BY_NAME = handle(GST, "gst_bin_get_by_name", 2);

  static long gst_bin_get_by_name(long a0, long a1) {
    try {
      return (long) GST_BIN_GET_BY_NAME.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BIN_ADD = handle(GST, "gst_bin_add", 2);

  static int gst_bin_add(long a0, long a1) {
    try {
      return (int) (long) GST_BIN_ADD.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BIN_REMOVE = handle(GST, "gst_bin_remove", 2);

  static int gst_bin_remove(long a0, long a1) {
    try {
      return (int) (long) GST_BIN_REMOVE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PIPELINE_NEW = handle(GST, "gst_pipeline_new", 1);

  static long gst_pipeline_new(long a0) {
    try {
      return (long) GST_PIPELINE_NEW.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_SET_STATE = handle(GST, "gst_element_set_state", 2);

  static int gst_element_set_state(long a0, int a1) {
    try {
      return (int) (long) GST_ELEMENT_SET_STATE.invokeExact(a0, (long) a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_GET_STATE = handle(GST, "gst_element_get_state", 4);

  static int gst_element_get_state(long a0, long a1, long a2, long a3) {
    try {
      return (int) (long) GST_ELEMENT_GET_STATE.invokeExact(a0, a1, a2, a3);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_SYNC_STATE_WITH_PARENT =
      handle(GST, "gst_element_sync_state_with_parent", 1);

  static int gst_element_sync_state_with_parent(long a0) {
    try {
      return (int) (long) GST_ELEMENT_SYNC_STATE_WITH_PARENT.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_SET_LOCKED_STATE =
      handle(GST, "gst_element_set_locked_state", 2);

  static int gst_element_set_locked_state(long a0, int a1) {
    try {
      return (int) (long) GST_ELEMENT_SET_LOCKED_STATE.invokeExact(a0, (long) a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_GET_STATIC_PAD =
      handle(GST, "gst_element_get_static_pad", 2);

  static long gst_element_get_static_pad(long a0, long a1) {
    try {
      return (long) GST_ELEMENT_GET_STATIC_PAD.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_REQUEST_PAD_SIMPLE =
      handle(GST, "gst_element_request_pad_simple", 2);

  static long gst_element_request_pad_simple(long a0, long a1) {
    try {
      return (long) GST_ELEMENT_REQUEST_PAD_SIMPLE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_RELEASE_REQUEST_PAD =
      handle(GST, "gst_element_release_request_pad", 2);

  static void gst_element_release_request_pad(long a0, long a1) {
    try {
      ignore((long) GST_ELEMENT_RELEASE_REQUEST_PAD.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_SEND_EVENT =
      handle(GST, "gst_element_send_event", 2);

  static int gst_element_send_event(long a0, long a1) {
    try {
      return (int) (long) GST_ELEMENT_SEND_EVENT.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_ELEMENT_GET_BUS = handle(GST, "gst_element_get_bus", 1);

  static long gst_element_get_bus(long a0) {
    try {
      return (long) GST_ELEMENT_GET_BUS.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_OBJECT_GET_PATH_STRING =
      handle(GST, "gst_object_get_path_string", 1);

  static long gst_object_get_path_string(long a0) {
    try {
      return (long) GST_OBJECT_GET_PATH_STRING.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_OBJECT_REF_SINK = handle(GST, "gst_object_ref_sink", 1);

  static long gst_object_ref_sink(long a0) {
    try {
      return (long) GST_OBJECT_REF_SINK.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_OBJECT_HAS_AS_ANCESTOR =
      handle(GST, "gst_object_has_as_ancestor", 2);

  static int gst_object_has_as_ancestor(long a0, long a1) {
    try {
      return (int) (long) GST_OBJECT_HAS_AS_ANCESTOR.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_LINK = handle(GST, "gst_pad_link", 2);

  static int gst_pad_link(long a0, long a1) {
    try {
      return (int) (long) GST_PAD_LINK.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_UNLINK = handle(GST, "gst_pad_unlink", 2);

  static int gst_pad_unlink(long a0, long a1) {
    try {
      return (int) (long) GST_PAD_UNLINK.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_GET_CURRENT_CAPS =
      handle(GST, "gst_pad_get_current_caps", 1);

  static long gst_pad_get_current_caps(long a0) {
    try {
      return (long) GST_PAD_GET_CURRENT_CAPS.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_GET_PEER = handle(GST, "gst_pad_get_peer", 1);

  static long gst_pad_get_peer(long a0) {
    try {
      return (long) GST_PAD_GET_PEER.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_SEND_EVENT = handle(GST, "gst_pad_send_event", 2);

  static int gst_pad_send_event(long a0, long a1) {
    try {
      return (int) (long) GST_PAD_SEND_EVENT.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_PUSH_EVENT = handle(GST, "gst_pad_push_event", 2);

  static int gst_pad_push_event(long a0, long a1) {
    try {
      return (int) (long) GST_PAD_PUSH_EVENT.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_PAD_ADD_PROBE = handle(GST, "gst_pad_add_probe", 5);

  static long gst_pad_add_probe(long a0, int a1, long a2, long a3, long a4) {
    try {
      return (long) GST_PAD_ADD_PROBE.invokeExact(a0, (long) a1, a2, a3, a4);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUS_TIMED_POP_FILTERED =
      handle(GST, "gst_bus_timed_pop_filtered", 3);

  static long gst_bus_timed_pop_filtered(long a0, long a1, int a2) {
    try {
      return (long) GST_BUS_TIMED_POP_FILTERED.invokeExact(a0, a1, (long) a2);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_MESSAGE_PARSE_ERROR =
      handle(GST, "gst_message_parse_error", 3);

  static void gst_message_parse_error(long a0, long a1, long a2) {
    try {
      ignore((long) GST_MESSAGE_PARSE_ERROR.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_MESSAGE_PARSE_WARNING =
      handle(GST, "gst_message_parse_warning", 3);

  static void gst_message_parse_warning(long a0, long a1, long a2) {
    try {
      ignore((long) GST_MESSAGE_PARSE_WARNING.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_MESSAGE_GET_STRUCTURE =
      handle(GST, "gst_message_get_structure", 1);

  static long gst_message_get_structure(long a0) {
    try {
      return (long) GST_MESSAGE_GET_STRUCTURE.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_CAPS_FROM_STRING = handle(GST, "gst_caps_from_string", 1);

  static long gst_caps_from_string(long a0) {
    try {
      return (long) GST_CAPS_FROM_STRING.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_CAPS_TO_STRING = handle(GST, "gst_caps_to_string", 1);

  static long gst_caps_to_string(long a0) {
    try {
      return (long) GST_CAPS_TO_STRING.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_CAPS_GET_STRUCTURE =
      handle(GST, "gst_caps_get_structure", 2);

  static long gst_caps_get_structure(long a0, int a1) {
    try {
      return (long) GST_CAPS_GET_STRUCTURE.invokeExact(a0, (long) a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_STRUCTURE_GET_NAME =
      handle(GST, "gst_structure_get_name", 1);

  static long gst_structure_get_name(long a0) {
    try {
      return (long) GST_STRUCTURE_GET_NAME.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_STRUCTURE_GET_VALUE =
      handle(GST, "gst_structure_get_value", 2);

  static long gst_structure_get_value(long a0, long a1) {
    try {
      return (long) GST_STRUCTURE_GET_VALUE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_DEBUG_BIN_TO_DOT_DATA =
      handle(GST, "gst_debug_bin_to_dot_data", 2);

  static long gst_debug_bin_to_dot_data(long a0, long a1) {
    try {
      return (long) GST_DEBUG_BIN_TO_DOT_DATA.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_STRUCTURE_TO_STRING =
      handle(GST, "gst_structure_to_string", 1);

  static long gst_structure_to_string(long a0) {
    try {
      return (long) GST_STRUCTURE_TO_STRING.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_STRUCTURE_COPY = handle(GST, "gst_structure_copy", 1);

  static long gst_structure_copy(long a0) {
    try {
      return (long) GST_STRUCTURE_COPY.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_STRUCTURE_FREE = handle(GST, "gst_structure_free", 1);

  static void gst_structure_free(long a0) {
    try {
      ignore((long) GST_STRUCTURE_FREE.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_EVENT_NEW_EOS = handle(GST, "gst_event_new_eos", 0);

  static long gst_event_new_eos() {
    try {
      return (long) GST_EVENT_NEW_EOS.invokeExact();
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_QUERY_ADD_ALLOCATION_META =
      handle(GST, "gst_query_add_allocation_meta", 3);

  static void gst_query_add_allocation_meta(long a0, long a1, long a2) {
    try {
      ignore((long) GST_QUERY_ADD_ALLOCATION_META.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_QUERY_ADD_ALLOCATION_PARAM =
      handle(GST, "gst_query_add_allocation_param", 3);

  static void gst_query_add_allocation_param(long a0, long a1, long a2) {
    try {
      ignore((long) GST_QUERY_ADD_ALLOCATION_PARAM.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_NEW_ALLOCATE =
      handle(GST, "gst_buffer_new_allocate", 3);

  static long gst_buffer_new_allocate(long a0, long a1, long a2) {
    try {
      return (long) GST_BUFFER_NEW_ALLOCATE.invokeExact(a0, a1, a2);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_NEW_WRAPPED_FULL =
      handle(GST, "gst_buffer_new_wrapped_full", 7);

  static long gst_buffer_new_wrapped_full(
      int a0, long a1, long a2, long a3, long a4, long a5, long a6) {
    try {
      return (long) GST_BUFFER_NEW_WRAPPED_FULL.invokeExact((long) a0, a1, a2, a3, a4, a5, a6);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_PEEK_MEMORY =
      handle(GST, "gst_buffer_peek_memory", 2);

  static long gst_buffer_peek_memory(long a0, int a1) {
    try {
      return (long) GST_BUFFER_PEEK_MEMORY.invokeExact(a0, (long) a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_GET_SIZE = handle(GST, "gst_buffer_get_size", 1);

  static long gst_buffer_get_size(long a0) {
    try {
      return (long) GST_BUFFER_GET_SIZE.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_SEGMENT_TO_RUNNING_TIME =
      handle(GST, "gst_segment_to_running_time", 3);

  static long gst_segment_to_running_time(long a0, int a1, long a2) {
    try {
      return (long) GST_SEGMENT_TO_RUNNING_TIME.invokeExact(a0, (long) a1, a2);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_SAMPLE_GET_BUFFER = handle(GST, "gst_sample_get_buffer", 1);

  static long gst_sample_get_buffer(long a0) {
    try {
      return (long) GST_SAMPLE_GET_BUFFER.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_SAMPLE_GET_CAPS = handle(GST, "gst_sample_get_caps", 1);

  static long gst_sample_get_caps(long a0) {
    try {
      return (long) GST_SAMPLE_GET_CAPS.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_SAMPLE_GET_SEGMENT =
      handle(GST, "gst_sample_get_segment", 1);

  static long gst_sample_get_segment(long a0) {
    try {
      return (long) GST_SAMPLE_GET_SEGMENT.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VALUE_DESERIALIZE = handle(GST, "gst_value_deserialize", 2);

  static int gst_value_deserialize(long a0, long a1) {
    try {
      return (int) (long) GST_VALUE_DESERIALIZE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VALUE_SERIALIZE = handle(GST, "gst_value_serialize", 1);

  static long gst_value_serialize(long a0) {
    try {
      return (long) GST_VALUE_SERIALIZE.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SRC_PUSH_BUFFER =
      handle(APP, "gst_app_src_push_buffer", 2);

  static int gst_app_src_push_buffer(long a0, long a1) {
    try {
      return (int) (long) GST_APP_SRC_PUSH_BUFFER.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SRC_END_OF_STREAM =
      handle(APP, "gst_app_src_end_of_stream", 1);

  static int gst_app_src_end_of_stream(long a0) {
    try {
      return (int) (long) GST_APP_SRC_END_OF_STREAM.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SRC_SET_CAPS = handle(APP, "gst_app_src_set_caps", 2);

  static void gst_app_src_set_caps(long a0, long a1) {
    try {
      ignore((long) GST_APP_SRC_SET_CAPS.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SRC_GET_CURRENT_LEVEL_BYTES =
      handle(APP, "gst_app_src_get_current_level_bytes", 1);

  static long gst_app_src_get_current_level_bytes(long a0) {
    try {
      return (long) GST_APP_SRC_GET_CURRENT_LEVEL_BYTES.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SINK_TRY_PULL_SAMPLE =
      handle(APP, "gst_app_sink_try_pull_sample", 2);

  static long gst_app_sink_try_pull_sample(long a0, long a1) {
    try {
      return (long) GST_APP_SINK_TRY_PULL_SAMPLE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_APP_SINK_IS_EOS = handle(APP, "gst_app_sink_is_eos", 1);

  static int gst_app_sink_is_eos(long a0) {
    try {
      return (int) (long) GST_APP_SINK_IS_EOS.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VIDEO_INFO_FROM_CAPS =
      handle(VIDEO, "gst_video_info_from_caps", 2);

  static int gst_video_info_from_caps(long a0, long a1) {
    try {
      return (int) (long) GST_VIDEO_INFO_FROM_CAPS.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VIDEO_FRAME_MAP = handle(VIDEO, "gst_video_frame_map", 4);

  static int gst_video_frame_map(long a0, long a1, long a2, int a3) {
    try {
      return (int) (long) GST_VIDEO_FRAME_MAP.invokeExact(a0, a1, a2, (long) a3);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VIDEO_FRAME_UNMAP =
      handle(VIDEO, "gst_video_frame_unmap", 1);

  static void gst_video_frame_unmap(long a0) {
    try {
      ignore((long) GST_VIDEO_FRAME_UNMAP.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VIDEO_META_API_GET_TYPE =
      handle(VIDEO, "gst_video_meta_api_get_type", 0);

  static long gst_video_meta_api_get_type() {
    try {
      return (long) GST_VIDEO_META_API_GET_TYPE.invokeExact();
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_BUFFER_ADD_VIDEO_META_FULL =
      handle(VIDEO, "gst_buffer_add_video_meta_full", 8);

  static long gst_buffer_add_video_meta_full(
      long a0, int a1, int a2, int a3, int a4, int a5, long a6, long a7) {
    try {
      return (long)
          GST_BUFFER_ADD_VIDEO_META_FULL.invokeExact(
              a0, (long) a1, (long) a2, (long) a3, (long) a4, (long) a5, a6, a7);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_VIDEO_EVENT_NEW_UPSTREAM_FORCE_KEY_UNIT =
      handle(VIDEO, "gst_video_event_new_upstream_force_key_unit", 3);

  static long gst_video_event_new_upstream_force_key_unit(long a0, int a1, int a2) {
    try {
      return (long)
          GST_VIDEO_EVENT_NEW_UPSTREAM_FORCE_KEY_UNIT.invokeExact(a0, (long) a1, (long) a2);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_OBJECT_CLASS_FIND_PROPERTY =
      handle(GOBJECT, "g_object_class_find_property", 2);

  static long g_object_class_find_property(long a0, long a1) {
    try {
      return (long) G_OBJECT_CLASS_FIND_PROPERTY.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_OBJECT_SET_PROPERTY =
      handle(GOBJECT, "g_object_set_property", 3);

  static void g_object_set_property(long a0, long a1, long a2) {
    try {
      ignore((long) G_OBJECT_SET_PROPERTY.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_OBJECT_GET_PROPERTY =
      handle(GOBJECT, "g_object_get_property", 3);

  static void g_object_get_property(long a0, long a1, long a2) {
    try {
      ignore((long) G_OBJECT_GET_PROPERTY.invokeExact(a0, a1, a2));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_PARAM_VALUE_VALIDATE =
      handle(GOBJECT, "g_param_value_validate", 2);

  static int g_param_value_validate(long a0, long a1) {
    try {
      return (int) (long) G_PARAM_VALUE_VALIDATE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_TYPE_CHECK_INSTANCE_IS_A =
      handle(GOBJECT, "g_type_check_instance_is_a", 2);

  static int g_type_check_instance_is_a(long a0, long a1) {
    try {
      return (int) (long) G_TYPE_CHECK_INSTANCE_IS_A.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_TYPE_FUNDAMENTAL = handle(GOBJECT, "g_type_fundamental", 1);

  static long g_type_fundamental(long a0) {
    try {
      return (long) G_TYPE_FUNDAMENTAL.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_TYPE_NAME = handle(GOBJECT, "g_type_name", 1);

  static long g_type_name(long a0) {
    try {
      return (long) G_TYPE_NAME.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_INIT = handle(GOBJECT, "g_value_init", 2);

  static long g_value_init(long a0, long a1) {
    try {
      return (long) G_VALUE_INIT.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_UNSET = handle(GOBJECT, "g_value_unset", 1);

  static void g_value_unset(long a0) {
    try {
      ignore((long) G_VALUE_UNSET.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_BOOLEAN = handle(GOBJECT, "g_value_set_boolean", 2);

  static void g_value_set_boolean(long a0, int a1) {
    try {
      ignore((long) G_VALUE_SET_BOOLEAN.invokeExact(a0, (long) a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_INT = handle(GOBJECT, "g_value_set_int", 2);

  static void g_value_set_int(long a0, int a1) {
    try {
      ignore((long) G_VALUE_SET_INT.invokeExact(a0, (long) a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_UINT = handle(GOBJECT, "g_value_set_uint", 2);

  static void g_value_set_uint(long a0, int a1) {
    try {
      ignore((long) G_VALUE_SET_UINT.invokeExact(a0, (long) a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_INT64 = handle(GOBJECT, "g_value_set_int64", 2);

  static void g_value_set_int64(long a0, long a1) {
    try {
      ignore((long) G_VALUE_SET_INT64.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_UINT64 = handle(GOBJECT, "g_value_set_uint64", 2);

  static void g_value_set_uint64(long a0, long a1) {
    try {
      ignore((long) G_VALUE_SET_UINT64.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_DOUBLE =
      link(GOBJECT, "g_value_set_double", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_DOUBLE));

  static void g_value_set_double(long a0, double a1) {
    try {
      G_VALUE_SET_DOUBLE.invokeExact(a0, a1);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_SET_STRING = handle(GOBJECT, "g_value_set_string", 2);

  static void g_value_set_string(long a0, long a1) {
    try {
      ignore((long) G_VALUE_SET_STRING.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_BOOLEAN = handle(GOBJECT, "g_value_get_boolean", 1);

  static int g_value_get_boolean(long a0) {
    try {
      return (int) (long) G_VALUE_GET_BOOLEAN.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_INT = handle(GOBJECT, "g_value_get_int", 1);

  static int g_value_get_int(long a0) {
    try {
      return (int) (long) G_VALUE_GET_INT.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_UINT = handle(GOBJECT, "g_value_get_uint", 1);

  static int g_value_get_uint(long a0) {
    try {
      return (int) (long) G_VALUE_GET_UINT.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_INT64 = handle(GOBJECT, "g_value_get_int64", 1);

  static long g_value_get_int64(long a0) {
    try {
      return (long) G_VALUE_GET_INT64.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_UINT64 = handle(GOBJECT, "g_value_get_uint64", 1);

  static long g_value_get_uint64(long a0) {
    try {
      return (long) G_VALUE_GET_UINT64.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_DOUBLE =
      link(GOBJECT, "g_value_get_double", FunctionDescriptor.of(JAVA_DOUBLE, JAVA_LONG));

  static double g_value_get_double(long a0) {
    try {
      return (double) G_VALUE_GET_DOUBLE.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_STRING = handle(GOBJECT, "g_value_get_string", 1);

  static long g_value_get_string(long a0) {
    try {
      return (long) G_VALUE_GET_STRING.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_BOXED = handle(GOBJECT, "g_value_get_boxed", 1);

  static long g_value_get_boxed(long a0) {
    try {
      return (long) G_VALUE_GET_BOXED.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_OBJECT = handle(GOBJECT, "g_value_get_object", 1);

  static long g_value_get_object(long a0) {
    try {
      return (long) G_VALUE_GET_OBJECT.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_VALUE_GET_ENUM = handle(GOBJECT, "g_value_get_enum", 1);

  static int g_value_get_enum(long a0) {
    try {
      return (int) (long) G_VALUE_GET_ENUM.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_SIGNAL_CONNECT_DATA =
      handle(GOBJECT, "g_signal_connect_data", 6);

  static long g_signal_connect_data(long a0, long a1, long a2, long a3, long a4, int a5) {
    try {
      return (long) G_SIGNAL_CONNECT_DATA.invokeExact(a0, a1, a2, a3, a4, (long) a5);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_SIGNAL_HANDLER_DISCONNECT =
      handle(GOBJECT, "g_signal_handler_disconnect", 2);

  static void g_signal_handler_disconnect(long a0, long a1) {
    try {
      ignore((long) G_SIGNAL_HANDLER_DISCONNECT.invokeExact(a0, a1));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_OBJECT_UNREF = handle(GOBJECT, "g_object_unref", 1);

  static void g_object_unref(long a0) {
    try {
      ignore((long) G_OBJECT_UNREF.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_OBJECT_REF = handle(GOBJECT, "g_object_ref", 1);

  static long g_object_ref(long a0) {
    try {
      return (long) G_OBJECT_REF.invokeExact(a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_FREE = handle(GLIB, "g_free", 1);

  static void g_free(long a0) {
    try {
      ignore((long) G_FREE.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_ERROR_FREE = handle(GLIB, "g_error_free", 1);

  static void g_error_free(long a0) {
    try {
      ignore((long) G_ERROR_FREE.invokeExact(a0));
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle G_QUARK_TO_STRING = handle(GLIB, "g_quark_to_string", 1);

  static long g_quark_to_string(int a0) {
    try {
      return (long) G_QUARK_TO_STRING.invokeExact((long) a0);
    } catch (Throwable t) {
      throw thrown(t);
    }
  }

  private static final MethodHandle GST_DEINIT = handle(GST, "gst_deinit", 0);

  /** Only for leak tests: the leaks tracer reports when it runs. */
  static void gst_deinit() {
    try {
      ignore((long) GST_DEINIT.invokeExact());
    } catch (Throwable t) {
      throw thrown(t);
    }
  }
}
