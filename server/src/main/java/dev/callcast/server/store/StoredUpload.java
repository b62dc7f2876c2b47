package dev.callcast.server.store;

import dev.callcast.media.output.tracks.TracksManifest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A row of the journal of uploads: one file of the spool that becomes one object.
 *
 * @param id of a composition's file: the recording's, and so is that of the manifest of tracks
 *     while it grows; of another file of tracks {@code RECORDING/NAME}
 * @param node who uploads
 * @param epoch +1 for each owner and each start from scratch; writes of an older one are refused
 * @param file absolute path on that node
 * @param format how far a growing file is whole: {@code mp4}, {@code ogg}, {@code matroska}, {@code
 *     track} or {@code append}
 * @param key the object's name in the storage, with the prefix
 * @param partSize bytes of each part but the last
 * @param uploadId null until the storage gave one
 * @param finalLength bytes of the finished file; null while it grows
 * @param rewritten so many bytes at the start changed when the file was finished: their part is
 *     sent again
 * @param tail the side object with what is in no part yet, or null
 * @param objectEtag what the storage answered to Complete, or null
 * @param error why it does not get on, or failed
 */
public record StoredUpload(
    String id,
    String recording,
    String instance,
    String call,
    String node,
    long epoch,
    State state,
    String file,
    String format,
    String contentType,
    String storage,
    String key,
    long partSize,
    @Nullable String uploadId,
    @Nullable Long finalLength,
    long rewritten,
    @Nullable Tail tail,
    @Nullable String objectEtag,
    @Nullable String error,
    String createdAt) {

  /** The id of the upload of one of the files of a recording of tracks. */
  public static String idOf(String recording, String name) {
    return recording + "/" + name;
  }

  /** Whether it is of a recording of tracks, whose files lie in a directory of its name. */
  public boolean ofTracks() {
    return format.equals("append") || !id.equals(recording);
  }

  /** The file of its recording, which for tracks is the manifest. */
  public String recordingFile() {
    return ofTracks() ? Path.of(file).resolveSibling(TracksManifest.NAME).toString() : file;
  }

  /** How far it is. */
  public enum State {
    /** About to begin: its recording may never come. */
    INTENDED,
    /** Parts are sent. */
    ACTIVE,
    /** All parts are in the journal: the storage may have been told to put them together. */
    COMPLETING,
    /** The object is there and was looked at. */
    VERIFIED,
    /** The file of the spool is gone, and its recording says that it is ready. */
    DONE,
    /** Given up. The file of the spool stays. */
    FAILED;

    String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Bytes {@code offset} to {@code offset + length} of the file, in an object of their own. */
  public record Tail(long offset, long length, String etag, String at) {}

  /**
   * One part.
   *
   * @param number from 1
   * @param size bytes
   * @param sha256 hex; empty where another node sent it and did not live to say
   */
  public record Part(int number, long size, String etag, String sha256) {}
}
