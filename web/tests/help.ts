import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
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

/** The API beside the page. */
export async function api<T>(page: Page, path: string): Promise<T> {
  const response = await page.request.get(path);
  expect(response.ok(), await response.text()).toBe(true);
  return response.json();
}
