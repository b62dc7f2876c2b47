package dev.callcast.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Logs go to standard error, for standard output belongs to what scripts read. {@code CALLCAST_LOG}
 * is {@code plain} (the default) or {@code json}, one object a line; {@code CALLCAST_LOG_LEVEL} one
 * of {@code error, warn, info, debug, trace}. Found by Logback as a service; in code, because
 * reading an XML file would cost a worker a tenth of its start.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String LEVEL = "CALLCAST_LOG_LEVEL";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget(ConsoleTarget.SystemErr.getName());
    appender.setEncoder(encoder(context, setting("CALLCAST_LOG", "plain")));
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    Level ours = Level.toLevel(setting(LEVEL, "info"), Level.INFO);
    context.getLogger("dev.callcast").setLevel(ours);
    // These tell every start and stop.
    context.getLogger("io.javalin").setLevel(Level.WARN);
    context.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
    context.getLogger("com.zaxxer.hikari").setLevel(Level.WARN);
    context.getLogger("org.flywaydb").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * For commands whose standard output says how it goes: unless {@code CALLCAST_LOG_LEVEL} asks for
   * more, the log has warnings and errors only.
   */
  static void onlyProblems() {
    if (setting(LEVEL, "").isEmpty()
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger("dev.callcast").setLevel(Level.WARN);
    }
  }

  private static String setting(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? otherwise : value.strip();
  }

  static Encoder<ILoggingEvent> encoder(LoggerContext context, String format) {
    if (format.equals("json")) {
      JsonEncoder json = new JsonEncoder();
      json.setContext(context);
      json.setWithSequenceNumber(false);
      json.setWithNanoseconds(false);
      json.setWithContext(false);
      json.setWithMessage(false);
      json.setWithArguments(false);
      json.setWithFormattedMessage(true);
      json.start();
      return json;
    }
    PatternLayoutEncoder plain = new PatternLayoutEncoder();
    plain.setContext(context);
    plain.setPattern(
        "%d{HH:mm:ss.SSS} %-5level %logger{0} %msg%replace( [%X{request}]){' \\[\\]', ''}%n");
    plain.start();
    return plain;
  }
}
