@NullMarked
package dev.callcast.media.ingest;

import org.jspecify.annotations.NullMarked;
