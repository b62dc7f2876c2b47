package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.DiskFullException;
import dev.callcast.media.output.RecordingFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one append-only fragmented MP4, and takes it up again after a crash. One thread uses it;
 * whoever opened it closes it.
 *
 * <p><b>What is on disk at any moment is playable.</b> A fragment ({@code moof} and {@code mdat})
 * is handed to the kernel in one write, and no byte below {@link #length} is ever changed. A
 * SIGKILL leaves at most one torn fragment at the end, which players pass over; a writer that takes
 * the file up cuts it off. That is no breach of append-only for those who copy the file while it
 * grows, as they stop at {@link Mp4Inspector#completeLength}, which counts whole fragments.
 *
 * <p><b>Fragments</b> hold {@link Options#fragmentDuration} of video and the sound of the same
 * span; a key frame always starts one. A fragment is closed by the picture behind it, so each
 * duration is exact. Sound usually comes before its picture (an encoder looks ahead); it waits, but
 * no longer than a second. A format without pictures gives a file of sound alone, by the same
 * rules.
 *
 * <p><b>Time.</b> The file's timeline is the composition's, shifted so that it starts with the
 * file; the shift ({@code origin}) is noted in the first {@code moov}, so a new process needs to
 * know only the composition's time. Sound is laid end to end where its times agree within 2 ms;
 * where a piece is missing (the time that no worker was alive) frames of digital silence stand in,
 * because players disagree on holes in AAC: some wait, some play on and are out of sync from there.
 * The picture has the gap as it was: the last frame stays. The gap is noted, for who wants it cut
 * out in the end. A pause ({@link #cut}) is left a hole in both and noted for the finisher; that it
 * has begun is noted at once ({@link #pause}), so that it is whole also where the worker died in
 * it.
 *
 * <p><b>Disk.</b> {@code fdatasync} after the head, then every {@link Options#forceInterval} of
 * media (on another thread, so that a slow disk keeps no fragment in memory) and at the end: a
 * crash of the process loses nothing that was written, one of the machine at most that span. When
 * the disk or the quota is full, the file ends after its last complete fragment. Room for the
 * finisher's {@code moov} is kept free, and a hundredth of the disk for what else lies on it. The
 * file is locked against a second writer and the finisher while it is open (POSIX: another close of
 * it in the same process drops that lock).
 */
public final class FragmentedMp4Writer implements RecordingFile {
  private static final Logger LOG = LoggerFactory.getLogger(FragmentedMp4Writer.class);
  private static final long SECOND = 1_000_000_000L;

  /** How far a sound's time may be off the end of the one before and still follow it directly. */
  private static final long SNAP = 2_000_000;

  /** Sound waits at most so much longer than a fragment for its picture. */
  private static final long MAX_LEAD = SECOND;

  /** Of a picture a second, an encoder holds more than ten back. */
  private static final long MAX_SEGMENT_LEAD = 30 * SECOND;

  /** A key frame ends a fragment unless it would be shorter than this. */
  private static final long MIN_FRAGMENT = 100_000_000;

  /** Sound kept from before the first key frame: an encoder's lookahead and more. */
  private static final long MAX_PREROLL = 5 * SECOND;

  /** Frames of silence put into one fragment: 5 s. */
  private static final int SILENCE_PER_FRAGMENT = 256;

  /** The end of a cut behind which nothing is shown. */
  private static final long FOREVER = Long.MAX_VALUE / 4;

  /**
   * How to write.
   *
   * @param fragmentDuration ns
   * @param forceInterval ns of media between two {@code fdatasync}
   * @param quota bytes for the whole file, finished; 0 for none
   * @param createdAt for the file's creation time
   * @param reserve bytes to keep free behind the head for an index in front ({@link
   *     Mp4Faststart#reserve}); 0 for none
   * @param minFragment ns: a key frame ends a fragment unless it would be shorter than this
   * @param maxLead ns: sound waits at most so much longer than a fragment for its picture
   */
  public record Options(
      long fragmentDuration,
      long forceInterval,
      long quota,
      Instant createdAt,
      int reserve,
      long minFragment,
      long maxLead) {
    /** With what is usual for a file. */
    public Options(
        long fragmentDuration, long forceInterval, long quota, Instant createdAt, int reserve) {
      this(fragmentDuration, forceInterval, quota, createdAt, reserve, MIN_FRAGMENT, MAX_LEAD);
    }

    /** 500 ms, synced every second, no quota, created now, no reserve. */
    public static Options defaults() {
      return new Options(SECOND / 2, SECOND, 0, Instant.now(), 0);
    }

    /**
     * Each key frame starts a fragment, and none is without pictures unless all are.
     *
     * @param fragmentDuration ns
     */
    public static Options segments(long fragmentDuration) {
      return new Options(fragmentDuration, SECOND, 0, Instant.now(), 0, 0, MAX_SEGMENT_LEAD);
    }

    /** The same with a quota in bytes, 0 for none. */
    public Options withQuota(long bytes) {
      return new Options(
          fragmentDuration, forceInterval, bytes, createdAt, reserve, minFragment, maxLead);
    }

    /** The same with a reserve in bytes, 0 for none. */
    public Options withReserve(int bytes) {
      return new Options(
          fragmentDuration, forceInterval, quota, createdAt, bytes, minFragment, maxLead);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Sample(byte[] data, long time, int compositionOffset, int duration, boolean key) {}

  /** Samples of one track that are not on the disk yet. */
  private static final class Pending {
    final Mp4Track track;
    final List<Sample> samples = new ArrayList<>();

    /** Ticks: where the next sample is due; 0 before the first. */
    long end;

    boolean any;

    Pending(Mp4Track track) {
      this.track = track;
    }

    long spanNanos() {
      return samples.isEmpty() ? 0 : track.nanos(samples.getLast().time - samples.getFirst().time);
    }

    void add(Sample sample) {
      samples.add(sample);
      end = sample.time + sample.duration;
      any = true;
    }

    /** Takes out the samples before {@code ticks}, with durations that reach to the next one. */
    List<Sample> takeBefore(long ticks) {
      int count = 0;
      while (count < samples.size() && samples.get(count).time < ticks) {
        count++;
      }
      var taken = new ArrayList<Sample>(count);
      for (int i = 0; i < count; i++) {
        Sample s = samples.get(i);
        int duration =
            i + 1 < samples.size() ? (int) (samples.get(i + 1).time - s.time) : s.duration;
        taken.add(new Sample(s.data, s.time, s.compositionOffset, duration, s.key));
      }
      samples.subList(0, count).clear();
      return taken;
    }
  }

  private final String name;
  private final Mp4Target target;

  private final StreamFormat format;
  private final Options options;
  private final @Nullable Pending video;
  private final Pending audio;

  /** The pictures, or without any the sound: what starts the file and counts in pauses. */
  private final Pending lead;

  private final byte[] silence;
  private final BoxBuffer boxes = new BoxBuffer();
  private final ArrayDeque<Packet> preroll = new ArrayDeque<>();
  private ByteBuffer out = ByteBuffer.allocateDirect(256 << 10);
  private boolean headed;
  private boolean wantsKeyFrame = true;
  private boolean keyFrameNext;
  private boolean gapIsCut;
  private @Nullable Gap pendingCut;
  private @Nullable Gap pendingGap;
  private @Nullable Long openPause; // ns on the file's timeline
  private long cutBeforeStart = Long.MIN_VALUE; // ns on the composition's
  private boolean takenUp;
  private long origin;
  private long startTime;
  private int sequence;
  private long samplesWritten;
  private long picturesWritten;
  private long endNanos;
  private long forcedNanos;
  private long late;
  private @Nullable Outcome ended;

  private FragmentedMp4Writer(String name, Mp4Target target, StreamFormat format, Options options) {
    this.name = name;
    this.target = target;
    this.format = format;
    this.options = options;
    Mp4Track pictures = Mp4Boxes.videoTrack(format);
    this.video = pictures == null ? null : new Pending(pictures);
    this.audio = new Pending(Mp4Boxes.audioTrack(format));
    this.lead = video == null ? audio : video;
    this.silence = AacSilence.frame(format.channels());
  }

  /**
   * Opens a file to record into: a new one, or one that a writer left behind. A file without a
   * complete head is begun anew. New files are readable by their owner alone.
   *
   * @throws IOException where the file system refuses
   */
  public static Mp4Opening open(Path path, StreamFormat format, Options options)
      throws IOException {
    var file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (!AppendOnlyFile.lock(file)) {
        file.close();
        return new Mp4Opening.Refused(Mp4Opening.Refusal.IN_USE, path + " is locked");
      }
      var target = new GrowingMp4(path, file);
      var writer = new FragmentedMp4Writer(path.toString(), target, format, options);
      Mp4Opening opening = writer.takeUp(file, target);
      if (opening instanceof Mp4Opening.Refused) {
        file.close();
      }
      return opening;
    } catch (Mp4FormatException e) {
      file.close();
      return new Mp4Opening.Refused(
          Mp4Opening.Refusal.FOREIGN, path + ": " + String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Writes to a place that takes each fragment by itself, from its first one on.
   *
   * @param name for messages
   */
  public static FragmentedMp4Writer into(
      Mp4Target target, String name, StreamFormat format, Options options) {
    return new FragmentedMp4Writer(name, target, format, options);
  }

  private Mp4Opening takeUp(FileChannel file, GrowingMp4 growing) throws IOException {
    var scan =
        Mp4Scan.of(
            file,
            new Mp4Scan.Visitor() {
              @Override
              public void fragment(
                  long start, long end, Mp4Scan.@Nullable Run v, Mp4Scan.@Nullable Run a) {
                note(video, v);
                note(audio, a);
              }

              private void note(@Nullable Pending pending, Mp4Scan.@Nullable Run run) {
                if (run != null && pending != null) {
                  pending.end = Math.max(pending.end, run.endTime());
                  pending.any = true;
                  samplesWritten += run.sizes().length;
                }
              }

              @Override
              public void paused(long from) {
                openPause = from;
              }

              @Override
              public void cut(Gap cut) {
                openPause = null;
              }
            });
    if (scan.finished()) {
      return new Mp4Opening.Refused(Mp4Opening.Refusal.FINISHED, name + " is finished");
    }
    var header = scan.header();
    if (header == null) {
      growing.startAt(0);
      openPause = null;
      return new Mp4Opening.Created(this);
    }
    String difference = difference(header);
    if (difference != null) {
      return new Mp4Opening.Refused(Mp4Opening.Refusal.FORMAT_CHANGED, difference);
    }
    headed = true;
    origin = header.origin();
    long length = scan.completeLength();
    growing.startAt(length);
    sequence = scan.lastSequence();
    long torn = scan.fileSize() - length;
    endNanos = audio.track.nanos(audio.end);
    if (video != null) {
      endNanos = Math.max(endNanos, video.track.nanos(video.end));
    }
    forcedNanos = endNanos;
    takenUp = true;
    // What was not recorded in a pause is not silence either.
    gapIsCut = openPause != null;
    return new Mp4Opening.Resumed(this, origin + endNanos, torn);
  }

  private @Nullable String difference(Mp4Scan.Header header) {
    Mp4Track pictures = video == null ? null : video.track;
    if (!Objects.equals(header.video(), pictures)
        || header.width() != format.width()
        || header.height() != format.height()) {
      return "the video, its size, frame rate or parameter sets differ from those in " + name;
    }
    return header.audio().equals(audio.track)
        ? null
        : "the sound's configuration differs from that in " + name;
  }

  /**
   * Takes one packet, in decode order per kind. A new file starts at the first key frame, with the
   * sound of that moment; so does the picture of one taken up. Without pictures it starts with the
   * first sound.
   *
   * @throws IOException where the disk fails otherwise than by being full; what was complete before
   *     stays so
   */
  @Override
  public Outcome write(Packet packet) throws IOException {
    if (ended != null) {
      return ended;
    }
    if (!headed) {
      return start(packet);
    }
    if (takenUp && openPause != null && video != null) {
      return endPause(packet, openPause);
    }
    return switch (packet.kind()) {
      case VIDEO -> video == null ? Outcome.BUFFERED : writeVideo(video, packet);
      case AUDIO -> writeAudio(packet);
    };
  }

  private Outcome start(Packet packet) throws IOException {
    if (video != null && packet.kind() == Packet.Kind.AUDIO) {
      preroll.add(packet);
      while (packet.pts() - preroll.getFirst().pts() > MAX_PREROLL) {
        preroll.removeFirst();
      }
      return Outcome.BUFFERED;
    }
    if (video == null ? packet.kind() == Packet.Kind.VIDEO : !packet.keyFrame()) {
      return Outcome.BUFFERED;
    }
    origin = packet.dts();
    if (video != null) {
      originFor(packet, video);
    }
    boxes.clear();
    Mp4Boxes.ftyp(boxes, video != null);
    Mp4Boxes.free(boxes);
    if (options.reserve > 0) {
      int free = boxes.begin("free");
      boxes.zeros(options.reserve - 8);
      boxes.end(free);
    }
    long created = options.createdAt.getEpochSecond() + Mp4Boxes.EPOCH_1904;
    Mp4Track pictures = video == null ? null : video.track;
    Mp4Boxes.initialMoov(boxes, format, pictures, audio.track, created, origin);
    Outcome outcome = append(boxes.view());
    boxes.release();
    if (outcome != Outcome.WRITTEN) {
      return outcome;
    }
    target.sync();
    headed = true;
    startTime = Math.max(packet.pts(), cutBeforeStart);
    if (cutBeforeStart > packet.pts()) {
      pendingCut = new Gap(0, cutBeforeStart - origin);
    }
    outcome = video == null ? writeAudio(packet) : writeVideo(video, packet);
    while (!preroll.isEmpty()) {
      outcome = worse(outcome, writeAudio(preroll.removeFirst()));
    }
    return outcome;
  }

  /**
   * Lets the file start with a key frame. The sound that is on then began up to a frame before it,
   * and one frame more is kept, for a decoder needs the one before to give the sound of the next.
   * The origin stands back by whole video ticks, so that pictures stay on whole ones.
   */
  private void originFor(Packet picture, Pending video) {
    while (!preroll.isEmpty() && !isHeardFrom(preroll.getFirst(), picture.pts())) {
      preroll.removeFirst();
    }
    if (!preroll.isEmpty() && preroll.getFirst().pts() < origin) {
      long timescale = video.track.timescale();
      long ticks = Math.ceilDiv((origin - preroll.getFirst().pts()) * timescale, SECOND);
      origin -= ticks * SECOND / timescale;
    }
  }

  /** Whether a sound is needed to hear all that is from a moment on, ns. */
  public static boolean isHeardFrom(Packet sound, long time) {
    return sound.pts() + 2 * sound.duration() > time;
  }

  /**
   * What a file taken up gets first that ended in a pause, which is over: nobody knows since when,
   * but nothing was recorded of what came before this.
   */
  private Outcome endPause(Packet packet, long from) throws IOException {
    if (packet.kind() == Packet.Kind.AUDIO) {
      preroll.add(packet);
      while (packet.pts() - preroll.getFirst().pts() > MAX_PREROLL) {
        preroll.removeFirst();
      }
      return Outcome.BUFFERED;
    }
    if (!packet.keyFrame()) {
      return Outcome.BUFFERED;
    }
    Outcome outcome = cut(from + origin, packet.pts());
    preroll.removeIf(sound -> !isHeardFrom(sound, packet.pts()));
    while (!preroll.isEmpty()) {
      outcome = worse(outcome, write(preroll.removeFirst()));
    }
    return worse(outcome, write(packet));
  }

  /** The first sample behind a file taken up: the time without a worker is noted. */
  private void noteGap(long time) {
    if (!takenUp) {
      return;
    }
    takenUp = false;
    long from = lead.track.nanos(lead.end);
    long to = lead.track.nanos(time);
    if (openPause != null) {
      pendingCut = new Gap(Math.min(openPause, from), Math.max(to, from));
      openPause = null;
    } else if (pendingCut == null && to > from) {
      pendingGap = new Gap(from, to);
    }
  }

  private Outcome writeVideo(Pending video, Packet packet) throws IOException {
    long time = video.track.ticks(packet.dts() - origin);
    if (wantsKeyFrame) {
      if (!packet.keyFrame() || time < video.end) {
        late += time < video.end ? 1 : 0;
        return Outcome.BUFFERED;
      }
      wantsKeyFrame = false;
      noteGap(time);
    }
    if (!video.samples.isEmpty() && time <= video.samples.getLast().time) {
      late++; // two pictures of one moment: the decode order would break
      return Outcome.BUFFERED;
    }
    video.add(sample(video, packet, time));
    long span = video.spanNanos();
    boolean full =
        span >= options.fragmentDuration
            || (packet.keyFrame() && span >= options.minFragment && span > 0);
    if (!full) {
      return Outcome.BUFFERED;
    }
    keyFrameNext = packet.keyFrame();
    Outcome outcome = flush(time);
    keyFrameNext = false;
    return outcome;
  }

  private static Sample sample(Pending pending, Packet packet, long time) {
    long offset = pending.track.ticks(packet.pts() - packet.dts());
    int duration = (int) Math.max(1, pending.track.ticks(packet.duration()));
    return new Sample(packet.data(), time, (int) offset, duration, packet.keyFrame());
  }

  private Outcome writeAudio(Packet packet) throws IOException {
    long time = audio.track.ticks(packet.pts() - origin);
    long half = AacSilence.FRAME / 2;
    Outcome outcome = Outcome.BUFFERED;
    long off = time - audio.end;
    if (!audio.any) {
      if (time < 0) {
        return outcome;
      }
    } else if (Math.abs(audio.track.nanos(off)) <= SNAP) {
      time = audio.end;
    } else if (off <= -half) {
      late++;
      return outcome;
    } else if (off < 0) {
      time = audio.end;
    } else if (off >= half && !gapIsCut) {
      if (video == null) {
        noteGap(time);
      }
      outcome = fillWithSilence(time);
      if (isEnd(outcome)) {
        return outcome;
      }
    }
    if (video == null) {
      noteGap(time);
    }
    if (gapIsCut && pendingCut != null) {
      // The sound may start later than the picture behind the cut: players want one without a hole.
      long missing = time - audio.track.ticks(pendingCut.to());
      if (missing > 0 && video != null) {
        audio.end =
            Math.max(audio.end, time - Math.ceilDiv(missing, AacSilence.FRAME) * AacSilence.FRAME);
        outcome = worse(outcome, fillWithSilence(time));
        if (isEnd(outcome)) {
          return outcome;
        }
      }
    }
    gapIsCut = false;
    audio.add(new Sample(packet.data(), time, 0, AacSilence.FRAME, true));
    long most = options.fragmentDuration + (video == null ? 0 : options.maxLead);
    if (audio.spanNanos() + audio.track.nanos(AacSilence.FRAME) >= most) {
      outcome = worse(outcome, flush(Long.MAX_VALUE));
    }
    return outcome;
  }

  /** Fills up to {@code time} to the nearest frame; the last of them then lasts as it must. */
  private Outcome fillWithSilence(long time) throws IOException {
    long frames = (time - audio.end + AacSilence.FRAME / 2) / AacSilence.FRAME;
    Outcome outcome = Outcome.BUFFERED;
    for (long i = 0; i < frames; i++) {
      audio.add(new Sample(silence, audio.end, 0, AacSilence.FRAME, true));
      if (audio.samples.size() >= SILENCE_PER_FRAGMENT) {
        outcome = worse(outcome, flush(Long.MAX_VALUE));
        if (isEnd(outcome)) {
          return outcome;
        }
      }
    }
    return outcome;
  }

  /** Writes what is buffered as a fragment, however short: nothing more is coming for a while. */
  @Override
  public Outcome flush() throws IOException {
    if (ended != null) {
      return ended;
    }
    return headed ? flush(Long.MAX_VALUE) : Outcome.BUFFERED;
  }

  /**
   * A pause has begun: what came before it goes to the disk, and that it has begun is noted there.
   */
  @Override
  public Outcome pause(long from) throws IOException {
    if (ended != null) {
      return ended;
    }
    if (!headed || openPause != null) {
      return Outcome.BUFFERED;
    }
    Outcome outcome = flush(Long.MAX_VALUE);
    if (isEnd(outcome)) {
      return outcome;
    }
    openPause = Math.max(from - origin, lead.track.nanos(lead.end));
    boxes.clear();
    int note = Mp4Boxes.beginNote(boxes, Mp4Boxes.Note.PAUSED);
    boxes.u64(openPause);
    boxes.end(note);
    return append(boxes.view());
  }

  /**
   * Says that a span is a pause, to be left out of the finished file. Call it after the last packet
   * before the pause and before the first behind it, which must be a key frame for video unless no
   * picture was left out. What is written behind it and belongs before {@code to} is decoded but
   * not shown, so a pause may end between key frames.
   *
   * @param from ns on the composition's timeline; pictures that were written already are not left
   *     out
   * @param to ns on the composition's timeline
   */
  @Override
  public Outcome cut(long from, long to) throws IOException {
    if (ended != null) {
      return ended;
    }
    if (!headed) {
      preroll.clear();
      cutBeforeStart = to;
      return Outcome.BUFFERED;
    }
    Outcome outcome = flush(Long.MAX_VALUE);
    if (!isEnd(outcome)) {
      long begin = Math.max(from - origin, lead.track.nanos(lead.end));
      if (to - origin > begin) {
        pendingCut = new Gap(begin, to - origin);
      }
      openPause = null;
      takenUp = false;
      gapIsCut = true;
    }
    return outcome;
  }

  /**
   * Ends the file with a moment: what is buffered from there on is dropped, and what reaches beyond
   * it (the last sound, by less than a frame) is noted as not to be shown.
   *
   * @param time ns on the composition's timeline, of the first picture that is left out
   */
  @Override
  public Outcome endAt(long time) throws IOException {
    if (ended != null || !headed) {
      return end();
    }
    if (video != null) {
      long ticks = video.track.ticks(time - origin);
      video.samples.removeIf(sample -> sample.time >= ticks);
    }
    long ticks = audio.track.ticks(time - origin);
    audio.samples.removeIf(sample -> sample.time >= ticks);
    Outcome outcome = flush(Long.MAX_VALUE);
    if (!isEnd(outcome) && video != null && openPause == null) {
      boxes.clear();
      Mp4Boxes.note(boxes, Mp4Boxes.Note.CUT, new Gap(time - origin, FOREVER));
      outcome = worse(outcome, append(boxes.view()));
    }
    return isEnd(outcome) ? outcome : worse(outcome, end());
  }

  /** Writes the samples before a video time, in ticks, as one fragment. */
  private Outcome flush(long videoTime) throws IOException {
    long audioTime =
        videoTime == Long.MAX_VALUE
            ? Long.MAX_VALUE
            : Mp4Track.rescale(videoTime, lead.track.timescale(), audio.track.timescale());
    List<Sample> pictures = video == null ? List.of() : video.takeBefore(videoTime);
    var sounds = audio.takeBefore(audioTime);
    if (pictures.isEmpty() && sounds.isEmpty()) {
      return Outcome.BUFFERED;
    }
    boxes.clear();
    if (pendingCut != null) {
      Mp4Boxes.note(boxes, Mp4Boxes.Note.CUT, pendingCut);
    }
    if (pendingGap != null) {
      Mp4Boxes.note(boxes, Mp4Boxes.Note.GAP, pendingGap);
    }
    int moof = boxes.begin("moof");
    int mfhd = boxes.begin("mfhd", 0, 0);
    boxes.u32(sequence + 1L);
    boxes.end(mfhd);
    int videoOffset = pictures.isEmpty() ? -1 : traf(lead.track, pictures);
    int audioOffset = sounds.isEmpty() ? -1 : traf(audio.track, sounds);
    boxes.end(moof);
    int moofSize = boxes.size() - moof;
    int videoBytes = bytes(pictures);
    int total = Math.addExact(videoBytes, bytes(sounds));
    if (videoOffset >= 0) {
      boxes.putInt(videoOffset, moofSize + 8);
    }
    if (audioOffset >= 0) {
      boxes.putInt(audioOffset, moofSize + 8 + videoBytes);
    }
    int head = boxes.size();
    boxes.u32(total + 8L);
    boxes.fourcc("mdat");

    int pad = target.padding(head);
    int size = Math.addExact(pad + boxes.size(), total);
    if (out.capacity() < size) {
      out = ByteBuffer.allocateDirect(Math.addExact(size, size / 2));
    }
    out.clear();
    if (pad > 0) {
      out.putInt(pad).putInt(0x6672_6565).put(new byte[pad - 8]); // "free"
    }
    out.put(boxes.view());
    pictures.forEach(s -> out.put(s.data));
    sounds.forEach(s -> out.put(s.data));
    Outcome outcome = append(out.flip(), fragment(pictures, sounds));
    if (outcome == Outcome.WRITTEN) {
      sequence++;
      samplesWritten += pictures.size() + sounds.size();
      picturesWritten += pictures.size();
      pendingCut = null;
      pendingGap = null;
      advance(lead.track, pictures);
      advance(audio.track, sounds);
      if (endNanos - forcedNanos >= options.forceInterval) {
        target.sync();
        forcedNanos = endNanos;
      }
    }
    return outcome;
  }

  private Mp4Target.Fragment fragment(List<Sample> pictures, List<Sample> sounds) {
    boolean shown = !pictures.isEmpty();
    Mp4Track track = shown ? lead.track : audio.track;
    List<Sample> samples = shown ? pictures : sounds;
    Sample first = samples.getFirst();
    long from = track.nanos(first.time);
    long to = track.nanos(samples.getLast().time + samples.getLast().duration);
    return new Mp4Target.Fragment(
        origin + from, to - from, shown ? first.key : video == null, video == null || keyFrameNext);
  }

  private void advance(Mp4Track track, List<Sample> samples) {
    if (!samples.isEmpty()) {
      Sample last = samples.getLast();
      endNanos = Math.max(endNanos, track.nanos(last.time + last.duration));
    }
  }

  private static int bytes(List<Sample> samples) {
    int total = 0;
    for (Sample sample : samples) {
      total = Math.addExact(total, sample.data.length);
    }
    return total;
  }

  /** Writes a {@code traf} and gives the place of its data offset. */
  private int traf(Mp4Track track, List<Sample> samples) {
    int traf = boxes.begin("traf");
    int tfhd = boxes.begin("tfhd", 0, 0x02_0000); // default-base-is-moof
    boxes.u32(track.id());
    boxes.end(tfhd);
    int tfdt = boxes.begin("tfdt", 1, 0);
    boxes.u64(samples.getFirst().time);
    boxes.end(tfdt);
    boolean flags = track.kind() == Packet.Kind.VIDEO;
    boolean offsets = samples.stream().anyMatch(s -> s.compositionOffset != 0);
    // Sizes and durations always stand with each sample, also where they are all equal: see DESIGN.
    int trun = boxes.begin("trun", 1, 0x301 | (flags ? 0x400 : 0) | (offsets ? 0x800 : 0));
    boxes.u32(samples.size());
    int dataOffset = boxes.size();
    boxes.u32(0);
    for (Sample sample : samples) {
      boxes.u32(sample.duration);
      boxes.u32(sample.data.length);
      if (flags) {
        boxes.u32(sample.key ? Mp4Boxes.SampleFlags.SYNC : Mp4Boxes.SampleFlags.DEPENDENT);
      }
      if (offsets) {
        boxes.u32(sample.compositionOffset);
      }
    }
    boxes.end(trun);
    boxes.end(traf);
    return dataOffset;
  }

  /**
   * Appends in one write where the kernel takes it in one; ends the file where there is no room.
   */
  private Outcome append(ByteBuffer bytes) throws IOException {
    return append(bytes, null);
  }

  private Outcome append(ByteBuffer bytes, Mp4Target.@Nullable Fragment fragment)
      throws IOException {
    long reserve = 64 * 1024 + 8 * samplesWritten + 40L * sequence;
    if (options.quota > 0 && target.length() + bytes.remaining() + reserve > options.quota) {
      return end(Outcome.QUOTA);
    }
    try {
      if (fragment == null) {
        target.append(bytes, reserve);
      } else {
        target.append(bytes, reserve, fragment);
      }
    } catch (DiskFullException e) {
      return end(Outcome.DISK_FULL);
    } catch (IOException e) {
      close();
      throw e;
    }
    return Outcome.WRITTEN;
  }

  private Outcome end(Outcome why) throws IOException {
    ended = why;
    lead.samples.clear();
    audio.samples.clear();
    try {
      finish();
    } catch (IOException e) {
      // A full disk may tell so only now. What was written stays as it is either way.
      LOG.warn("{} ends ({}), and its last sync failed", name, why, e);
      close();
    }
    return why;
  }

  /** Writes what is buffered, syncs and closes. What it answers says whether all of it had room. */
  @Override
  public Outcome end() throws IOException {
    if (ended != null || !target.isOpen()) {
      return ended == null ? Outcome.WRITTEN : ended;
    }
    Outcome outcome = headed ? flush(Long.MAX_VALUE) : Outcome.BUFFERED;
    if (!isEnd(outcome)) {
      finish();
    }
    return outcome;
  }

  private void finish() throws IOException {
    target.finish();
  }

  /** Closes the file as it is: what is buffered is lost. Does nothing the second time. */
  @Override
  public void close() throws IOException {
    target.close();
  }

  /** Bytes of the file up to the end of its last complete fragment. */
  @Override
  public long length() {
    return target.length();
  }

  /** Fragments in the file, with those of writers before. */
  @Override
  public int fragments() {
    return sequence;
  }

  /** True once the file has its head: from the first key frame on. */
  public boolean started() {
    return headed;
  }

  @Override
  public long startTime() {
    return startTime;
  }

  /** Pictures that were written by this writer. */
  @Override
  public long pictures() {
    return picturesWritten;
  }

  /** ns on the composition's timeline where the media on the disk ends; 0 before the first. */
  @Override
  public long endTime() {
    return headed ? origin + endNanos : 0;
  }

  /** Packets left out because the file has something of their time already. */
  @Override
  public long late() {
    return late;
  }

  private static boolean isEnd(Outcome outcome) {
    return outcome.isEnd();
  }

  private static Outcome worse(Outcome one, Outcome other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
