/**
 * Pure layout: state, params and a time in, layers out. No I/O, no native code, no clock, no
 * randomness.
 */
@NullMarked
package dev.callcast.scene;

import org.jspecify.annotations.NullMarked;
