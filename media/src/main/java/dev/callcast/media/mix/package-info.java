@NullMarked
package dev.callcast.media.mix;

import org.jspecify.annotations.NullMarked;
