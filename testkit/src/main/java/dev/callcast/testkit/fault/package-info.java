/** Real peers that can be made to fail: RTMP servers, TLS fronts, a proxy that stalls. */
@NullMarked
package dev.callcast.testkit.fault;

import org.jspecify.annotations.NullMarked;
