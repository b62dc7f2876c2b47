package dev.callcast.media.output;

import dev.callcast.protocol.CallStats.OutputStats;

/** Hears of every change of an output's state. Called on the output's thread: must not block. */
public interface OutputListener {
  void changed(OutputStats stats);
}
