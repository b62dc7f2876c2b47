package dev.callcast.media.worker.control;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;

/**
 * The directory of one worker process, {@code ROOT/call-CALL/EPOCH}: all that the node needs to
 * find the worker again, and what a dead worker leaves behind. Readable by its owner only, and
 * without secrets. The node makes and removes it; the worker has it as its working directory, so
 * that a crash's {@code hs_err} file lands here.
 *
 * <ul>
 *   <li>{@code control.sock} the Unix socket on which the worker listens
 *   <li>{@code worker.pid} who it is, written by the worker before it listens
 *   <li>{@code worker.log} its standard output and error
 *   <li>{@code suspects} see {@link SuspectJournal}
 *   <li>{@code rollovers.json} the newest SRTP rollover counters
 *   <li>{@code events.json} what it could not hand over before it exited
 *   <li>{@code pages/} what the browsers of web pages keep while they run
 *   <li>{@code closing} made by the node: this worker is to finish and not to be replaced
 * </ul>
 */
public record RunDirectory(Path path, String call, long epoch) {
  /** Relative to the worker's working directory: a path in {@code sun_path} has 108 bytes. */
  public static final String SOCKET = "control.sock";

  private static final int MAX_SOCKET_PATH = 100;
  private static final String CALL_PREFIX = "call-";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /** Where the worker of this call and epoch lives; a call's id may be {@code ".."}. */
  public static RunDirectory of(Path root, String call, long epoch) {
    return new RunDirectory(
        root.resolve(CALL_PREFIX + call).resolve(Long.toString(epoch)), call, epoch);
  }

  /** All run directories below the root, in no order. */
  public static List<RunDirectory> list(Path root) throws IOException {
    List<RunDirectory> found = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return found;
    }
    try (var calls = Files.newDirectoryStream(root, CALL_PREFIX + "*")) {
      for (Path call : calls) {
        list(call, found);
      }
    }
    return found;
  }

  private static void list(Path call, List<RunDirectory> found) throws IOException {
    String id = call.getFileName().toString().substring(CALL_PREFIX.length());
    try (var epochs = Files.newDirectoryStream(call, "[0-9]*")) {
      for (Path epoch : epochs) {
        String name = epoch.getFileName().toString();
        if (name.chars().allMatch(Character::isDigit) && name.length() < 19) {
          found.add(new RunDirectory(epoch, id, Long.parseLong(name)));
        }
      }
    } catch (NoSuchFileException e) {
      // Its last worker has just been buried.
    }
  }

  public void create() throws IOException {
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, OWNER_ONLY);
  }

  /**
   * A path by which another process can connect. A long one goes by way of the worker's working
   * directory in {@code /proc}, which is short whatever the data directory is called.
   */
  public Path socketFor(ProcessIdentity worker) {
    Path direct = path.resolve(SOCKET).toAbsolutePath();
    return direct.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH
        ? direct
        : worker.proc().resolve("cwd").resolve(SOCKET);
  }

  public Path log() {
    return path.resolve("worker.log");
  }

  public Path suspects() {
    return path.resolve("suspects");
  }

  /** Says in the directory who its worker is. */
  public void writeWorker(ProcessIdentity worker) throws IOException {
    write("worker.pid", ProtocolJson.MAPPER.writeValueAsBytes(worker));
  }

  /** The worker that last said so, running or not; empty when none got that far. */
  public Optional<ProcessIdentity> readWorker() throws IOException {
    return read("worker.pid", ProcessIdentity.class);
  }

  /** The worker, when it runs and its command line names this call. */
  public Optional<ProcessIdentity> liveWorker() throws IOException {
    return readWorker()
        .filter(ProcessIdentity::isAlive)
        .filter(worker -> worker.commandLine().contains(call));
  }

  public void markClosing() throws IOException {
    write("closing", new byte[0]);
  }

  public boolean isClosing() {
    return Files.exists(path.resolve("closing"));
  }

  void writeRollovers(Collection<WorkerEvent.RolledOver> rollovers) throws IOException {
    write(
        "rollovers.json",
        ProtocolJson.MAPPER.writeValueAsBytes(rollovers.toArray(WorkerEvent.RolledOver[]::new)));
  }

  /** The newest rollover counters that the worker saw; they may not have reached the node. */
  public List<WorkerEvent.RolledOver> readRollovers() throws IOException {
    return read("rollovers.json", WorkerEvent.RolledOver[].class).map(List::of).orElse(List.of());
  }

  void writeEvents(List<WorkerEvent.Happened> events) throws IOException {
    write(
        "events.json",
        ProtocolJson.MAPPER.writeValueAsBytes(events.toArray(WorkerEvent.Happened[]::new)));
  }

  /** Events that the worker could not hand over before it exited. */
  public List<WorkerEvent.Happened> readEvents() throws IOException {
    return read("events.json", WorkerEvent.Happened[].class).map(List::of).orElse(List.of());
  }

  /** A reader sees the old content or the new, never a part. */
  private void write(String name, byte[] content) throws IOException {
    Path fresh = path.resolve(name + ".new");
    Files.write(fresh, content);
    Files.move(
        fresh,
        path.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    try {
      return Optional.of(
          ProtocolJson.MAPPER.readValue(Files.readAllBytes(path.resolve(name)), type));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    } catch (JacksonException broken) {
      throw new IOException(path.resolve(name) + " is not what a worker writes", broken);
    }
  }
}
