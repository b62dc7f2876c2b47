import type { Event } from './api.js';
import { CallcastError, delay, type Http } from './http.js';

/** What is to be read of the events, and from where on. */
export interface EventOptions {
  /** Only of calls of this id. */
  call?: string | undefined;
  /** The id of the event that was read last, '0' for all that are kept; omitted: only new ones. */
  after?: string | undefined;
  /** Ends the reading. */
  signal?: AbortSignal | undefined;
  /** The stream is there: called first when it begins, then each time that it had to be opened again. */
  onOpen?: (() => void) | undefined;
}

/** Longer than the server is ever silent, ms: it sends a comment every 10 s. */
const SILENCE = 25_000;

/** Events of the server, in order, from where one was: a stream that breaks is opened again. Ends with the signal. */
export async function* readEvents(http: Http, options: EventOptions = {}): AsyncGenerator<Event, void, undefined> {
  const signal = options.signal ?? new AbortController().signal;
  let last = options.after;
  let failures = 0;
  while (!signal.aborted) {
    const query = new URLSearchParams();
    if (options.call !== undefined) {
      query.set('call', options.call);
    }
    const address = query.size === 0 ? '/v1/events' : `/v1/events?${query}`;
    const connection = new AbortController();
    const abort = () => connection.abort();
    signal.addEventListener('abort', abort);
    let watchdog: NodeJS.Timeout | undefined;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE);
      watchdog.unref();
    };
    try {
      alive();
      const headers = last === undefined ? {} : { 'last-event-id': last };
      const answer = await http.stream(address, headers, connection.signal);
      failures = 0;
      options.onOpen?.();
      for await (const frame of frames(answer.body!, alive)) {
        last = frame.id ?? last;
        yield JSON.parse(frame.data) as Event;
      }
    } catch (error) {
      if (error instanceof CallcastError && !error.temporary) {
        throw error;
      }
      // The connection went, or the node; it is tried again.
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', abort);
      connection.abort();
    }
    await delay(Math.min(100 * 2 ** failures++, 2_000), signal);
  }
}

/** One event as it is on the wire. */
export interface Frame {
  id: string | undefined;
  data: string;
}

/** The frames of a text/event-stream; `heard` is called for whatever arrives, comments too. */
export async function* frames(body: AsyncIterable<Uint8Array>, heard: () => void = () => {}): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let rest = '';
  let id: string | undefined;
  let data: string[] = [];
  for await (const chunk of body) {
    heard();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (data.length > 0) {
          yield { id, data: data.join('\n') };
        }
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'id') {
        id = value;
      } else if (name === 'data') {
        data.push(value);
      }
    }
  }
}
