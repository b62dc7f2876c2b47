import type {Call} from '../../api/types';

/**
 * What the counters of a call come to in a second: the node tells sums, and each look at them is one more sample. Kept for as
 * long as the page of the call is open.
 */
export class Rates {
  /** Of the worker. */
  cores?: number;
  private readonly samples = new Map<string, {at: number; value: number}[]>();
  private readonly lines = new Map<string, number[]>();
  private last?: Call;
  private epoch = 0;

  look(call: Call): void {
    if (call === this.last) return;
    this.last = call;
    const now = performance.now();
    if (call.worker.cpuSeconds !== undefined) {
      this.cores = this.note(`cpu ${call.epoch}`, call.worker.cpuSeconds, now, 8);
    }
    const strangers = call.endpoints.reduce((sum, one) => sum + (one.stats?.unknownSsrc ?? 0), 0);
    this.note(`strangers ${call.epoch}`, strangers, now, 10);
    this.epoch = call.epoch;
    for (const participant of call.participants) {
      for (const track of participant.tracks) {
        if (track.stats) {
          const name = `${participant.id}/${track.id}`;
          this.note(`bytes ${name}`, track.stats.bytes, now, 4);
          this.note(`packets ${name}`, track.stats.packets, now, 10);
          this.note(`lost ${name}`, track.stats.lost, now, 10);
        }
      }
    }
    for (const composition of call.compositions) {
      for (const output of composition.outputs) {
        const name = `${composition.id}/${output.id}`;
        const rate = this.note(`out ${name}`, output.bytes, now, 3);
        if (rate !== undefined) {
          const line = this.lines.get(name) ?? [];
          line.push(rate * 8);
          this.lines.set(name, line.slice(-120));
        }
      }
    }
  }

  /** bit/s of a track. */
  track(participant: string, track: string): number | undefined {
    const rate = this.rate(`bytes ${participant}/${track}`);
    return rate === undefined ? undefined : rate * 8;
  }

  /** The share of a track's packets that were lost in the last seconds. */
  loss(participant: string, track: string): number | undefined {
    const packets = this.rate(`packets ${participant}/${track}`);
    const lost = this.rate(`lost ${participant}/${track}`);
    if (packets === undefined || lost === undefined || packets + lost <= 0) return undefined;
    return Math.max(0, lost) / (packets + Math.max(0, lost));
  }

  /** Whether packets of no declared track came in the last seconds. Some do before one is declared, which is no mistake. */
  strangers(): boolean {
    return (this.rate(`strangers ${this.epoch}`) ?? 0) > 0;
  }

  /** bit/s of an output, a sample a second, the newest last. */
  output(composition: string, output: string): number[] {
    return this.lines.get(`${composition}/${output}`) ?? [];
  }

  private note(name: string, value: number, at: number, keep: number): number | undefined {
    const all = this.samples.get(name) ?? [];
    // A counter that goes back is another one: a worker was replaced, or an output began anew.
    const kept = all.length && all[all.length - 1]!.value > value ? [] : all;
    kept.push({at, value});
    this.samples.set(name, kept.slice(-keep));
    return this.rate(name);
  }

  private rate(name: string): number | undefined {
    const all = this.samples.get(name);
    if (!all || all.length < 2) return undefined;
    const first = all[0]!;
    const last = all[all.length - 1]!;
    return last.at > first.at ? (1000 * (last.value - first.value)) / (last.at - first.at) : undefined;
  }
}
