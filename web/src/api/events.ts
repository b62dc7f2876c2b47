import {signal} from '@preact/signals';
import {access} from '../app/session';
import {authorization} from './client';
import type {CallEvent} from './types';

/**
 * The node's events as they happen. One stream for the whole page: server-sent events read by fetch, for an EventSource
 * sends no Authorization header. Whatever cuts it, it goes on behind the event that came last.
 */
const KEPT = 1000;
const BEFORE = 200;
const LONGEST_WAIT = 5000;

export const events = signal<CallEvent[]>([]);
export const streamState = signal<'connecting' | 'live' | 'waiting'>('connecting');

type Listener = (event: CallEvent) => void;
const listeners = new Set<Listener>();
let running: AbortController | undefined;

/** Calls back for each event from now on; the answer ends that. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startEvents(): void {
  stopEvents();
  running = new AbortController();
  void follow(running.signal);
}

export function stopEvents(): void {
  running?.abort();
  running = undefined;
  events.value = [];
}

async function follow(abort: AbortSignal): Promise<void> {
  let last = '';
  let wait = 500;
  while (!abort.aborted) {
    try {
      streamState.value = 'connecting';
      const query = new URLSearchParams();
      if (access.value?.call) query.set('call', access.value.call);
      if (!last) query.set('last', String(BEFORE));
      const response = await fetch(`/v1/events?${query}`, {
        headers: {...authorization(), ...(last ? {'Last-Event-ID': last} : {})},
        cache: 'no-store',
        signal: abort,
      });
      if (!response.ok || !response.body) throw new Error(response.statusText);
      streamState.value = 'live';
      wait = 500;
      for await (const event of frames(response.body)) {
        last = event.id;
        events.value = [...events.value, event].slice(-KEPT);
        listeners.forEach((listener) => listener(event));
      }
    } catch {
      // Said by the state below; asked again after a while.
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
