@NullMarked
package dev.callcast.server.recordings;

import org.jspecify.annotations.NullMarked;
