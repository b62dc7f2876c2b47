/** What is noted of a recording while it is made, and read when it is finished. */
@NullMarked
package dev.callcast.media.output.report;

import org.jspecify.annotations.NullMarked;
