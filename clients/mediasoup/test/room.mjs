// A room on a real mediasoup, attached to Callcast: what an application would be. Participants are made up by whoever
// runs this and send RTP to its plain transports. Commands come as JSON lines on the standard input, answers leave on
// the standard output; the end of the input is the end of the room.
//   MEDIASOUP_WORKER_BIN=… node room.mjs URL CALL OPTIONS
import { createInterface } from 'node:readline';
import * as mediasoup from 'mediasoup';
import { Callcast } from '../dist/index.js';
import { produce } from './producers.mjs';

const [url, call, options] = process.argv.slice(2);
const worker = await mediasoup.createWorker({ logLevel: 'warn', disableLiburing: true });
worker.on('died', () => process.exit(3));
const router = await worker.createRouter({
  mediaCodecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  ],
});
const attached = await new Callcast({ url }).attach(router, { call, ...JSON.parse(options ?? '{}') });
const happened = [];
attached.on('reattached', (reason) => happened.push({ type: 'reattached', reason }));
attached.on('closed', (reason) => happened.push({ type: 'closed', reason }));
attached.on('warning', (error) => happened.push({ type: 'warning', reason: String(error) }));

const producers = new Map();

const commands = {
  /** Where the made-up participants send to. */
  async transport() {
    const transport = await router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: true,
      comedia: true,
    });
    producers.set(transport.id, transport);
    return { id: transport.id, ip: '127.0.0.1', port: transport.tuple.localPort };
  },
  async join({ transport, participant, name, tracks }) {
    const made = [];
    for (const track of tracks) {
      const producer = await produce(producers.get(transport), participant, track);
      producers.set(`${participant}/${track.id}`, producer);
      made.push(producer);
    }
    await attached.addParticipant({ id: participant, name, producers: made });
    return {};
  },
  async pause({ track }) {
    await producers.get(track).pause();
    return {};
  },
  async resume({ track }) {
    await producers.get(track).resume();
    return {};
  },
  async closeProducer({ track }) {
    producers.get(track).close();
    return {};
  },
  async leave({ participant }) {
    await attached.participants.get(participant).remove();
    return {};
  },
  /** As when its port had to be given up: the call needs another one. */
  async dropTransport() {
    attached.transport.close();
    return {};
  },
  async state() {
    return {
      encrypted: attached.encrypted,
      closed: attached.closed,
      happened,
      participants: [...attached.participants.values()].map(({ id, tracks }) => ({ id, tracks })),
    };
  },
  async close() {
    await attached.close();
    return {};
  },
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { request, command, ...rest } = JSON.parse(line);
  commands[command](rest).then(
    (result) => say({ request, ...result }),
    (error) => say({ request, error: String(error?.stack ?? error) }),
  );
}
await attached.close().catch(() => {});
worker.close();
process.exit(0);
