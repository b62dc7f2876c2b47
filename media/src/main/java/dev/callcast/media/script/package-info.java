/** Layouts in JavaScript: the sandbox that they run in, and what they see and answer. */
@org.jspecify.annotations.NullMarked
package dev.callcast.media.script;
