import {signal} from '@preact/signals';
import {route} from '../app/router';
import {access, bound} from '../app/session';
import {Problem, send} from './client';
import type {CallEvent} from './types';

/**
 * The node's events as they happen. One stream for the whole page: server-sent events read by fetch, for an EventSource
 * sends no Authorization header. Whatever cuts it, it goes on behind the event that came last.
 */
const KEPT = 1000;
const BEFORE = 200;
const LONGEST_WAIT = 5000;

export const events = signal<CallEvent[]>([]);
export const streamState = signal<'connecting' | 'live' | 'waiting' | 'refused'>('connecting');

type Listener = (event: CallEvent) => void;
const listeners = new Set<Listener>();
let running: AbortController | undefined;

/** Calls back for each event from now on; the answer ends that. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The call whose events are followed: the one that may be, or where those of all may not be, the one that is looked at. */
export function followed(): string | undefined {
  const {call} = access.value ?? {};
  if (call !== undefined || !bound()) return call;
  const [page, first, second] = route.value;
  return page === 'calls' ? first : page === 'recordings' && first === 'of' ? second : undefined;
}

export function startEvents(): void {
  stopEvents();
  running = new AbortController();
  void follow(running.signal, followed());
}

export function stopEvents(): void {
  running?.abort();
  running = undefined;
  events.value = [];
}

async function follow(abort: AbortSignal, call?: string): Promise<void> {
  if (call === undefined && bound()) {
    streamState.value = 'refused';
    return;
  }
  let last = '';
  let wait = 500;
  while (!abort.aborted) {
    try {
      streamState.value = 'connecting';
      const query = new URLSearchParams();
      if (call !== undefined) query.set('call', call);
      if (!last) query.set('last', String(BEFORE));
      const headers = last ? {'Last-Event-ID': last} : undefined;
      const response = await send('GET', `/v1/events?${query}`, undefined, abort, headers);
      streamState.value = 'live';
      wait = 500;
      for await (const event of frames(response.body!)) {
        last = event.id;
        events.value = [...events.value, event].slice(-KEPT);
        listeners.forEach((listener) => listener(event));
      }
    } catch (e) {
      // Said by the state below; asked again after a while, but by whom it is refused.
      if (e instanceof Problem) {
        if (e.status === 401) return;
        if (e.status === 403) {
          streamState.value = 'refused';
          return;
        }
        wait = Math.max(wait, 1000 * e.retryAfter);
      }
    }
    if (abort.aborted) return;
    streamState.value = 'waiting';
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
}

/** The events of a text/event-stream; comments, which keep it open, are passed over. */
async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<CallEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      rest += decoder.decode(value, {stream: true});
      const parts = rest.split('\n\n');
      rest = parts.pop()!;
      for (const part of parts) {
        const data = part.split('\n').find((line) => line.startsWith('data: '));
        if (data) yield JSON.parse(data.slice(6));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
