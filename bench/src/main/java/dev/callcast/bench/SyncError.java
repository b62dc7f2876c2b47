package dev.callcast.bench;

import dev.callcast.gst.I420;
import dev.callcast.media.ingest.AudioSink;
import dev.callcast.media.ingest.CallIngest;
import dev.callcast.media.ingest.Frame;
import dev.callcast.media.ingest.FrameStore;
import dev.callcast.media.ingest.IngestListener;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.testkit.clip.ClipMarks;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Measures how far picture and sound of a participant come out of reception apart: the time of the
 * first frame of each flash against the time at which its beep begins, both on the call's timeline.
 * Arguments: participants, seconds, skew in ppm, a kind of reports ({@code SEPARATE}, {@code
 * COMPOUND}, {@code NONE}), jitter in ms, delay of the pictures in ms. Prints the offsets in ms,
 * positive when the sound is late.
 */
public final class SyncError {
  private static final int RATE = 48_000;
  private static final int FPS = 30;

  private SyncError() {}

  /** Runs one measurement. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int count = Integer.parseInt(args[0]);
    int seconds = Integer.parseInt(args[1]);
    double skew = Double.parseDouble(args[2]);
    TransportSpec.Reports reports = TransportSpec.Reports.valueOf(args[3]);
    int jitter = Integer.parseInt(args[4]);
    int delay = Integer.parseInt(args[5]);
    int port;
    try (DatagramSocket socket = new DatagramSocket(0)) {
      port = socket.getLocalPort();
    }
    long base = System.nanoTime();
    EndpointSpec endpoint =
        new EndpointSpec("e", true, "127.0.0.1", port, null, List.of(), null, null);
    List<SyntheticParticipant> people = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SyntheticParticipant one =
          SyntheticParticipant.of(i, "P" + i, "e", Codec.VP8, i % 4 == 3 ? Codec.PCMU : Codec.OPUS)
              .withSkew(i % 2 == 0 ? skew : -skew);
      List<SyntheticTrack> tracks = new ArrayList<>();
      for (SyntheticTrack track : one.tracks()) {
        tracks.add(
            track.withFaults(
                Faults.jitter(jitter).withDelay(track.id().equals("cam") ? delay : 0)));
      }
      people.add(one.withTracks(tracks));
    }
    Map<String, Beeps> beeps = new HashMap<>();
    people.forEach(one -> beeps.put(one.id(), new Beeps()));
    try (CallIngest ingest =
            new CallIngest(
                base,
                0,
                (participant, _) -> Objects.requireNonNull(beeps.get(participant)),
                new Quiet());
        Senders senders = Senders.start()) {
      ingest.apply(
          List.of(endpoint), people.stream().map(SyntheticParticipant::toSpec).toList(), List.of());
      Set<String> keys =
          people.stream().map(one -> CallIngest.key(one.id(), "cam")).collect(Collectors.toSet());
      ingest.setVisible(keys);
      senders.open(
          TransportSpec.of("e", "127.0.0.1", port, null)
              .withReports(reports)
              .withNtpOffset(12345.678));
      senders.prepare(people);
      long[] origins = new long[count];
      List<Flashes> flashes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Thread.sleep(137);
        SyntheticParticipant one = people.get(i);
        origins[i] = senders.add(one) - base;
        flashes.add(
            new Flashes(
                Objects.requireNonNull(ingest.frames(CallIngest.key(one.id(), "cam"))),
                System.nanoTime() - base));
      }
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      while (System.nanoTime() < end) {
        flashes.forEach(Flashes::poll);
        Thread.sleep(4);
      }
      for (int i = 0; i < count; i++) {
        print(i, people.get(i), origins[i], flashes.get(i), beeps.get(people.get(i).id()));
      }
      System.out.printf("sender late by %.1f ms%n", senders.stats().lateMs());
    }
  }

  private static void print(
      int index, SyntheticParticipant one, long origin, Flashes flashes, @Nullable Beeps beeps) {
    List<Double> found = beeps == null ? List.of() : List.copyOf(beeps.onsets);
    StringBuilder line = new StringBuilder();
    double speed = 1 + one.skewPpm() / 1e6;
    for (long flash : flashes.onsets) {
      for (double beep : found) {
        double offset = beep * 1000 - flash / 1e6;
        if (Math.abs(offset) < 500) {
          // When flash and beep were sent, had the network taken no time.
          double media = (flash - origin) / 1e9 * speed;
          double n = Math.round(media - (double) ClipMarks.flashFrame(index, FPS) / FPS);
          double sent =
              origin / 1e6 + (n + (double) ClipMarks.flashFrame(index, FPS) / FPS) / speed * 1000;
          line.append(
              " %+.1f(v%+.1f a%+.1f)".formatted(offset, flash / 1e6 - sent, beep * 1000 - sent));
        }
      }
    }
    System.out.printf("%s %+.0f ppm:%s%n", one.id(), one.skewPpm(), line);
  }

  /** Looks at each new picture of one track. */
  private static final class Flashes {
    private final FrameStore store;
    private final List<Long> onsets = new ArrayList<>();
    private long serial;
    private long wanted;
    private boolean white = true;

    Flashes(FrameStore store, long now) {
      this.store = store;
      this.wanted = now;
    }

    /** Frames come some at a time: the decoder works in batches. */
    void poll() {
      for (Frame frame = next(); frame != null; frame = next()) {
        look(frame);
        wanted = frame.pts() + 1_000_000_000L / FPS;
        frame.release();
      }
    }

    private @Nullable Frame next() {
      Frame frame = store.acquire(wanted, 500_000_000L / FPS);
      if (frame != null && frame.serial() == serial) {
        frame.release();
        return null;
      }
      return frame;
    }

    private void look(Frame frame) {
      boolean gap = frame.serial() != serial + 1;
      serial = frame.serial();
      I420 picture = frame.picture();
      int x = (int) (picture.width() * (ClipMarks.FLASH.x() + 0.1)) & ~1;
      int y = (int) (picture.height() * (ClipMarks.FLASH.y() + 0.05)) & ~1;
      byte[] luma = picture.crop(x, y, 16, 8).toBytes();
      boolean now = (luma[0] & 0xFF) > 132;
      if (now && !white && !gap) {
        onsets.add(frame.pts());
      }
      white = now;
    }
  }

  /** Finds where beeps begin: where the loudness over 10 ms passes that of half a beep. */
  private static final class Beeps implements AudioSink {
    private static final int WINDOW = RATE / 100;
    private final CopyOnWriteArrayList<Double> onsets = new CopyOnWriteArrayList<>();
    private final double[] squares = new double[WINDOW];
    private double sum;
    private long samplesSeen;
    private boolean loud = true;

    @Override
    public boolean offer(int level, long time) {
      return true;
    }

    @Override
    public void pcm(long pts, float[] samples, int frames, int channels) {
      for (int i = 0; i < frames; i++) {
        double square = samples[channels * i] * samples[channels * i];
        int slot = (int) (samplesSeen++ % WINDOW);
        sum += square - squares[slot];
        squares[slot] = square;
        boolean now = sum / WINDOW > 0.25 * 0.25 / 4;
        if (now && !loud && samplesSeen > RATE) {
          onsets.add(pts / 1e9 + (i - WINDOW / 2.0) / RATE);
        }
        loud = now || (loud && sum / WINDOW > 0.25 * 0.25 / 40);
      }
    }

    @Override
    public void close() {
      Arrays.fill(squares, 0);
    }
  }

  /** Nobody is told. */
  private static final class Quiet implements IngestListener {
    @Override
    public void track(
        String participant, String track, TrackEvent event, @Nullable String reason) {}

    @Override
    public void suspect(String participant, String track, boolean entering) {}

    @Override
    public void rolledOver(String endpoint, long ssrc, long counter) {}

    @Override
    public void keyed(String endpoint, SrtpKeys keys) {}

    @Override
    public void ended(String endpoint, String participant, String reason) {}
  }
}
