package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One socket of libsrt in live mode, to send by. One thread makes, uses and closes it, for libsrt
 * keeps the reason of a failure by thread.
 *
 * <p>libsrt is called directly and not through {@code srtsink}, which says neither who is connected
 * nor why a connection failed.
 */
public final class SrtSocket implements AutoCloseable {
  /** The most bytes of one {@link #send}: seven packets of a transport stream. */
  public static final int PAYLOAD = 1316;

  // enum SRT_SOCKOPT of srt.h, the same since 1.3.
  private static final int SNDSYN = 1;
  private static final int RCVSYN = 2;
  private static final int LATENCY = 23;
  private static final int PASSPHRASE = 26;
  private static final int CONNTIMEO = 36;
  private static final int STREAMID = 46;
  private static final int IPV6ONLY = 54;

  private static final int INVALID = -1;

  /** SRT_EASYNCSND: there is no room to send. */
  private static final int NO_ROOM = 6001;

  /** LOG_CRIT: what fails is told by the calls that fail. */
  private static final long LOG_LEVEL = 2;

  private static final int WAITING = 10;
  private static final int INET = 2;
  private static final int INET6 = 10;

  /**
   * What both sides agree on.
   *
   * @param latencyMillis for which SRT sends again what was lost
   * @param passphrase 10 to 79 characters; null: nothing is encrypted
   * @param streamId what a caller says it brings, or null
   * @param connectMillis how long {@link #call} waits
   */
  public record Options(
      int latencyMillis,
      @Nullable String passphrase,
      @Nullable String streamId,
      int connectMillis) {
    @Override
    public String toString() {
      return "Options[latencyMillis=" + latencyMillis + "]";
    }
  }

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment payload = arena.allocate(PAYLOAD);
  private final int socket;
  private boolean closed;

  private SrtSocket(int socket) {
    this.socket = socket;
  }

  /**
   * Connects to a listener; waits for that.
   *
   * @throws IOException with SRT's reason where nobody answers, or refuses
   */
  public static SrtSocket call(InetAddress host, int port, Options options) throws IOException {
    SrtSocket made = make(options, true);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment address = address(scratch, host, port);
      if (invoke(Native.get().connect, made.socket, address.address(), address.byteSize()) != 0) {
        String why = failure();
        int rejected = invoke(Native.get().rejectReason, made.socket);
        throw new IOException(rejected > 0 ? why + ": " + rejectReason(rejected) : why);
      }
      made.set(SNDSYN, 0);
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /**
   * Waits for callers, who are taken by {@link #accept}.
   *
   * @throws IOException where the address is not free
   */
  public static SrtSocket listen(InetAddress host, int port, Options options) throws IOException {
    SrtSocket made = make(options, false);
    try (Arena scratch = Arena.ofConfined()) {
      if (!(host instanceof Inet4Address)) {
        made.set(IPV6ONLY, 0); // without a word libsrt binds no wildcard
      }
      MemorySegment address = address(scratch, host, port);
      if (invoke(Native.get().bind, made.socket, address.address(), address.byteSize()) != 0
          || invoke(Native.get().listen, made.socket, WAITING) != 0) {
        throw new IOException(failure());
      }
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  private static SrtSocket make(Options options, boolean waits) throws IOException {
    int socket = invoke(Native.get().create);
    if (socket == INVALID) {
      throw new IOException(failure());
    }
    SrtSocket made = new SrtSocket(socket);
    try {
      made.set(RCVSYN, waits ? 1 : 0);
      made.set(SNDSYN, 0);
      made.set(LATENCY, options.latencyMillis);
      made.set(CONNTIMEO, options.connectMillis);
      if (options.passphrase != null) {
        made.set(PASSPHRASE, options.passphrase);
      }
      if (options.streamId != null) {
        made.set(STREAMID, options.streamId);
      }
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** The next who has called, or null where nobody has. The caller closes it. */
  public @Nullable SrtSocket accept() {
    int accepted = invoke(Native.get().accept, socket, 0, 0);
    return accepted == INVALID ? null : new SrtSocket(accepted);
  }

  /**
   * Sends one message, without waiting.
   *
   * @return false where there is no room: the other side takes nothing
   * @throws IOException where the connection is broken
   */
  public boolean send(byte[] data) throws IOException {
    MemorySegment.copy(data, 0, payload, JAVA_BYTE, 0, data.length);
    if (invoke(Native.get().send, socket, payload.address(), data.length) == data.length) {
      return true;
    }
    if (invoke(Native.get().lastError, 0) == NO_ROOM) {
      return false;
    }
    throw new IOException(failure());
  }

  /** Says goodbye to the other side. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      var _ = invoke(Native.get().close, socket);
      arena.close();
    }
  }

  private void set(int option, int value) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      set(option, scratch.allocateFrom(JAVA_INT, value));
    }
  }

  private void set(int option, String value) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      set(option, scratch.allocateFrom(JAVA_BYTE, value.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private void set(int option, MemorySegment value) throws IOException {
    if (invoke(Native.get().setFlag, socket, option, value.address(), value.byteSize()) != 0) {
      throw new IOException(failure());
    }
  }

  /** A sockaddr_in or sockaddr_in6. */
  private static MemorySegment address(Arena arena, InetAddress host, int port) {
    byte[] bytes = host.getAddress();
    boolean four = host instanceof Inet4Address;
    MemorySegment address = arena.allocate(four ? 16 : 28, 4);
    address.set(JAVA_SHORT, 0, (short) (four ? INET : INET6));
    address.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
    MemorySegment.copy(bytes, 0, address, JAVA_BYTE, four ? 4 : 8, bytes.length);
    return address;
  }

  private static String failure() {
    return String.valueOf(Mem.string(pointer(Native.get().lastErrorText)));
  }

  private static String rejectReason(int reason) {
    return String.valueOf(Mem.string(pointer(Native.get().rejectText, reason)));
  }

  private static int invoke(MethodHandle function, long... arguments) {
    return (int) pointer(function, arguments);
  }

  private static long pointer(MethodHandle function, long... arguments) {
    try {
      return switch (arguments.length) {
        case 0 -> (long) function.invokeExact();
        case 1 -> (long) function.invokeExact(arguments[0]);
        case 2 -> (long) function.invokeExact(arguments[0], arguments[1]);
        case 3 -> (long) function.invokeExact(arguments[0], arguments[1], arguments[2]);
        default ->
            (long) function.invokeExact(arguments[0], arguments[1], arguments[2], arguments[3]);
      };
    } catch (Throwable t) {
      throw C.thrown(t);
    }
  }

  /** Loaded by the first socket; most calls have none. */
  private record Native(
      MethodHandle create,
      MethodHandle setFlag,
      MethodHandle connect,
      MethodHandle bind,
      MethodHandle listen,
      MethodHandle accept,
      MethodHandle send,
      MethodHandle close,
      MethodHandle lastError,
      MethodHandle lastErrorText,
      MethodHandle rejectReason,
      MethodHandle rejectText) {
    private static @Nullable Native loaded;

    static synchronized Native get() {
      Native known = loaded;
      if (known != null) {
        return known;
      }
      SymbolLookup library = C.library("libsrt-gnutls.so.1.5");
      Native made =
          new Native(
              C.handle(library, "srt_create_socket", 0),
              C.handle(library, "srt_setsockflag", 4),
              C.handle(library, "srt_connect", 3),
              C.handle(library, "srt_bind", 3),
              C.handle(library, "srt_listen", 2),
              C.handle(library, "srt_accept", 3),
              C.handle(library, "srt_send", 3),
              C.handle(library, "srt_close", 1),
              C.handle(library, "srt_getlasterror", 1),
              C.handle(library, "srt_getlasterror_str", 0),
              C.handle(library, "srt_getrejectreason", 1),
              C.handle(library, "srt_rejectreason_str", 1));
      var _ = invoke(C.handle(library, "srt_startup", 0));
      var _ = invoke(C.handle(library, "srt_setloglevel", 1), LOG_LEVEL);
      loaded = made;
      return made;
    }
  }
}
