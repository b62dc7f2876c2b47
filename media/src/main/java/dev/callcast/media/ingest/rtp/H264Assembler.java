package dev.callcast.media.ingest.rtp;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * H.264: RFC 6184, single NAL units, STAP-A and FU-A (packetization modes 0 and 1). Parameter sets
 * are taken out of the frames into their configuration, as the MP4 form of the codec wants it; key
 * frames are IDR pictures.
 */
final class H264Assembler extends FrameAssembler {
  private static final int NAL_SLICE = 1;
  private static final int NAL_IDR = 5;
  private static final int NAL_SPS = 7;
  private static final int NAL_PPS = 8;
  private static final int NAL_DELIMITER = 9;
  private static final int NAL_FILLER = 12;
  private static final int NAL_STAP_A = 24;
  private static final int NAL_FU_A = 28;

  private final H264ParameterSets sets;
  private byte @Nullable [] configured;
  private int configuredVersion;
  private int firstSlice = -1; // where the frame's first slice begins in the buffer
  private boolean idr;
  private int fragment = -1; // where the length of the NAL unit that is being put together stands

  H264Assembler(H264ParameterSets sets) {
    this.sets = sets;
  }

  @Override
  boolean begins(byte[] data, int offset, int length) {
    firstSlice = -1;
    idr = false;
    fragment = -1;
    int type = data[offset] & 0x1F;
    return type != NAL_FU_A || (length > 2 && (data[offset + 1] & 0x80) != 0);
  }

  @Override
  boolean add(byte[] data, int offset, int length) {
    int type = data[offset] & 0x1F;
    return switch (type) {
      case NAL_FU_A -> addFragment(data, offset, length);
      case NAL_STAP_A -> addAggregate(data, offset, length);
      default -> type > 0 && type < NAL_STAP_A && addUnit(data, offset, length);
    };
  }

  private boolean addFragment(byte[] data, int offset, int length) {
    if (length < 3) {
      return false;
    }
    int header = data[offset + 1];
    boolean start = (header & 0x80) != 0;
    boolean end = (header & 0x40) != 0;
    if (start == fragment >= 0) {
      return false;
    }
    if (start) {
      int at = size();
      byte[] unitHeader = {(byte) ((data[offset] & 0xE0) | (header & 0x1F))};
      if (!appendU32(1) || !append(unitHeader, 0, 1)) {
        return false;
      }
      fragment = at;
      note(header & 0x1F, at + 4);
    }
    addToU32(fragment, length - 2);
    if (!append(data, offset + 2, length - 2)) {
      return false;
    }
    if (end) {
      fragment = -1;
    }
    return true;
  }

  private boolean addAggregate(byte[] data, int offset, int length) {
    int end = offset + length;
    int at = offset + 1;
    while (at + 2 < end) {
      int unit = RtpPacket.u16(data, at);
      at += 2;
      if (unit == 0 || at + unit > end || !addUnit(data, at, unit)) {
        return false;
      }
      at += unit;
    }
    return at == end;
  }

  private boolean addUnit(byte[] data, int offset, int length) {
    if (fragment >= 0) {
      return false; // in the middle of another
    }
    int type = data[offset] & 0x1F;
    return switch (type) {
      case NAL_SPS, NAL_PPS -> {
        sets.look(data, offset, length);
        yield true;
      }
      case NAL_DELIMITER, NAL_FILLER -> true;
      default -> {
        note(type, size() + 4);
        yield appendU32(length) && append(data, offset, length);
      }
    };
  }

  private void note(int type, int at) {
    if (type >= NAL_SLICE && type <= NAL_IDR && firstSlice < 0) {
      firstSlice = at;
    }
    idr |= type == NAL_IDR;
  }

  /** Some senders give parameter sets and SEI a timestamp of their own. */
  @Override
  boolean hasMedia() {
    return firstSlice >= 0 || fragment >= 0;
  }

  @Override
  @Nullable EncodedFrame finish(long pts, boolean reordered) {
    if (fragment >= 0) {
      return null;
    }
    boolean known = configured != null && configuredVersion == sets.version();
    if (!idr) {
      if (!known && !Arrays.equals(configured, configuration())) {
        return null; // it is decoded with sets that no key frame has brought in
      }
      configuredVersion = sets.version();
      return new EncodedFrame(bytes(), pts, reordered, false, 0, 0, null);
    }
    H264Sps sps = activeSps();
    byte[] configuration = configuration();
    if (sps == null || configuration == null) {
      return null;
    }
    configured = configuration;
    configuredVersion = sets.version();
    return new EncodedFrame(
        bytes(), pts, reordered, true, sps.width(), sps.height(), configuration);
  }

  private @Nullable H264Sps activeSps() {
    byte[] sps = sets.sps(pps());
    return sps == null ? null : H264Sps.parse(sps);
  }

  private byte @Nullable [] configuration() {
    return sets.configuration(pps());
  }

  /** The id of the picture parameter set that the frame's first slice names (§7.3.3). */
  private int pps() {
    int from = firstSlice + 1;
    byte[] head =
        H264Sps.withoutEmulation(Arrays.copyOfRange(buffer(), from, Math.min(size(), from + 16)));
    BitReader bits = new BitReader(head, 0, head.length);
    bits.unsignedGolomb(); // first_mb_in_slice
    bits.unsignedGolomb(); // slice_type
    int id = bits.unsignedGolomb();
    return bits.exhausted() ? -1 : id;
  }
}
