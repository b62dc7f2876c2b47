@NullMarked
package dev.callcast.server.api;

import org.jspecify.annotations.NullMarked;
