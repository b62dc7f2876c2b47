import {readFileSync} from 'node:fs';
import {createServer as createHttp, type IncomingHttpHeaders} from 'node:http';
import {createRequire} from 'node:module';
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import {expect, test as base, type Page} from '@playwright/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every page of every test: no error, nothing that the policy forbids, no request to anywhere else. */
export const test = base.extend<{watched: string[]}>({
  watched: [
    async ({page, baseURL}, use) => {
      const wrong: string[] = [];
      page.on('pageerror', (e) => wrong.push(`error: ${e.message}`));
      page.on('console', (message) => {
        // The browser itself writes one for each answer of 4xx and 5xx, and for a connection that is cut.
        if (message.type() === 'error' && !/Failed to load resource|ERR_INTERNET/.test(message.text())) {
          wrong.push(`console: ${message.text()}`);
        }
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${baseURL}/`) && !/^(blob|data):/.test(url)) wrong.push(`request: ${url}`);
      });
      await use(wrong);
      expect(wrong).toEqual([]);
    },
    {auto: true},
  ],
});

export {expect};

/** What axe has to say about a page as it is now, of WCAG 2.2 AA and its best practices. */
export async function accessible(page: Page): Promise<void> {
  // Into the page's world by the debugger, which no policy forbids.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as {axe: {run(): Promise<{violations: Violation[]}>}}).axe;
    interface Violation {
      id: string;
      nodes: {target: string[]; failureSummary: string}[];
    }
    const {violations} = await axe.run();
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  });
  expect(found).toEqual([]);
}

/** A node that asks for keys, whose limit of requests is low, and its first key; started by DashboardTest. */
export const guarded = {url: process.env['CALLCAST_GUARDED_URL'] ?? '', key: process.env['CALLCAST_GUARDED_KEY'] ?? ''};

/** The call that the first test starts, or where a file is run by hand, this. */
export async function demoCall(page: Page, id: string, participants = 4): Promise<void> {
  const call = await page.request.get(`/v1/calls/${id}`);
  if (call.ok() && (await call.json()).state === 'open') return;
  await send(page, 'POST', '/v1/calls', {id});
  const endpoint = await send<{id: string}>(page, 'POST', `/v1/calls/${id}/endpoints`, {});
  await send(page, 'POST', `/v1/calls/${id}/demo`, {endpoint: endpoint.id, participants});
  await send(page, 'POST', `/v1/calls/${id}/compositions`, {
    id: 'main',
    layout: {preset: 'grid', params: {'videoSettings.showParticipantLabels': true}},
    outputs: [{id: 'rec', type: 'recording'}],
  });
  await expect
    .poll(async () => (await api<{participants: unknown[]}>(page, `/v1/calls/${id}`)).participants.length, {timeout: 60_000})
    .toBe(participants);
}

/** Waits until a page shows a picture of the call. */
export async function pictured(page: Page): Promise<void> {
  await expect(page.locator('.picture').first()).toBeVisible();
  await expect(page.locator('.picture > span')).toHaveCount(0, {timeout: 30_000});
}

/** A way to a node that can be cut, as when it is killed or its machine is away. */
export class Way {
  private readonly sockets = new Set<Socket>();
  private server?: Server;
  private port = 0;

  private constructor(private readonly to: URL) {}

  static async to(url: string): Promise<Way> {
    const way = new Way(new URL(url));
    await way.mend();
    return way;
  }

  private made() {
    return createServer((near) => {
      const far = connect(Number(this.to.port), this.to.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cut(): void {
    this.server?.close();
    this.sockets.forEach((one) => one.destroy());
  }

  async mend(): Promise<void> {
    const server = this.made();
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }
}

/** A receiver of webhooks, which answers as it is told. */
export class Receiver {
  readonly posts: {headers: IncomingHttpHeaders; body: string}[] = [];
  status = 200;
  private port = 0;

  private readonly server = createHttp(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.posts.push({headers: request.headers, body});
    response.writeHead(this.status).end(this.status === 200 ? 'thanks' : 'not now');
  });

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.port = (receiver.server.address() as AddressInfo).port;
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** The API beside the page. */
export async function api<T>(page: Page, path: string): Promise<T> {
  return send(page, 'GET', path);
}

/** The same with a body; what the answer has, which may be nothing. */
export async function send<T>(page: Page, method: string, path: string, data?: unknown): Promise<T> {
  const response = await page.request.fetch(path, {method, data});
  const text = await response.text();
  expect(response.ok(), text).toBe(true);
  return (text ? JSON.parse(text) : undefined) as T;
}
