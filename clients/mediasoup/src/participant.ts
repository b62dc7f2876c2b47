import type { Consumer, ConsumerLayers, Producer } from 'mediasoup/types';
import type { Participant as Declared, ParticipantSettings as Declaration, Track as DeclaredTrack } from './api.js';
import type { AttachedCall, Link } from './call.js';
import { stream } from './capabilities.js';
import { CallcastError } from './http.js';
import { LayerSizes, spatialLayers } from './layers.js';

/** What may be set of a participant, at any time. */
export type ParticipantSettings = Pick<Declaration, 'name' | 'owner' | 'muted' | 'gain' | 'pan'>;

type Source = NonNullable<DeclaredTrack['source']>;

/** A producer, with where its media comes from: by default `producer.appData.source`, else mic or camera. */
export type ProducerEntry = Producer | { producer: Producer; source?: Source | undefined; id?: string | undefined };

export interface NewParticipant extends ParticipantSettings {
  id: string;
  producers?: Iterable<ProducerEntry> | undefined;
}

/** How a track stands, as the SFU and the recorder see it. */
export interface TrackState {
  id: string;
  source: Source;
  producerId: string;
  /** Whether the recorder wants it: it is shown, or recorded as it comes. */
  wanted: boolean;
  /** The place in which it is shown, px. */
  place: { width: number; height: number } | undefined;
  /** 0 to 10, of the consumer and its producer. */
  score: number;
  layers: ConsumerLayers | undefined;
}

/** What the node wants of a track: the data of the event `layer.hint`. */
export interface Hint {
  visible: boolean;
  width?: number;
  height?: number;
  recorded?: boolean;
}

/** So long after it was last wanted a stream is no longer sent, ms: layouts change back and forth. */
const LINGER = 2_000;

/** From a layer's first packet to its first decoded picture no more than this passes, ms. */
const DECODED = 1_500;

const SHORT: Record<Source, string> = { camera: 'cam', mic: 'mic', screen: 'screen', screenAudio: 'screenAudio' };

/** One producer's way to the call. */
class Track {
  consumer: Consumer | undefined;
  readonly sizes: LayerSizes;
  wanted = true;
  /** The producer has sent, and sends nothing any more: its client is gone, and nobody says so. */
  silent = false;
  declared = false;
  hint: Hint | undefined;
  #layersAt = 0;
  #layersBefore = 0;
  #lingering: NodeJS.Timeout | undefined;
  #heard = false;
  readonly #stop: () => void;

  constructor(
    readonly owner: AttachedParticipant,
    readonly id: string,
    readonly source: Source,
    readonly producer: Producer,
  ) {
    const encodings = producer.rtpParameters.encodings ?? [];
    const count = producer.type === 'simulcast' ? encodings.length : spatialLayers(encodings[0]?.scalabilityMode);
    this.sizes = new LayerSizes(count);
    const changed = () => owner.changed();
    const closed = () => owner.removeProducer(producer);
    const scored = () => this.#scored();
    producer.observer.on('pause', changed);
    producer.observer.on('resume', changed);
    producer.observer.on('close', closed);
    producer.observer.on('score', scored);
    this.#stop = () => {
      producer.observer.off('pause', changed);
      producer.observer.off('resume', changed);
      producer.observer.off('close', closed);
      producer.observer.off('score', scored);
    };
  }

  /** Screens may stand still, and microphones be silent, for long; a camera without packets has lost its network. */
  #scored(): void {
    const best = Math.max(0, ...this.producer.score.map((one) => one.score));
    this.#heard ||= best > 0;
    const silent = this.source === 'camera' && this.#heard && best === 0;
    if (silent !== this.silent) {
      this.silent = silent;
      this.owner.changed();
    }
    this.owner.call.emit('track', this.owner.id, this.state());
  }

  /** Makes the stream on a link, paused: nothing may come before it is declared. */
  async connect(link: Link): Promise<void> {
    this.disconnect();
    const consumer = await link.transport.consume({
      producerId: this.producer.id,
      rtpCapabilities: link.capabilities,
      paused: true,
      enableRtx: this.producer.kind === 'video',
      appData: { callcast: `${this.owner.id}/${this.id}` },
    });
    this.consumer = consumer;
    consumer.on('layerschange', () => {
      this.#layersBefore = this.#layersAt;
      this.#layersAt = Date.now();
      this.owner.call.emit('track', this.owner.id, this.state());
    });
    consumer.on('score', () => this.owner.call.emit('track', this.owner.id, this.state()));
  }

  disconnect(): void {
    this.consumer?.close();
    this.consumer = undefined;
    this.declared = false;
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#lingering);
    this.disconnect();
  }

  declaration(endpoint: string): DeclaredTrack {
    return {
      id: this.id,
      source: this.source,
      endpoint,
      paused: this.producer.paused || this.silent,
      ...stream(this.consumer!.rtpParameters),
    };
  }

  /** The node knows of it: it may come. */
  async begin(): Promise<void> {
    this.declared = true;
    await this.#apply();
  }

  hinted(hint: Hint): void {
    this.hint = hint;
    clearTimeout(this.#lingering);
    if (hint.visible || hint.recorded) {
      this.#want(true);
    } else if (this.wanted) {
      this.#lingering = setTimeout(() => this.#want(false), LINGER);
      this.#lingering.unref();
    }
  }

  #want(wanted: boolean): void {
    this.wanted = wanted;
    this.#apply().catch((error: unknown) => this.owner.call.failed(error));
    this.owner.call.emit('track', this.owner.id, this.state());
  }

  /** Pictures of that size have arrived. Which layer they are of is sure only while none has just changed. */
  resized(width: number, height: number): void {
    const now = Date.now();
    const layers = this.consumer?.currentLayers;
    if (layers !== undefined && !(now - this.#layersAt < DECODED && now - this.#layersBefore < 2 * DECODED)) {
      this.sizes.received(layers.spatialLayer, width, height);
      this.#apply().catch((error: unknown) => this.owner.call.failed(error));
    }
  }

  async #apply(): Promise<void> {
    const consumer = this.consumer;
    if (consumer === undefined || consumer.closed || !this.declared) {
      return;
    }
    if (!this.wanted) {
      if (!consumer.paused) {
        await consumer.pause();
      }
      return;
    }
    if (consumer.type === 'simulcast' || consumer.type === 'svc') {
      const { width, height, recorded } = this.hint ?? {};
      const whole = recorded === true || width === undefined || height === undefined;
      const spatialLayer = whole ? this.sizes.count - 1 : this.sizes.fitting(width, height);
      if (consumer.preferredLayers?.spatialLayer !== spatialLayer) {
        await consumer.setPreferredLayers({ spatialLayer });
      }
    }
    if (consumer.paused && !consumer.closed) {
      await consumer.resume();
    }
  }

  state(): TrackState {
    const { visible, width, height } = this.hint ?? { visible: false };
    return {
      id: this.id,
      source: this.source,
      producerId: this.producer.id,
      wanted: this.wanted,
      place: visible && width !== undefined && height !== undefined ? { width, height } : undefined,
      score: this.consumer?.score.score ?? 0,
      layers: this.consumer?.currentLayers,
    };
  }
}

/**
 * A participant of an attached call. Its producers are followed: what is paused, resumed or closed is told to the
 * call, in order, and again until the node has taken it.
 */
export class AttachedParticipant {
  readonly #tracks = new Map<string, Track>();
  readonly #settings: ParticipantSettings;
  #dirty = false;
  #working: Promise<void> | undefined;
  #left = false;
  #refused: unknown;

  /** Made by {@link AttachedCall.addParticipant}. */
  constructor(
    readonly call: AttachedCall,
    readonly id: string,
    settings: ParticipantSettings,
  ) {
    this.#settings = { ...settings };
  }

  /** How its tracks stand. */
  get tracks(): TrackState[] {
    return [...this.#tracks.values()].map((track) => track.state());
  }

  /** Adds producers; resolves when the call has them. */
  async addProducers(...entries: ProducerEntry[]): Promise<void> {
    for (const entry of entries) {
      const { producer, source, id } = 'producer' in entry ? entry : { producer: entry, source: undefined, id: undefined };
      if (producer.closed || this.#tracks.has(producer.id)) {
        continue;
      }
      const from = source ?? (producer.appData['source'] as Source | undefined) ?? (producer.kind === 'audio' ? 'mic' : 'camera');
      if (!(from in SHORT) || (from === 'mic' || from === 'screenAudio') !== (producer.kind === 'audio')) {
        throw new CallcastError(
          `producer ${producer.id} is of ${producer.kind} and cannot be ${String(from)}`,
          0,
          undefined,
          'Give {producer, source}, with mic or screenAudio for audio, camera or screen for video.',
        );
      }
      this.#tracks.set(producer.id, new Track(this, id ?? this.#freeId(SHORT[from]), from, producer));
      this.call.listen(this, producer);
    }
    await this.#now();
  }

  #freeId(base: string): string {
    const taken = new Set([...this.#tracks.values()].map((track) => track.id));
    let id = base;
    for (let i = 2; taken.has(id); i++) {
      id = `${base}${i}`;
    }
    return id;
  }

  /** Takes a producer away. Closed ones go by themselves. */
  removeProducer(producer: Producer): void {
    const track = this.#tracks.get(producer.id);
    if (track !== undefined) {
      this.#tracks.delete(producer.id);
      track.close();
      this.changed();
    }
  }

  /** Changes name, loudness and so on; resolves when the call has it. */
  async update(settings: ParticipantSettings): Promise<void> {
    Object.assign(this.#settings, settings);
    await this.#now();
  }

  /** The participant leaves the call. */
  async remove(): Promise<void> {
    if (this.#left) {
      return;
    }
    this.drop();
    await this.#working?.catch(() => {});
    try {
      await this.call.api.deleteParticipant(this.call.id, this.id);
    } catch (error) {
      if (!(error instanceof CallcastError) || error.status !== 404) {
        throw error;
      }
    }
  }

  // --- for the call

  /** @internal It has left: nothing is sent or told any more. */
  drop(): void {
    this.#left = true;
    this.#tracks.forEach((track) => track.close());
    this.#tracks.clear();
    this.call.forget(this);
  }

  /** @internal */
  has(producerId: string): boolean {
    return this.#tracks.has(producerId);
  }

  /** @internal */
  track(id: string): Pick<Track, 'hinted' | 'resized'> | undefined {
    return [...this.#tracks.values()].find((track) => track.id === id);
  }

  /** @internal Its streams come by another link from now on; resolves when the node has them there. */
  async move(): Promise<void> {
    this.#tracks.forEach((track) => track.disconnect());
    await this.#now();
  }

  /** @internal The node does not know the participant any more, or may not. */
  changed(): void {
    this.#now().catch((error: unknown) => this.call.failed(error));
  }

  /** Lets the node know how all stands; those who come meanwhile are answered together. */
  async #now(): Promise<void> {
    this.#dirty = true;
    this.#refused = undefined;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    await this.#working;
    if (this.#refused !== undefined) {
      throw this.#refused;
    }
  }

  async #work(): Promise<void> {
    while (this.#dirty && !this.#left) {
      this.#dirty = false;
      try {
        await this.call.untilTaken(() => this.#declare());
      } catch (error) {
        this.#refused = error;
      }
    }
  }

  async #declare(): Promise<void> {
    if (this.#left) {
      return;
    }
    const link = this.call.link;
    if (link.transport.closed) {
      return; // another one is being made; all participants move there
    }
    const tracks = [...this.#tracks.values()];
    for (const track of tracks) {
      if (track.consumer === undefined || track.consumer.closed) {
        try {
          await track.connect(link);
        } catch (error) {
          if (!track.producer.closed && !link.transport.closed) {
            throw error;
          }
        }
      }
    }
    const there = tracks.filter((track) => track.consumer !== undefined && !track.consumer.closed && this.has(track.producer.id));
    const body: Declaration = { ...this.#settings, tracks: there.map((track) => track.declaration(link.endpoint.id)) };
    const declared: Declared = await this.call.api.putParticipant(this.call.id, this.id, body);
    if (this.#left || link !== this.call.link) {
      return;
    }
    const known = new Set(declared.tracks.map((track) => track.id));
    await Promise.all(there.filter((track) => known.has(track.id)).map((track) => track.begin()));
  }
}
