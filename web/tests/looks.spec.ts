import type {Page} from '@playwright/test';
import {accessible, api, demoCall, expect, guarded, pictured, send, test} from './help';

const LOOKS = [
  ['light', {width: 1440, height: 900}],
  ['dark', {width: 360, height: 740}], // a small phone
] as const;

/** The page as it is, in each look: accessible, and nothing reaches beyond its place. */
async function looksRight(page: Page, what: string): Promise<void> {
  for (const [scheme, size] of LOOKS) {
    await test.step(`${what} ${scheme}`, async () => {
      await page.emulateMedia({colorScheme: scheme});
      await page.setViewportSize(size);
      await accessible(page);
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll<HTMLElement>('body *')]
          .filter((one) => one === document.documentElement || getComputedStyle(one).overflowX === 'visible')
          .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1) // 0: is inline
          .map((one) => `${one.tagName} ${one.className}: ${one.scrollWidth} px in ${one.clientWidth}`),
      );
      expect(wide, `${what} ${scheme}`).toEqual([]);
    });
  }
}

/** Every page that there is, each with what shows that it is there. */
async function pages(page: Page): Promise<[string, () => Promise<void>][]> {
  const recordings = await api<{items: {id: string}[]}>(page, '/v1/recordings?call=standup');
  const hook = await page.request.post('/v1/webhooks', {
    data: {url: 'http://127.0.0.1:1/a/rather/long/path/that/goes/on/and/on?with=parameters&and=more', calls: ['standup']},
  });
  await page.request.patch('/v1/calls/standup/compositions/main', {data: {layout: {preset: 'grid'}}});
  const {id} = await hook.json();
  const heading = (name: string) => () => expect(page.getByRole('heading', {level: 1, name})).toBeVisible();
  const table = () => expect(page.locator('td').first()).toBeVisible();
  return [
    ['/dashboard#/calls', () => expect(page.locator('.card .facts')).not.toHaveCount(0)],
    ['/dashboard#/calls/standup', () => pictured(page)],
    ['/dashboard#/recordings', table],
    [`/dashboard#/recordings/${recordings.items[0]!.id}`, () => expect(page.getByRole('heading', {name: 'Player'})).toBeVisible()],
    ['/dashboard#/events', () => expect(page.locator('.events li').first()).toBeVisible()],
    ['/dashboard#/nodes', table],
    ['/dashboard#/webhooks', table],
    [`/dashboard#/webhooks/${id}`, () => expect(page.locator('.log li').first()).toContainText('pending')],
    ['/dashboard#/keys', heading('Keys')],
    ['/dashboard#/nothing', heading('There is no such page')],
    ['/watch/standup/main', () => pictured(page)],
    ...(guarded.url ? [[`${guarded.url}/dashboard`, heading('Sign in')] as [string, () => Promise<void>]] : []),
  ];
}

test.beforeEach(async ({page}) => {
  test.setTimeout(150_000);
  await demoCall(page, 'standup');
});

test('every page is accessible and no wider than its window, light and dark, wide and as a phone', async ({page, watched}) => {
  for (const [address, there] of await pages(page)) {
    await page.goto(address);
    await there();
    await looksRight(page, address);
  }
  const others = watched.filter((one) => !guarded.url || !one.startsWith(`request: ${guarded.url}/`));
  watched.splice(0, watched.length, ...others);
  const hooks = await api<{items: {id: string}[]}>(page, '/v1/webhooks');
  for (const one of hooks.items) await page.request.delete(`/v1/webhooks/${one.id}`);
});

test('names that are long, also of one word, keep their place', {tag: '@long'}, async ({page}) => {
  const id = 'long_id_'.repeat(8);
  const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
  const words = 'Augusta Ada King, Countess of Lovelace, of the Notes on the Analytical Engine, 3';
  const call = `/v1/calls/${id}`;
  const composition = `${call}/compositions/${id}`;
  await send(page, 'POST', '/v1/calls', {id});
  await send(page, 'PUT', `${call}/participants/${id}`, {name: word});
  await send(page, 'PUT', `${call}/participants/ada`, {name: words, owner: true});
  await send(page, 'PUT', `${call}/speaker`, {participant: id});
  await send(page, 'PUT', `/v1/scenes/${id}`, {layout: {preset: 'grid', params: {}}});
  await send(page, 'POST', `${call}/compositions`, {
    id,
    canvas: {width: 320, height: 180, fps: 10},
    outputs: [
      {id, type: 'recording'},
      {id: 'nowhere', type: 'rtmp', url: `rtmp://127.0.0.1:1/${id}/key`},
    ],
  });
  const mediaTime = async () => (await api<{stats?: {mediaTime: number}}>(page, composition)).stats?.mediaTime ?? 0;
  await expect.poll(mediaTime).toBeGreaterThan(1);
  await send(page, 'POST', `${composition}/markers`, {label: word});

  await page.goto('/dashboard#/calls');
  await expect(page.getByRole('heading', {name: id})).toBeVisible();
  await looksRight(page, 'calls');
  await page.goto(`/dashboard#/calls/${id}`);
  await pictured(page);
  await expect(page.locator('.people b', {hasText: word})).toBeVisible();
  await expect(page.locator('.outputs .trouble')).toBeVisible();
  await looksRight(page, 'call');
  await page.getByRole('button', {name: `Delete the scene ${id}`}).click();
  await looksRight(page, 'dialog');
  await page.getByRole('button', {name: 'Delete it'}).click();
  await page.goto('/dashboard#/events');
  await page.getByRole('combobox', {name: 'Call', exact: true}).selectOption(id);
  await expect(page.locator('.events li').first()).toContainText(id);
  await looksRight(page, 'events');
  await page.goto(`/watch/${id}/${id}`);
  await pictured(page);
  await looksRight(page, 'watch');

  await send(page, 'POST', `${composition}/stop`);
  const recordings = () => api<{items: {id: string; state: string}[]}>(page, `/v1/recordings?call=${id}`);
  await expect.poll(async () => (await recordings()).items[0]!.state).toBe('ready');
  await page.goto('/dashboard#/recordings');
  await expect(page.getByRole('link', {name: `${id} / ${id}`})).toBeVisible();
  await looksRight(page, 'recordings');
  await page.goto(`/dashboard#/recordings/${(await recordings()).items[0]!.id}`);
  await expect(page.locator('.lane', {hasText: word})).toBeVisible();
  await expect(page.locator('.plainlist button', {hasText: word})).toBeVisible();
  await looksRight(page, 'recording');
  await send(page, 'DELETE', call);
  await page.goto('/dashboard#/calls');
  await expect(page.getByRole('link', {name: id, exact: true})).toBeVisible();
  await looksRight(page, 'closed calls');
});
