package dev.callcast.media.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands one composition's packets to any number of sinks, which come and go. A sink that joins gets
 * everything from the newest key frame on first (and the sound of that moment, though it came
 * earlier), so it can begin at once, and no joining viewer makes the encoder insert a key frame for
 * all. Thread-safe; owns nothing.
 */
public final class PacketFanout {
  private final List<PacketSink> sinks = new CopyOnWriteArrayList<>();
  private final List<Consumer<StreamFormat>> waiting = new ArrayList<>(); // guarded by this
  private final List<Packet> group =
      new ArrayList<>(); // guarded by this; since the newest key frame
  private @Nullable StreamFormat format; // guarded by this

  /** The streams' format is known; called once. */
  public void started(StreamFormat known) {
    List<Consumer<StreamFormat>> listeners;
    synchronized (this) {
      format = known;
      listeners = List.copyOf(waiting);
      waiting.clear();
    }
    listeners.forEach(listener -> listener.accept(known));
  }

  /** Calls back with the format: now, on this thread, or when it is known, on the encoder's. */
  public void whenStarted(Consumer<StreamFormat> listener) {
    StreamFormat known;
    synchronized (this) {
      known = format;
      if (known == null) {
        waiting.add(listener);
        return;
      }
    }
    listener.accept(known);
  }

  /** Gives a packet to every sink. */
  public synchronized void packet(Packet packet) {
    if (packet.kind() == Packet.Kind.VIDEO && packet.keyFrame()) {
      // Sound comes before its picture, as the encoder looks ahead: what belongs to this one stays.
      group.removeIf(p -> p.kind() == Packet.Kind.VIDEO || p.pts() + p.duration() <= packet.pts());
    }
    group.add(packet);
    sinks.forEach(sink -> sink.packet(packet));
  }

  /** Adds a sink; it is given the packets since the newest key frame before this returns. */
  public synchronized void add(PacketSink sink) {
    group.forEach(sink::packet);
    sinks.add(sink);
  }

  public synchronized void remove(PacketSink sink) {
    sinks.remove(sink);
  }
}
