package dev.callcast.media.ingest;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A call's reception: makes what is received into what is declared. The worker gives it the whole
 * of endpoints and participants on every change; only what differs is touched. Tracks are named by
 * {@code participant/track}.
 *
 * <p>All methods may be called from any thread, one at a time; packets are on the endpoints' own
 * threads. Closed by the worker.
 */
public final class CallIngest implements AutoCloseable {
  /** SRTCP indices that one run of a worker may use before it reaches the next one's. */
  private static final int INDEX_BITS_PER_EPOCH = 20;

  private record Placed(
      String key, String participant, TrackSpec spec, String endpoint, ReceivedTrack track) {}

  private final long base;
  private final long epoch;
  private final AudioSinkFactory sinks;
  private final IngestListener listener;
  private final Map<String, EndpointReceiver> receivers = new LinkedHashMap<>();
  private final Map<String, EndpointSpec> endpoints = new HashMap<>();
  private final Map<String, Placed> placed = new LinkedHashMap<>();

  /** Read by composers without this lock, which measuring may hold for long. */
  private final Map<String, FrameStore> stores = new ConcurrentHashMap<>();

  private final Map<String, LipSync> participants = new HashMap<>();
  private final Probation probation = new Probation();
  private Set<String> visible = Set.of();
  private Map<String, ShownSize> sizes = Map.of();
  private @Nullable TrackTapFactory taps;
  private boolean closed;

  /**
   * Makes a reception of nothing.
   *
   * @param base {@link System#nanoTime} of the call's time 0
   * @param epoch +1 for each run of the call's worker: keeps SRTCP indices from repeating
   */
  public CallIngest(long base, long epoch, AudioSinkFactory sinks, IngestListener listener) {
    this.base = base;
    this.epoch = epoch;
    this.sinks = sinks;
    this.listener = listener;
  }

  /** The name of a track in a call. */
  public static String key(String participant, String track) {
    return participant + "/" + track;
  }

  /**
   * Makes true what is declared. Endpoints that can't be opened are left out, with their tracks,
   * and tried again at the next call; all others are received.
   *
   * @param excluded keys of tracks that are left out
   * @throws IngestException after all else was done, naming what could not be
   */
  public synchronized void apply(
      List<EndpointSpec> wantedEndpoints,
      List<ParticipantSpec> wantedParticipants,
      Collection<String> excluded) {
    if (closed) {
      return;
    }
    Map<String, EndpointSpec> wanted = new LinkedHashMap<>();
    wantedEndpoints.forEach(endpoint -> wanted.put(endpoint.id(), endpoint));
    Map<String, Wanted> tracks = wantedTracks(wantedParticipants, excluded);
    Map<String, String> closedEndpoints = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();

    removeTracks(tracks, wanted);
    closeEndpoints(wanted);
    openEndpoints(wanted, closedEndpoints);
    problems.addAll(closedEndpoints.values());
    addTracks(tracks, problems);

    Set<String> present = new HashSet<>();
    wantedParticipants.forEach(participant -> present.add(participant.id()));
    participants.keySet().retainAll(present);
    if (!problems.isEmpty()) {
      throw new IngestException(String.join("; ", problems), closedEndpoints);
    }
  }

  /** The index that this run of the worker begins with under keys that it did not make. */
  public long firstSrtcpIndex() {
    return epoch << INDEX_BITS_PER_EPOCH;
  }

  /** Sets the keys of tracks that are to be let in one at a time: see {@link Probation}. */
  public void probation(Collection<String> tracks) {
    probation.bind(tracks);
  }

  private record Wanted(String participant, TrackSpec spec) {}

  private static Map<String, Wanted> wantedTracks(
      List<ParticipantSpec> participants, Collection<String> excluded) {
    Map<String, Wanted> tracks = new LinkedHashMap<>();
    for (ParticipantSpec participant : participants) {
      for (TrackSpec track : participant.tracks()) {
        String key = key(participant.id(), track.id());
        if (!excluded.contains(key)) {
          tracks.put(key, new Wanted(participant.id(), track));
        }
      }
    }
    return tracks;
  }

  private void removeTracks(Map<String, Wanted> wanted, Map<String, EndpointSpec> endpointsWanted) {
    for (Placed old : List.copyOf(placed.values())) {
      Wanted still = wanted.get(old.key());
      EndpointSpec before = endpoints.get(old.endpoint());
      EndpointSpec after = endpointsWanted.get(old.endpoint());
      boolean endpointStays = before != null && after != null && sameSockets(before, after);
      if (still != null && endpointStays && sameStream(old.spec(), still.spec())) {
        continue;
      }
      placed.remove(old.key());
      EndpointReceiver receiver = receivers.get(old.endpoint());
      if (receiver != null) {
        receiver.remove(old.track());
      }
      if (still == null) {
        FrameStore store = stores.remove(old.key());
        if (store != null) {
          store.close();
        }
      }
    }
  }

  private void closeEndpoints(Map<String, EndpointSpec> wanted) {
    for (String id : List.copyOf(receivers.keySet())) {
      EndpointSpec before = Objects.requireNonNull(endpoints.get(id));
      EndpointSpec after = wanted.get(id);
      if (after == null || !sameSockets(before, after)) {
        Objects.requireNonNull(receivers.remove(id)).close();
        endpoints.remove(id);
      }
    }
  }

  private void openEndpoints(Map<String, EndpointSpec> wanted, Map<String, String> problems) {
    wanted.forEach((id, endpoint) -> {
      EndpointReceiver receiver = receivers.get(id);
      try {
        if (receiver == null) {
          receivers.put(id, new EndpointReceiver(endpoint, base, firstSrtcpIndex(), listener));
          endpoints.put(id, endpoint);
        } else if (!endpoint.equals(endpoints.get(id))) {
          receiver.update(endpoint);
          endpoints.put(id, endpoint);
        }
      } catch (RuntimeException e) {
        problems.put(id, String.valueOf(e.getMessage()));
      }
    });
  }

  private void addTracks(Map<String, Wanted> wanted, List<String> problems) {
    wanted.forEach((key, track) -> {
      Placed old = placed.get(key);
      EndpointReceiver receiver = receivers.get(track.spec().endpoint());
      if (receiver == null) {
        problems.add("track " + key + ": endpoint " + track.spec().endpoint() + " is not received");
      } else if (old == null) {
        ReceivedTrack made = make(key, track, receiver);
        placed.put(
            key, new Placed(key, track.participant(), track.spec(), track.spec().endpoint(), made));
        receiver.add(made);
        TrackTapFactory tapped = taps;
        if (tapped != null) {
          receiver.tap(made, tapped.open(track.participant(), track.spec()));
        }
        if (made instanceof VideoTrack video && visible.contains(key)) {
          receiver.show(video, true);
          ShownSize size = sizes.get(key);
          if (size != null) {
            receiver.showIn(video, size);
          }
        }
      } else if (!old.spec().equals(track.spec())) {
        receiver.update(old.track(), track.spec());
        placed.put(
            key, new Placed(key, old.participant(), track.spec(), old.endpoint(), old.track()));
      }
    });
  }

  private ReceivedTrack make(String key, Wanted track, EndpointReceiver receiver) {
    LipSync.Track lipSync =
        participants.computeIfAbsent(track.participant(), _ -> new LipSync()).add();
    long now = System.nanoTime() - base;
    if (track.spec().kind() == TrackKind.VIDEO) {
      FrameStore store = stores.computeIfAbsent(key, _ -> new FrameStore());
      return new VideoTrack(
          track.participant(),
          track.spec(),
          lipSync,
          listener,
          now,
          store,
          receiver.keyFrameRequest(),
          probation);
    }
    AudioSink sink = sinks.open(track.participant(), track.spec());
    return new AudioTrack(track.participant(), track.spec(), lipSync, listener, now, sink);
  }

  /**
   * Whether sockets and keys can stay as they are. New rollover counters change nothing, and the
   * keys of a session are what its receiver told itself.
   */
  private static boolean sameSockets(EndpointSpec before, EndpointSpec after) {
    return before.rtcpMux() == after.rtcpMux()
        && before.bindIp().equals(after.bindIp())
        && before.port() == after.port()
        && Objects.equals(before.rtcpPort(), after.rtcpPort())
        && Objects.equals(before.whip(), after.whip())
        && (after.whip() != null || sameKeys(before.srtp(), after.srtp()));
  }

  private static boolean sameKeys(
      EndpointSpec.@Nullable Srtp before, EndpointSpec.@Nullable Srtp after) {
    if (before == null || after == null) {
      return before == null && after == null;
    }
    return before.suite().equals(after.suite())
        && before.remoteKey().equals(after.remoteKey())
        && before.localKey().equals(after.localKey());
  }

  private static boolean sameStream(TrackSpec before, TrackSpec after) {
    return before.kind() == after.kind()
        && before.endpoint().equals(after.endpoint())
        && before.ssrc() == after.ssrc()
        && before.payloadType() == after.payloadType()
        && before.codec() == after.codec()
        && before.clockRate() == after.clockRate()
        && before.channels() == after.channels()
        && Objects.equals(before.rtx(), after.rtx())
        && before.layers().equals(after.layers());
  }

  /** Says which video tracks any composition shows; only those are decoded. */
  public synchronized void setVisible(Set<String> trackKeys) {
    Set<String> next = Set.copyOf(trackKeys);
    for (Placed one : placed.values()) {
      EndpointReceiver receiver = receivers.get(one.endpoint());
      if (one.track() instanceof VideoTrack video
          && receiver != null
          && next.contains(one.key()) != visible.contains(one.key())) {
        receiver.show(video, next.contains(one.key()));
      }
    }
    visible = next;
  }

  /** The same, with the largest size in which each is shown, for those that come in several. */
  public synchronized void setVisible(Map<String, ShownSize> shown) {
    setVisible(shown.keySet());
    Map<String, ShownSize> before = sizes;
    sizes = Map.copyOf(shown);
    for (Placed one : placed.values()) {
      EndpointReceiver receiver = receivers.get(one.endpoint());
      ShownSize size = sizes.get(one.key());
      if (one.track() instanceof VideoTrack video
          && receiver != null
          && size != null
          && !size.equals(before.get(one.key()))) {
        receiver.showIn(video, size);
      }
    }
  }

  /**
   * Has every track tapped from now on, those that come later too. Replaces the taps there were,
   * which are closed soon after; null for none.
   */
  public synchronized void setTaps(@Nullable TrackTapFactory factory) {
    taps = factory;
    for (Placed one : placed.values()) {
      EndpointReceiver receiver = receivers.get(one.endpoint());
      if (receiver != null) {
        receiver.tap(
            one.track(), factory == null ? null : factory.open(one.participant(), one.spec()));
      }
    }
  }

  /** The frames of a video track, or null when none of that name is declared. */
  public @Nullable FrameStore frames(String trackKey) {
    return stores.get(trackKey);
  }

  /**
   * By how many ms each participant's picture is shown after the sound of the same moment, as the
   * sender's reports tell; without those of whom too little is known.
   */
  public synchronized Map<String, Double> avOffsets() {
    Map<String, Long> pictures = new HashMap<>();
    Map<String, Long> sounds = new HashMap<>();
    for (Placed one : placed.values()) {
      Long standing = one.track().lipSync.standing();
      if (standing != null) {
        switch (one.spec().source()) {
          case CAMERA -> pictures.put(one.participant(), standing);
          case MIC -> sounds.put(one.participant(), standing);
          case SCREEN, SCREEN_AUDIO -> {
            // Another moment of another clock, perhaps.
          }
        }
      }
    }
    Map<String, Double> offsets = new HashMap<>();
    pictures.forEach((participant, picture) -> {
      Long sound = sounds.get(participant);
      if (sound != null) {
        offsets.put(participant, Math.rint((picture - sound) / 1e5) / 10);
      }
    });
    return offsets;
  }

  /** What endpoints and tracks measure; takes at most half a second. */
  public record Stats(List<CallStats.EndpointStats> endpoints, List<CallStats.TrackStats> tracks) {}

  /** Measures. Tracks are in the order of their declaration; layer hints are not filled in. */
  public synchronized Stats stats() {
    List<CompletableFuture<EndpointReceiver.Measured>> pending = new ArrayList<>();
    receivers.values().forEach(receiver -> pending.add(receiver.measure()));
    List<CallStats.EndpointStats> measuredEndpoints = new ArrayList<>();
    Map<String, CallStats.TrackStats> perTrack = new HashMap<>();
    for (CompletableFuture<EndpointReceiver.Measured> one : pending) {
      EndpointReceiver.Measured measured = EndpointReceiver.await(one);
      if (measured != null) {
        measuredEndpoints.add(measured.endpoint());
        perTrack.putAll(measured.tracks());
      }
    }
    List<CallStats.TrackStats> measuredTracks = new ArrayList<>();
    for (String key : placed.keySet()) {
      CallStats.TrackStats one = perTrack.get(key);
      if (one != null) {
        measuredTracks.add(one);
      }
    }
    return new Stats(measuredEndpoints, measuredTracks);
  }

  /** Ends reception: three seconds per endpoint at the most. */
  @Override
  public synchronized void close() {
    closed = true;
    receivers.values().forEach(EndpointReceiver::close);
    receivers.clear();
    endpoints.clear();
    placed.clear();
    stores.values().forEach(FrameStore::close);
    stores.clear();
    participants.clear();
  }
}
