/** How much smaller than its place a picture may be: 0.85 is hardly seen, and the next layer has four times the pixels. */
const ENOUGH = 0.85;

/**
 * Which spatial layer fits a place. How large layers are is not told by the SFU: it is learned from what arrives, and
 * each other layer is taken to have half or twice the width of the next. Until something is known, the largest is
 * wanted.
 */
export class LayerSizes {
  /** Long and short side of each layer that was received, px. */
  readonly #known = new Map<number, readonly [number, number]>();

  /** @param count of spatial layers */
  constructor(readonly count: number) {}

  /** Pictures of a layer were received in that size, px. */
  received(layer: number, width: number, height: number): void {
    if (layer >= 0 && layer < this.count && width > 0 && height > 0) {
      this.#known.set(layer, [Math.max(width, height), Math.min(width, height)]);
    }
  }

  #size(layer: number): readonly [number, number] | undefined {
    for (let distance = 0; distance < this.count; distance++) {
      for (const other of [layer + distance, layer - distance]) {
        const known = this.#known.get(other);
        if (known !== undefined) {
          const scale = 2 ** (layer - other);
          return [known[0] * scale, known[1] * scale];
        }
      }
    }
    return undefined;
  }

  /** The smallest layer that fills a place, px. */
  fitting(width: number, height: number): number {
    const [long, short] = [Math.max(width, height), Math.min(width, height)];
    for (let layer = 0; layer < this.count - 1; layer++) {
      const size = this.#size(layer);
      if (size !== undefined && size[0] >= ENOUGH * long && size[1] >= ENOUGH * short) {
        return layer;
      }
    }
    return this.count - 1;
  }
}

/** How many spatial layers a scalability mode such as L3T3_KEY has. */
export function spatialLayers(scalabilityMode: string | undefined): number {
  const layers = /^[LS]([1-9])T[1-9]/.exec(scalabilityMode ?? '');
  return layers === null ? 1 : Number(layers[1]);
}
