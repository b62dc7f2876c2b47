@NullMarked
package dev.callcast.media.output;

import org.jspecify.annotations.NullMarked;
