package dev.callcast.media.output;

/**
 * One FLV tag as {@code flvmux} wrote it: 11 bytes of header, the body, 4 bytes of length.
 *
 * @param data never changed
 * @param timestamp ms
 * @param header onMetaData or a codec's configuration: belongs before everything else
 * @param keyFrame a stream may begin here
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record FlvTag(byte[] data, long timestamp, boolean header, boolean keyFrame) {
  static final int VIDEO = 9;
  static final int SCRIPT = 18;

  /** The tag's type: 8 audio, 9 video, 18 script data. */
  int type() {
    return data[0] & 0x1f;
  }

  static long timestampOf(byte[] tag) {
    return ((tag[7] & 0xffL) << 24)
        | ((tag[4] & 0xffL) << 16)
        | ((tag[5] & 0xffL) << 8)
        | (tag[6] & 0xffL);
  }
}
