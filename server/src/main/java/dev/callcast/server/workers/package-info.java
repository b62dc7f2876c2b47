@NullMarked
package dev.callcast.server.workers;

import org.jspecify.annotations.NullMarked;
