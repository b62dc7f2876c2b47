// A room on a real mediasoup, for tests and for `./callcast bench --browser`: what an application would be. Participants are
// made up by whoever runs this and send RTP to its plain transports. Their media goes to a call of Callcast or to a browser.
// Commands come as JSON lines on the standard input, answers leave on the standard output; the end of the input is the end
// of the room.
//   MEDIASOUP_WORKER_BIN=… node room.mjs ADDRESS-FOR-BROWSERS
import { createInterface } from 'node:readline';
import * as mediasoup from 'mediasoup';
import { dtls, offer } from '../bench/sdp.mjs';
import { capabilities } from '../dist/capabilities.js';
import { Callcast } from '../dist/index.js';
import { produce } from './producers.mjs';

const [address] = process.argv.slice(2);
const worker = await mediasoup.createWorker({ logLevel: 'warn', disableLiburing: true });
worker.on('died', () => process.exit(3));
const router = await worker.createRouter({
  mediaCodecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  ],
});
/** Where participants send to, by id. */
const transports = new Map();
/** By participant and track. */
const producers = new Map();
const participants = new Map();
const happened = [];
let attached;
let browser;

const commands = {
  /** Where a made-up participant sends to. */
  async transport() {
    const transport = await router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: true,
      comedia: true,
    });
    transports.set(transport.id, transport);
    return { id: transport.id, ip: '127.0.0.1', port: transport.tuple.localPort };
  },
  async join({ transport, participant, name, tracks }) {
    const made = [];
    for (const track of tracks) {
      const producer = await produce(transports.get(transport), participant, track);
      producers.set(`${participant}/${track.id}`, producer);
      made.push(producer);
    }
    const one = { id: participant, name, producers: made };
    participants.set(participant, one);
    await attached?.addParticipant(one);
    return {};
  },
  /** All participants' media goes to a call. */
  async attach({ url, call, options }) {
    attached = await new Callcast({ url }).attach(router, { call, ...options });
    attached.on('reattached', (reason) => happened.push({ type: 'reattached', reason }));
    attached.on('closed', (reason) => happened.push({ type: 'closed', reason }));
    attached.on('warning', (error) => happened.push({ type: 'warning', reason: String(error) }));
    for (const participant of participants.values()) {
      await attached.addParticipant(participant);
    }
    return {};
  },
  async detach() {
    await attached.close();
    attached = undefined;
    return {};
  },
  async leave({ participant }) {
    participants.delete(participant);
    await attached.participants.get(participant).remove();
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
  /** All participants' media is offered to a browser; of simulcast the layers that are named. */
  async offer({ layers }) {
    const transport = await router.createWebRtcTransport({
      listenInfos: [{ protocol: 'udp', ip: address }],
    });
    const consumers = [];
    for (const { id, producers } of participants.values()) {
      for (const producer of producers) {
        const consumer = await transport.consume({
          producerId: producer.id,
          // No congestion control for the browser either: on this machine nothing is congested.
          rtpCapabilities: capabilities(router.rtpCapabilities),
          paused: true,
        });
        if (consumer.type === 'simulcast') {
          await consumer.setPreferredLayers({ spatialLayer: layers[id] });
        }
        consumers.push({ participant: id, kind: consumer.kind, rtpParameters: consumer.rtpParameters, consumer });
      }
    }
    browser = { transport, consumers };
    return { sdp: offer(transport, consumers) };
  },
  async answer({ sdp }) {
    await browser.transport.connect({ dtlsParameters: dtls(sdp) });
    await Promise.all(browser.consumers.map(({ consumer }) => consumer.resume()));
    return {};
  },
  /** Tells which layers of simulcast were sent at the end. */
  async hangUp() {
    const layers = {};
    for (const { participant, consumer } of browser.consumers) {
      if (consumer.type === 'simulcast') {
        layers[participant] = consumer.currentLayers?.spatialLayer ?? -1;
      }
    }
    browser.transport.close();
    return { layers };
  },
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
say({ worker: worker.pid });
for await (const line of createInterface({ input: process.stdin })) {
  const { request, command, ...rest } = JSON.parse(line);
  commands[command](rest).then(
    (result) => say({ request, ...result }),
    (error) => say({ request, error: String(error?.stack ?? error) }),
  );
}
await attached?.close().catch(() => {});
worker.close();
process.exit(0);
