package dev.callcast.server.store;

/** Told, after the commit and on the thread that wrote, what became of a call. Must not block. */
public interface CallListener {
  void opened(String call);

  /** The desired state has a new revision. */
  void changed(String call);

  void closed(String call);

  /** This recording has a row; its file comes when its worker has something. */
  void recordingBegan(String recording);

  /** Nothing is appended to this recording's file any more: it can be finished. */
  void recordingEnding(String recording);
}
