import {useCallback, useEffect, useRef, useState} from 'preact/hooks';
import {Problem} from '../api/client';
import {onEvent} from '../api/events';
import type {CallEvent} from '../api/types';

export interface Polled<T> {
  data?: T;
  /** Why the last look failed; data is then what was seen before. */
  error?: Error;
  refresh: () => void;
}

/** ms, after which what failed is looked at again, also where it is looked at seldom. */
const AFTER_FAILURE = 3000;

/**
 * Looks again and again, `millis` after the last answer, but not while the page is hidden. Another `name` is another thing
 * to look at. `when` lets events call for a look at once.
 */
export function usePoll<T>(
  name: string,
  look: (signal: AbortSignal) => Promise<T>,
  millis: number,
  when?: (event: CallEvent) => boolean,
): Polled<T> {
  const [state, setState] = useState<{name: string; data?: T; error?: Error}>({name});
  const newest = useRef({look, when});
  newest.current = {look, when};
  const [asked, setAsked] = useState(0);
  const refresh = useCallback(() => setAsked((n) => n + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    async function run(): Promise<void> {
      let wait = millis;
      if (!document.hidden) {
        try {
          const data = await newest.current.look(abort.signal);
          if (!abort.signal.aborted) setState({name, data});
        } catch (e) {
          if (!abort.signal.aborted) {
            setState((old) => ({name, data: old.name === name ? old.data : undefined, error: e as Error}));
            wait = Math.max(Math.min(millis, AFTER_FAILURE), e instanceof Problem ? 1000 * e.retryAfter : 0);
          }
        }
      }
      if (!abort.signal.aborted) timer = window.setTimeout(run, wait);
    }
    void run();
    const shown = () => {
      if (!document.hidden) {
        clearTimeout(timer);
        void run();
      }
    };
    document.addEventListener('visibilitychange', shown);
    let soon = 0;
    const end = onEvent((event) => {
      if (newest.current.when?.(event)) {
        clearTimeout(soon);
        soon = window.setTimeout(refresh, 150);
      }
    });
    return () => {
      abort.abort();
      clearTimeout(timer);
      clearTimeout(soon);
      document.removeEventListener('visibilitychange', shown);
      end();
    };
  }, [name, millis, asked, refresh]);

  return state.name === name ? {data: state.data, error: state.error, refresh} : {refresh};
}
