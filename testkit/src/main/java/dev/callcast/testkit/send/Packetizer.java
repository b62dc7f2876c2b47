package dev.callcast.testkit.send;

import dev.callcast.protocol.Codec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts encoded frames into RTP payloads: VP8 by RFC 7741, VP9 by RFC 9628 (non-flexible mode, one
 * layer), H.264 by RFC 6184 (packetization mode 1); audio frames are one payload each. Pure.
 */
final class Packetizer {
  /** Leaves room for header, extensions, RTX' sequence number and SRTP's tag within 1200 bytes. */
  static final int MAX_PAYLOAD = 1140;

  private static final int NAL_SEI = 6;
  private static final int NAL_SPS = 7;
  private static final int NAL_PPS = 8;
  private static final int NAL_AUD = 9;
  private static final int STAP_A = 24;
  private static final int FU_A = 28;

  private Packetizer() {}

  /**
   * The payloads of one frame, in order.
   *
   * @param pictureId 15 bits, for VP8 and VP9
   * @param key whether the frame is a key frame
   */
  static List<byte[]> packetize(
      Codec codec, ByteBuffer frame, int pictureId, boolean key, int width, int height) {
    return switch (codec) {
      case VP8 -> vp8(frame, pictureId);
      case VP9 -> vp9(frame, pictureId, key, width, height);
      case H264 -> h264(frame);
      case OPUS, PCMU, PCMA -> {
        byte[] payload = new byte[frame.remaining()];
        frame.get(frame.position(), payload);
        yield List.of(payload);
      }
    };
  }

  private static List<byte[]> vp8(ByteBuffer frame, int pictureId) {
    List<byte[]> payloads = new ArrayList<>();
    int total = frame.remaining();
    int parts = (total + MAX_PAYLOAD - 1) / MAX_PAYLOAD;
    for (int part = 0; part < parts; part++) {
      int from = (int) ((long) total * part / parts);
      int to = (int) ((long) total * (part + 1) / parts);
      byte[] payload = new byte[4 + to - from];
      payload[0] = (byte) (part == 0 ? 0x90 : 0x80);
      payload[1] = (byte) 0x80;
      payload[2] = (byte) (0x80 | (pictureId >> 8 & 0x7F));
      payload[3] = (byte) pictureId;
      frame.get(frame.position() + from, payload, 4, to - from);
      payloads.add(payload);
    }
    return payloads;
  }

  private static List<byte[]> vp9(
      ByteBuffer frame, int pictureId, boolean key, int width, int height) {
    List<byte[]> payloads = new ArrayList<>();
    int total = frame.remaining();
    int parts = (total + MAX_PAYLOAD - 1) / MAX_PAYLOAD;
    for (int part = 0; part < parts; part++) {
      int from = (int) ((long) total * part / parts);
      int to = (int) ((long) total * (part + 1) / parts);
      boolean first = part == 0;
      boolean structure = key && first;
      int descriptor = 3 + (structure ? 5 : 0);
      byte[] payload = new byte[descriptor + to - from];
      payload[0] =
          (byte)
              (0x80
                  | (key ? 0 : 0x40)
                  | (first ? 0x08 : 0)
                  | (part == parts - 1 ? 0x04 : 0)
                  | (structure ? 0x02 : 0));
      payload[1] = (byte) (0x80 | (pictureId >> 8 & 0x7F));
      payload[2] = (byte) pictureId;
      if (structure) {
        // One spatial layer (N_S = 0), its size is given (Y), no picture group (G = 0).
        payload[3] = 0x10;
        payload[4] = (byte) (width >> 8);
        payload[5] = (byte) width;
        payload[6] = (byte) (height >> 8);
        payload[7] = (byte) height;
      }
      frame.get(frame.position() + from, payload, descriptor, to - from);
      payloads.add(payload);
    }
    return payloads;
  }

  private static List<byte[]> h264(ByteBuffer unit) {
    List<byte[]> payloads = new ArrayList<>();
    List<byte[]> parameterSets = new ArrayList<>();
    for (byte[] nal : nals(unit)) {
      int type = nal[0] & 0x1F;
      if (type == NAL_SPS || type == NAL_PPS) {
        parameterSets.add(nal);
      } else if (type != NAL_AUD && type != NAL_SEI) {
        if (!parameterSets.isEmpty()) {
          payloads.add(aggregate(parameterSets));
          parameterSets.clear();
        }
        fragment(nal, payloads);
      }
    }
    return payloads;
  }

  private static byte[] aggregate(List<byte[]> nals) {
    int size = 1;
    int importance = 0;
    for (byte[] nal : nals) {
      size += 2 + nal.length;
      importance = Math.max(importance, nal[0] & 0x60);
    }
    ByteBuffer payload = ByteBuffer.allocate(size).put((byte) (importance | STAP_A));
    for (byte[] nal : nals) {
      payload.putShort((short) nal.length).put(nal);
    }
    return payload.array();
  }

  private static void fragment(byte[] nal, List<byte[]> payloads) {
    if (nal.length <= MAX_PAYLOAD) {
      payloads.add(nal);
      return;
    }
    int total = nal.length - 1;
    int parts = (total + MAX_PAYLOAD - 3) / (MAX_PAYLOAD - 2);
    for (int part = 0; part < parts; part++) {
      int from = 1 + (int) ((long) total * part / parts);
      int to = 1 + (int) ((long) total * (part + 1) / parts);
      byte[] payload = new byte[2 + to - from];
      payload[0] = (byte) ((nal[0] & 0xE0) | FU_A);
      payload[1] =
          (byte) ((part == 0 ? 0x80 : 0) | (part == parts - 1 ? 0x40 : 0) | (nal[0] & 0x1F));
      System.arraycopy(nal, from, payload, 2, to - from);
      payloads.add(payload);
    }
  }

  /** The NAL units of an Annex B access unit, without start codes. */
  private static List<byte[]> nals(ByteBuffer unit) {
    List<byte[]> nals = new ArrayList<>();
    int end = unit.limit();
    int start = -1;
    for (int i = unit.position(); i + 2 < end; i++) {
      if (unit.get(i) == 0 && unit.get(i + 1) == 0 && unit.get(i + 2) == 1) {
        if (start >= 0) {
          addNal(nals, unit, start, i);
        }
        start = i + 3;
        i += 2;
      }
    }
    if (start >= 0) {
      addNal(nals, unit, start, end);
    }
    return nals;
  }

  private static void addNal(List<byte[]> nals, ByteBuffer unit, int start, int end) {
    int last = end;
    while (last > start && unit.get(last - 1) == 0) {
      last--;
    }
    if (last > start) {
      byte[] nal = new byte[last - start];
      unit.get(start, nal);
      nals.add(nal);
    }
  }
}
