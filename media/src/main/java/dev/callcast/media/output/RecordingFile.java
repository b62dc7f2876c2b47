package dev.callcast.media.output;

import dev.callcast.media.encode.Packet;
import java.io.IOException;

/**
 * A recording's file while it grows: append-only, playable at any moment, and taken up again after
 * a crash. One thread uses it; whoever opened it closes it.
 */
public interface RecordingFile extends AutoCloseable {
  /** What became of what was handed in. */
  enum Outcome {
    /** It waits for its fragment to be full. */
    BUFFERED,
    /** One fragment or more went to the disk. */
    WRITTEN,
    /** The file has ended, complete and playable: the next fragment would pass the quota. */
    QUOTA,
    /** The file has ended, complete and playable: there is no room on the disk. */
    DISK_FULL;

    /** Whether nothing more can be written. */
    public boolean isEnd() {
      return this == QUOTA || this == DISK_FULL;
    }
  }

  /**
   * Takes one packet, in decode order per kind.
   *
   * @throws IOException where the disk fails otherwise than by being full; what was complete before
   *     stays so
   */
  Outcome write(Packet packet) throws IOException;

  /** Writes what is buffered, however little: nothing more is coming for a while. */
  Outcome flush() throws IOException;

  /**
   * A pause has begun.
   *
   * @param from ns on the composition's timeline
   */
  Outcome pause(long from) throws IOException;

  /**
   * Says that a span is a pause, to be left out of the finished file. Call it after the last packet
   * before the pause and before the first behind it.
   *
   * @param from ns on the composition's timeline; what was written already is not left out
   * @param to ns on the composition's timeline
   */
  Outcome cut(long from, long to) throws IOException;

  /**
   * Ends the file with a moment: what is buffered from there on is dropped, for it is recorded
   * elsewhere.
   *
   * @param time ns on the composition's timeline, of the first picture that is left out
   */
  Outcome endAt(long time) throws IOException;

  /** Writes what is buffered, syncs and closes. What it answers says whether all of it had room. */
  Outcome end() throws IOException;

  /** Bytes of the file that are whole. */
  long length();

  /** Fragments in the file, with those of writers before. */
  int fragments();

  /**
   * ns on the composition's timeline of what a player shows first of a new file; 0 before there is
   * any. The file's own timeline may start earlier, with sound that decoders want.
   */
  long startTime();

  /** Pictures that were written by this writer. */
  long pictures();

  /** ns on the composition's timeline where the media on the disk ends; 0 before the first. */
  long endTime();

  /** Packets left out because the file has something of their time already. */
  long late();

  /** Closes the file as it is: what is buffered is lost. Does nothing the second time. */
  @Override
  void close() throws IOException;
}
