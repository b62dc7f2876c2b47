/** What the API answers, as far as the dashboard looks at it; `openapi.yaml` is the contract. */

export interface Page<T> {
  items: T[];
  next?: string;
}

export interface Access {
  kind: 'anyone' | 'key' | 'token';
  scopes: string[];
  /** The only one that a token is for. */
  call?: string;
  /** Patterns of those that a key is for; absent where it is for all. */
  calls?: string[];
  participant?: string;
}

export interface CallSummary {
  id: string;
  state: 'open' | 'closed';
  node: string;
  createdAt: string;
  closedAt?: string;
}

export interface Call extends CallSummary {
  revision: number;
  epoch: number;
  endpoints: Endpoint[];
  participants: Participant[];
  speaker?: string;
  compositions: Composition[];
  tracksRecording?: {recording: string; createdAt: string};
  worker: {reachable: boolean; cpuSeconds?: number; rssBytes?: number};
}

export interface Endpoint {
  id: string;
  ip: string;
  port: number;
  stats?: {packets: number; unknownSsrc: number; refusedAddress: number; malformed: number; authFailed: number};
}

export interface Participant {
  id: string;
  name: string;
  owner: boolean;
  muted: boolean;
  gain: number;
  pan: number;
  tracks: Track[];
}

export interface Track {
  id: string;
  kind: 'audio' | 'video';
  source: 'mic' | 'camera' | 'screen' | 'screenAudio';
  codec: string;
  paused: boolean;
  stats?: TrackStats;
}

export interface TrackStats {
  packets: number;
  bytes: number;
  lost: number;
  recovered: number;
  /** ms */
  jitter: number;
  keyFramesRequested: number;
  width: number;
  height: number;
  fps: number;
  /** dBov */
  level: number;
  live: boolean;
  stalled: boolean;
  decoded: boolean;
  layerHint?: string;
}

export type ParamValue = boolean | number | string;
export type Params = Record<string, ParamValue>;

export interface Layout {
  preset: string;
  params: Params;
}

export interface Composition {
  id: string;
  state: 'starting' | 'live' | 'paused' | 'stopping' | 'stopped' | 'failed';
  reason?: string;
  since: string;
  revision: number;
  createdAt: string;
  canvas: {width: number; height: number; fps: number; background: string};
  layout: Layout;
  video: {bitrate: number; off?: boolean};
  audio: {bitrate: number};
  outputs: Output[];
  stats?: {
    appliedRevision: number;
    mediaTime: number;
    ticks: number;
    skippedTicks: number;
    composeMillis: number;
    degraded: string[];
    bitrate: number;
  };
}

export interface Output {
  id: string;
  type: string;
  state: 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';
  reason?: string;
  since: string;
  bytes: number;
  frames: number;
  dropped: number;
  reconnects: number;
  recording?: string;
  format?: string;
  storage?: string;
  url?: string;
  backupUrl?: string;
  destination?: string;
  mode?: 'caller' | 'listener';
  encrypted?: boolean;
  playlist?: 'live' | 'event' | 'vod';
  error?: string;
}

export interface ParamInfo {
  name: string;
  kind: 'boolean' | 'number' | 'integer' | 'choice' | 'font' | 'text' | 'color' | 'ids' | 'numbers' | 'choices';
  default: ParamValue;
  least?: number;
  most?: number;
  choices?: string[];
}

export interface ParamList {
  presets: string[];
  items: ParamInfo[];
}

export interface Transition {
  type: string;
  duration?: number;
  easing?: string;
}

export interface Scene {
  name: string;
  layout: Layout;
  transition?: Transition;
  updatedAt: string;
}

export interface Recording {
  id: string;
  call: string;
  kind: 'composition' | 'tracks';
  composition?: string;
  output?: string;
  files?: TrackFile[];
  state: 'recording' | 'finishing' | 'uploading' | 'ready' | 'failed';
  format?: 'mp4' | 'm4a' | 'ogg';
  storage: string;
  key: string;
  upload?: {state: string; uploadedBytes: number; lag: number; parts: number; retries: number; error?: string};
  duration: number;
  bytes: number;
  segments: {start: number; end: number}[];
  markers: {id: string; label: string; mediaTime: number; time?: number; at: string}[];
  previous?: string;
  next?: string;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  reason?: string;
}

export interface TrackFile {
  name: string;
  participant: string;
  track: string;
  kind: 'audio' | 'video';
  source: string;
  codec: string;
  offset: number;
  duration: number;
  bytes: number;
}

export interface Span {
  from: number;
  to: number;
}

export interface Report {
  start: number;
  end: number;
  duration: number;
  bytes: number;
  segments: Span[];
  pauses: Span[];
  gaps: Span[];
  workers: number;
  ticks: number;
  skippedTicks: number;
  black: Span[];
  frozen: Span[];
  silent: Span[];
  participants: {
    id: string;
    name: string;
    present: Span[];
    tracks: {id: string; packets: number; lost: number; recovered: number}[];
    avOffset?: {median: number; largest: number};
  }[];
  hashes?: {overall: string};
}

export interface Storage {
  name: string;
  kind: 'directory' | 's3';
  standard: boolean;
  retention: number;
  bucket?: string;
  prefix?: string;
  encryption?: string;
}

export interface Node {
  id: string;
  state: string;
  ip: string;
  cores: number;
  loadAverage: number;
  calls: number;
  rtpPorts: {from: number; to: number; used: number; free: number};
  /** cores */
  capacity: {used: number; limit?: number; room: Shape[]};
}

/** A shape of calls, and how many more of them there is room for. */
export interface Shape {
  participants: number;
  width: number;
  height: number;
  fps: number;
  outputs: number;
  cost: number;
  calls?: number;
}

export interface Destination {
  name: string;
  type: 'rtmp';
  service?: string;
  backup: boolean;
}

export interface Key {
  id: string;
  name: string;
  scopes: string[];
  calls?: string[];
  createdAt: string;
  revokedAt?: string;
  key?: string;
}

export interface CallEvent {
  id: string;
  type: string;
  call: string;
  sequence: number;
  at: string;
  mediaTime?: number;
  data: Record<string, unknown>;
}

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  calls: string[];
  enabled: boolean;
  reason?: string;
  previousSecretUntil?: string;
  createdAt: string;
  secret?: string;
}

export interface Delivery {
  id: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  createdAt: string;
  nextAttemptAt?: string;
  lastAttemptAt?: string;
  status?: number;
  took?: number;
  error?: string;
  answer?: string;
  event: CallEvent;
}
