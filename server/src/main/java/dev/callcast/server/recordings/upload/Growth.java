package dev.callcast.server.recordings.upload;

import dev.callcast.media.output.matroska.MatroskaScan;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4TrackFinisher;
import dev.callcast.media.output.ogg.OpusFinisher;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Locale;

/** How far a growing file is whole: what will never change, and plays when cut behind it. */
enum Growth {
  /** Our fragmented MP4: whole fragments. */
  MP4 {
    @Override
    long stable(FileChannel file, long known) throws IOException {
      return Mp4Inspector.growth(file, known);
    }
  },
  /** Our Ogg: whole pages. */
  OGG {
    @Override
    long stable(FileChannel file, long known) throws IOException {
      return OpusFinisher.growth(file, known);
    }
  },
  /** Our WebM and Matroska of one track: whole clusters. */
  MATROSKA {
    @Override
    long stable(FileChannel file, long known) throws IOException {
      return MatroskaScan.growth(file, known);
    }
  },
  /** Our MP4 of one track: whole fragments. */
  TRACK {
    @Override
    long stable(FileChannel file, long known) throws IOException {
      return Mp4TrackFinisher.growth(file, known);
    }
  },
  /** What is appended only: every byte. */
  APPEND {
    @Override
    long stable(FileChannel file, long known) throws IOException {
      return Math.max(known, file.size());
    }
  };

  /** Of a format in the journal. */
  static Growth of(String format) {
    return valueOf(format.toUpperCase(Locale.ROOT));
  }

  /**
   * Bytes from the start that are whole.
   *
   * @param known what this gave before; 0 to start
   */
  abstract long stable(FileChannel file, long known) throws IOException;
}
