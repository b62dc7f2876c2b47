import {test as plain} from '@playwright/test';
import {api, demoCall, expect, guarded, pictured, test, Way} from './help';

// Those of pages that are cut off from their node; not watched, for the browser complains of that.
plain('a node that is away is said to be, and is there again by itself', async ({browser, baseURL, page}) => {
  await demoCall(page, 'standup');
  const way = await Way.to(baseURL!);
  const context = await browser.newContext({baseURL: way.url});
  try {
    const here = await context.newPage();
    await here.goto('/dashboard#/calls/standup');
    await pictured(here);
    way.cut();
    await expect(here.getByText('The node does not answer. It is asked again and again')).toBeVisible();
    await expect(here.locator('.stream')).toHaveText(/Cut off|Connecting/);
    // What was seen stays, and what cannot be done is said.
    await expect(here.locator('.people > li')).toHaveCount(4);
    await here.getByRole('button', {name: 'single', exact: true}).click();
    await expect(here.locator('.notice.bad')).toContainText('does not answer');
    await here.getByRole('link', {name: 'Nodes', exact: true}).click();
    await way.mend();
    await expect(here.locator('.away')).toBeHidden();
    await expect(here.locator('.card .chip')).toHaveText('ready');
    await expect(here.locator('.stream')).toHaveText('Live');
  } finally {
    await context.close();
    way.cut();
  }
});

test('a call that ends while it is looked at is said to be over', async ({page}) => {
  const opened = await page.request.post('/v1/calls', {data: {id: 'short'}});
  expect(opened.status()).toBe(201);
  await page.goto('/dashboard#/calls/short');
  await expect(page.getByText('Nobody.')).toBeVisible();
  await page.request.delete('/v1/calls/short');
  await expect(page.getByText('The call is closed.')).toBeVisible();
  await expect(page.getByRole('button', {name: 'Close the call …'})).toHaveCount(0);
  await page.getByRole('link', {name: 'Its recordings'}).click();
  await expect(page.getByRole('heading', {level: 1, name: 'Recordings of short'})).toBeVisible();
  await page.goto('/dashboard#/calls/never');
  await expect(page.locator('.trouble')).toContainText('no call');
});

test.describe('where keys are asked for', () => {
  test.skip(!guarded.url, 'CALLCAST_GUARDED_URL and CALLCAST_GUARDED_KEY are not set');
  test.use({baseURL: guarded.url});
  const headers = {Authorization: `Bearer ${guarded.key}`};

  test('a wrong key is refused, one that may only look changes nothing, one that is revoked ends there', async ({page}) => {
    await page.goto('/dashboard#/nodes');
    const field = page.getByLabel('API key or token');
    await field.fill('cck_wrong');
    await page.getByRole('button', {name: 'Sign in'}).click();
    await expect(page.locator('#refusal')).toContainText('unknown');
    await expect(field).toHaveAttribute('aria-invalid', 'true');

    const made = await page.request.post('/v1/keys', {headers, data: {name: 'looker', scopes: ['read']}});
    const {id, key} = await made.json();
    await field.fill(key);
    await page.getByRole('button', {name: 'Sign in'}).click();
    // Where one wanted to go, without what it may not do.
    await expect(page.getByRole('heading', {level: 1, name: 'Nodes'})).toBeVisible();
    await expect(page.getByRole('button', {name: /^Take no new calls/})).toHaveCount(0);
    await expect(page.getByRole('link', {name: 'Webhooks'})).toHaveCount(0);
    await expect(page.getByRole('link', {name: 'Keys'})).toHaveCount(0);
    await page.goto('/dashboard#/keys');
    await expect(page.locator('.trouble')).toContainText('This needs the scope admin.');
    await page.getByRole('link', {name: 'Nodes'}).click();
    await expect(page.locator('.card')).toHaveCount(1);

    await page.request.delete(`/v1/keys/${id}`, {headers});
    await expect(page.locator('#refusal')).toContainText('was revoked');
    await expect(page.getByRole('heading', {level: 1, name: 'Sign in'})).toBeVisible();
  });

  test('a token shows its call alone, and ends there when it has expired', {tag: '@long'}, async ({page}) => {
    await page.request.post('/v1/calls', {headers, data: {id: 'own'}});
    const made = await page.request.post('/v1/tokens', {headers, data: {call: 'own', scopes: ['read'], expiresIn: 10}});
    const {token} = await made.json();
    await page.goto(`/dashboard#token=${token}`);
    await expect(page.getByRole('heading', {level: 1, name: 'own'})).toBeVisible();
    expect(page.url()).not.toContain('token');
    await expect(page.locator('.stream')).toHaveText('Live');
    await expect(page.getByRole('navigation', {name: 'Main'}).getByRole('link')).toHaveText(['own', 'Recordings', 'Events']);
    // Nothing else of this page asks the node; the stream of events alone finds out.
    await page.getByRole('link', {name: 'Events'}).click();
    await expect(page.locator('#refusal')).toContainText('has expired', {timeout: 30_000});
    await page.request.delete('/v1/calls/own', {headers});
  });

  test('a key for some calls finds those by their ids', async ({page}) => {
    await page.request.post('/v1/calls', {headers, data: {id: 'team-1'}});
    const made = await page.request.post('/v1/keys', {headers, data: {name: 'team', scopes: ['control'], calls: ['team-*']}});
    const {key} = await made.json();
    await page.goto('/dashboard');
    await page.getByLabel('API key or token').fill(key);
    await page.getByRole('button', {name: 'Sign in'}).click();
    await expect(page.getByText('team-*')).toBeVisible();
    await page.getByLabel('Id of the call').fill('team-1');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Nobody.')).toBeVisible();
    await expect(page.locator('.stream')).toHaveText('Live');
    await page.getByRole('button', {name: 'Close the call …'}).click();
    await page.getByRole('button', {name: 'Close the call', exact: true}).click();
    await expect(page.getByText('The call is closed.')).toBeVisible();
  });

  test('who asks too much is told for how long to wait, and goes on then', async ({page}) => {
    const made = await page.request.post('/v1/keys', {headers, data: {name: 'busy', scopes: ['admin']}});
    const {id, key} = await made.json();
    await page.goto('/dashboard#/nodes');
    await page.getByLabel('API key or token').fill(key);
    await page.getByRole('button', {name: 'Sign in'}).click();
    await expect(page.locator('.card')).toHaveCount(1);
    const busy = {Authorization: `Bearer ${key}`};
    let asking = true;
    const asks = Array.from({length: 8}, async () => {
      while (asking) await page.request.get('/v1/access', {headers: busy});
    });
    await expect(page.locator('main .trouble').first()).toContainText(/more requests than .* It is asked again in \d+ s\./);
    asking = false;
    await Promise.all(asks);
    await expect(page.locator('main .trouble')).toHaveCount(0);
    await expect(page.locator('.card')).toHaveCount(1);
    await page.request.delete(`/v1/keys/${id}`, {headers});
  });
});
