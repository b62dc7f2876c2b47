package dev.callcast.media.output.mp4;

import java.util.ArrayList;
import java.util.List;

/**
 * The edit list of one track: which spans of its media are shown, one after another.
 *
 * <p>The track that leads is cut exactly where the spans say. The sound that follows it starts with
 * it to the sample, but is cut <em>between its frames</em> from then on, at the frame nearest to
 * the place where it is in time with the picture: at most half a frame off it (10.7 ms), counted
 * anew at each cut. For players decode whole frames. GStreamer trims them to what an edit says;
 * ffmpeg does so at the first edit only, and Chromium plays the frames end to end and counts their
 * samples: with cuts inside of frames its sound came up to 21 ms later at each of them, and later
 * and later with each pause (measured). Cut between frames, all three play the same samples at the
 * same time.
 *
 * @param entries in the order of the presentation
 */
record Mp4Edits(List<Entry> entries) {
  Mp4Edits {
    entries = List.copyOf(entries);
  }

  /**
   * One entry.
   *
   * @param duration in the movie's timescale
   * @param mediaTime in the track's, from its first sample; -1 for nothing to show
   */
  record Entry(long duration, long mediaTime) {
    private boolean large() {
      return duration > Integer.MAX_VALUE || mediaTime > Integer.MAX_VALUE;
    }
  }

  /** The edits of a track that is cut exactly. */
  static Mp4Edits of(SampleTable table, List<Gap> kept, int movieTimescale) {
    var entries = new ArrayList<Entry>();
    Mp4Track track = table.track();
    for (Gap span : kept) {
      long from = Math.max(track.ticks(span.from()), table.firstPresented());
      long to = Math.min(track.ticks(span.to()), table.end());
      if (from < to) {
        long duration = Mp4Track.rescale(to - from, track.timescale(), movieTimescale);
        entries.add(new Entry(duration, from - table.first()));
      }
    }
    return new Mp4Edits(entries);
  }

  /**
   * The edits of sound that follows another track. Nothing but the first entry may be an empty one:
   * ffmpeg plays the start of the file in the place of others. A time that has no sound is spanned
   * by the last frame before it.
   *
   * @param frame ticks of one frame
   * @param movieTimescale the sound's own
   */
  static Mp4Edits following(SampleTable table, int frame, List<Gap> kept, int movieTimescale) {
    var entries = new ArrayList<Entry>();
    Mp4Track track = table.track();
    long due = 0; // where the span starts in the presentation
    long given = 0; // where the sound is in it
    for (int i = 0; i < kept.size(); i++) {
      Gap span = kept.get(i);
      long from = track.ticks(span.from()) + given - due;
      due += track.ticks(span.to()) - track.ticks(span.from());
      if (due <= given || from >= table.end()) {
        continue;
      }
      long begins = entries.isEmpty() ? from : table.nearestEdge(from, frame);
      if (begins < table.firstPresented()) {
        begins = table.firstPresented();
        long empty = Math.min(begins - from, due - given);
        entries.add(new Entry(empty, -1));
        given += empty;
      }
      long ends = Math.min(begins + due - given, table.end());
      if (i < kept.size() - 1) {
        ends = table.nearestEdge(ends, frame);
      }
      if (begins < ends) {
        entries.add(new Entry(ends - begins, begins - table.first()));
        given += ends - begins;
      }
    }
    return new Mp4Edits(
        entries.stream()
            .map(entry ->
                new Entry(
                    Mp4Track.rescale(entry.duration(), track.timescale(), movieTimescale),
                    entry.mediaTime()))
            .toList());
  }

  /** What is shown, in the movie's timescale. */
  long length() {
    return entries.stream().mapToLong(Entry::duration).sum();
  }

  /** Writes {@code edts}. */
  void write(BoxBuffer b) {
    int edts = b.begin("edts");
    int version = entries.stream().anyMatch(Entry::large) ? 1 : 0;
    int elst = b.begin("elst", version, 0);
    b.u32(entries.size());
    for (Entry entry : entries) {
      b.time(version, entry.duration());
      b.time(version, entry.mediaTime());
      b.u32(0x0001_0000); // rate
    }
    b.end(elst);
    b.end(edts);
  }
}
