/** Where recordings are kept: directories, and S3. */
@NullMarked
package dev.callcast.server.recordings.storage;

import org.jspecify.annotations.NullMarked;
