/**
 * What node and worker say to each other, and the nouns of the API: records only, no behaviour
 * beyond their own invariants. A spec record is complete: every default has been filled in before
 * it is made (the API does that).
 */
@NullMarked
package dev.callcast.protocol;

import org.jspecify.annotations.NullMarked;
