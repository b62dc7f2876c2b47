package dev.callcast.media.output.mp4;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All samples of one track, gathered fragment by fragment in the run-length form in which {@code
 * stbl} wants them: about four bytes a sample, so that a day of recording fits a small heap. One
 * thread.
 */
final class SampleTable {
  /** A gap in the picture shorter than this is a skipped tick or two, and not worth telling. */
  private static final long GAP = 500_000_000L;

  private final Mp4Track track;
  private final Ints sizes = new Ints();
  private final Runs durations = new Runs();
  private final Runs offsets = new Runs();
  private final Ints sync = new Ints();
  private final Ints chunkSamples = new Ints();
  private final List<Gap> gaps = new ArrayList<>();
  private long[] chunkOffsets = new long[64];
  private long first;
  private long firstPresented;
  private long last;
  private int lastDuration;
  private long end;
  private boolean anyOffset;

  SampleTable(Mp4Track track) {
    this.track = track;
  }

  Mp4Track track() {
    return track;
  }

  int samples() {
    return sizes.count;
  }

  /** Ticks at which the first sample is decoded. */
  long first() {
    return first;
  }

  /** Ticks at which the first sample is shown. */
  long firstPresented() {
    return firstPresented;
  }

  /** Ticks that the media lasts, from the first decode time to the end of the last. */
  long length() {
    return last + lastDuration - first;
  }

  /** Ticks at which the sample shown last ends; with B-frames later than the last is decoded. */
  long end() {
    return end;
  }

  int syncSamples() {
    return sync.count;
  }

  /** Spans, on the file's timeline, in which one sample had to last for want of others. */
  List<Gap> gaps() {
    return List.copyOf(gaps);
  }

  /**
   * The place nearest to a time at which a sample starts or ends; {@code time} itself where there
   * is none, nor an edge of one within half of it. Only for tracks without composition offsets.
   *
   * @param length ticks that a sample of this track lasts where another follows at once
   */
  long nearestEdge(long time, int length) {
    if (sizes.count == 0) {
      return time;
    }
    long start = first;
    for (int i = 0; i < durations.counts.count; i++) {
      int count = durations.counts.data[i];
      int duration = durations.values.data[i];
      long end = start + (long) count * duration;
      if (time < end) {
        if (time <= start) {
          return start;
        }
        long edge = start + (time - start) / duration * duration;
        long next = edge + duration;
        if (duration > 2 * length && time >= edge + length) {
          // In a hole behind the sample.
          long over = edge + length;
          return time - over <= length / 2 ? over : next - time <= length / 2 ? next : time;
        }
        return time - edge <= next - time ? edge : next;
      }
      start = end;
    }
    return time - last <= last + lastDuration - time ? last : last + lastDuration;
  }

  void add(Mp4Scan.Run run) {
    int count = run.sizes().length;
    if (count == 0) {
      return;
    }
    if (chunkSamples.count == chunkOffsets.length) {
      chunkOffsets = Arrays.copyOf(chunkOffsets, chunkOffsets.length * 2);
    }
    chunkOffsets[chunkSamples.count] = run.offset();
    chunkSamples.add(count);
    long time = run.decodeTime();
    for (int i = 0; i < count; i++) {
      if (sizes.count == 0) {
        first = time;
        firstPresented = time + run.compositionOffsets()[i];
      } else {
        // The last sample lasts until this one, whatever its own fragment said of it.
        int duration = Math.toIntExact(time - last);
        durations.add(duration);
        if (duration > lastDuration && track.nanos(duration - (long) lastDuration) >= GAP) {
          gaps.add(new Gap(track.nanos(last + lastDuration), track.nanos(time)));
        }
      }
      last = time;
      lastDuration = run.durations()[i];
      end = Math.max(end, time + run.compositionOffsets()[i] + lastDuration);
      sizes.add(run.sizes()[i]);
      offsets.add(run.compositionOffsets()[i]);
      anyOffset |= run.compositionOffsets()[i] != 0;
      if ((run.flags()[i] & Mp4Boxes.SampleFlags.NON_SYNC_BIT) == 0) {
        sync.add(sizes.count);
      }
      time += run.durations()[i];
    }
  }

  /** Writes all of {@code stbl}. */
  void write(BoxBuffer b) {
    int stbl = b.begin("stbl");
    b.bytes(track.stsd());

    int stts = b.begin("stts", 0, 0);
    durations.writeWith(b, lastDuration);
    b.end(stts);

    if (anyOffset) {
      int ctts = b.begin("ctts", 1, 0);
      offsets.write(b);
      b.end(ctts);
    }
    if (sync.count < sizes.count) {
      int stss = b.begin("stss", 0, 0);
      b.u32(sync.count);
      sync.write(b);
      b.end(stss);
    }

    int stsc = b.begin("stsc", 0, 0);
    int entries = b.size();
    b.u32(0);
    int count = 0;
    for (int i = 0; i < chunkSamples.count; i++) {
      if (i == 0 || chunkSamples.data[i] != chunkSamples.data[i - 1]) {
        b.u32(i + 1L);
        b.u32(chunkSamples.data[i]);
        b.u32(1);
        count++;
      }
    }
    b.putInt(entries, count);
    b.end(stsc);

    int stsz = b.begin("stsz", 0, 0);
    b.u32(0);
    b.u32(sizes.count);
    sizes.write(b);
    b.end(stsz);

    boolean large = chunkSamples.count > 0 && chunkOffsets[chunkSamples.count - 1] > 0xffff_ffffL;
    int stco = b.begin(large ? "co64" : "stco", 0, 0);
    b.u32(chunkSamples.count);
    for (int i = 0; i < chunkSamples.count; i++) {
      b.time(large ? 1 : 0, chunkOffsets[i]);
    }
    b.end(stco);
    b.end(stbl);
  }

  /** A growing array. */
  private static final class Ints {
    private int[] data = new int[256];
    private int count;

    void add(int value) {
      if (count == data.length) {
        data = Arrays.copyOf(data, data.length + data.length / 2);
      }
      data[count++] = value;
    }

    void write(BoxBuffer b) {
      for (int i = 0; i < count; i++) {
        b.u32(data[i]);
      }
    }
  }

  /** Equal values in a row, counted. */
  private static final class Runs {
    private final Ints counts = new Ints();
    private final Ints values = new Ints();

    void add(int value) {
      if (values.count > 0 && values.data[values.count - 1] == value) {
        counts.data[counts.count - 1]++;
      } else {
        values.add(value);
        counts.add(1);
      }
    }

    /** The table as it is with one more value behind it. */
    void writeWith(BoxBuffer b, int lastValue) {
      boolean joins = values.count > 0 && values.data[values.count - 1] == lastValue;
      int runs = counts.count;
      b.u32(joins ? runs : runs + 1L);
      for (int i = 0; i < runs; i++) {
        b.u32(counts.data[i] + (joins && i == runs - 1 ? 1L : 0L));
        b.u32(values.data[i]);
      }
      if (!joins) {
        b.u32(1);
        b.u32(lastValue);
      }
    }

    void write(BoxBuffer b) {
      b.u32(counts.count);
      for (int i = 0; i < counts.count; i++) {
        b.u32(counts.data[i]);
        b.u32(values.data[i]);
      }
    }
  }
}
