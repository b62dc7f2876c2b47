/** Measures what is really in output files, with decoders that the product does not use. */
@NullMarked
package dev.callcast.testkit.check;

import org.jspecify.annotations.NullMarked;
