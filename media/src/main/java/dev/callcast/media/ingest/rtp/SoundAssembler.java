package dev.callcast.media.ingest.rtp;

/** Opus (RFC 7587) and G.711 (RFC 3551): each payload is a frame, and needs no other. */
final class SoundAssembler extends FrameAssembler {
  @Override
  boolean begins(byte[] data, int offset, int length) {
    return true;
  }

  @Override
  boolean add(byte[] data, int offset, int length) {
    return append(data, offset, length);
  }

  @Override
  EncodedFrame finish(long pts, boolean reordered) {
    return new EncodedFrame(bytes(), pts, reordered, true, 0, 0, null);
  }

  @Override
  boolean endsWithPacket() {
    return true;
  }
}
