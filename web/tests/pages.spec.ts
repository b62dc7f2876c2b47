import {createHmac} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {accessible, api, demoCall, expect, pictured, Receiver, test} from './help';

const CALL = 'standup';

test.beforeEach(async ({page}) => {
  test.setTimeout(120_000);
  await demoCall(page, CALL);
});

test('a recording is split, marked, played, and its report leads to moments of it', {tag: '@long'}, async ({page}) => {
  await page.goto(`/dashboard#/calls/${CALL}`);
  await pictured(page);
  await page.getByLabel("Marker's label").fill('Questions');
  await page.getByRole('button', {name: 'Mark', exact: true}).click();
  await expect(page.getByText('Marked')).toBeVisible();
  // A marker of this very moment may be of the next file.
  const mediaTime = async () => (await api<{stats: {mediaTime: number}}>(page, `/v1/calls/${CALL}/compositions/main`)).stats.mediaTime;
  const marked = await mediaTime();
  await expect.poll(mediaTime).toBeGreaterThan(marked + 2);
  await page.getByRole('button', {name: 'New file'}).click();
  await expect(page.getByText('The recording goes on in a new file')).toBeVisible();

  await page.getByRole('link', {name: 'Recordings', exact: true}).first().click();
  await expect(page.getByRole('heading', {level: 1, name: 'Recordings'})).toBeFocused();
  const ready = page.getByRole('row').filter({hasText: 'ready'}).filter({hasText: CALL});
  await expect(ready.first()).toBeVisible({timeout: 20_000});
  await ready.first().getByRole('link', {name: 'main / rec'}).click();
  await expect(page.getByRole('heading', {level: 1, name: `${CALL}: main / rec`})).toBeVisible();

  const video = page.locator('video');
  const at = () => video.evaluate((one: HTMLVideoElement) => one.currentTime);
  await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.videoWidth)).toBe(1280);
  await video.evaluate((one: HTMLVideoElement) => {
    one.muted = true;
    return one.play();
  });
  await expect.poll(at).toBeGreaterThan(0.3);
  const marker = page.getByRole('button', {name: /Questions$/});
  await marker.click();
  await expect.poll(at).toBeGreaterThan(1);

  const report = page.getByRole('region', {name: 'Report'});
  await expect(report.getByRole('button', {name: /^Ada, 0:0\d to /}).or(report.locator('.lane button.present')).first()).toBeVisible();
  await expect(report.locator('.lane button.present')).not.toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('button', {name: 'Download'}).click();
  expect((await download).suggestedFilename()).toBe(`${CALL}-main.mp4`);
  await page.getByRole('link', {name: 'Part after'}).click();
  await expect(page.locator('.heading .chip', {hasText: 'recording'})).toBeVisible();
});

test('an output that gets no answer says so, has a graph, and ends', {tag: '@long'}, async ({page}) => {
  await page.goto(`/dashboard#/calls/${CALL}`);
  const outputs = page.getByRole('region', {name: 'Outputs'});
  await expect(outputs.getByRole('img', {name: /Bitrate of the last two minutes, now [\d.]+ [kM]bit/})).toBeVisible();
  await outputs.getByRole('button', {name: 'Add … an output'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', {name: 'RTMP or RTMPS'}).check();
  await dialog.getByLabel('Id').fill('nowhere');
  await dialog.getByRole('textbox', {name: 'URL', exact: true}).fill('http://127.0.0.1/app');
  await dialog.getByRole('button', {name: 'Add', exact: true}).click();
  // What is wrong is said where one looks, and can be mended there.
  await expect(dialog.locator('.notice.bad')).toContainText('rtmp');
  await dialog.getByRole('textbox', {name: 'URL', exact: true}).fill('rtmp://127.0.0.1:1/live/secret');
  await dialog.getByRole('button', {name: 'Add', exact: true}).click();
  await expect(dialog).toHaveCount(0);
  const row = outputs.getByRole('listitem').filter({hasText: 'nowhere'});
  await expect(row.locator('.chip')).toHaveText('retrying');
  await expect(row.locator('.trouble')).not.toBeEmpty();
  await expect(row).toContainText('rtmp://127.0.0.1:1/live/****');
  await row.getByRole('button', {name: 'End nowhere'}).click();
  await page.getByRole('button', {name: 'End it'}).click();
  await expect(row).toHaveCount(0);

  await outputs.getByRole('button', {name: 'Add … an output'}).click();
  await dialog.getByRole('radio', {name: 'SRT'}).check();
  await dialog.getByRole('textbox', {name: 'Id', exact: true}).fill('listener');
  await dialog.getByLabel('Who connects').selectOption('listener');
  await dialog.getByLabel('Address').fill('srt://127.0.0.1:29017');
  await dialog.getByLabel('Passphrase').fill('correct horse');
  await dialog.getByRole('button', {name: 'Add', exact: true}).click();
  await expect(dialog).toHaveCount(0);
  const listener = await api<{outputs: {id: string; mode: string; encrypted: boolean}[]}>(
    page,
    `/v1/calls/${CALL}/compositions/main`,
  );
  expect(listener.outputs.find((one) => one.id === 'listener')).toMatchObject({mode: 'listener', encrypted: true});
  await outputs.getByRole('button', {name: 'End listener'}).click();
  await page.getByRole('button', {name: 'End it'}).click();
  await expect(outputs.getByRole('listitem').filter({hasText: 'listener'})).toHaveCount(0);
});

test('an output goes to a destination that the node knows by name', {tag: '@long'}, async ({page}) => {
  await page.goto(`/dashboard#/calls/${CALL}`);
  const outputs = page.getByRole('region', {name: 'Outputs'});
  await outputs.getByRole('button', {name: 'Add … an output'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Id').fill('channel');
  await dialog.getByLabel('Destination').selectOption('studio');
  await expect(dialog.getByRole('textbox', {name: 'URL', exact: true})).toHaveCount(0);
  await dialog.getByRole('button', {name: 'Add', exact: true}).click();
  await expect(dialog).toHaveCount(0);
  const row = outputs.getByRole('listitem').filter({hasText: 'channel'});
  await expect(row).toContainText('studio · rtmp://');
  await expect(row).toContainText('/****');
  await expect(row.locator('.chip')).toHaveText('live');
  await row.getByRole('button', {name: 'End channel'}).click();
  await page.getByRole('button', {name: 'End it'}).click();
  await expect(row).toHaveCount(0);
});

test('packets that no track declares are told of while they come', {tag: '@long'}, async ({page}) => {
  await page.goto(`/dashboard#/calls/${CALL}`);
  const people = page.getByRole('region', {name: 'Participants'});
  await expect(people.locator('.people li')).not.toHaveCount(0);
  const hint = people.getByText('Packets of no declared track');
  const call = await api<{endpoints: {ip: string; port: number}[]}>(page, `/v1/calls/${CALL}`);
  const {ip, port} = call.endpoints[0]!;
  const stranger = Buffer.alloc(172);
  stranger.writeUInt8(0x80, 0);
  stranger.writeUInt8(96, 1);
  stranger.writeUInt32BE(0xdeadbeef, 8);
  const socket = createSocket('udp4');
  const sending = setInterval(() => socket.send(stranger, port, ip), 100);
  try {
    await expect(hint).toBeVisible();
  } finally {
    clearInterval(sending);
    socket.close();
  }
  await expect(hint).toHaveCount(0, {timeout: 30_000});
});

test('tracks are recorded, each in a file of its own', {tag: '@long'}, async ({page}) => {
  await page.goto(`/dashboard#/calls/${CALL}`);
  const people = page.getByRole('region', {name: 'Participants'});
  await people.getByRole('button', {name: 'Record tracks …'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Storage').selectOption('local');
  await accessible(page);
  await dialog.getByLabel('At most, in GB').fill('2.5');
  const begun = page.waitForRequest((one) => one.url().endsWith('/tracks-recording'));
  await dialog.getByRole('button', {name: 'Record them'}).click();
  expect((await begun).postDataJSON()).toEqual({storage: 'local', quota: 2_500_000_000});
  await expect(dialog).toHaveCount(0);
  await people.getByRole('link', {name: 'Tracks are recorded'}).click();
  await expect(page.getByRole('heading', {level: 1, name: `${CALL}: tracks`})).toBeVisible();
  await expect(page.locator('.heading .chip')).toHaveText('recording');
  const files = page.getByRole('region', {name: 'Files of the tracks'}).getByRole('row');
  await expect(files.filter({hasText: 'opus'})).not.toHaveCount(0, {timeout: 20_000});

  await page.getByRole('link', {name: 'The call'}).click();
  await people.getByRole('button', {name: 'End the recording of tracks'}).click();
  await page.getByRole('button', {name: 'End it'}).click();
  await expect(people.getByRole('button', {name: 'Record tracks …'})).toBeVisible();
  await page.goBack();
  await expect(page.locator('.heading .chip')).toHaveText('ready', {timeout: 20_000});
  const download = page.waitForEvent('download');
  await files.getByRole('button').first().click();
  expect((await download).suggestedFilename()).toMatch(/\.(webm|mp4|mkv)$/);
});

test('events come by themselves', async ({page}) => {
  await page.goto('/dashboard#/events');
  await expect(page.locator('.stream')).toHaveText('Live');
  const list = page.getByRole('list', {name: 'Events, the newest first'});
  await page.getByRole('combobox', {name: 'Of', exact: true}).selectOption('composition');
  await page.getByRole('combobox', {name: 'Call', exact: true}).selectOption(CALL);
  await expect(list.getByRole('listitem').first()).toContainText('composition.');
  const revised = await page.request.patch(`/v1/calls/${CALL}/compositions/main`, {data: {layout: {preset: 'split'}}});
  const {revision} = await revised.json();
  const newest = list.getByRole('listitem').first();
  await expect(newest).toContainText('composition.updated');
  await expect(newest).toContainText(`revision ${revision}`);
  await newest.locator('summary').click();
  await expect(newest.locator('pre')).toContainText(`"revision": ${revision}`);
  await page.request.patch(`/v1/calls/${CALL}/compositions/main`, {data: {layout: {preset: 'grid'}}});
});

test('a webhook is made, told, told again, gets another secret, and goes', {tag: '@long'}, async ({page}) => {
  const receiver = await Receiver.start();
  try {
    await page.goto('/dashboard#/webhooks');
    await expect(page.getByText('None: nobody is told')).toBeVisible();
    await page.getByRole('button', {name: 'Add a webhook …'}).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('URL').fill(receiver.url);
    await dialog.getByLabel('Events').fill('nonsense!');
    await dialog.getByRole('button', {name: 'Add it'}).click();
    await expect(dialog.locator('.notice.bad')).toBeVisible();
    await dialog.getByLabel('Events').fill('composition.updated, call.*');
    await dialog.getByLabel('Calls').fill(CALL);
    await dialog.getByRole('button', {name: 'Add it'}).click();
    const secret = await dialog.locator('.secret').textContent();
    expect(secret).toMatch(/^whsec_/);
    await dialog.getByRole('button', {name: 'Done'}).click();
    await page.getByRole('link', {name: receiver.url}).click();
    await expect(page.getByRole('heading', {level: 1, name: 'Webhook'})).toBeFocused();
    await expect(page.getByText('composition.updated, call.*')).toBeVisible();

    receiver.status = 500;
    await page.request.patch(`/v1/calls/${CALL}/compositions/main`, {data: {layout: {preset: 'grid'}}});
    const row = page.locator('.log > li').first();
    await expect(row).toContainText('pending');
    await expect(row).toContainText('answer 500');
    receiver.status = 200;
    await expect(row).toContainText('delivered', {timeout: 20_000});
    const first = receiver.posts[receiver.posts.length - 1]!;
    expect(signed(secret!, first)).toBe(true);

    await row.locator('summary').click();
    await expect(row).toContainText('thanks');
    const told = receiver.posts.length;
    await row.getByRole('button', {name: /^Deliver again/}).click();
    await expect.poll(() => receiver.posts.length).toBe(told + 1);
    expect(receiver.posts[told]!.headers['webhook-id']).toBe(first.headers['webhook-id']);
    await expect(page.locator('.log > li')).toHaveCount(2);
    await page.getByRole('combobox', {name: 'Of state'}).selectOption('failed');
    await expect(page.getByText('None is failed')).toBeVisible();
    await page.getByRole('combobox', {name: 'Of state'}).selectOption('');

    await page.getByRole('button', {name: 'New secret …'}).click();
    await dialog.getByLabel('It takes over').selectOption('0');
    await dialog.getByRole('button', {name: 'Make it'}).click();
    const other = await dialog.locator('.secret').textContent();
    await dialog.getByRole('button', {name: 'Done'}).click();
    await page.locator('.log > li').last().locator('summary').click();
    await page.locator('.log > li').last().getByRole('button', {name: /^Deliver again/}).click();
    await expect.poll(() => receiver.posts.length).toBe(told + 2);
    expect(signed(other!, receiver.posts[told + 1]!)).toBe(true);
    expect(signed(secret!, receiver.posts[told + 1]!)).toBe(false);

    await page.getByRole('button', {name: 'Disable'}).click();
    await expect(page.locator('.heading .chip')).toHaveText('disabled');
    await page.getByRole('button', {name: 'Change …'}).click();
    await dialog.getByLabel('Calls').fill('other-*');
    await dialog.getByRole('button', {name: 'Change it'}).click();
    await expect(page.getByText('other-*')).toBeVisible();
    await page.getByRole('button', {name: 'Enable'}).click();
    await expect(page.locator('.heading .chip')).toHaveText('enabled');
    await page.getByRole('button', {name: 'Delete …'}).click();
    await page.getByRole('button', {name: 'Delete it'}).click();
    await expect(page.getByText('None: nobody is told')).toBeVisible();
  } finally {
    receiver.stop();
  }
});

/** Whether a secret has signed what was posted, by the Standard Webhooks specification. */
function signed(secret: string, {headers, body}: Receiver['posts'][number]): boolean {
  const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'));
  mac.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return String(headers['webhook-signature']).split(' ').includes(`v1,${mac.digest('base64')}`);
}

test('a key is shown once, works, and is revoked', async ({page}) => {
  await page.goto('/dashboard#/keys');
  await page.getByRole('button', {name: 'Make a key …'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('monitoring');
  await dialog.getByRole('radio', {name: 'control'}).check();
  await dialog.getByLabel('Calls').fill('standup-*');
  await dialog.getByRole('button', {name: 'Make it'}).click();
  expect(await dialog.locator('.secret').textContent()).toMatch(/^cck_/);
  await dialog.getByRole('button', {name: 'Done'}).click();
  const row = page.getByRole('row').filter({hasText: 'monitoring'});
  await expect(row).toContainText('standup-*');
  await expect(row).not.toContainText('cck_');
  await row.getByRole('button', {name: 'Revoke monitoring'}).click();
  await page.getByRole('button', {name: 'Revoke it'}).click();
  await expect(row).toContainText('revoked');
});

test('a node tells its load and room, and takes no new calls while it drains', async ({page}) => {
  await page.goto('/dashboard#/nodes');
  const node = page.locator('.card').first();
  await expect(node.getByRole('meter', {name: /^Load of/})).toBeVisible();
  await expect(node.getByRole('region', {name: /^Room on/})).toContainText('1280×720 at 30');
  await node.getByRole('button', {name: /^Take no new calls/}).click();
  await page.getByRole('button', {name: 'Take none'}).click();
  await expect(node.locator('.chip')).toHaveText('draining');
  await page.getByRole('link', {name: 'Calls', exact: true}).click();
  await page.getByRole('button', {name: 'Open a call …'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', {name: 'Open', exact: true}).click();
  await expect(dialog.locator('.notice.bad')).toContainText(/Try again in \d+ s/);
  await page.keyboard.press('Escape');
  await page.getByRole('link', {name: 'Nodes', exact: true}).click();
  await node.getByRole('button', {name: /^Take new calls again/}).click();
  await expect(node.locator('.chip')).toHaveText('ready');
});
