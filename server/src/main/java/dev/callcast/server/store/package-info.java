@NullMarked
package dev.callcast.server.store;

import org.jspecify.annotations.NullMarked;
