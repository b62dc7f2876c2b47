package dev.callcast.server.recordings.upload;

import org.jspecify.annotations.Nullable;

/**
 * How an upload gets on.
 *
 * @param uploaded bytes of the file that the storage has, in parts or in the tail's side object
 * @param lag bytes that are whole on the disk and not with the storage
 * @param parts in the journal
 * @param retries requests that had to be sent again since this process began
 * @param error why it does not get on now; null when it does
 */
public record UploadProgress(
    long uploaded, long lag, int parts, long retries, @Nullable String error) {}
