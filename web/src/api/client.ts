import {key, refused} from '../app/session';

/** An answer that is no success, as problem+json tells it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly fix: string = '',
    readonly field?: string,
  ) {
    super(detail);
  }
}

export function authorization(): Record<string, string> {
  return key.value ? {Authorization: `Bearer ${key.value}`} : {};
}

/** Sends a request and takes its answer, whatever type it has. Throws a Problem. */
export async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {...authorization(), ...(body === undefined ? {} : {'Content-Type': 'application/json'})},
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      signal,
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new Problem(0, 'The node does not answer.', 'It is asked again by itself.');
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    const told = new Problem(response.status, problem.detail ?? response.statusText, problem.fix, problem.field);
    if (response.status === 401) refused(told.detail);
    throw told;
  }
  return response;
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
