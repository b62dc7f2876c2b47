package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline, on the monotonic system clock. Owned by one thread, which closes it; threads that
 * pull from its sinks must have ended before. Closing stops it at once.
 */
public final class Pipeline extends Element {
  /**
   * Media types, caps and states. Not what is set on elements: locations and keys are among that.
   */
  private static final long DOT_DETAILS = 1 | 2 | 8;

  /** All that are open, with what they are called. Held while one is drawn, and while it closes. */
  private static final Map<Pipeline, String> OPEN = new LinkedHashMap<>(); // guarded by itself

  private static long made; // guarded by OPEN

  private final long bus;

  private Pipeline(long handle) {
    super(handle);
    this.bus = C.gst_element_get_bus(handle);
    synchronized (OPEN) {
      OPEN.put(this, "%03d-%s".formatted(++made, Thread.currentThread().getName()));
    }
  }

  /**
   * The graph of every open pipeline of this process, in the language of Graphviz, by a name that
   * tells the order and the thread of its making. Nothing in it is a secret. Any thread.
   */
  public static Map<String, String> graphs() {
    Map<String, String> graphs = new LinkedHashMap<>();
    synchronized (OPEN) {
      OPEN.forEach((pipeline, name) ->
          graphs.put(
              name,
              String.valueOf(
                  Mem.takeString(C.gst_debug_bin_to_dot_data(pipeline.handle(), DOT_DETAILS)))));
    }
    return graphs;
  }

  /** An empty pipeline. */
  public static Pipeline create() {
    Gst.init();
    long pipeline = C.gst_pipeline_new(0);
    C.gst_object_ref_sink(pipeline);
    return new Pipeline(pipeline);
  }

  /**
   * Makes a pipeline of two elements or more from gst-launch syntax.
   *
   * @throws GstException when an element, a property or a link in it does not exist; of an element
   *     it says which package holds it
   */
  public static Pipeline parse(String description) {
    Gst.init();
    try (Arena arena = Arena.ofConfined()) {
      long error = Mem.zeroed(arena, 8);
      long element = C.gst_parse_launch(Mem.cString(arena, description), error);
      long reason = Mem.getLong(error);
      if (element == 0 || reason != 0) {
        if (element != 0) {
          C.gst_object_ref_sink(element);
          C.gst_object_unref(element);
        }
        String words = Gst.takeError(reason);
        String missing = Plugins.missingIn(description);
        throw new GstException(missing.isEmpty() ? words + " in: " + description : missing);
      }
      C.gst_object_ref_sink(element);
      return new Pipeline(element);
    }
  }

  /** The element with that name in the description. The caller closes it. */
  public Element element(String name) {
    return new Element(find(name));
  }

  /** The appsrc with that name in the description. The caller closes it. */
  public AppSrc appSrc(String name) {
    return new AppSrc(find(name));
  }

  /** The appsink with that name in the description. The caller closes it. */
  public AppSink appSink(String name) {
    return new AppSink(find(name));
  }

  public void add(Element element) {
    if (C.gst_bin_add(handle(), element.handle()) == 0) {
      throw new GstException(element + " can't be added");
    }
  }

  /** Takes an element out; it must have been stopped. */
  public void remove(Element element) {
    C.gst_bin_remove(handle(), element.handle());
  }

  /**
   * Starts.
   *
   * @throws GstException with the reason from the bus when an element refuses
   */
  public void play() {
    if (C.gst_element_set_state(handle(), Layout.STATE_PLAYING) == 0) {
      BusMessage message = poll(0);
      String reason =
          message instanceof BusMessage.Failure failure
              ? failure.message() + " " + failure.details()
              : "no reason given";
      throw new GstException("pipeline does not start: " + reason);
    }
  }

  /** Stops and drops everything inside, at once. */
  public void halt() {
    C.gst_element_set_state(handle(), Layout.STATE_NULL);
  }

  /** The next message, waiting up to {@code timeout} ns; null when none came. */
  public @Nullable BusMessage poll(long timeout) {
    int types =
        Layout.MESSAGE_EOS | Layout.MESSAGE_ERROR | Layout.MESSAGE_WARNING | Layout.MESSAGE_ELEMENT;
    long message = C.gst_bus_timed_pop_filtered(bus, timeout, types);
    if (message == 0) {
      return null;
    }
    try {
      return read(message);
    } finally {
      C.gst_mini_object_unref(message);
    }
  }

  /** Why an element of it has failed, as its bus tells since the last look; null for none. */
  public @Nullable String failure() {
    BusMessage message = poll(0);
    while (message != null) {
      if (message instanceof BusMessage.Failure failure) {
        return failure.message();
      }
      message = poll(0);
    }
    return null;
  }

  /** Stops, then gives everything back. */
  @Override
  public void close() {
    if (isOpen()) {
      synchronized (OPEN) {
        OPEN.remove(this);
      }
      halt();
      C.gst_object_unref(bus);
      super.close();
    }
  }

  private static BusMessage read(long message) {
    long source = Mem.getLong(message + Layout.MESSAGE_SRC);
    String path =
        source == 0 ? "" : String.valueOf(Mem.takeString(C.gst_object_get_path_string(source)));
    int type = Mem.getInt(message + Layout.MESSAGE_TYPE);
    if (type == Layout.MESSAGE_EOS) {
      return new BusMessage.EndOfStream();
    }
    if (type == Layout.MESSAGE_ELEMENT) {
      long structure = C.gst_message_get_structure(message);
      String text =
          structure == 0
              ? ""
              : String.valueOf(Mem.takeString(C.gst_structure_to_string(structure)));
      return new BusMessage.ElementMessage(path, text);
    }
    try (Arena arena = Arena.ofConfined()) {
      long error = Mem.zeroed(arena, 8);
      long debug = Mem.zeroed(arena, 8);
      boolean fatal = type == Layout.MESSAGE_ERROR;
      if (fatal) {
        C.gst_message_parse_error(message, error, debug);
      } else {
        C.gst_message_parse_warning(message, error, debug);
      }
      String details = Objects.requireNonNullElse(Mem.takeString(Mem.getLong(debug)), "");
      String text = Gst.takeError(Mem.getLong(error));
      return fatal
          ? new BusMessage.Failure(path, source, text, details)
          : new BusMessage.Warning(path, text, details);
    }
  }

  private long find(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long element = C.gst_bin_get_by_name(handle(), Mem.cString(arena, name));
      if (element == 0) {
        throw new GstException("no element named " + name);
      }
      return element;
    }
  }
}
