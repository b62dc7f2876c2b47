/** What synthetic participants show and say: painted, encoded once, kept in a cache. */
@NullMarked
package dev.callcast.testkit.clip;

import org.jspecify.annotations.NullMarked;
