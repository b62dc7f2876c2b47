/** Web pages as pictures: Chromium in processes of its own, and the only way out that it has. */
@org.jspecify.annotations.NullMarked
package dev.callcast.media.page;
