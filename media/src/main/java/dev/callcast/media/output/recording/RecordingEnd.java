package dev.callcast.media.output.recording;

/** Why a recording has ended. */
public enum RecordingEnd {
  /** It was asked to. */
  STOPPED("stopped"),
  /** It goes on in another file, from the next picture on. */
  SPLIT("split"),
  /** The next fragment would pass the quota. */
  QUOTA("quota"),
  /** There is no room on the disk. */
  DISK_FULL("diskFull"),
  /**
   * The file that was to be gone on with has other parameter sets, or is finished: take another.
   */
  FORMAT_CHANGED("formatChanged"),
  /** The disk fails or is too slow, or the file is not ours. */
  ERROR("error");

  private final String json;

  RecordingEnd(String json) {
    this.json = json;
  }

  /** The name in events. */
  public String json() {
    return json;
  }
}
