import {type Page} from '@playwright/test';
import {accessible, api, expect, test} from './help';

const CALL = 'standup';
const base = `/v1/calls/${CALL}`;

interface Composition {
  layout: {preset: string; params: Record<string, unknown>};
}

const composition = (page: Page) => api<Composition>(page, `${base}/compositions/main`);

async function open(page: Page): Promise<void> {
  await page.goto(`/dashboard#/calls/${CALL}`);
  await expect(page.getByRole('heading', {level: 1, name: CALL})).toBeVisible();
  await expect(page.locator('.stage .picture span')).toHaveCount(0, {timeout: 30_000});
}

test('a demo call is started from the page', async ({page}) => {
  test.setTimeout(150_000); // The first time clips are encoded.
  await page.goto('/');
  await expect(page).toHaveURL(/\/dashboard/);
  await expect(page.getByText('No call is open')).toBeVisible();
  await accessible(page);

  await page.getByRole('button', {name: 'Start a demo call'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Id').fill(CALL);
  await dialog.getByLabel('Participants').fill('4');
  await accessible(page);
  await dialog.getByRole('button', {name: 'Start'}).click();

  await expect(page.getByRole('heading', {level: 1, name: CALL})).toBeVisible();
  await expect(page.locator('.people > li')).toHaveCount(4, {timeout: 120_000});
  await expect(page.locator('.stage .picture span')).toHaveCount(0, {timeout: 20_000});
  const width = await page.locator('.stage img').evaluate((image: HTMLImageElement) => image.naturalWidth);
  expect(width).toBeGreaterThanOrEqual(320);
  // Somebody is heard: a meter is above its bottom.
  await expect
    .poll(() => page.getByRole('meter', {name: /^Level of/}).evaluateAll((all) => Math.max(...all.map((one) => Number(one.getAttribute('aria-valuenow'))))))
    .toBeGreaterThan(-50);
  await expect(page.locator('.people .track').filter({hasText: '640×360'}).first()).toBeVisible();
});

test('the layout is switched with the keyboard alone', async ({page}) => {
  await open(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', {name: 'Skip to the content'})).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  const dominant = page.getByRole('button', {name: 'dominant', exact: true});
  for (let i = 0; i < 60 && !(await dominant.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await expect(dominant).toBeFocused();
  await page.keyboard.press('Space');
  await expect(dominant).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(async () => (await composition(page)).layout.preset).toBe('dominant');

  await page.getByRole('button', {name: 'Add a composition …'}).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', {name: 'Add a composition …'})).toBeFocused();
});

test('text, banner, toast and emoji go into the picture', async ({page}) => {
  await open(page);
  const panel = page.getByRole('region', {name: 'In the picture'});
  await panel.getByLabel('Text', {exact: true}).last().fill('Good morning');
  await panel.getByRole('switch', {name: 'Text'}).check();
  await panel.getByLabel("Banner's title").fill('Ada Lovelace');
  await panel.getByLabel("Banner's title").press('Enter');
  await panel.getByRole('switch', {name: 'Banner'}).check();
  await expect
    .poll(async () => (await composition(page)).layout.params)
    .toMatchObject({showTextOverlay: true, 'text.content': 'Good morning', showBannerOverlay: true, 'banner.title': 'Ada Lovelace'});
  for (const [field, words, path] of [
    ['Toast', 'Grace joined', '/toasts'],
    ['Caption', 'Shall we begin?', '/captions'],
  ] as const) {
    await panel.getByRole('textbox', {name: field}).fill(words);
    const shown = page.waitForResponse((one) => one.url().endsWith(path));
    await panel.getByRole('button', {name: `Show the ${field.toLowerCase()}`}).click();
    expect((await shown).status()).toBe(204);
    await expect(panel.getByRole('textbox', {name: field})).toHaveValue('');
  }
  await panel.getByLabel("Ticker's text").fill('Breaking news');
  await panel.getByLabel("Ticker's text").press('Enter');
  await panel.getByRole('switch', {name: 'Ticker'}).check();
  await panel.getByRole('switch', {name: 'Clock'}).check();
  await expect
    .poll(async () => (await composition(page)).layout.params)
    .toMatchObject({showTicker: true, 'ticker.text': 'Breaking news', showClock: true});
  const reaction = page.waitForResponse((one) => one.url().endsWith('/reactions'));
  await panel.getByRole('button', {name: 'React with 👏'}).click();
  expect((await reaction).status()).toBe(204);
});

test('every param has a control, made from the node’s table', async ({page}) => {
  await open(page);
  const params = await api<{items: {name: string}[]}>(page, '/v1/params');
  const panel = page.getByRole('region', {name: 'Params'});
  await expect(panel.locator('summary').first()).toBeVisible();
  for (const summary of await panel.locator('summary').all()) await summary.click();
  const controls = await panel.locator('.param').count();
  expect(controls).toBeGreaterThanOrEqual(params.items.length);
  await accessible(page);

  await panel.getByPlaceholder('Search the params').fill('dominant splitpos');
  const split = panel.locator('[id="param-videoSettings.dominant.splitPos"]');
  await expect(panel.locator('.param')).toHaveCount(1);
  await split.fill('0.6');
  await split.press('Enter');
  await expect.poll(async () => (await composition(page)).layout.params['videoSettings.dominant.splitPos']).toBe(0.6);
  await panel.getByRole('button', {name: 'Reset videoSettings.dominant.splitPos'}).click();
  await expect
    .poll(async () => Object.keys((await composition(page)).layout.params))
    .not.toContain('videoSettings.dominant.splitPos');

  // What is outside of its range is clamped, and the page says so.
  await split.fill('7');
  await split.press('Enter');
  await expect(page.locator('.notice')).toContainText('outside');
  await panel.getByRole('button', {name: 'Reset videoSettings.dominant.splitPos'}).click();
});

test('a layout is kept as a scene and switched to', async ({page}) => {
  await open(page);
  await page.getByLabel('Name of a new scene').fill('talk');
  await page.getByRole('button', {name: 'Keep', exact: true}).click();
  const talk = page.getByRole('button', {name: 'talk', exact: true});
  await expect(talk).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', {name: 'grid', exact: true}).click();
  await expect(talk).toHaveAttribute('aria-pressed', 'false');
  await page.getByLabel('Transition', {exact: true}).selectOption('wipe-left');
  await page.getByLabel('Seconds of the transition').fill('1.5');
  const sent = page.waitForRequest((one) => one.method() === 'PATCH');
  await talk.click();
  expect((await sent).postDataJSON()).toEqual({scene: 'talk', transition: {type: 'wipe-left', duration: 1.5}});
  await expect.poll(async () => (await composition(page)).layout.preset).toBe('dominant');
  await page.getByRole('button', {name: 'Delete the scene talk'}).click();
  await page.getByRole('button', {name: 'Delete it'}).click();
  await expect(talk).toHaveCount(0);
});
