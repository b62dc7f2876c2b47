// The SFU of `./callcast bench --browser`: a room on a real mediasoup to which made-up participants send RTP, and whose
// media goes to Callcast or to a browser, one after the other. Commands come as JSON lines on the standard input, answers
// leave on the standard output; the end of the input is the end of the room.
//   MEDIASOUP_WORKER_BIN=… node sfu.mjs ADDRESS-FOR-BROWSERS
import { createInterface } from 'node:readline';
import * as mediasoup from 'mediasoup';
import { capabilities } from '../dist/capabilities.js';
import { Callcast } from '../dist/index.js';
import { produce } from '../test/producers.mjs';
import { dtls, offer } from './sdp.mjs';

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
const participants = [];
let attached;
let browser;

const commands = {
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
    const producers = [];
    for (const track of tracks) {
      producers.push(await produce(transports.get(transport), participant, track));
    }
    participants.push({ id: participant, name, producers });
    return {};
  },
  /** All participants' media goes to a call. */
  async attach({ url, call }) {
    attached = await new Callcast({ url }).attach(router, { call });
    for (const participant of participants) {
      await attached.addParticipant(participant);
    }
    return { encrypted: attached.encrypted };
  },
  async detach() {
    await attached.close();
    return {};
  },
  /** All participants' media is offered to a browser; of simulcast the layers that are named. */
  async offer({ layers }) {
    const transport = await router.createWebRtcTransport({
      listenInfos: [{ protocol: 'udp', ip: address }],
    });
    const consumers = [];
    for (const { id, producers } of participants) {
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
