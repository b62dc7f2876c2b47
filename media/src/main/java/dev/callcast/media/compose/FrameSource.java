package dev.callcast.media.compose;

import dev.callcast.media.ingest.Frame;
import org.jspecify.annotations.Nullable;

/** Where a composer takes the pictures of one tick from. */
@FunctionalInterface
public interface FrameSource {
  /**
   * The picture of a track at the tick's time, with a reference that the composer releases; null
   * while there is none.
   *
   * @param track key of the track, {@code participant/track}
   */
  @Nullable Frame frame(String track);
}
