@NullMarked
package dev.callcast.media.encode;

import org.jspecify.annotations.NullMarked;
