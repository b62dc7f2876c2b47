import type {Page} from '@playwright/test';
import {demoCall, expect, pictured, test} from './help';

/** What has the focus, and how it is shown. */
async function focused(page: Page) {
  return page.evaluate(() => {
    const one = document.activeElement as HTMLElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    const words = one.getAttribute('aria-label') ?? (one.textContent?.trim() || one.id || one.getAttribute('type'));
    return {
      name: `${one.tagName.toLowerCase()} ${words}`.replace(/\s+/g, ' ').slice(0, 80),
      body: one === document.body,
      inDialog: !!one.closest('dialog'),
      ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      seen: box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

test('everything on the page of a call is reached by Tab, in order, and seen to be', {tag: '@long'}, async ({page}) => {
  test.setTimeout(120_000);
  await demoCall(page, 'standup');
  await page.goto('/dashboard#/calls/standup');
  await pictured(page);
  const wanted = await page.evaluate(
    () =>
      [...document.querySelectorAll<HTMLElement>('a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, video[controls]')].filter(
        (one) => one.tabIndex >= 0 && one.checkVisibility({contentVisibilityAuto: true}) && !one.hidden,
      ).length,
  );
  const steps: Awaited<ReturnType<typeof focused>>[] = [];
  const backwards: string[] = [];
  for (let i = 0; i < 250; i++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now.body || (steps.length > 5 && now.name === steps[0]!.name)) break;
    steps.push(now);
    const onwards = await page.evaluate(() => {
      const all = window as unknown as {last?: Element};
      const before = all.last;
      const one = (all.last = document.activeElement!);
      // Of two that are in the page: what is drawn anew meanwhile has no place to compare.
      return !before?.isConnected || before === one || !!(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    });
    if (!onwards) backwards.push(now.name);
  }
  // Radio groups and a player's own controls count differently; nothing may be missing but for those.
  expect(steps.length).toBeGreaterThanOrEqual(wanted - 3);
  // A player draws the rings of its controls itself.
  expect(steps.filter((one) => !one.ring && !one.name.startsWith('video ')).map((one) => one.name)).toEqual([]);
  expect(steps.filter((one) => !one.seen).map((one) => one.name)).toEqual([]);
  expect(backwards).toEqual([]);
  expect(steps[0]!.name).toContain('Skip to the content');
});

test('a dialog keeps the focus, says what is wrong within, and gives the focus back', {tag: '@long'}, async ({page}) => {
  await page.goto('/dashboard#/webhooks');
  const open = page.getByRole('button', {name: 'Add a webhook …'});
  await open.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', {name: 'Add a webhook'});
  await expect(dialog).toBeVisible();
  for (let i = 0; i < 12; i++) {
    const now = await focused(page);
    expect(now.inDialog || now.body, now.name).toBe(true); // Between its end and its begin is the browser.
    await page.keyboard.press('Tab');
  }
  await dialog.getByLabel('URL').fill('http://10.0.0.1/hook');
  await page.keyboard.press('Enter');
  const said = dialog.getByRole('status');
  await expect(said).toHaveAttribute('aria-live', 'polite');
  await expect(said).toContainText('10.0.0.1');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(open).toBeFocused();
  // From now on the page says it.
  await expect(page.locator('.notices:not(.inside)')).toContainText('10.0.0.1');
});

test('from page to page the heading is said, and the skip link leads past the navigation', {tag: '@long'}, async ({page}) => {
  await page.goto('/dashboard#/nodes');
  await page.getByRole('link', {name: 'Keys'}).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', {level: 1, name: 'Keys'})).toBeFocused();
  await expect(page).toHaveTitle('Keys · Callcast');
  await page.reload();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', {name: 'Skip to the content'})).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', {name: 'Make a key …'})).toBeFocused();
});
