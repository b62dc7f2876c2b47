package dev.callcast.bench;

import dev.callcast.media.ingest.AudioSink;
import dev.callcast.media.ingest.CallIngest;
import dev.callcast.media.ingest.IngestListener;
import dev.callcast.media.mix.AudioSelector;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Measures what reception costs by thread: real senders in a process of their own, one endpoint,
 * nothing after it but the decoders. Arguments: participants, how many of them are shown, how many
 * are heard, seconds, and {@code srtp} if wanted. Prints cores (CPU-s per second) in all, per
 * participant, and by thread name.
 */
public final class IngestCost {
  private static final double TICKS_PER_SECOND = 100;
  private static final int WARM_UP_MILLIS = 6_000;
  private static final int LEVEL_ID = 5;
  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk";

  private IngestCost() {}

  /** Runs one measurement. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int count = Integer.parseInt(args[0]);
    int shown = Integer.parseInt(args[1]);
    int heard = Integer.parseInt(args[2]);
    int seconds = Integer.parseInt(args[3]);
    boolean srtp = args.length > 4 && args[4].equals("srtp");
    int port = freePort();
    long base = System.nanoTime();
    AudioSelector selector = new AudioSelector(Math.max(1, heard));
    EndpointSpec endpoint =
        new EndpointSpec(
            "e",
            true,
            "127.0.0.1",
            port,
            null,
            List.of(),
            srtp ? new EndpointSpec.Srtp("AES_CM_128_HMAC_SHA1_80", KEY, KEY, List.of()) : null,
            null);
    List<SyntheticParticipant> people = new ArrayList<>();
    Set<String> visible = new HashSet<>();
    for (int i = 0; i < count; i++) {
      SyntheticParticipant one = SyntheticParticipant.of(i, "P" + i, "e");
      List<SyntheticTrack> tracks = new ArrayList<>();
      for (SyntheticTrack track : one.tracks()) {
        tracks.add(
            track.id().equals("mic")
                ? track.withExtension(TrackSpec.AUDIO_LEVEL_URI, LEVEL_ID)
                : track);
      }
      people.add(one.withTracks(tracks));
      if (i < shown) {
        visible.add(CallIngest.key(one.id(), "cam"));
      }
    }
    try (CallIngest ingest =
            new CallIngest(
                base, 0, (_, _) -> new Sink(heard == 0 ? null : selector.add()), new Quiet());
        Senders senders = Senders.start()) {
      ingest.apply(
          List.of(endpoint), people.stream().map(SyntheticParticipant::toSpec).toList(), List.of());
      ingest.setVisible(visible);
      TransportSpec transport = TransportSpec.of("e", "127.0.0.1", port, null);
      senders.open(srtp ? transport.withSrtp(new TransportSpec.SrtpKeys(KEY, KEY)) : transport);
      senders.prepare(people);
      for (SyntheticParticipant one : people) {
        senders.add(one);
      }
      Thread.sleep(WARM_UP_MILLIS);
      CallIngest.Stats before = ingest.stats();
      Map<String, Double> threadsBefore = threads();
      long start = System.nanoTime();
      Thread.sleep(seconds * 1000L);
      Map<String, Double> threadsAfter = threads();
      double elapsed = (System.nanoTime() - start) / 1e9;
      report(count, elapsed, threadsBefore, threadsAfter);
      packets(before, ingest.stats(), elapsed);
    }
  }

  private static void report(
      int count, double elapsed, Map<String, Double> before, Map<String, Double> after) {
    double all = 0;
    Map<String, Double> spent = new TreeMap<>();
    for (Map.Entry<String, Double> one : after.entrySet()) {
      double cores = (one.getValue() - before.getOrDefault(one.getKey(), 0.0)) / elapsed;
      String name = one.getKey().substring(one.getKey().indexOf(' ') + 1);
      spent.merge(name.replaceAll("[0-9]+$", ""), cores, Double::sum);
      all += cores;
    }
    System.out.printf("cores %.4f, per participant %.4f%n", all, all / count);
    spent.forEach((name, cores) -> {
      if (cores / count > 0.00005) {
        System.out.printf("  %-18s %.4f, per participant %.5f%n", name, cores, cores / count);
      }
    });
  }

  private static void packets(CallIngest.Stats before, CallIngest.Stats after, double elapsed) {
    long packets = 0;
    long lost = 0;
    double fps = 0;
    for (CallStats.TrackStats one : after.tracks()) {
      packets += one.packets();
      lost += one.lost();
      fps += one.fps();
    }
    for (CallStats.TrackStats one : before.tracks()) {
      packets -= one.packets();
    }
    System.out.printf(
        "packets/s %.0f, lost %d, frames/s decoded %.1f%n", packets / elapsed, lost, fps);
  }

  /** CPU seconds of each thread, by id and name. */
  private static Map<String, Double> threads() throws IOException {
    Map<String, Double> all = new TreeMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        String stat = Files.readString(task.resolve("stat"), StandardCharsets.UTF_8);
        int end = stat.lastIndexOf(')');
        String name = stat.substring(stat.indexOf('(') + 1, end);
        List<String> fields = List.of(stat.substring(end + 2).split(" ", -1));
        double cpu = Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
        String schedule = Files.readString(task.resolve("schedstat"), StandardCharsets.UTF_8);
        double exact = Long.parseLong(List.of(schedule.split(" ", -1)).getFirst()) / 1e9;
        all.put(task.getFileName() + " " + name, exact > 0 ? exact : cpu / TICKS_PER_SECOND);
      }
    }
    return all;
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Decodes whom the selector chooses, and drops it. */
  private record Sink(AudioSelector.@Nullable Track place) implements AudioSink {
    @Override
    public boolean offer(int level, long time) {
      return place != null && place.offer(level, time);
    }

    @Override
    public void pcm(long pts, float[] samples, int frames, int channels) {}

    @Override
    public void close() {
      if (place != null) {
        place.close();
      }
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
