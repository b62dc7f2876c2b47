package dev.callcast.server.recordings.upload;

import dev.callcast.server.store.StoredUpload;

/** Told on the upload's thread what became of it; each may come again after a crash. */
public interface UploadListener {
  /** The object is there and was looked at; the file of the spool is gone. */
  void uploaded(StoredUpload upload, long bytes);

  /** Given up; the file of the spool stays. */
  void failed(StoredUpload upload, String reason);

  /**
   * The file of the spool was lost, with its machine or by hand: what was uploaded is going to be
   * made a file again, which has to be finished.
   *
   * @return false where another node has taken it
   */
  boolean lost(StoredUpload upload);

  /** What was uploaded of a lost file is a file again. */
  void rebuilt(StoredUpload upload);
}
