/**
 * Types for layouts in JavaScript. Put
 *
 *     // @ts-check
 *     /** @typedef {import("./callcast-layout").Layout} Layout *\/
 *
 * at the top of a layout, and an editor checks it. Lengths and places are in pixels of the canvas,
 * origin top left; fractions are allowed. Videos are put on even pixels and cut to the canvas.
 */

/** What a layout is called with first: the call. */
export interface State {
  /** In the order of the composition's `participants.sort`. */
  participants: Participant[];
  /** Id of the active speaker. */
  speaker: string | null;
}

export interface Participant {
  id: string;
  name: string;
  owner: boolean;
  /** null without a camera: a video layer shows initials. */
  camera: Video | null;
  /** null while nothing is shared: a video layer of it is left out. */
  screen: Video | null;
  /** Has a microphone, neither muted nor paused. */
  audible: boolean;
  /** 0 silent to 1 loud. */
  level: number;
}

export interface Video {
  /** 0 until the first picture. */
  width: number;
  height: number;
  /** Paused or stalled: a video layer shows initials. */
  paused: boolean;
}

/** The composition's params as they were given, those of one's own (`custom.*`) among them. */
export type Params = Record<string, string | number | boolean | undefined>;

export interface Viewport {
  width: number;
  height: number;
  /** A 36th of the shorter side: 20 px at 720p. Lengths in it scale with the canvas. */
  gridUnit: number;
}

interface Placed {
  /** Matches a layer over time, so that `enableLayoutAnims` moves it. Unique; made where absent. */
  id?: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 to 1, default 1. */
  opacity?: number;
}

/** A participant's camera or screen. Left out while there is no such participant. */
export interface VideoLayer extends Placed {
  type: "video";
  participant: string;
  /** Default camera. */
  source?: "camera" | "screen";
  /** fill (default) crops around the centre, fit shows all. */
  scaleMode?: "fill" | "fit";
  /** 1 to 4, with fill. */
  zoom?: number;
  cornerRadius?: number;
  border?: { width: number; color: string };
}

/** A filled rectangle. */
export interface BoxLayer extends Placed {
  type: "box";
  color: string;
  cornerRadius?: number;
}

interface Lettering {
  text: string;
  fontSize: number;
  /** One of those of docs/layouts.md, or asset:NAME of an uploaded one that `assets` lists; default Roboto. */
  fontFamily?: string;
  /** 100 to 900, default 400. */
  fontWeight?: number;
  /** Default white. */
  color?: string;
  /** Default black, and no stroke. */
  strokeColor?: string;
  strokeWidth?: number;
  /** Default left. */
  align?: "left" | "center" | "right";
}

/** One line, vertically centred and shortened where it does not fit. The cheapest text. */
export interface LabelLayer extends Placed, Lettering {
  type: "label";
  /** A crossed-out microphone before the text. */
  muted?: boolean;
}

/** Text that is broken into lines; `\n` begins one. */
export interface TextLayer extends Placed, Lettering {
  type: "text";
  italic?: boolean;
  /** Default top. */
  verticalAlign?: "top" | "middle" | "bottom";
  /** Default 0: any number. */
  maxLines?: number;
  /** Degrees clockwise around the middle. */
  rotation?: number;
}

/** An uploaded image, or an emoji. */
export interface ImageLayer extends Placed {
  type: "image";
  /** A name from the exported `assets`. */
  asset?: string;
  emoji?: string;
  /** fit (default) shows all, fill crops. */
  scaleMode?: "fill" | "fit";
  rotation?: number;
}

export type Layer = VideoLayer | BoxLayer | LabelLayer | TextLayer | ImageLayer;

/**
 * What a module exports as `layout`: at most 200 layers, painted in order.
 *
 * @param time media time in seconds: of the change, or with a `rate` of now
 */
export type Layout = (state: State, params: Params, viewport: Viewport, time: number) => Layer[];

/** What a module may export beside it. */
export interface Module {
  layout: Layout;
  /** How often a second it is called while nothing changes, 0 (default) to 30. */
  rate?: number;
  /** Names of the uploaded images that it shows. */
  assets?: string[];
}
