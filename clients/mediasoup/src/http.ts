import { randomUUID } from 'node:crypto';

/** What the server refused, or could not be asked. */
export class CallcastError extends Error {
  override readonly name = 'CallcastError';

  constructor(
    message: string,
    /** Of HTTP; 0 when no answer came. */
    readonly status: number,
    /** JSON pointer to what is at fault in the body that was sent. */
    readonly field?: string,
    /** What to do. */
    readonly fix?: string,
    /** `urn:callcast:problem:…` */
    readonly type?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same may work later: nobody answered, or the server is not able to just now. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What a client is made with. */
export interface Options {
  /** Of the node: `http://127.0.0.1:7880`. */
  url: string;
  /** Of the API; not needed where the node runs with --no-auth. */
  apiKey?: string | undefined;
  /** How often a request is tried again when the server is away or busy; default 3. */
  retries?: number | undefined;
}

interface Request {
  body?: unknown;
  query?: object | undefined;
}

/** Sends requests, with the key, and again where that is right. */
export class Http {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #retries: number;

  constructor(options: Options) {
    this.#url = options.url.replace(/\/+$/, '');
    this.#headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
    this.#retries = options.retries ?? 3;
  }

  /** The name or address in the url. */
  get host(): string {
    return new URL(this.#url).hostname.replace(/^\[|\]$/g, '');
  }

  async json<T>(method: string, path: string, request: Request): Promise<T> {
    const answer = await this.#send(method, path, request);
    return (await answer.json()) as T;
  }

  async nothing(method: string, path: string, request: Request): Promise<void> {
    const answer = await this.#send(method, path, request);
    await answer.arrayBuffer();
  }

  async bytes(method: string, path: string, request: Request): Promise<Uint8Array> {
    const answer = await this.#send(method, path, request);
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** An answer whose body goes on; no second try. */
  async stream(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.#once(path, { headers: { ...this.#headers, ...headers }, signal });
  }

  async #send(method: string, path: string, request: Request): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) {
        query.set(name, String(value));
      }
    }
    const address = query.size === 0 ? path : `${path}?${query}`;
    const headers = { ...this.#headers };
    let body: RequestInit['body'] | undefined;
    if (request.body instanceof Uint8Array) {
      headers['content-type'] = 'application/octet-stream';
      body = request.body as Uint8Array<ArrayBuffer>;
    } else if (request.body !== undefined) {
      headers['content-type'] = 'application/json';
      body = JSON.stringify(request.body);
    }
    if (method === 'POST') {
      // So that a second try is not carried out twice.
      headers['idempotency-key'] = randomUUID();
    }
    for (let attempt = 0; ; attempt++) {
      try {
        const init: RequestInit = { method, headers, signal: AbortSignal.timeout(30_000) };
        return await this.#once(address, body === undefined ? init : { ...init, body });
      } catch (error) {
        if (!(error instanceof CallcastError) || !error.temporary || attempt >= this.#retries) {
          throw error;
        }
        await delay(Math.min(250 * 2 ** attempt, 2_000));
      }
    }
  }

  async #once(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.#url + path, init);
    } catch (cause) {
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new CallcastError(`${this.#url} does not answer: ${why}`, 0, undefined, 'Start the node, or correct the url.', undefined, {
        cause,
      });
    }
    if (answer.ok) {
      return answer;
    }
    const text = await answer.text();
    let problem: Record<string, string> = {};
    try {
      problem = JSON.parse(text) as Record<string, string>;
    } catch {
      // A proxy's words, perhaps.
    }
    const detail = problem['detail'] ?? (text.slice(0, 200) || answer.statusText);
    const field = problem['field'] === undefined ? '' : ` (${problem['field']})`;
    throw new CallcastError(
      `${init.method ?? 'GET'} ${path}: ${answer.status}: ${detail}${field}`,
      answer.status,
      problem['field'],
      problem['fix'],
      problem['type'],
    );
  }
}

/** Waits; the wait alone keeps no process alive. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    timer.unref();
    signal?.addEventListener('abort', done);
  });
}
