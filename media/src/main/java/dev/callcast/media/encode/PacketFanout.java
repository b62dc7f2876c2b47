package dev.callcast.media.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands one composition's packets to any number of sinks, which come and go. A sink that joins gets
 * everything from the newest key frame on first (and the sound of that moment, though it came
 * earlier, with one frame more that decoders want before it), so it can begin at once, and no
 * joining viewer makes the encoder insert a key frame for all. Thread-safe; owns nothing.
 */
public final class PacketFanout {
  private final List<PacketSink> sinks = new CopyOnWriteArrayList<>();
  private final List<Consumer<StreamFormat>> waiting = new ArrayList<>(); // guarded by this
  private final List<Packet> group =
      new ArrayList<>(); // guarded by this; since the newest key frame
  private final List<HandOver> handOvers = new ArrayList<>(); // guarded by this
  private @Nullable StreamFormat format; // guarded by this

  /** One sink that is to take the place of another. */
  private record HandOver(PacketSink old, PacketSink next, LongConsumer told) {}

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
    boolean pictures = format == null || format.hasVideo();
    boolean entry = pictures ? packet.kind() == Packet.Kind.VIDEO && packet.keyFrame() : true;
    if (entry) {
      // Sound comes before its picture, as the encoder looks ahead: what belongs to this one stays.
      group.removeIf(p ->
          !pictures || p.kind() == Packet.Kind.VIDEO || p.pts() + 2 * p.duration() <= packet.pts());
    }
    group.add(packet);
    if (!entry || handOvers.isEmpty()) {
      sinks.forEach(sink -> sink.packet(packet));
      return;
    }
    List<HandOver> due = List.copyOf(handOvers);
    handOvers.clear();
    due.forEach(handOver -> {
      sinks.remove(handOver.old);
      handOver.told.accept(packet.pts());
    });
    sinks.forEach(sink -> sink.packet(packet));
    due.forEach(handOver -> add(handOver.next));
  }

  /** Adds a sink; it is given the packets since the newest key frame before this returns. */
  public synchronized void add(PacketSink sink) {
    group.forEach(sink::packet);
    sinks.add(sink);
  }

  /**
   * Takes a sink away, and out of any hand-over.
   *
   * @return false where it was none, for instance because its hand-over never came
   */
  public synchronized boolean remove(PacketSink sink) {
    handOvers.removeIf(handOver -> handOver.old.equals(sink) || handOver.next.equals(sink));
    return sinks.remove(sink);
  }

  /** Whether nobody takes packets: then they need not be made. */
  public boolean isEmpty() {
    return sinks.isEmpty();
  }

  /**
   * Lets one sink take another's place at the next key frame, or without pictures at the next
   * packet: the old one gets no more from there on, the new one what a joining sink gets.
   *
   * @param told the pts at which it happens, on the encoder's thread, before the new one gets its
   *     first packet
   */
  public synchronized void handOver(PacketSink old, PacketSink next, LongConsumer told) {
    handOvers.add(new HandOver(old, next, told));
  }
}
