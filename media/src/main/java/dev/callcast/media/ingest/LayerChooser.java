package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.KeyFrames;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.Codec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one stream of a picture that comes in several sizes at once, each under an SSRC of its own
 * (simulcast): passes the packets of one layer on, numbered and timed without a break, and goes to
 * another at a key frame of that. The smallest layer that covers the size in which the picture is
 * shown is wanted; where none does, or it stops, the largest of those that come. For SFUs that do
 * not choose themselves, or badly: Janus' own choice stops with the top layer.
 *
 * <p>Layers have time bases of their own and send no reports here (Janus forwards none). They show
 * the same moments, and what comes of two at about the same time has waited in the same queues: the
 * median of how much later than the other's neighbours one's frames are places it to a few ms.
 * Their quickest packets say less. A browser begins with a layer when it finds that it may send
 * more, while frames queue up, and what another was like before that is no measure: that was wrong
 * by 0.2 s at times.
 *
 * <p>Owned by the endpoint's thread; holds nothing to close.
 */
final class LayerChooser {
  /** What becomes of a packet. */
  enum Verdict {
    /** It is of another layer. */
    DROP,
    /** It is passed on. */
    PASS,
    /** It is passed on, and is the first of another layer than before. */
    SWITCH
  }

  /** A layer that was silent for so long is not counted on, ns. */
  static final long SILENT = 500_000_000;

  /** A layer has to come for so long before it is gone to from one that comes, ns. */
  static final long STEADY = 500_000_000;

  /** Nor is it gone to a smaller one sooner after the last change, ns. */
  static final long REST = 2_000_000_000L;

  private static final long WINDOW = 4_000_000_000L;

  /** Of so many frames it is remembered when they came. */
  private static final int FRAMES = 64;

  /** Frames that come this close have waited in the same queues, ns. */
  private static final long NEAR = 50_000_000;

  /** A picture that is shown a quarter larger than it is looks no worse for it. */
  private static final int COVERS_PERCENT = 80;

  private final Codec codec;
  private final Layer[] layers;
  private ShownSize shown = new ShownSize(0, 0);
  private @Nullable Layer current;
  private long switchedAt;
  private boolean began;
  private int lastSequence;
  private long lastTimestamp;

  private static final class Layer {
    final long ssrc;
    boolean seen;
    long lastArrival;
    long steadySince;
    boolean keySeen;
    int width;
    int height;
    long lastTimestamp;
    long elapsed; // units since the first packet
    long firstTimestamp;
    long quickest = Long.MAX_VALUE; // ns
    long quickestNow = Long.MAX_VALUE;
    long windowEnd;
    // When the first packets of its last frames came, and how late by its own clock, ns.
    final long[] arrivals = new long[FRAMES];
    final long[] transits = new long[FRAMES];
    int frames;
    long newest; // elapsed at the last of them
    // What is added to this layer's own to make the stream's.
    int sequenceOffset;
    long timestampOffset;

    Layer(long ssrc) {
      this.ssrc = ssrc;
    }

    /** A packet came; the first one of a frame counts. */
    void note(long arrival, long transit) {
      if (frames == 0 || elapsed > newest) {
        newest = elapsed;
        arrivals[frames % FRAMES] = arrival;
        transits[frames % FRAMES] = transit;
        frames++;
      }
    }

    /** How late by its own clock the frame was that came nearest to a moment; null for none. */
    @Nullable Long transitNear(long arrival) {
      int known = Math.min(frames, FRAMES);
      int best = -1;
      for (int i = 0; i < known; i++) {
        if (best < 0 || Math.abs(arrivals[i] - arrival) < Math.abs(arrivals[best] - arrival)) {
          best = i;
        }
      }
      return best < 0 || Math.abs(arrivals[best] - arrival) > NEAR ? null : transits[best];
    }

    /** By how much this layer's clock is behind another's, ns. */
    long behind(Layer other) {
      int known = Math.min(frames, FRAMES);
      long[] differences = new long[known];
      int found = 0;
      for (int i = 0; i < known; i++) {
        Long transit = other.transitNear(arrivals[i]);
        if (transit != null) {
          differences[found++] = transits[i] - transit;
        }
      }
      if (found == 0) {
        return quickest - other.quickest;
      }
      Arrays.sort(differences, 0, found);
      return differences[found / 2];
    }
  }

  /**
   * Makes a chooser that has seen nothing.
   *
   * @param ssrcs of the layers, the smallest first
   */
  LayerChooser(Codec codec, List<Long> ssrcs) {
    this.codec = codec;
    this.layers = ssrcs.stream().map(Layer::new).toArray(Layer[]::new);
  }

  /** Sets in which size the picture is shown. */
  void show(ShownSize size) {
    shown = size;
  }

  /** Looks at a packet of any layer as it arrives; one that is passed on is renumbered in place. */
  Verdict take(RtpPacket packet, long now) {
    Layer layer = find(packet.ssrc());
    if (layer == null) {
      return Verdict.DROP;
    }
    arrived(layer, packet, now);
    boolean starts =
        KeyFrames.startsDecoding(
            codec, packet.data(), packet.payloadOffset(), packet.payloadLength());
    if (starts) {
      layer.keySeen = true;
      int size =
          KeyFrames.size(codec, packet.data(), packet.payloadOffset(), packet.payloadLength());
      if (size != 0) {
        layer.width = size >>> 16;
        layer.height = size & 0xFFFF;
      }
    }
    Verdict verdict = Verdict.PASS;
    if (layer != current) {
      if (!starts || layer != target(now)) {
        return Verdict.DROP;
      }
      verdict = current == null ? Verdict.PASS : Verdict.SWITCH;
      change(layer, packet, now);
    }
    pass(layer, packet);
    return verdict;
  }

  private @Nullable Layer find(long ssrc) {
    for (Layer layer : layers) {
      if (layer.ssrc == ssrc) {
        return layer;
      }
    }
    return null;
  }

  private void arrived(Layer layer, RtpPacket packet, long now) {
    if (!layer.seen || now - layer.lastArrival > SILENT) {
      layer.steadySince = now;
      layer.quickest = Long.MAX_VALUE;
      layer.quickestNow = Long.MAX_VALUE;
      layer.windowEnd = now + WINDOW;
      layer.frames = 0;
    }
    long timestamp = packet.timestamp();
    if (layer.seen) {
      layer.elapsed += RtpPacket.timestampDistance(layer.lastTimestamp, timestamp);
    } else {
      layer.firstTimestamp = timestamp;
    }
    layer.seen = true;
    layer.lastTimestamp = timestamp;
    layer.lastArrival = now;
    long transit = now - layer.elapsed * 1_000_000_000L / codec.clockRate();
    layer.note(now, transit);
    layer.quickestNow = Math.min(layer.quickestNow, transit);
    layer.quickest = Math.min(layer.quickest, transit);
    if (now >= layer.windowEnd) {
      // The least of one to two windows: follows a drifting clock.
      layer.quickest = layer.quickestNow;
      layer.quickestNow = transit;
      layer.windowEnd = now + WINDOW;
    }
  }

  private boolean comes(Layer layer, long now) {
    return layer.seen && now - layer.lastArrival < SILENT;
  }

  private boolean covers(Layer layer) {
    if (!layer.keySeen) {
      return true; // Not known: a key frame will tell.
    }
    return shown.width() > 0
        && layer.width * 100L >= (long) shown.width() * COVERS_PERCENT
        && layer.height * 100L >= (long) shown.height() * COVERS_PERCENT;
  }

  /** The layer that is wanted at this moment, which may be the one there is; null for any. */
  private @Nullable Layer target(long now) {
    Layer present = current;
    boolean free = present == null || !comes(present, now);
    Layer best = null;
    for (Layer layer : layers) {
      if (!comes(layer, now)) {
        continue;
      }
      boolean may = free || layer == present || now - layer.steadySince >= STEADY;
      if (may && (best == null || !covers(best))) {
        best = layer;
      }
    }
    if (best == null) {
      return present;
    }
    boolean smaller = present != null && !free && index(best) < index(present);
    return smaller && now - switchedAt < REST ? present : best;
  }

  private int index(Layer layer) {
    for (int i = 0; i < layers.length; i++) {
      if (layers[i] == layer) {
        return i;
      }
    }
    throw new IllegalArgumentException("not of this stream");
  }

  private void change(Layer to, RtpPacket packet, long now) {
    Layer from = current;
    if (from != null) {
      to.sequenceOffset = lastSequence + 1 - packet.sequence();
      // Both clocks, in units from their first packets.
      long apart = Math.round(to.behind(from) * (codec.clockRate() / 1_000_000_000.0));
      to.timestampOffset = from.timestampOffset + from.firstTimestamp + apart - to.firstTimestamp;
      long behind =
          RtpPacket.timestampDistance(
              lastTimestamp, (packet.timestamp() + to.timestampOffset) & 0xFFFF_FFFFL);
      if (behind <= 0) {
        // The stream's time never goes back.
        to.timestampOffset += 1 - behind;
      }
    }
    current = to;
    switchedAt = now;
  }

  private void pass(Layer layer, RtpPacket packet) {
    int sequence = (packet.sequence() + layer.sequenceOffset) & 0xFFFF;
    long timestamp = (packet.timestamp() + layer.timestampOffset) & 0xFFFF_FFFFL;
    packet.setSequence(sequence);
    packet.setTimestamp(timestamp);
    if (!began || RtpPacket.sequenceDistance(lastSequence, sequence) > 0) {
      lastSequence = sequence;
      lastTimestamp = timestamp;
    }
    began = true;
  }

  /** Whether a key frame is needed to go on: to another layer, or to learn how large one is. */
  boolean waitsForKeyFrame(long now) {
    if (current == null || target(now) != current) {
      return true;
    }
    for (Layer layer : layers) {
      if (layer != current
          && !layer.keySeen
          && comes(layer, now)
          && now - layer.steadySince >= STEADY
          && (index(layer) < index(current) || !covers(current))) {
        return true;
      }
    }
    return false;
  }

  /** The index of the layer that is passed on, -1 for none yet. */
  int current() {
    Layer present = current;
    return present == null ? -1 : index(present);
  }
}
