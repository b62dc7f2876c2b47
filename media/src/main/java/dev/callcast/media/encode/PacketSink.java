package dev.callcast.media.encode;

/**
 * Takes the packets of one composition, in decode order per kind. Called on the encoder's thread:
 * must not block.
 */
public interface PacketSink {
  void packet(Packet packet);
}
