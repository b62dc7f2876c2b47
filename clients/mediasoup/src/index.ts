import type { Router } from 'mediasoup/types';
import { Api, type Event } from './api.js';
import { AttachedCall, type AttachOptions } from './call.js';
import { readEvents, type EventOptions } from './events.js';
import { Http, type Options } from './http.js';

/** A node of Callcast: attaches routers to calls, and drives the rest by its API. */
export class Callcast extends Api {
  constructor(options: Options) {
    super(new Http(options));
  }

  /**
   * Lets a call have what a router's participants send. The call is opened unless it is open already; what an
   * attachment of the same name has left there, of a process that is gone perhaps, is taken away.
   */
  attach(router: Router, options: AttachOptions = {}): Promise<AttachedCall> {
    return AttachedCall.attach(this, this.http, router, options);
  }

  /** Events in order, from where one was: a stream that breaks is opened again. Ends with the signal. */
  events(options: EventOptions = {}): AsyncGenerator<Event, void, undefined> {
    return readEvents(this.http, options);
  }
}

export type * from './api.js';
export { AttachedCall, type AttachedCallEvents, type AttachOptions } from './call.js';
export { AttachedParticipant, type NewParticipant, type ParticipantSettings, type ProducerEntry, type TrackState } from './participant.js';
export type { EventOptions } from './events.js';
export { CallcastError, type Options } from './http.js';
