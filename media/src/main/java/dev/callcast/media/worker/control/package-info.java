/**
 * The worker's side of the control socket: the process' life from its first line to its exit, the
 * commands that come in and the events that go out. What a call does with them is behind {@link
 * dev.callcast.media.worker.control.WorkerCommands}.
 *
 * <p>{@link dev.callcast.media.worker.control.RunDirectory} and its files are the part that the
 * node reads too, also when the worker is dead.
 */
@NullMarked
package dev.callcast.media.worker.control;

import org.jspecify.annotations.NullMarked;
