package dev.callcast.media.script;

import dev.callcast.protocol.ProtocolJson;
import io.roastedroot.quickjs4j.core.Builtins;
import io.roastedroot.quickjs4j.core.Engine;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.ByteArrayMemory;
import run.endive.wasm.types.MemoryLimits;
import tools.jackson.databind.JsonNode;

/**
 * QuickJS in WebAssembly in the JVM. Whatever a script does, it does within an array of bytes that
 * cannot grow beyond {@link #PAGES}; it is interrupted at loops and calls. It runs on a thread of
 * its own, and whoever calls looks at its time: that of its CPU, for on a busy machine the wall's
 * says nothing about the script.
 *
 * <p>To load it costs about 0.9 s of CPU and 60 MB the first time, 50 ms and 4 MB another time; a
 * call with nine participants 2.5 ms, the first one 0.12 s. Its interpreter's loop is beyond what
 * HotSpot compiles (8000 bytes of bytecode), and much slower where it is made to.
 */
final class QuickJs implements Sandbox {
  /** Of 64 KiB: 8 MiB, of which QuickJS itself takes 1. */
  private static final int PAGES = 128;

  private static final Duration LOAD_CPU = Duration.ofSeconds(5);
  private static final Duration FIRST_CPU = Duration.ofSeconds(1);
  private static final Duration CALL_CPU = Duration.ofMillis(250);

  /** Of the wall for each second of CPU: a machine that gives less is not to be asked again. */
  private static final int WALL_FACTOR = 20;

  private static final long LOOK_MILLIS = 10;
  private static final int STACK_BYTES = 8 << 20;
  private static final int MOST_LOGGED = 4096;
  private static final int MOST_ANSWERED = 512 << 10;

  /** What the engine calls every source. */
  private static final Pattern PLACE = Pattern.compile("function\\.mjs:(\\d+):\\d+");

  /** How the engine tells what was thrown outside of a call. */
  private static final Pattern THROWN =
      Pattern.compile("value: (?:Error: )?(.*?)(?:\n\\s+at |\n\n|\nnote: )", Pattern.DOTALL);

  /**
   * Before the module: takes hold of what the bridge needs, and takes away what would make two
   * calls with the same arguments differ.
   */
  private static final String BEFORE =
      """
      (() => {
        const { parse, stringify } = JSON;
        const { input, output } = host;
        let layout;
        Object.defineProperty(globalThis, "__callcast", { value: Object.freeze({
          module(exported) {
            if (layout !== undefined) return;
            layout = exported.layout;
            output(stringify({ kind: typeof layout, rate: exported.rate, assets: exported.assets }));
          },
          call() {
            let value, answer;
            try { value = layout(...parse(input())); }
            catch (error) {
              const known = error !== null && typeof error === "object";
              output(stringify({
                error: known ? `${error.name ?? "Error"}: ${error.message}` : String(error),
                stack: known ? String(error.stack) : "" }));
              return;
            }
            try { answer = stringify({ value }); }
            catch (error) { answer = stringify({ error: "what layout() returned is no JSON: " + error.message }); }
            output(answer);
          },
        }) });
        const none = (name) => () => {
          const error = new Error(name + " is not there: a layout depends on its arguments alone");
          error.stack = error.stack.slice(error.stack.indexOf("\\n") + 1); // the caller's line
          throw error;
        };
        Math.random = none("Math.random");
        globalThis.Date = new Proxy(function () {}, {
          apply: none("Date"), construct: none("Date"), get: none("Date") });
        delete globalThis.Javy;
      })();
      """;

  /** After the module, in its scope. */
  private static final String AFTER =
      """

      ;__callcast.module({
        layout: typeof layout === "undefined" ? undefined : layout,
        rate: typeof rate === "undefined" ? undefined : rate,
        assets: typeof assets === "undefined" ? undefined : assets });
      """;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final String source;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(null, task, "script", STACK_BYTES);
        thread.setDaemon(true);
        return thread;
      });
  private final ByteArrayOutputStream console = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final long thread;
  private final Engine engine;
  private final int caller;
  private final String exports;
  private volatile String input = "";
  private volatile @Nullable String output;
  private boolean called;

  /** What is left when the module is loaded. */
  private record Loaded(Engine engine, int caller) {}

  /**
   * Loads a module.
   *
   * @throws ScriptException if it is none, does not end, or exports no function {@code layout}
   */
  QuickJs(String source) throws ScriptException {
    this.source = source;
    try {
      thread = ask(() -> Thread.currentThread().threadId());
      Loaded loaded = within(LOAD_CPU, this::load);
      engine = loaded.engine;
      caller = loaded.caller;
      JsonNode known = answer();
      if (!known.path("kind").asString("").equals("function")) {
        throw new ScriptException("it exports no function of the name layout", 0);
      }
      exports = known.toString();
    } catch (ScriptException | RuntimeException | Error e) {
      executor.shutdownNow();
      throw e;
    }
  }

  private Loaded load() {
    Engine made =
        Engine.builder()
            .addBuiltins(
                Builtins.builder("host")
                    .addVoidToString("input", () -> input)
                    .addStringToVoid("output", this::take)
                    .build())
            .withStdout(console)
            .withStderr(errors)
            .withMemoryFactory(
                limits -> new ByteArrayMemory(new MemoryLimits(limits.initialPages(), PAGES)))
            .build();
    made.exec(made.compile(BEFORE));
    made.exec(made.compileRaw((source + AFTER).getBytes(StandardCharsets.UTF_8)));
    return new Loaded(made, made.compileRaw("__callcast.call();".getBytes(StandardCharsets.UTF_8)));
  }

  private void take(String json) {
    output = json.length() > MOST_ANSWERED ? "{\"error\":\"layout() returned too much\"}" : json;
  }

  @Override
  public String exports() {
    return exports;
  }

  @Override
  public synchronized String call(String arguments) throws ScriptException {
    input = arguments;
    output = null;
    Duration most = called ? CALL_CPU : FIRST_CPU;
    called = true;
    within(
        most,
        () -> {
          engine.exec(caller);
          return true;
        });
    JsonNode answer = answer();
    JsonNode error = answer.get("error");
    if (error != null) {
      throw new ScriptException(error.asString(), line(answer.path("stack").asString("")));
    }
    JsonNode value = answer.get("value");
    return value == null ? "" : value.toString();
  }

  private JsonNode answer() throws ScriptException {
    String json = output;
    if (json == null) {
      throw new ScriptException("it did not answer", 0, true);
    }
    return ProtocolJson.MAPPER.readTree(json);
  }

  /** The place where it was thrown; the last one of a stack is the bridge's. */
  private int line(String stack) {
    Matcher places = PLACE.matcher(stack);
    if (!places.find()) {
      return 0;
    }
    int first = Integer.parseInt(places.group(1));
    return places.find() && first <= lines() ? first : 0;
  }

  private long lines() {
    return source.lines().count();
  }

  @Override
  public synchronized String log() {
    String text = console.toString(StandardCharsets.UTF_8);
    console.reset();
    return text.length() > MOST_LOGGED ? text.substring(0, MOST_LOGGED) : text;
  }

  /** Lets the script's thread work for so long, and no longer. */
  private <T> T within(Duration cpu, Callable<T> work) throws ScriptException {
    long before = THREADS.getThreadCpuTime(thread);
    long deadline = System.nanoTime() + cpu.toNanos() * WALL_FACTOR;
    Future<T> result = executor.submit(work);
    while (true) {
      try {
        return result.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException goesOn) {
        if (THREADS.getThreadCpuTime(thread) - before > cpu.toNanos()
            || System.nanoTime() > deadline) {
          executor.shutdownNow(); // interrupts it: the engine is of no use after that
          throw new ScriptException(
              "it took longer than " + cpu.toMillis() + " ms and was ended", 0, true);
        }
      } catch (ExecutionException e) {
        executor.shutdownNow();
        throw failed(e.getCause() == null ? e : e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        executor.shutdownNow();
        throw new ScriptException("interrupted", 0, true);
      }
    }
  }

  private <T> T ask(Callable<T> work) {
    try {
      return executor.submit(work).get();
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the engine threw, in its author's words. */
  private ScriptException failed(Throwable thrown) {
    if (thrown instanceof StackOverflowError
        || String.valueOf(thrown.getMessage()).contains("call stack exhausted")) {
      return new ScriptException("it calls itself without end", 0, true);
    }
    String told = errors.toString(StandardCharsets.UTF_8) + "\n\n";
    Matcher message = THROWN.matcher(told);
    if (!message.find()) {
      return new ScriptException("the sandbox failed: " + thrown.getMessage(), 0, true);
    }
    Matcher place = PLACE.matcher(told);
    int line = place.find() ? Integer.parseInt(place.group(1)) : 0;
    return new ScriptException(message.group(1).strip(), line <= lines() ? line : 0, true);
  }

  @Override
  public void close() {
    // The engine holds nothing but memory of the heap.
    executor.shutdownNow();
  }
}
