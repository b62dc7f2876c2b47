import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Page} from '@playwright/test';
import {api, demoCall, expect, pictured, test} from './help';

// The README's pictures of the dashboard: `./test --screenshots`. Not one of the tests, which are *.spec.ts.
const TO = process.env['CALLCAST_IMAGES'] ?? 'target/images';
const MOST = 250_000; // bytes

/** As WebP, for text and pictures of people in one; beside it in target as PNG, for looking at. */
async function keep(page: Page, name: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  const {data} = await client.send('Page.captureScreenshot', {format: 'webp', quality: 82});
  const bytes = Buffer.from(data, 'base64');
  expect(bytes.length, name).toBeLessThan(MOST);
  mkdirSync(TO, {recursive: true});
  writeFileSync(join(TO, `${name}.webp`), bytes);
  mkdirSync('target/images', {recursive: true});
  await page.screenshot({path: `target/images/${name}.png`});
}

test('a call, light', async ({page}) => {
  test.setTimeout(150_000);
  await demoCall(page, 'morning-show', 6);
  const composition = '/v1/calls/morning-show/compositions/main';
  await page.request.patch(composition, {
    data: {
      layout: {
        preset: 'dominant',
        params: {showBannerOverlay: true, 'banner.title': 'The morning show', 'banner.subtitle': 'Live, every day at nine'},
      },
    },
  });
  await page.request.put('/v1/scenes/talk', {data: {layout: {preset: 'split', params: {}}}});
  await page.request.put('/v1/scenes/everyone', {data: {layout: {preset: 'grid', params: {}}}});
  await page.request.post(`${composition}/outputs`, {data: {id: 'hls', type: 'hls'}});
  await page.request.post(`${composition}/outputs`, {data: {id: 'twitch', type: 'rtmp', url: 'rtmp://127.0.0.1:1/app/key'}});
  await page.emulateMedia({colorScheme: 'light'});
  await page.setViewportSize({width: 1440, height: 1000});
  await page.goto('/dashboard#/calls/morning-show');
  await pictured(page);
  await page.request.post(`${composition}/markers`, {data: {label: 'Hello'}});
  await page.waitForTimeout(20_000); // until the graphs of bitrates are some seconds long
  await page.request.post(`${composition}/markers`, {data: {label: 'Weather'}});
  await keep(page, 'dashboard-call');
});

test('the same on a phone, dark', async ({page}) => {
  await page.emulateMedia({colorScheme: 'dark'});
  await page.setViewportSize({width: 390, height: 844});
  await page.goto('/dashboard#/calls/morning-show');
  await pictured(page);
  await page.waitForTimeout(6000);
  await keep(page, 'dashboard-phone');
});

test('its recording, dark', async ({page}) => {
  const composition = '/v1/calls/morning-show/compositions/main';
  await page.request.post(`${composition}/pause`);
  await page.waitForTimeout(2000);
  await page.request.post(`${composition}/resume`);
  await page.waitForTimeout(4000);
  await page.request.post(`${composition}/stop`);
  const list = () => api<{items: {id: string; state: string}[]}>(page, '/v1/recordings?call=morning-show');
  await expect.poll(async () => (await list()).items[0]!.state, {timeout: 30_000}).toBe('ready');
  await page.emulateMedia({colorScheme: 'dark'});
  await page.setViewportSize({width: 1440, height: 1000});
  await page.goto(`/dashboard#/recordings/${(await list()).items[0]!.id}`);
  await expect(page.getByRole('region', {name: 'Report'})).toBeVisible();
  const video = page.locator('video');
  await video.evaluate((one: HTMLVideoElement) => {
    one.currentTime = 12;
  });
  await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.readyState)).toBeGreaterThanOrEqual(3);
  await page.waitForTimeout(1000);
  await keep(page, 'dashboard-recording');
  await page.request.delete('/v1/calls/morning-show');
});
