package dev.callcast.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code callcast debug CALL}: fetches from a node all that helps to find a fault of a call. */
@Command(
    name = "debug",
    description = "Collects state, events, graphs, threads and logs of a call, without secrets.")
final class DebugSubcommand implements Callable<Integer> {
  @Parameters(paramLabel = "CALL", description = "The call's id.")
  private String call = "";

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:7880",
      description = "The node. Default: ${DEFAULT-VALUE}")
  private String url = "";

  @Option(names = "--output", paramLabel = "FILE", description = "Default: callcast-debug-CALL.zip")
  private @Nullable Path output;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!call.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IOException("a call's id has 1 to 64 letters, digits and '._-'");
    }
    Path file = output == null ? Path.of("callcast-debug-" + call + ".zip") : output;
    // Not an option: the command line can be read by everyone on the machine.
    try (ApiClient api = new ApiClient(url.replaceFirst("/$", ""), System.getenv("CALLCAST_KEY"))) {
      api.save("/v1/calls/" + call + "/debug", file);
    } catch (java.net.ConnectException e) {
      throw new IOException("no node answers at " + url + "; --url says where it is", e);
    }
    System.out.println(file);
    return 0;
  }
}
