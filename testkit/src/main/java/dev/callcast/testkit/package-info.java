@NullMarked
package dev.callcast.testkit;

import org.jspecify.annotations.NullMarked;
