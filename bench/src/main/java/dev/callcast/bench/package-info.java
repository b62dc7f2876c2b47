@NullMarked
package dev.callcast.bench;

import org.jspecify.annotations.NullMarked;
