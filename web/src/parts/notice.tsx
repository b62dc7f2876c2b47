import {signal} from '@preact/signals';
import {Problem} from '../api/client';

interface Said {
  number: number;
  text: string;
  fix?: string;
  bad: boolean;
}

/** Those that are open, the topmost last. */
export const dialogs = signal<number[]>([]);

const said = signal<Said[]>([]);
let number = 0;

function add(text: string, bad: boolean, fix?: string): void {
  const one = {number: ++number, text, fix, bad};
  said.value = [...said.value.slice(-3), one];
  setTimeout(() => forget(one.number), bad ? 12_000 : 4000);
}

function forget(which: number): void {
  said.value = said.value.filter((one) => one.number !== which);
}

export function say(text: string): void {
  add(text, false);
}

export function fail(e: unknown): void {
  if (e instanceof Problem) add(e.detail, true, e.retryAfter > 0 ? `Try again in ${e.retryAfter} s.` : e.fix);
  else add(String((e as Error).message ?? e), true);
}

/** Does something that a person asked for, and says why when it cannot be. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) say(done);
    return true;
  } catch (e) {
    fail(e);
    return false;
  }
}

/** What is said, in the topmost dialog, or where none is open in the page, of number 0. */
export function Notices({of = 0}: {of?: number}) {
  const here = (dialogs.value[dialogs.value.length - 1] ?? 0) === of;
  return (
    <div class={of ? 'notices inside' : 'notices'} aria-live="polite" role="status">
      {(here ? said.value : []).map((one) => (
        <div key={one.number} class={one.bad ? 'notice bad' : 'notice'}>
          <div>
            {one.text}
            {one.fix && <div class="fix">{one.fix}</div>}
          </div>
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => forget(one.number)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
