package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String written() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalsLineIsWrittenOverAndNeverWraps() {
    ProgressLine line = new ProgressLine(out, true);
    line.show("one", 0);
    line.show("two " + "x".repeat(100), SECOND / 2);
    line.end();
    out.print("after");
    String[] shown = written().split("\r\u001b\\[K", -1);
    assertThat(shown).hasSize(3);
    assertThat(shown[1]).isEqualTo("one");
    assertThat(shown[2].split("\n")[0]).startsWith("two xx").hasSize(79);
    assertThat(written()).endsWith("\nafter");
  }

  @Test
  void whatIsSaidMeanwhileStandsAboveTheTerminalsLine() {
    ProgressLine line = new ProgressLine(out, true);
    line.show("going", 0);
    line.say("output rec is live");
    assertThat(written()).endsWith("\r\u001b[Koutput rec is live\ngoing");
  }

  @Test
  void standardOutputMayBeNoTerminal() {
    assertThat(ProgressLine.standard()).isNotNull();
  }

  @Test
  void elsewhereThereIsALineEveryFewSecondsAndNoControlCharacter() {
    ProgressLine line = new ProgressLine(out, false);
    for (int i = 0; i <= 24; i++) {
      line.show("at " + i, i * SECOND / 2);
    }
    line.say("output rec is live");
    line.end();
    assertThat(written()).isEqualTo("at 0\nat 10\nat 20\noutput rec is live\n");
  }
}
