/** Files of the spool that become objects while they grow, whatever dies meanwhile. */
@NullMarked
package dev.callcast.server.recordings.upload;

import org.jspecify.annotations.NullMarked;
