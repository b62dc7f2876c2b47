import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Callcast } from '../dist/index.js';
import { frames } from '../dist/events.js';
import { serve } from './server.mjs';

async function* chunks(...texts) {
  for (const text of texts) {
    yield new TextEncoder().encode(text);
  }
}

test('frames are put together from whatever pieces arrive', async () => {
  const seen = [];
  for await (const frame of frames(chunks(': hello\n\nid: 1\nev', 'ent: a.b\ndata: {"x":', '"ü"}\n', '\nid: 2\r\ndata: 1\r\ndata: 2\r\n\r\n'))) {
    seen.push(frame);
  }
  assert.deepEqual(seen, [
    { id: '1', data: '{"x":"ü"}' },
    { id: '2', data: '1\n2' },
  ]);
});

test('a stream that breaks goes on after the last event, with the key', async () => {
  const asked = [];
  const server = await serve((request, response) => {
    asked.push([request.url, request.headers['last-event-id'], request.headers.authorization]);
    const id = asked.length;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`id: ${id}\nevent: call.opened\ndata: {"id":"${id}"}\n\n`);
    if (id === 1) {
      setTimeout(() => response.destroy(), 20);
    }
  });
  const reading = new AbortController();
  let opened = 0;
  const seen = [];
  const callcast = new Callcast({ url: server.url, apiKey: 'cck_secret' });
  for await (const event of callcast.events({ call: 'standup', signal: reading.signal, onOpen: () => opened++ })) {
    seen.push(event.id);
    if (seen.length === 2) {
      reading.abort();
    }
  }
  assert.deepEqual(seen, ['1', '2']);
  assert.equal(opened, 2);
  assert.deepEqual(asked, [
    ['/v1/events?call=standup', undefined, 'Bearer cck_secret'],
    ['/v1/events?call=standup', '1', 'Bearer cck_secret'],
  ]);
  await server.close();
});

test('who may not read events is told so, not kept waiting', async () => {
  const server = await serve((request, response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ detail: 'The key may not read.', fix: 'Use another.' }));
  });
  await assert.rejects(
    async () => {
      for await (const event of new Callcast({ url: server.url }).events()) {
        assert.fail(event);
      }
    },
    { name: 'CallcastError', status: 403, fix: 'Use another.' },
  );
  await server.close();
});
