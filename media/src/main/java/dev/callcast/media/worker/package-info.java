@NullMarked
package dev.callcast.media.worker;

import org.jspecify.annotations.NullMarked;
