package dev.callcast.testkit.send;

import dev.callcast.testkit.clip.ClipLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends all participants' media. One thread runs {@link #run} and owns everything here; commands
 * come from another by {@link #post}. When the loop ends it closes its sockets.
 *
 * <p>The thread sleeps in the selector until the next frame, delayed packet or report is due, or
 * until RTCP arrives.
 */
final class SendLoop implements Runnable {
  private static final long REPORT_INTERVAL = 1_000_000_000L;
  private static final long FIRST_REPORT = 500_000_000L;
  private static final long NTP_EPOCH_SECONDS = 2_208_988_800L;

  /** Reports in one compound, as far as 1200 bytes go. */
  private static final int COMPOUND_REPORTS = 12;

  /** A packet that waits for its time; {@code order} keeps packets of the same time in order. */
  private record Waiting(TransportSocket socket, ByteBuffer packet, long dueNanos, long order)
      implements Comparable<Waiting> {
    @Override
    public int compareTo(Waiting other) {
      int byTime = Long.compare(dueNanos, other.dueNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /** A participant that sends, or will. */
  private record Active(
      SyntheticParticipant participant, List<TrackSender> tracks, long leaveNanos) {}

  private final Selector selector;
  private final ClipLibrary library;
  private final Consumer<SenderReply> replies;
  private final Queue<SenderCommand> commands = new ConcurrentLinkedQueue<>();
  private final Map<String, TransportSocket> transports = new LinkedHashMap<>();
  private final Map<String, Active> participants = new LinkedHashMap<>();
  private final Map<String, Long> nextReports = new LinkedHashMap<>();
  private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
  private long order;
  private long latest;
  private boolean running = true;

  SendLoop(ClipLibrary library, Consumer<SenderReply> replies) throws IOException {
    this.library = library;
    this.replies = replies;
    selector = Selector.open();
  }

  /** Hands a command to the loop's thread; any thread may call. */
  void post(SenderCommand command) {
    commands.add(command);
    selector.wakeup();
  }

  @Override
  public void run() {
    try {
      while (running) {
        SenderCommand command = commands.poll();
        while (command != null) {
          answer(command);
          command = commands.poll();
        }
        long next = sendDue(System.nanoTime());
        selector.selectedKeys().clear();
        selector.select(Math.clamp((next - System.nanoTime() + 500_000) / 1_000_000, 1L, 200L));
        for (SelectionKey key : selector.selectedKeys()) {
          TransportSocket socket = (TransportSocket) key.attachment();
          socket.receive((data, length) -> feedback(socket, data, length));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("the selector failed", e);
    } finally {
      close();
    }
  }

  /** Sends what is due and answers when the next thing is. */
  private long sendDue(long now) {
    long next = now + 200_000_000L;
    List<String> gone = new ArrayList<>();
    for (Active active : participants.values()) {
      if (active.leaveNanos() != 0 && now >= active.leaveNanos()) {
        gone.add(active.participant().id());
        continue;
      }
      for (TrackSender track : active.tracks()) {
        long due = track.dueNanos();
        while (due <= now) {
          latest = Math.max(latest, now - due);
          track.tick(now);
          due = track.dueNanos();
        }
        next = Math.min(next, due);
      }
    }
    gone.forEach(participants::remove);
    for (TransportSocket socket : transports.values()) {
      long due = nextReports.getOrDefault(socket.spec().id(), now + FIRST_REPORT);
      if (due <= now) {
        sendReports(socket, now);
        due += REPORT_INTERVAL;
      }
      nextReports.put(socket.spec().id(), due);
      next = Math.min(next, due);
    }
    while (!waiting.isEmpty() && waiting.peek().dueNanos() <= now) {
      Waiting packet = waiting.remove();
      packet.socket().sendRtp(packet.packet().array(), packet.packet().limit());
    }
    return waiting.isEmpty() ? next : Math.min(next, waiting.peek().dueNanos());
  }

  private void outgoing(TransportSocket socket, byte[] packet, int length, long dueNanos) {
    if (dueNanos <= System.nanoTime()) {
      socket.sendRtp(packet, length);
    } else {
      waiting.add(new Waiting(socket, ByteBuffer.wrap(packet, 0, length), dueNanos, order++));
    }
  }

  private void sendReports(TransportSocket socket, long now) {
    TransportSpec spec = socket.spec();
    if (spec.reports() == TransportSpec.Reports.NONE) {
      return;
    }
    long ntp = ntpNow(spec.ntpOffsetSeconds());
    List<Rtcp.Report> reports = new ArrayList<>();
    for (Active active : participants.values()) {
      for (TrackSender track : active.tracks()) {
        if (track.socket().equals(socket) && track.active(now)) {
          reports.add(
              new Rtcp.Report(
                  track.ssrc(),
                  active.participant().cname(),
                  ntp,
                  track.timestampAt(now),
                  track.packets(),
                  track.octets()));
        }
      }
    }
    int step = spec.reports() == TransportSpec.Reports.COMPOUND ? COMPOUND_REPORTS : 1;
    for (int i = 0; i < reports.size(); i += step) {
      byte[] packet = Rtcp.compound(reports.subList(i, Math.min(reports.size(), i + step)));
      socket.sendRtcp(packet, packet.length);
    }
  }

  private static long ntpNow(double offsetSeconds) {
    java.time.Instant wall = java.time.Instant.now();
    long seconds = wall.getEpochSecond() + NTP_EPOCH_SECONDS + (long) Math.floor(offsetSeconds);
    double fraction = wall.getNano() * 1e-9 + (offsetSeconds - Math.floor(offsetSeconds));
    long whole = (long) fraction;
    return ((seconds + whole) << 32) | (long) ((fraction - whole) * 4_294_967_296.0);
  }

  private void feedback(TransportSocket socket, byte[] data, int length) {
    long now = System.nanoTime();
    Rtcp.read(
        data,
        length,
        new Rtcp.Listener() {
          @Override
          public void nack(long ssrc, int sequence) {
            TrackSender track = bySsrc(socket, ssrc);
            if (track != null) {
              track.retransmit(sequence, now);
            }
          }

          @Override
          public void keyFrame(long ssrc) {
            TrackSender track = bySsrc(socket, ssrc);
            if (track != null) {
              track.askKeyFrame(now);
            }
          }

          @Override
          public void report(long ssrc, int fractionLost, int cumulativeLost) {
            TrackSender track = bySsrc(socket, ssrc);
            if (track != null) {
              track.report(fractionLost, cumulativeLost);
            }
          }
        });
  }

  private @Nullable TrackSender bySsrc(TransportSocket socket, long ssrc) {
    for (Active active : participants.values()) {
      for (TrackSender track : active.tracks()) {
        if (track.ssrc() == ssrc && track.socket().equals(socket)) {
          return track;
        }
      }
    }
    return null;
  }

  private void answer(SenderCommand command) {
    SenderReply reply;
    try {
      reply = execute(command);
    } catch (IOException | RuntimeException e) {
      reply = new SenderReply(command.request(), e.toString(), 0, 0, 0, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      running = false;
      reply = new SenderReply(command.request(), "interrupted", 0, 0, 0, null);
    }
    replies.accept(reply);
  }

  private SenderReply execute(SenderCommand command) throws IOException, InterruptedException {
    long request = command.request();
    return switch (command) {
      case SenderCommand.Open open -> open(open);
      case SenderCommand.Add add ->
          new SenderReply(request, null, 0, 0, add(add.participant()), null);
      case SenderCommand.Remove remove -> {
        remove(remove);
        yield done(request);
      }
      case SenderCommand.SetFaults set -> {
        for (TrackSender track : active(set.participant()).tracks()) {
          if (set.track() == null || set.track().equals(track.track().id())) {
            track.setFaults(set.faults());
          }
        }
        yield done(request);
      }
      case SenderCommand.Pause pause -> {
        track(pause.participant(), pause.track()).setPaused(pause.paused());
        yield done(request);
      }
      case SenderCommand.Mute mute -> {
        track(mute.participant(), mute.track()).setMuted(mute.muted());
        yield done(request);
      }
      case SenderCommand.SwitchLayer change -> {
        track(change.participant(), change.track()).switchLayer(change.layer(), change.zeroStep());
        yield done(request);
      }
      case SenderCommand.Rotate rotate -> {
        track(rotate.participant(), rotate.track()).setRotation(rotate.degrees());
        yield done(request);
      }
      case SenderCommand.Restart restart -> {
        track(restart.participant(), restart.track()).restart(restart.ssrc());
        yield done(request);
      }
      case SenderCommand.Garbage garbage -> {
        for (int i = 0; i < garbage.count(); i++) {
          track(garbage.participant(), garbage.track()).garbage(garbage.kind(), System.nanoTime());
        }
        yield done(request);
      }
      case SenderCommand.Stats stats -> new SenderReply(request, null, 0, 0, 0, stats());
      case SenderCommand.Clear clear -> {
        clear();
        yield done(request);
      }
      case SenderCommand.Quit quit -> {
        running = false;
        yield done(request);
      }
    };
  }

  private static SenderReply done(long request) {
    return new SenderReply(request, null, 0, 0, 0, null);
  }

  private SenderReply open(SenderCommand.Open command) throws IOException {
    TransportSpec spec = command.transport();
    TransportSocket socket = transports.get(spec.id());
    if (socket == null) {
      socket = new TransportSocket(spec, selector);
      transports.put(spec.id(), socket);
    } else {
      socket.connect(spec);
    }
    return new SenderReply(
        command.request(), null, socket.localPort(), socket.localRtcpPort(), 0, null);
  }

  private long add(SyntheticParticipant participant) throws IOException, InterruptedException {
    long now = System.nanoTime();
    long origin = now + 5_000_000L + (long) (participant.joinAfter() * 1e9);
    double speed = 1 + participant.skewPpm() * 1e-6;
    List<TrackSender> tracks = new ArrayList<>();
    for (SyntheticTrack track : participant.tracks()) {
      TransportSocket socket = transports.get(track.endpoint());
      if (socket == null) {
        throw new IllegalArgumentException("no transport " + track.endpoint() + " is open");
      }
      tracks.add(
          new TrackSender(participant.id(), track, socket, this::outgoing, library, origin, speed));
    }
    long leave = participant.leaveAfter() > 0 ? now + (long) (participant.leaveAfter() * 1e9) : 0;
    participants.put(participant.id(), new Active(participant, tracks, leave));
    return origin;
  }

  private void remove(SenderCommand.Remove command) {
    Active active = active(command.participant());
    participants.remove(command.participant());
    if (command.bye()) {
      for (TrackSender track : active.tracks()) {
        byte[] packet = Rtcp.bye(track.ssrc());
        track.socket().sendRtcp(packet, packet.length);
      }
    }
  }

  private Active active(String participant) {
    Active active = participants.get(participant);
    if (active == null) {
      throw new IllegalArgumentException("no participant " + participant);
    }
    return active;
  }

  private TrackSender track(String participant, String track) {
    for (TrackSender candidate : active(participant).tracks()) {
      if (candidate.track().id().equals(track)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no track " + participant + "/" + track);
  }

  private SenderStats stats() {
    List<SenderStats.Track> all = new ArrayList<>();
    for (Active active : participants.values()) {
      for (TrackSender track : active.tracks()) {
        all.add(track.stats());
      }
    }
    double cpu =
        ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() * 1e-9;
    double lateMs = latest / 1e6;
    latest = 0;
    return new SenderStats(cpu, lateMs, all);
  }

  private void clear() {
    participants.clear();
    waiting.clear();
    nextReports.clear();
    latest = 0;
    for (TransportSocket socket : transports.values()) {
      try {
        socket.close();
      } catch (IOException e) {
        System.err.println("closing a transport: " + e);
      }
    }
    transports.clear();
  }

  private void close() {
    clear();
    try {
      selector.close();
    } catch (IOException e) {
      System.err.println("closing the selector: " + e);
    }
  }
}
