import {signal} from '@preact/signals';
import {key, refused} from '../app/session';

/** An answer that is no success, as problem+json tells it; of status 0 where the node did not answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly fix: string = '',
    readonly field?: string,
    /** s, after which it may be asked again; 0 where the node did not say */
    readonly retryAfter: number = 0,
  ) {
    super(detail);
  }
}

/** Whether the node did not answer when it was asked last. */
export const away = signal(false);

export function authorization(): Record<string, string> {
  return key.value ? {Authorization: `Bearer ${key.value}`} : {};
}

/**
 * Sends a request and takes its answer, whatever type it has.
 *
 * @throws Problem for an answer that is no success, and for none
 */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Response> {
  const used = key.value;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {...authorization(), ...(body === undefined ? {} : {'Content-Type': 'application/json'}), ...headers},
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      signal,
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw silent();
  }
  const told = response.headers.get('Content-Type')?.startsWith('application/problem+json');
  // What stands before the node, in its place.
  if (!told && [502, 503, 504].includes(response.status)) throw silent();
  away.value = false;
  if (!response.ok) {
    const problem = told ? await response.json().catch(() => ({})) : {};
    const detail = problem.detail ?? `${response.status} ${response.statusText}`;
    if (response.status === 401) refused(detail, used);
    const wait = Number(response.headers.get('Retry-After')) || 0;
    throw new Problem(response.status, detail, problem.fix, problem.field, wait);
  }
  return response;
}

function silent(): Problem {
  away.value = true;
  return new Problem(0, 'The node does not answer.', 'It is asked again by itself.');
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send('GET', path, undefined, signal)).json();
}

/** The answer's JSON, or undefined where there is none. */
export async function change<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A path with each part escaped. */
export function path(strings: TemplateStringsArray, ...parts: (string | number)[]): string {
  return strings.reduce((all, text, i) => all + text + (i < parts.length ? encodeURIComponent(parts[i]!) : ''), '');
}
