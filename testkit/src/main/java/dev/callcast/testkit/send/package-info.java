/** Synthetic participants that send real RTP with RTCP, in a process of their own. */
@NullMarked
package dev.callcast.testkit.send;

import org.jspecify.annotations.NullMarked;
