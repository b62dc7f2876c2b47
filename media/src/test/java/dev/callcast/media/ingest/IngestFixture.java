package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.IngestListener.TrackEvent;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A {@link CallIngest} on a free port of loopback, with senders to it and what came of them. */
abstract class IngestFixture {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final String KEY =
      Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcd".getBytes());
  static final String OTHER_KEY =
      Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcX".getBytes());

  /** Counts what comes. */
  static final class Sound implements AudioSink {
    final AtomicLong frames = new AtomicLong();
    volatile boolean wanted = true;
    volatile long wantedFrom = -1;
    volatile long heardFrom = -1;
    volatile boolean closed;
    volatile long lastEnd;
    volatile double peak;

    @Override
    public boolean offer(int level, long time) {
      boolean now = wanted;
      if (now && wantedFrom < 0) {
        wantedFrom = time;
      }
      return now;
    }

    @Override
    public void pcm(long pts, float[] samples, int count, int channels) {
      if (heardFrom < 0) {
        heardFrom = pts;
      }
      frames.addAndGet(count);
      lastEnd = pts + count * 1_000_000_000L / 48_000;
      for (int i = 0; i < channels * count; i++) {
        peak = Math.max(peak, Math.abs(samples[i]));
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  final long base = System.nanoTime();
  final List<String> events = new CopyOnWriteArrayList<>();
  final Map<Long, Long> rollovers = new ConcurrentHashMap<>();
  final Map<String, SrtpKeys> sessionKeys = new ConcurrentHashMap<>();
  final Map<String, String> ends = new ConcurrentHashMap<>();
  final Map<String, Sound> sounds = new ConcurrentHashMap<>();
  final List<AutoCloseable> opened = new ArrayList<>();
  final IngestListener listener =
      new IngestListener() {
        @Override
        public void track(
            String participant, String track, TrackEvent event, @Nullable String why) {
          events.add(participant + "/" + track + " " + event + (why == null ? "" : " " + why));
        }

        @Override
        public void suspect(String participant, String track, boolean entering) {
          events.add(participant + "/" + track + (entering ? " enters" : " came through"));
        }

        @Override
        public void rolledOver(String endpoint, long ssrc, long counter) {
          rollovers.put(ssrc, counter);
        }

        @Override
        public void keyed(String endpoint, SrtpKeys keys) {
          sessionKeys.put(endpoint, keys);
        }

        @Override
        public void ended(String endpoint, String participant, String reason) {
          ends.put(endpoint, reason);
        }
      };
  int port;
  CallIngest ingest;

  @BeforeEach
  void open() {
    port = freePort();
    ingest = newIngest(0);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  CallIngest newIngest(long epoch) {
    CallIngest made =
        new CallIngest(
            base,
            epoch,
            (participant, track) -> {
              Sound sound = new Sound();
              sounds.put(CallIngest.key(participant, track.id()), sound);
              return sound;
            },
            listener);
    opened.add(made);
    return made;
  }

  static int freePort() {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  EndpointSpec endpoint(EndpointSpec.@Nullable Srtp srtp) {
    return new EndpointSpec("e", true, "127.0.0.1", port, null, List.of(), srtp, null);
  }

  static TrackSpec track(String id, long ssrc, int payloadType, Codec codec) {
    return track(id, ssrc, payloadType, codec, null, false);
  }

  static TrackSpec track(
      String id,
      long ssrc,
      int payloadType,
      Codec codec,
      TrackSpec.@Nullable Rtx rtx,
      boolean paused) {
    boolean audio = codec.kind() == TrackKind.AUDIO;
    return new TrackSpec(
        id,
        codec.kind(),
        audio ? TrackSource.MIC : TrackSource.CAMERA,
        "e",
        ssrc,
        payloadType,
        codec,
        codec.clockRate(),
        audio ? codec == Codec.OPUS ? 2 : 1 : 0,
        rtx,
        paused,
        List.of());
  }

  static ParticipantSpec participant(String id, TrackSpec... tracks) {
    return new ParticipantSpec(id, id, false, false, 1, 0, List.of(tracks));
  }

  void apply(TrackSpec... tracks) {
    ingest.apply(List.of(endpoint(null)), List.of(participant("p", tracks)), List.of());
  }

  TestSender sender(RtpClip clip, long ssrc, int payloadType) {
    TestSender sender = new TestSender(clip, port, ssrc, payloadType);
    opened.add(sender);
    return sender;
  }

  FrameStore store(String key) {
    FrameStore store = ingest.frames(key);
    assertThat(store).isNotNull();
    return store;
  }

  @Nullable Long lastPts(String key) {
    return store(key).lastPts();
  }

  CallStats.TrackStats stats(String track) {
    return ingest.stats().tracks().stream()
        .filter(one -> one.track().equals(track))
        .findFirst()
        .orElseThrow();
  }

  CallStats.EndpointStats endpointStats() {
    return ingest.stats().endpoints().getFirst();
  }

  long now() {
    return System.nanoTime() - base;
  }
}
