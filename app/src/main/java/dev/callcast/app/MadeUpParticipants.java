package dev.callcast.app;

import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.server.api.DemoSource;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Made-up participants for calls of a node: for each call one sender process, and one thread that
 * lets them in, lets them speak in turns, and ends the process. The process ends with the node's.
 */
final class MadeUpParticipants implements DemoSource {
  /** So that one that is forgotten does not send for ever. */
  private static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(2);

  private static final long TURN_SECONDS = 3;
  private static final Logger log = LoggerFactory.getLogger(MadeUpParticipants.class);

  /** By call; guarded by this. */
  private final Map<String, Running> running = new HashMap<>();

  private boolean closed;

  @Override
  public synchronized boolean start(
      String call, Target target, int participants, Consumer<ParticipantSpec> declare) {
    running.values().removeIf(one -> one.state == State.FAILED && one.call.equals(call));
    if (closed || running.containsKey(call) || running.size() >= MOST_CALLS) {
      return false;
    }
    Running one = new Running(call, target, people(participants, target.endpoint()), declare);
    running.put(call, one);
    one.thread.start();
    return true;
  }

  @Override
  public synchronized @Nullable Demo demo(String call) {
    Running one = running.get(call);
    return one == null
        ? null
        : new Demo(one.target.endpoint(), one.people.size(), one.state, one.reason);
  }

  @Override
  public synchronized void stop(String call) {
    Running one = running.remove(call);
    if (one != null) {
      one.thread.interrupt();
    }
  }

  @Override
  public void close() {
    List<Running> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(running.values());
      running.clear();
    }
    all.forEach(one -> one.thread.interrupt());
    for (Running one : all) {
      try {
        one.thread.join(5000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Names for as many as are wanted. */
  static List<SyntheticParticipant> people(int count, String endpoint) {
    List<String> names =
        List.of(
            "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Linus", "Margaret");
    List<SyntheticParticipant> people = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = i < names.size() ? names.get(i) : "Guest " + (i + 1);
      people.add(SyntheticParticipant.of(i, name, endpoint));
    }
    return people;
  }

  /** Those of one call. Its thread ends by an interrupt, after a while, or when it fails. */
  private final class Running {
    private final String call;
    private final Target target;
    private final List<SyntheticParticipant> people;
    private final Consumer<ParticipantSpec> declare;
    private final Thread thread;
    private volatile State state = State.PREPARING;
    private volatile String reason = "";

    Running(
        String call,
        Target target,
        List<SyntheticParticipant> people,
        Consumer<ParticipantSpec> declare) {
      this.call = call;
      this.target = target;
      this.people = people;
      this.declare = declare;
      this.thread = Thread.ofVirtual().name("demo-" + call).unstarted(this::run);
    }

    private void run() {
      try (Senders senders = Senders.start()) {
        senders.prepare(people);
        senders.open(
            TransportSpec.of(
                target.endpoint(),
                target.ip(),
                target.port(),
                target.rtcpPort() == 0 ? null : target.rtcpPort()));
        for (SyntheticParticipant participant : people) {
          declare.accept(participant.toSpec());
          senders.add(participant);
        }
        state = State.RUNNING;
        speakInTurns(senders);
        stop(call);
      } catch (InterruptedException e) {
        log.debug("the made-up participants of {} end", call);
      } catch (IOException | RuntimeException e) {
        if (!Thread.currentThread().isInterrupted()) {
          log.warn("the made-up participants of {} have ended", call, e);
          reason = String.valueOf(e.getMessage());
          state = State.FAILED;
        }
      }
    }

    private void speakInTurns(Senders senders) throws InterruptedException {
      long end = System.nanoTime() + LONGEST_NANOS;
      int turn = 0;
      while (System.nanoTime() < end) {
        SyntheticParticipant speaker = people.get(turn % people.size());
        senders.setSpeaking(speaker.id(), true);
        TimeUnit.SECONDS.sleep(TURN_SECONDS);
        senders.setSpeaking(speaker.id(), false);
        turn++;
      }
    }
  }
}
