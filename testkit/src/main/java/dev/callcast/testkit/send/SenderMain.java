package dev.callcast.testkit.send;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.clip.ClipLibrary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;

/**
 * The sender process: {@link SenderCommand}s come as JSON lines on the standard input, {@link
 * SenderReply}s leave on the standard output. It ends when its input does, so it never outlives the
 * process that started it. The only argument is the clips' directory.
 */
public final class SenderMain {
  private SenderMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    ClipLibrary library = new ClipLibrary(Path.of(arguments[0]));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    SendLoop loop =
        new SendLoop(
            library,
            reply -> {
              out.println(ProtocolJson.MAPPER.writeValueAsString(reply));
              out.flush();
            });
    Thread thread = new Thread(loop, "send");
    thread.setUncaughtExceptionHandler((failed, cause) -> {
      cause.printStackTrace();
      Runtime.getRuntime().halt(1);
    });
    thread.start();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = in.readLine();
    while (line != null) {
      try {
        loop.post(ProtocolJson.MAPPER.readValue(line, SenderCommand.class));
      } catch (JacksonException e) {
        System.err.println("not a command: " + e.getOriginalMessage());
      }
      line = in.readLine();
    }
    loop.post(new SenderCommand.Quit(0));
    thread.join();
  }
}
