package dev.callcast.media.ingest;

import dev.callcast.media.ingest.EncodedSource.Unit;
import dev.callcast.protocol.Codec;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A track of sound that is read as fast as it is wanted instead of received: the same decoder. One
 * thread uses and closes it.
 */
public final class OfflineAudio implements AutoCloseable {
  private final EncodedSource source;
  private final AudioDecoder decoder;
  private final PcmSink sink;
  private @Nullable Unit next;
  private boolean ended;

  /**
   * Opens the decoder.
   *
   * @param channels as declared
   */
  public OfflineAudio(Codec codec, int channels, EncodedSource source, PcmSink sink) {
    this.source = source;
    this.decoder = AudioDecoder.of(codec, channels);
    this.sink = sink;
  }

  /** Decodes all packets that begin before {@code time}, ns. */
  public void decodeUntil(long time) throws IOException {
    while (!ended) {
      Unit unit = next == null ? source.next() : next;
      next = unit;
      if (unit == null) {
        ended = true;
      } else if (unit.pts() >= time) {
        return;
      } else {
        decoder.decode(unit.pts(), unit.data(), 0, unit.data().length, 0, sink);
        next = null;
      }
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
