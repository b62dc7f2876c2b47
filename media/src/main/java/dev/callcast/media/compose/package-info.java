@NullMarked
package dev.callcast.media.compose;

import org.jspecify.annotations.NullMarked;
