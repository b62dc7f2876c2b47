package dev.callcast.media.ingest.rtp;

import static dev.callcast.media.ingest.rtp.RtpPacket.putU16;
import static dev.callcast.media.ingest.rtp.RtpPacket.putU32;
import static dev.callcast.media.ingest.rtp.RtpPacket.u16;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameter sets that an H.264 stream has sent so far (RFC 6184). Senders may send them once
 * only and not again with each IDR picture: a decoder that begins later is given them from here.
 *
 * <p>Owned by one thread.
 */
public final class H264ParameterSets {
  private static final int NAL_SPS = 7;
  private static final int NAL_PPS = 8;
  private static final int NAL_STAP_A = 24;
  private static final int SPS_ID = 4; // behind the header and profile, constraints and level
  private static final int PPS_ID = 1;

  /** Streams have one or two of each; more is garbage. */
  private static final int MAX_SETS = 16;

  private static final int MAX_SIZE = 1024;

  /** By type and id, so that sequence parameter sets stand first. */
  private final Map<Integer, byte[]> sets = new TreeMap<>();

  private int version;

  /** Starts with none. */
  public H264ParameterSets() {}

  /** Starts with those of another stream's beginning. */
  public H264ParameterSets(H264ParameterSets known) {
    sets.putAll(known.sets);
    version = known.version;
  }

  /** Looks into a payload for parameter sets. */
  public void look(byte[] data, int offset, int length) {
    if (length < 2) {
      return;
    }
    int type = data[offset] & 0x1F;
    if (type == NAL_STAP_A) {
      int end = offset + length;
      int at = offset + 1;
      while (at + 2 < end) {
        int size = u16(data, at);
        if (size == 0 || at + 2 + size > end) {
          return;
        }
        keep(data, at + 2, size);
        at += 2 + size;
      }
    } else {
      keep(data, offset, length);
    }
  }

  private void keep(byte[] data, int offset, int length) {
    int type = data[offset] & 0x1F;
    if ((type != NAL_SPS && type != NAL_PPS) || length > MAX_SIZE) {
      return;
    }
    int id = exponentialGolomb(data, offset + (type == NAL_SPS ? SPS_ID : PPS_ID), offset + length);
    int key = type << 16 | (id & 0xFFFF);
    byte[] there = sets.get(key);
    if (there == null
        ? id >= 0 && sets.size() < MAX_SETS
        : !Arrays.equals(there, 0, there.length, data, offset, offset + length)) {
      sets.put(key, Arrays.copyOfRange(data, offset, offset + length));
      version++;
    }
  }

  /** Grows with each set that is new or differs from the one of its id. */
  int version() {
    return version;
  }

  /** The sequence parameter set that a picture parameter set belongs to, or null. */
  byte @Nullable [] sps(int pps) {
    byte[] found = sets.get(NAL_PPS << 16 | pps);
    return found == null ? null : sets.get(NAL_SPS << 16 | spsOf(found));
  }

  /** The second number of a picture parameter set (ITU-T H.264 §7.3.2.2). */
  private static int spsOf(byte[] pps) {
    byte[] head = H264Sps.withoutEmulation(Arrays.copyOf(pps, Math.min(pps.length, 16)));
    BitReader bits = new BitReader(head, 1, head.length - 1);
    bits.unsignedGolomb();
    return bits.unsignedGolomb();
  }

  /**
   * The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3) of pictures that use a picture
   * parameter set: its sequence parameter set with all that belong to that. Null when it is not
   * known.
   */
  byte @Nullable [] configuration(int pps) {
    byte[] sps = sps(pps);
    H264Sps parsed = sps == null ? null : H264Sps.parse(sps);
    if (sps == null || parsed == null) {
      return null;
    }
    List<byte[]> pictures = new ArrayList<>();
    sets.forEach((key, set) -> {
      if (key >> 16 == NAL_PPS && spsOf(set) == parsed.id()) {
        pictures.add(set);
      }
    });
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(1);
    out.write(sps, 1, 3); // profile, constraints, level
    out.write(0xFC | 3); // lengths of four bytes
    out.write(0xE0 | 1);
    write(out, sps);
    out.write(pictures.size());
    pictures.forEach(set -> write(out, set));
    if (parsed.high()) {
      out.write(0xFC | parsed.chroma());
      out.write(0xF8 | (parsed.lumaDepth() - 8));
      out.write(0xF8 | (parsed.chromaDepth() - 8));
      out.write(0); // no extensions of the sequence parameter set
    }
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, byte[] set) {
    out.write(set.length >>> 8);
    out.write(set.length);
    out.write(set, 0, set.length);
  }

  /** A ue(v) at the beginning of a byte, or -1 when it is too long. */
  private static int exponentialGolomb(byte[] data, int at, int end) {
    if (at >= end) {
      return -1;
    }
    int bits = (data[at] & 0xFF) << 8 | (at + 1 < end ? data[at + 1] & 0xFF : 0);
    int zeros = Integer.numberOfLeadingZeros(bits << 16);
    return zeros > 7 ? -1 : (bits >>> (15 - 2 * zeros)) - 1;
  }

  /** Whether there is at least one of each kind. */
  public boolean known() {
    boolean sps = false;
    boolean pps = false;
    for (int key : sets.keySet()) {
      sps |= key >> 16 == NAL_SPS;
      pps |= key >> 16 == NAL_PPS;
    }
    return sps && pps;
  }

  /** An RTP packet with all sets (STAP-A), with the type, time and SSRC of {@code model}. */
  public byte[] packet(RtpPacket model, int sequence) {
    int size = RtpPacket.FIXED_HEADER + 1;
    for (byte[] set : sets.values()) {
      size += 2 + set.length;
    }
    byte[] out = new byte[size];
    out[0] = (byte) 0x80;
    out[1] = (byte) model.payloadType();
    putU16(out, 2, sequence);
    putU32(out, 4, model.timestamp());
    putU32(out, 8, model.ssrc());
    out[12] = 0x60 | NAL_STAP_A; // importance as high as any set's
    int at = 13;
    for (byte[] set : sets.values()) {
      putU16(out, at, set.length);
      System.arraycopy(set, 0, out, at + 2, set.length);
      at += 2 + set.length;
    }
    return out;
  }
}
