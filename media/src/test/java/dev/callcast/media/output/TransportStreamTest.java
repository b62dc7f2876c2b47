package dev.callcast.media.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looking into transport streams, against one of ffmpeg's. */
class TransportStreamTest {
  @TempDir Path directory;

  @Test
  void piecesAreWholePackets() {
    byte[] stream = new byte[TransportStream.PACKET * 10];
    for (int i = 0; i < stream.length; i++) {
      stream[i] = (byte) i;
    }
    List<byte[]> pieces = TransportStream.pieces(stream, 7 * TransportStream.PACKET);
    assertThat(pieces).extracting(piece -> piece.length).containsExactly(1316, 564);
    assertThat(pieces.get(1)[0]).isEqualTo(stream[1316]);
    assertThat(TransportStream.pieces(new byte[188], 1316)).hasSize(1);
  }

  @Test
  @Tag("media")
  void keyFramesAreFoundAndSoundIsNone() throws Exception {
    Path file = directory.resolve("two.ts");
    // Two seconds at 10 pictures, a key frame each second; every AAC frame can be decoded alone.
    Process ffmpeg =
        new ProcessBuilder(
                List.of(
                    "ffmpeg",
                    "-nostdin",
                    "-loglevel",
                    "error",
                    "-f",
                    "lavfi",
                    "-i",
                    "testsrc=size=160x90:rate=10:duration=2",
                    "-f",
                    "lavfi",
                    "-i",
                    "sine=duration=2",
                    "-c:v",
                    "libx264",
                    "-g",
                    "10",
                    "-sc_threshold",
                    "0",
                    "-bf",
                    "0",
                    "-c:a",
                    "aac",
                    file.toString()))
            .inheritIO()
            .start();
    assertThat(ffmpeg.waitFor()).isZero();
    byte[] stream = Files.readAllBytes(file);
    long found =
        TransportStream.pieces(stream, TransportStream.PACKET).stream()
            .filter(TransportStream::hasKeyFrame)
            .count();
    assertThat(found).isEqualTo(2);
  }
}
