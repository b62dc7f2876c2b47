package dev.callcast.media.output.matroska;

import java.time.Duration;
import java.time.Instant;

/**
 * Everything before a file's first cluster. It has the same length in a growing file and in a
 * finished one: what only the finished one has is left room for. Stateless.
 */
final class MatroskaHead {
  /** ns of a tick: times in the file are milliseconds. */
  static final long TICK = 1_000_000;

  /** WebM's epoch for dates. */
  private static final Instant EPOCH = Instant.parse("2001-01-01T00:00:00Z");

  private static final int SEEK_HEAD_LENGTH = 26;
  private static final int DURATION_LENGTH = 11;
  private static final int TRACK = 1;
  private static final int VIDEO = 1;
  private static final int SOUND = 2;

  /** Sound before a seek target that has to be decoded too, ns (WebM's advice for Opus). */
  private static final long OPUS_PRE_ROLL = 80_000_000;

  private MatroskaHead() {}

  /**
   * What a finished file tells besides.
   *
   * @param segment bytes of the segment's content
   * @param cues where in it the cues begin
   * @param duration ns
   */
  record Finished(long segment, long cues, long duration) {}

  /** The head of a growing file. */
  static void write(EbmlBuffer b, MatroskaTrack track, String title, Instant startedAt) {
    int ebml = b.begin(Ebml.EBML);
    b.unsigned(Ebml.EBML_VERSION, 1);
    b.unsigned(Ebml.EBML_READ_VERSION, 1);
    b.unsigned(Ebml.EBML_MAX_ID_LENGTH, 4);
    b.unsigned(Ebml.EBML_MAX_SIZE_LENGTH, 8);
    b.text(Ebml.DOC_TYPE, track.webm() ? "webm" : "matroska");
    b.unsigned(Ebml.DOC_TYPE_VERSION, 4);
    b.unsigned(Ebml.DOC_TYPE_READ_VERSION, 2);
    b.end(ebml);
    b.beginUnknown(Ebml.SEGMENT);
    b.padding(SEEK_HEAD_LENGTH);
    int info = b.begin(Ebml.INFO);
    b.unsigned(Ebml.TIMESTAMP_SCALE, TICK);
    b.padding(DURATION_LENGTH);
    b.unsigned(Ebml.DATE_UTC, Duration.between(EPOCH, startedAt).toNanos(), 8);
    b.text(Ebml.TITLE, title);
    b.text(Ebml.MUXING_APP, "Callcast");
    b.text(Ebml.WRITING_APP, "Callcast");
    b.end(info);
    int tracks = b.begin(Ebml.TRACKS);
    int entry = b.begin(Ebml.TRACK_ENTRY);
    b.unsigned(Ebml.TRACK_NUMBER, TRACK);
    b.unsigned(Ebml.TRACK_UID, TRACK);
    b.unsigned(Ebml.TRACK_TYPE, track.isVideo() ? VIDEO : SOUND);
    b.unsigned(Ebml.FLAG_LACING, 0);
    b.text(Ebml.CODEC_ID, track.codecId());
    byte[] codecPrivate = track.codecPrivate();
    if (codecPrivate != null) {
      b.binary(Ebml.CODEC_PRIVATE, codecPrivate);
    }
    if (track.isVideo()) {
      int video = b.begin(Ebml.VIDEO);
      b.unsigned(Ebml.PIXEL_WIDTH, track.width());
      b.unsigned(Ebml.PIXEL_HEIGHT, track.height());
      b.end(video);
    } else {
      if (track.webm()) {
        b.unsigned(Ebml.SEEK_PRE_ROLL, OPUS_PRE_ROLL);
      }
      int audio = b.begin(Ebml.AUDIO);
      b.real(Ebml.SAMPLING_FREQUENCY, track.sampleRate());
      b.unsigned(Ebml.CHANNELS, track.channels());
      if (!track.webm()) {
        b.unsigned(Ebml.BIT_DEPTH, 8);
      }
      b.end(audio);
    }
    b.end(entry);
    b.end(tracks);
  }

  /**
   * What takes the place of the padding in a growing file's head.
   *
   * @param segment where the segment's size stands
   * @param duration where the padding for the duration stands
   */
  static byte[] finish(byte[] head, int segment, int duration, Finished finished) {
    EbmlBuffer b = new EbmlBuffer();
    b.bytes(head, 0, segment);
    b.sizeOfEight(finished.segment());
    int before = b.size();
    b.id(Ebml.SEEK_HEAD);
    b.size(SEEK_HEAD_LENGTH - 5);
    b.id(Ebml.SEEK);
    b.size(SEEK_HEAD_LENGTH - 8);
    b.unsigned(Ebml.SEEK_ID, Ebml.CUES & 0xFFFF_FFFFL, 4);
    b.unsigned(Ebml.SEEK_POSITION, finished.cues(), SEEK_HEAD_LENGTH - 8 - 7 - 3);
    if (b.size() - before != SEEK_HEAD_LENGTH) {
      throw new IllegalStateException("a seek head of " + (b.size() - before) + " bytes");
    }
    b.bytes(head, b.size(), duration - b.size());
    b.real(Ebml.DURATION, (double) finished.duration() / TICK);
    b.bytes(head, duration + DURATION_LENGTH, head.length - duration - DURATION_LENGTH);
    return b.toBytes();
  }

  /** The number of the file's one track, in blocks and cues. */
  static int track() {
    return TRACK;
  }
}
