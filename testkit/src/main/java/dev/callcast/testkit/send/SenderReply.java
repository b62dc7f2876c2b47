package dev.callcast.testkit.send;

import org.jspecify.annotations.Nullable;

/**
 * What the sender process answers, one JSON object a line.
 *
 * @param error why the command could not be done; null when it was
 * @param localPort of an opened transport, else 0
 * @param localRtcpPort of an opened transport; the same as {@code localPort} with rtcp-mux
 * @param originNanos of an added participant: {@link System#nanoTime()} (CLOCK_MONOTONIC, the same
 *     in all processes of the machine) at which frame 0 of its clips is sent
 */
public record SenderReply(
    long request,
    @Nullable String error,
    int localPort,
    int localRtcpPort,
    long originNanos,
    @Nullable SenderStats stats) {}
