package dev.callcast.protocol;

/**
 * A recording of every participant's media as it came.
 *
 * @param recording the recording's id, unique for ever
 * @param directory absolute path of the directory that the worker writes into; after a crash it
 *     goes on there with new files
 * @param quota bytes of all files at which it is ended cleanly; 0 for none
 */
public record TracksSpec(String recording, String directory, long quota) {}
