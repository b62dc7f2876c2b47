import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type {
  ActiveSpeakerObserver,
  PlainTransport,
  Producer,
  Router,
  RtpCapabilities,
  TransportListenInfo,
} from 'mediasoup/types';
import type { Api, Call, Endpoint, Event, NewEndpoint } from './api.js';
import { capabilities } from './capabilities.js';
import { readEvents } from './events.js';
import { CallcastError, delay, type Http } from './http.js';
import { AttachedParticipant, type Hint, type NewParticipant, type TrackState } from './participant.js';

export interface AttachOptions {
  /** The id of the call; omitted: a new one. */
  call?: string | undefined;
  /** Tells several attachments of one call apart, one for each router; default `mediasoup`. */
  name?: string | undefined;
  /**
   * Where the router sends from: one address for all. Default 127.0.0.1 for a node on this host, else 0.0.0.0. With a
   * `portRange` a firewall can be opened for it.
   */
  listenInfo?: Omit<TransportListenInfo, 'protocol'> | undefined;
  /** Whether media is encrypted between router and recorder; default: unless both are on one host. */
  srtp?: boolean | undefined;
  /** From where the recorder takes packets, CIDR; default: from everywhere. */
  allowFrom?: string[] | undefined;
  /**
   * Who speaks: an observer of the application's, whose producers are its own affair; true, the default: one is made
   * and gets every microphone; false: the recorder finds out by itself.
   */
  speaker?: ActiveSpeakerObserver | boolean | undefined;
}

/** What an attached call tells the application; it need not listen. */
export interface AttachedCallEvents {
  /** It is over, and why; nothing is sent any more. */
  closed: [reason: string];
  /** Media goes another way than before, and why. */
  reattached: [reason: string];
  /** Something about a track has changed. */
  track: [participant: string, track: TrackState];
  /** Of the call, as the node tells it. */
  event: [event: Event];
  /** What could not be done in the background; the attachment goes on. */
  warning: [error: Error];
}

/** One transport of the router, and what receives it. */
export interface Link {
  readonly transport: PlainTransport;
  readonly endpoint: Endpoint;
  readonly capabilities: RtpCapabilities;
}

const SUITE = 'AES_CM_128_HMAC_SHA1_80';

/** How often the dominant speaker is looked for, ms. */
const SPEAKER_INTERVAL = 300;

/**
 * A call that a router's media goes to, until it is closed, or the router is. All participants share one plain
 * transport. When that goes, or the call moves to another node, a new one is made and everything sent there; when a
 * node or a worker restarts nothing has to change: it comes back on the same ports.
 */
export class AttachedCall extends EventEmitter<AttachedCallEvents> {
  readonly #participants = new Map<string, AttachedParticipant>();
  readonly #reading = new AbortController();
  #link: Link | undefined;
  #attaching: Promise<void> | undefined;
  #observer: ActiveSpeakerObserver | undefined;
  #ownObserver = false;
  #speaker: string | undefined;
  #telling: Promise<void> | undefined;
  #closed = false;
  readonly #routerClosed = () => void this.#end('the router was closed', true);
  readonly #dominant = ({ producer }: { producer: Producer }) => this.#speaks(producer);

  private constructor(
    /** The API of the node. */
    readonly api: Api,
    private readonly http: Http,
    readonly router: Router,
    readonly id: string,
    private readonly options: AttachOptions,
  ) {
    super();
  }

  /** @internal See {@link Callcast.attach}. */
  static async attach(api: Api, http: Http, router: Router, options: AttachOptions): Promise<AttachedCall> {
    if (router.closed) {
      throw new CallcastError('the router is closed', 0, undefined, 'Attach one that is open.');
    }
    let id = options.call;
    try {
      id = (await api.openCall(id === undefined ? {} : { id })).id;
    } catch (error) {
      if (id === undefined || !(error instanceof CallcastError) || error.status !== 409) {
        throw error;
      }
      // It is open already, by whomever.
    }
    const call = new AttachedCall(api, http, router, id, options);
    await call.#begin();
    return call;
  }

  async #begin(): Promise<void> {
    await this.#clear();
    // Before the first participant: no hint may be missed.
    await this.#listen();
    try {
      this.#link = await this.#connect();
    } catch (error) {
      this.#reading.abort();
      throw error;
    }
    this.router.observer.on('close', this.#routerClosed);
    const speaker = this.options.speaker ?? true;
    if (typeof speaker === 'object') {
      this.#observer = speaker;
    } else if (speaker) {
      this.#observer = await this.router.createActiveSpeakerObserver({ interval: SPEAKER_INTERVAL });
      this.#ownObserver = true;
    }
    this.#observer?.on('dominantspeaker', this.#dominant);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get participants(): ReadonlyMap<string, AttachedParticipant> {
    return this.#participants;
  }

  /** Whether media is encrypted on its way. */
  get encrypted(): boolean {
    return this.link.endpoint.srtp !== undefined;
  }

  /** The router's transport; when it is closed, the call makes another one. */
  get transport(): PlainTransport {
    return this.link.transport;
  }

  /** @internal */
  get link(): Link {
    if (this.#link === undefined) {
      throw new CallcastError('the call is not attached', 0);
    }
    return this.#link;
  }

  /** Adds a participant with what he or she sends; resolves when the call has it. */
  async addParticipant(participant: NewParticipant): Promise<AttachedParticipant> {
    const { id, producers, ...settings } = participant;
    this.#mustBeOpen();
    if (this.#participants.has(id)) {
      throw new CallcastError(`participant ${id} is there already`, 0, undefined, 'Use the one there is, or remove it first.');
    }
    const added = new AttachedParticipant(this, id, settings);
    this.#participants.set(id, added);
    try {
      await added.addProducers(...(producers ?? []));
    } catch (error) {
      added.drop();
      throw error;
    }
    return added;
  }

  /** Takes the router's participants out of the call, which stays open: others may be attached, outputs go on. */
  async close(): Promise<void> {
    await this.#end('it was detached', true);
  }

  /** Closes the call itself: everything on it stops, recordings are finished. */
  async end(): Promise<void> {
    await this.#end('it was ended', false);
    await this.api.closeCall(this.id);
  }

  #mustBeOpen(): void {
    if (this.#closed) {
      throw new CallcastError(`call ${this.id} is no longer attached`, 0, undefined, 'Attach the router again.');
    }
  }

  // --- the way of the media

  /** Takes away what an attachment of this name has left. */
  async #clear(): Promise<void> {
    const call = await this.api.getCall(this.id);
    const mine = new Set(call.endpoints.map((one) => one.id).filter((one) => one.startsWith(`${this.#name}-`)));
    for (const participant of call.participants) {
      if (participant.tracks.length > 0 && participant.tracks.every((track) => mine.has(track.endpoint))) {
        await this.api.deleteParticipant(this.id, participant.id);
      }
    }
    for (const endpoint of mine) {
      await this.#deleteEndpoint(endpoint);
    }
  }

  async #deleteEndpoint(endpoint: string): Promise<void> {
    try {
      await this.api.deleteEndpoint(this.id, endpoint);
    } catch (error) {
      if (!(error instanceof CallcastError) || (error.status !== 404 && error.status !== 409)) {
        throw error;
      }
    }
  }

  get #name(): string {
    return this.options.name ?? 'mediasoup';
  }

  async #connect(): Promise<Link> {
    const here = await this.#isHere();
    const encrypted = this.options.srtp ?? !here;
    const listenInfo: TransportListenInfo = {
      protocol: 'udp',
      ip: here ? '127.0.0.1' : '0.0.0.0',
      ...this.options.listenInfo,
    };
    const transport = await this.router.createPlainTransport({
      listenInfo,
      rtcpMux: true,
      comedia: false,
      ...(encrypted ? { enableSrtp: true, srtpCryptoSuite: SUITE } : {}),
      appData: { callcast: this.id },
    });
    try {
      const address = transport.tuple.localAddress;
      const wanted: NewEndpoint = {
        id: `${this.#name}-${randomBytes(4).toString('hex')}`,
        rtcpMux: true,
        allowFrom: this.options.allowFrom,
        // Where RTCP goes; of a transport on all addresses it is learned from the first packet.
        ...(address === '0.0.0.0' || address === '::' || !/^[0-9.]+$|:/.test(address)
          ? {}
          : { remote: { ip: address, port: transport.tuple.localPort } }),
        ...(encrypted ? { srtp: { suite: SUITE, remoteKey: transport.srtpParameters!.keyBase64 } } : {}),
      };
      const endpoint = await this.api.addEndpoint(this.id, wanted);
      await transport.connect({
        ip: endpoint.ip,
        port: endpoint.port,
        ...(encrypted ? { srtpParameters: { cryptoSuite: SUITE, keyBase64: endpoint.srtp!.localKey! } } : {}),
      });
      transport.observer.once('close', () => {
        if (this.#link?.transport === transport && !this.router.closed) {
          this.#reattach('the transport was closed');
        }
      });
      return { transport, endpoint, capabilities: capabilities(this.router.rtpCapabilities) };
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  /** Whether the call's node is on this host: by where its endpoints are, or where its API is if that may not be asked. */
  async #isHere(): Promise<boolean> {
    let host: string | undefined;
    try {
      const call = await this.api.getCall(this.id);
      const nodes = await this.api.nodes();
      host = nodes.items.find((node) => node.id === call.node)?.ip;
    } catch (error) {
      if (!(error instanceof CallcastError) || error.status !== 403) {
        throw error;
      }
    }
    return isLocal(await addressOf(host ?? this.http.host));
  }

  /** Makes a new link and lets everything go there; again until it is done, or the call is over. */
  #reattach(reason: string): void {
    if (this.#closed) {
      return;
    }
    this.#attaching ??= this.#attachAgain()
      .then(() => {
        if (!this.#closed) {
          this.emit('reattached', reason);
        }
      })
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.#attaching = undefined;
      });
  }

  async #attachAgain(): Promise<void> {
    const old = this.link;
    this.#link = await this.untilTaken(() => this.#connect());
    for (const participant of this.#participants.values()) {
      await participant.move().catch((error: unknown) => this.failed(error));
    }
    old.transport.close();
    await this.#deleteEndpoint(old.endpoint.id);
    if (this.#closed) {
      this.#link.transport.close();
    } else if (this.#link.transport.closed) {
      await this.#attachAgain();
    }
  }

  /** @internal Tries again, for as long as it takes, what fails because the node is away. */
  async untilTaken<T>(action: () => Promise<T>): Promise<T> {
    for (let wait = 250; ; wait = Math.min(2 * wait, 5_000)) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof CallcastError) || !error.temporary || this.#closed) {
          throw error;
        }
        await delay(wait, this.#reading.signal);
      }
    }
  }

  // --- what the node tells

  /** Resolves when events come. */
  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      let opened = false;
      const onOpen = () => {
        if (opened) {
          this.#look().catch((error: unknown) => this.failed(error));
        }
        opened = true;
        resolve();
      };
      const read = async () => {
        for await (const event of readEvents(this.http, { call: this.id, signal: this.#reading.signal, onOpen })) {
          this.#happened(event);
        }
      };
      read().catch((error: unknown) => {
        reject(error as Error);
        void this.#end(`events cannot be read: ${String(error)}`, false);
      });
    });
  }

  #happened(event: Event): void {
    const data = event.data as Record<string, unknown>;
    const track = () => this.#participants.get(String(data['participant']))?.track(String(data['track']));
    switch (event.type) {
      case 'layer.hint':
        track()?.hinted(data as unknown as Hint);
        break;
      case 'track.resized':
        track()?.resized(Number(data['width']), Number(data['height']));
        break;
      case 'call.moved':
        this.#reattach('the call moved to another node');
        break;
      case 'call.closed':
        void this.#end('the call was closed', false);
        break;
      default:
        break;
    }
    this.emit('event', event);
  }

  /** Looks how the call stands after events may have been missed. */
  async #look(): Promise<void> {
    let call: Call;
    try {
      call = await this.untilTaken(() => this.api.getCall(this.id));
    } catch (error) {
      if (error instanceof CallcastError && error.status === 404) {
        await this.#end('the call is gone', false);
        return;
      }
      throw error;
    }
    if (call.state === 'closed') {
      await this.#end('the call was closed', false);
      return;
    }
    const mine = this.link.endpoint;
    const now = call.endpoints.find((one) => one.id === mine.id);
    if (this.#attaching === undefined && (now === undefined || now.ip !== mine.ip || now.port !== mine.port)) {
      this.#reattach('its endpoint is another one');
      return;
    }
    for (const participant of call.participants) {
      for (const track of participant.tracks) {
        if (track.stats !== undefined && track.kind === 'video') {
          const place = /^(\d+)x(\d+)$/.exec(track.stats.layerHint ?? '');
          const recorded = call.tracksRecording !== undefined;
          this.#participants
            .get(participant.id)
            ?.track(track.id)
            ?.hinted(
              place === null
                ? { visible: false, recorded }
                : { visible: true, width: Number(place[1]), height: Number(place[2]), recorded },
            );
        }
      }
    }
  }

  // --- who speaks

  /** @internal A participant sends something more. */
  listen(participant: AttachedParticipant, producer: Producer): void {
    if (this.#ownObserver && producer.kind === 'audio' && participant.has(producer.id)) {
      this.#observer?.addProducer({ producerId: producer.id }).catch((error: unknown) => {
        if (!producer.closed) {
          this.failed(error);
        }
      });
    }
  }

  #speaks(producer: Producer): void {
    for (const participant of this.#participants.values()) {
      if (participant.has(producer.id)) {
        this.#speaker = participant.id;
        this.#telling ??= this.#tellSpeaker()
          .catch((error: unknown) => this.failed(error))
          .finally(() => {
            this.#telling = undefined;
          });
        return;
      }
    }
  }

  /** One request at a time; of those who spoke meanwhile only the last is told. */
  async #tellSpeaker(): Promise<void> {
    for (let told: string | undefined; told !== this.#speaker && !this.#closed; ) {
      const participant = this.#speaker;
      told = participant;
      if (participant !== undefined && this.#participants.has(participant)) {
        await this.untilTaken(() => this.api.setSpeaker(this.id, { participant }));
      }
    }
  }

  // --- the end

  /** @internal */
  forget(participant: AttachedParticipant): void {
    if (this.#participants.get(participant.id) === participant) {
      this.#participants.delete(participant.id);
      if (this.#speaker === participant.id) {
        this.#speaker = undefined;
      }
    }
  }

  /** @internal */
  failed(error: unknown): void {
    if (!this.#closed) {
      this.emit('warning', error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #end(reason: string, tell: boolean): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#reading.abort();
    this.router.observer.off('close', this.#routerClosed);
    this.#observer?.off('dominantspeaker', this.#dominant);
    if (this.#ownObserver) {
      this.#observer?.close();
    }
    const participants = [...this.#participants.values()];
    const link = this.#link;
    if (tell) {
      await Promise.allSettled(participants.map((participant) => participant.remove()));
    } else {
      participants.forEach((participant) => participant.drop());
    }
    link?.transport.close();
    if (tell && link !== undefined) {
      await this.#deleteEndpoint(link.endpoint.id).catch(() => {});
    }
    this.emit('closed', reason);
  }
}

async function addressOf(host: string): Promise<string> {
  return (await lookup(host)).address;
}

function isLocal(address: string): boolean {
  return (
    /^127\.|^::1$|^::ffff:127\./.test(address) ||
    Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address))
  );
}
