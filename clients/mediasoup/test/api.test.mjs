import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Callcast, CallcastError } from '../dist/index.js';
import { answer, body, serve } from './server.mjs';

const contract = parse(readFileSync(new URL('../../../server/src/main/resources/openapi.yaml', import.meta.url), 'utf8'));

test('every operation of the contract is a method, but pages, what leads to them, and streams', () => {
  const operations = Object.values(contract.paths).flatMap((item) =>
    Object.entries(item)
      .filter(([verb]) => verb !== 'parameters' && verb !== 'head')
      .map(([, operation]) => operation),
  );
  assert.ok(operations.length > 50);
  for (const { operationId, responses } of operations) {
    const good = Object.entries(responses).filter(([status]) => /^2/.test(status));
    const media = good.flatMap(([, response]) => Object.keys(response.content ?? {}));
    const page = good.length === 0 || media.some((one) => one.startsWith('text/') || one === 'application/sdp');
    const method = typeof Callcast.prototype[operationId] === 'function' && operationId !== 'events';
    assert.equal(method, !page, operationId);
  }
});

test('a request has method, path, query and body as the contract says', async () => {
  const asked = [];
  const server = await serve(async (request, response) => {
    asked.push([request.method, request.url, await body(request), request.headers['content-type']]);
    answer(response, 200, { items: [] });
  });
  const callcast = new Callcast({ url: `${server.url}/`, apiKey: 'cck_x' });
  await callcast.listRecordings({ call: 'standup', limit: 5 });
  await callcast.addOutput('standup', 'main', { type: 'rtmp', url: 'rtmp://h/a/k' });
  await callcast.pauseComposition('standup', 'main');
  await callcast.putAsset('logo', new Uint8Array([1, 2]));
  assert.deepEqual(asked, [
    ['GET', '/v1/recordings?call=standup&limit=5', '', undefined],
    ['POST', '/v1/calls/standup/compositions/main/outputs', '{"type":"rtmp","url":"rtmp://h/a/k"}', 'application/json'],
    ['POST', '/v1/calls/standup/compositions/main/pause', '{}', 'application/json'],
    ['PUT', '/v1/assets/logo', '\u0001\u0002', 'application/octet-stream'],
  ]);
  await server.close();
});

test('what is refused says what and what to do, and is not tried again', async () => {
  let asked = 0;
  const server = await serve((request, response) => {
    asked++;
    answer(response, 400, { type: 'urn:callcast:problem:field', detail: 'No such preset.', field: '/layout/preset', fix: 'Use grid.' });
  });
  await assert.rejects(new Callcast({ url: server.url }).addComposition('standup', {}), (error) => {
    assert.ok(error instanceof CallcastError);
    assert.deepEqual([error.status, error.field, error.fix, error.temporary], [400, '/layout/preset', 'Use grid.', false]);
    assert.match(error.message, /No such preset.*\/layout\/preset/);
    return true;
  });
  assert.equal(asked, 1);
  await server.close();
});

test('a busy server is asked again, with the same idempotency key', async () => {
  const keys = [];
  const server = await serve((request, response) => {
    keys.push(request.headers['idempotency-key']);
    answer(response, keys.length < 3 ? 503 : 201, keys.length < 3 ? { detail: 'busy' } : { id: 'c1' });
  });
  assert.equal((await new Callcast({ url: server.url }).openCall({})).id, 'c1');
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.ok(keys[0].length > 0);
  await server.close();
});

test('a node that is not there is named', async () => {
  await assert.rejects(new Callcast({ url: 'http://127.0.0.1:9', retries: 0 }).listCalls(), (error) => {
    assert.deepEqual([error.status, error.temporary], [0, true]);
    assert.match(error.message, /127\.0\.0\.1:9 does not answer/);
    return true;
  });
});
