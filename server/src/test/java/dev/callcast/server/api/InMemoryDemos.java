package dev.callcast.server.api;

import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Declares what it is asked for, and sends nothing; real senders are the subject of other tests.
 */
final class InMemoryDemos implements DemoSource {
  final Map<String, Demo> all = new ConcurrentHashMap<>();
  final Map<String, Target> targets = new ConcurrentHashMap<>();

  @Override
  public boolean start(
      String call, Target target, int participants, Consumer<ParticipantSpec> declare) {
    Demo demo = new Demo(target.endpoint(), participants, State.RUNNING, "");
    if (all.putIfAbsent(call, demo) != null) {
      return false;
    }
    targets.put(call, target);
    for (int i = 0; i < participants; i++) {
      declare.accept(SyntheticParticipant.of(i, "Guest " + i, target.endpoint()).toSpec());
    }
    return true;
  }

  @Override
  public @Nullable Demo demo(String call) {
    return all.get(call);
  }

  @Override
  public void stop(String call) {
    all.remove(call);
  }

  @Override
  public void close() {
    all.clear();
  }
}
