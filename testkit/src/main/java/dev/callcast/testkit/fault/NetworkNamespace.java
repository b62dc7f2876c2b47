package dev.callcast.testkit.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A network of a test's own: a namespace with a pair of virtual Ethernet devices, for programs that
 * skip loopback (Janus, ICE). What runs inside has one address, this side another. Whoever made it
 * closes it, which ends what still runs inside.
 */
public final class NetworkNamespace implements AutoCloseable {
  private final String name;
  private final String outside;
  private final String inside;

  private NetworkNamespace(String name, String outside, String inside) {
    this.name = name;
    this.outside = outside;
    this.inside = inside;
  }

  /**
   * Makes one.
   *
   * @throws IOException when this machine does not allow it: it takes root and {@code ip}
   */
  public static NetworkNamespace create() throws IOException, InterruptedException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String id = "%06x".formatted(random.nextInt(1 << 24));
    String subnet = "10.201." + random.nextInt(256) + "." + 4 * random.nextInt(64);
    String prefix = subnet.substring(0, subnet.lastIndexOf('.') + 1);
    int last = Integer.parseInt(subnet.substring(prefix.length()));
    NetworkNamespace made =
        new NetworkNamespace("callcast-" + id, prefix + (last + 1), prefix + (last + 2));
    String near = "cc" + id + "o";
    String far = "cc" + id + "i";
    ip("netns add " + made.name);
    try {
      ip("link add " + near + " type veth peer name " + far + " netns " + made.name);
      ip("addr add " + made.outside + "/30 dev " + near);
      ip("link set " + near + " up");
      ip("-n " + made.name + " addr add " + made.inside + "/30 dev " + far);
      ip("-n " + made.name + " link set " + far + " up");
      ip("-n " + made.name + " link set lo up");
      // Without a way out ICE finds no address of its own.
      ip("-n " + made.name + " route add default via " + made.outside);
    } catch (IOException e) {
      made.close();
      throw e;
    }
    return made;
  }

  private static String ip(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("ip " + arguments + ": " + said.strip());
    }
    return said;
  }

  /** The address of this side. */
  public String outside() {
    return outside;
  }

  /** The address of what runs inside. */
  public String inside() {
    return inside;
  }

  /** A command that runs another one inside, as the same process. */
  public List<String> command(List<String> command) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
    words.addAll(command);
    return words;
  }

  @Override
  public void close() throws IOException {
    try {
      for (String pid : ip("netns pids " + name).lines().toList()) {
        Optional<ProcessHandle> left = ProcessHandle.of(Long.parseLong(pid.strip()));
        if (left.isPresent()) {
          left.get().destroyForcibly();
          left.get().onExit().get(5, TimeUnit.SECONDS);
        }
      }
      ip("netns del " + name);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("a process does not leave the network " + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
