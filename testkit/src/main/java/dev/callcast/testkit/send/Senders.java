package dev.callcast.testkit.send;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.clip.ClipLibrary;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A handle on one sender process with any number of synthetic participants. Usable by any thread;
 * whoever started it closes it, which ends the process.
 *
 * <p>Commands wait for their answer, 10 s at most, and throw {@link IllegalStateException} when the
 * process refuses or is gone.
 */
public final class Senders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Senders.class);
  private static final int ANSWER_SECONDS = 10;

  private final Process process;
  private final ClipLibrary library;
  private final Writer commands;
  private final AtomicLong requests = new AtomicLong();
  private final Map<Long, CompletableFuture<SenderReply>> pending = new ConcurrentHashMap<>();

  private Senders(Process process, ClipLibrary library) {
    this.process = process;
    this.library = library;
    commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** Starts the process, with clips from the user's cache. */
  public static Senders start() throws IOException {
    return start(ClipLibrary.standard());
  }

  /**
   * Starts the process: this Java with this class path, in a session of its own, so that a Ctrl-C
   * reaches only who closes this.
   */
  public static Senders start(ClipLibrary library) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        List.of(
            "setsid",
            java.toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms48m",
            "-Xmx256m",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            SenderMain.class.getName(),
            library.directory().toString());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Senders senders = new Senders(process, library);
    Thread reader = new Thread(senders::readReplies, "sender-replies");
    reader.setDaemon(true);
    reader.start();
    return senders;
  }

  private void readReplies() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = in.readLine();
      while (line != null) {
        SenderReply reply = ProtocolJson.MAPPER.readValue(line, SenderReply.class);
        CompletableFuture<SenderReply> future = pending.remove(reply.request());
        if (future != null) {
          future.complete(reply);
        }
        line = in.readLine();
      }
    } catch (IOException e) {
      LOG.debug("the sender's output ended", e);
    }
    IllegalStateException gone = new IllegalStateException("the sender process has ended");
    for (CompletableFuture<SenderReply> future : pending.values()) {
      future.completeExceptionally(gone);
    }
  }

  /** The local ports of a transport. */
  public record Ports(int port, int rtcpPort) {}

  /**
   * Opens a transport, or points an open one at another receiver, local ports unchanged. To know
   * the local ports before the receiver's are known, open it towards port 9 (discard) first.
   */
  public Ports open(TransportSpec transport) {
    SenderReply reply = call(new SenderCommand.Open(next(), transport));
    return new Ports(reply.localPort(), reply.localRtcpPort());
  }

  /** Makes the clips of participants that are not in the cache yet, several at once. */
  public void prepare(List<SyntheticParticipant> participants)
      throws IOException, InterruptedException {
    List<SyntheticTrack.Layer> layers = layers(participants);
    library.prepare(
        layers.stream().map(SyntheticTrack.Layer::video).filter(Objects::nonNull).toList(),
        layers.stream().map(SyntheticTrack.Layer::audio).filter(Objects::nonNull).toList());
  }

  /** Whether all their clips are in the cache, so that preparing takes no time. */
  public boolean isPrepared(List<SyntheticParticipant> participants) {
    return layers(participants).stream()
        .allMatch(layer ->
            (layer.video() == null || library.has(layer.video()))
                && (layer.audio() == null || library.has(layer.audio())));
  }

  private static List<SyntheticTrack.Layer> layers(List<SyntheticParticipant> participants) {
    return participants.stream()
        .flatMap(participant -> participant.tracks().stream())
        .flatMap(track -> track.layers().stream())
        .toList();
  }

  /**
   * Adds a participant, which begins to send; its clips are made first if they are not there.
   *
   * @return {@link System#nanoTime()} at which frame 0 of its clips is sent
   */
  public long add(SyntheticParticipant participant) throws IOException, InterruptedException {
    prepare(List.of(participant));
    return call(new SenderCommand.Add(next(), participant)).originNanos();
  }

  /** Its packets cease, without a BYE. */
  public void remove(String participant) {
    call(new SenderCommand.Remove(next(), participant, false));
  }

  /** Its packets cease, after a BYE for each track. */
  public void removeWithBye(String participant) {
    call(new SenderCommand.Remove(next(), participant, true));
  }

  /** {@code track} null for all tracks of the participant. */
  public void setFaults(String participant, @Nullable String track, Faults faults) {
    call(new SenderCommand.SetFaults(next(), participant, track, faults));
  }

  public void setPaused(String participant, String track, boolean paused) {
    call(new SenderCommand.Pause(next(), participant, track, paused));
  }

  /** Digital silence instead of the tones. */
  public void setMuted(String participant, String track, boolean muted) {
    call(new SenderCommand.Mute(next(), participant, track, muted));
  }

  /** See {@link SenderCommand.SwitchLayer}. */
  public void switchLayer(String participant, String track, int layer, boolean zeroStep) {
    call(new SenderCommand.SwitchLayer(next(), participant, track, layer, zeroStep));
  }

  /** Lets a participant's microphone speak up (layer 1 of {@link SyntheticTrack#mic}) or not. */
  public void setSpeaking(String participant, boolean speaking) {
    switchLayer(participant, "mic", speaking ? 1 : 0, false);
  }

  /** The CVO extension's value; the track must have that extension. */
  public void rotate(String participant, String track, int degrees) {
    call(new SenderCommand.Rotate(next(), participant, track, degrees));
  }

  /** Goes on with another SSRC, sequence and timestamp. */
  public void restart(String participant, String track, long ssrc) {
    call(new SenderCommand.Restart(next(), participant, track, ssrc));
  }

  public void garbage(
      String participant, String track, SenderCommand.Garbage.Kind kind, int count) {
    call(new SenderCommand.Garbage(next(), participant, track, kind, count));
  }

  public SenderStats stats() {
    return Objects.requireNonNull(call(new SenderCommand.Stats(next())).stats());
  }

  /** All cease to send, without a BYE, and no transport is open: as after the start. */
  public void clear() {
    call(new SenderCommand.Clear(next()));
  }

  /** Whether the process still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process id, to measure or to kill it. */
  public long pid() {
    return process.pid();
  }

  private long next() {
    return requests.incrementAndGet();
  }

  private SenderReply call(SenderCommand command) {
    CompletableFuture<SenderReply> future = new CompletableFuture<>();
    pending.put(command.request(), future);
    try {
      synchronized (commands) {
        commands.write(ProtocolJson.MAPPER.writeValueAsString(command));
        commands.write('\n');
        commands.flush();
      }
      SenderReply reply = future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (reply.error() != null) {
        throw new IllegalStateException("the sender refused: " + reply.error());
      }
      return reply;
    } catch (IOException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the sender process does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      pending.remove(command.request());
    }
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(2, TimeUnit.SECONDS);
      }
    } catch (IOException e) {
      LOG.debug("the sender was gone before it was closed", e);
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
