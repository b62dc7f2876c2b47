package dev.callcast.app;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import dev.callcast.server.api.RecentLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the newest lines of this process's log, for who looks for a fault later. Any thread. */
final class RecentLines extends AppenderBase<ILoggingEvent> implements RecentLog {
  private static final int KEPT = 5000;

  private record Line(@Nullable String call, String text) {}

  private final Encoder<ILoggingEvent> encoder;
  private final Deque<Line> kept = new ArrayDeque<>(); // guarded by itself

  private RecentLines(Encoder<ILoggingEvent> encoder) {
    this.encoder = encoder;
  }

  /** Begins to keep them, from now on. */
  static RecentLog keep() {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return RecentLog.NONE;
    }
    RecentLines lines = new RecentLines(LogConfigurator.encoder(context, "plain"));
    lines.setContext(context);
    lines.setName("recent");
    lines.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(lines);
    return lines;
  }

  @Override
  protected void append(ILoggingEvent event) {
    String text = new String(encoder.encode(event), StandardCharsets.UTF_8).stripTrailing();
    synchronized (kept) {
      kept.add(new Line(event.getMDCPropertyMap().get("call"), text));
      if (kept.size() > KEPT) {
        kept.remove();
      }
    }
  }

  @Override
  public List<String> lines(String call) {
    List<String> lines = new ArrayList<>();
    synchronized (kept) {
      for (Line line : kept) {
        if (line.call() == null || line.call().equals(call)) {
          lines.add(line.text());
        }
      }
    }
    return lines;
  }
}
