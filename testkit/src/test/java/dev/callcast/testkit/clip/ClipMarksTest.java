package dev.callcast.testkit.clip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.I420Picture;
import dev.callcast.testkit.check.Placement;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipMarksTest {
  @Test
  void everyCounterIsReadBack() {
    for (int participant = 0; participant < ClipMarks.MAX_PARTICIPANTS; participant++) {
      for (int frame = 0; frame < ClipMarks.MAX_FRAMES; frame += 7) {
        int bits = ClipMarks.encode(participant, frame);
        assertThat(ClipMarks.valid(bits)).isTrue();
        assertThat(ClipMarks.participantOf(bits)).isEqualTo(participant);
        assertThat(ClipMarks.frameOf(bits)).isEqualTo(frame);
        assertThat(ClipMarks.valid(bits ^ 1 << frame % 24)).isFalse();
      }
    }
    assertThat(ClipMarks.valid(0)).isFalse();
    assertThat(ClipMarks.valid(0xFFFFFF)).isFalse();
  }

  @Test
  void tonesAreDistinct() {
    Set<Integer> tones = new HashSet<>();
    for (int i = 0; i < ClipMarks.MAX_PARTICIPANTS; i++) {
      assertThat(tones.add(ClipMarks.toneHz(i))).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"640,360", "300,169", "160,90", "1280,720", "360,640", "321,241"})
  void paintedMarksAreRead(int width, int height) {
    ClipPainter painter = new ClipPainter(9, "Zoë 9", width, height, 30, 300);
    for (int frame = 0; frame < 300; frame += 11) {
      I420Picture.Marks marks =
          new I420Picture(painter.paint(frame), width, height)
              .marks(new Placement(0, 0, width, height));
      assertThat(marks.readable()).isTrue();
      assertThat(marks.frame()).isEqualTo(frame);
      assertThat(marks.participant()).isEqualTo(9);
      assertThat(marks.colorDistance(9)).isLessThan(2);
      assertThat(marks.colorDistance(10)).isGreaterThan(10);
    }
  }

  @Test
  void g711IsWhatTheStandardSays() {
    // Table values of ITU-T G.711: the decision values' ends and zero.
    assertThat(G711.ulaw(0) & 0xFF).isEqualTo(0xFF);
    assertThat(G711.ulaw(32_767) & 0xFF).isEqualTo(0x80);
    assertThat(G711.ulaw(-32_768) & 0xFF).isEqualTo(0x00);
    assertThat(G711.alaw(0) & 0xFF).isEqualTo(0xD5);
    assertThat(G711.alaw(32_767) & 0xFF).isEqualTo(0xAA);
    assertThat(G711.alaw(-32_768) & 0xFF).isEqualTo(0x2A);
  }
}
