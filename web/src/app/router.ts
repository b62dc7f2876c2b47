import {signal} from '@preact/signals';

/** Where in the page one is: the parts of `#/calls/standup`. */
export const route = signal<string[]>(read());

function read(): string[] {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}

/** Whether one has come here from within the page. */
export let moved = false;

addEventListener('hashchange', () => {
  moved = true;
  route.value = read();
});

export function go(...parts: string[]): void {
  location.hash = link(...parts);
}

export function link(...parts: string[]): string {
  return '#/' + parts.map(encodeURIComponent).join('/');
}
