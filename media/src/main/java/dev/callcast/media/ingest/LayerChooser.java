package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.KeyFrames;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.Codec;
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
 * the same moments, so their quickest packets are taken to be equally quick: that places one
 * against the other to a few ms.
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
    // What is added to this layer's own to make the stream's.
    int sequenceOffset;
    long timestampOffset;

    Layer(long ssrc) {
      this.ssrc = ssrc;
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
      // Both clocks, in units from their first packets, against the time of the quickest packet.
      long apart =
          Math.round((to.quickest - from.quickest) * (codec.clockRate() / 1_000_000_000.0));
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
