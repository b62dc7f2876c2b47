@NullMarked
package dev.callcast.app;

import org.jspecify.annotations.NullMarked;
