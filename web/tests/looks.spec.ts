import type {Page} from '@playwright/test';
import {accessible, api, demoCall, expect, guarded, pictured, test} from './help';

const PHONE = {width: 390, height: 844};
const DESK = {width: 1440, height: 900};

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
    for (const [scheme, size] of [
      ['light', DESK],
      ['dark', PHONE],
    ] as const) {
      await test.step(`${address} ${scheme}`, async () => {
        await page.emulateMedia({colorScheme: scheme});
        await page.setViewportSize(size);
        await accessible(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(over, `px of ${address} beyond the window`).toBeLessThanOrEqual(0);
      });
    }
  }
  const others = watched.filter((one) => !guarded.url || !one.startsWith(`request: ${guarded.url}/`));
  watched.splice(0, watched.length, ...others);
  const hooks = await api<{items: {id: string}[]}>(page, '/v1/webhooks');
  for (const one of hooks.items) await page.request.delete(`/v1/webhooks/${one.id}`);
});
