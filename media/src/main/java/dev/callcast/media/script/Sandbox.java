package dev.callcast.media.script;

/**
 * One module of a stranger's JavaScript, which can do nothing but compute: no files, no network, no
 * clock, no chance; a bounded memory and a bounded time. Safe for any thread, one call at a time;
 * whoever makes it closes it.
 */
interface Sandbox extends AutoCloseable {
  /** What the module exports beside its function, as JSON: {@code rate} and {@code assets}. */
  String exports();

  /**
   * Calls the module's function.
   *
   * @param arguments a JSON array
   * @return what it returned, as JSON; empty for undefined
   * @throws ScriptException if it threw, or took too long: then the sandbox cannot be used again
   */
  String call(String arguments) throws ScriptException;

  /** What was written to the console since this was asked last, at most 4096 characters. */
  String log();

  @Override
  void close();
}
