import {useState} from 'preact/hooks';
import {change} from '../../api/client';
import type {Composition, ParamValue, Params, Transition} from '../../api/types';
import {attempt, say} from '../../parts/notice';

/** Params to set; null takes one back to its default. */
export type Changes = Record<string, ParamValue | null>;

export interface LayoutControl {
  preset: string;
  params: Params;
  /** Resolves when the node has answered: true when it was taken. */
  set: (what: {preset?: string; params?: Changes; scene?: string; transition?: Transition}) => Promise<boolean>;
}

interface Pending {
  preset?: string;
  params: Changes;
  /** In which the change is; until the node has answered, none. */
  revision: number;
}

/**
 * A composition's layout as it will be: what was changed here counts at once, and until the node shows a revision that has
 * it. So a control that somebody has just moved does not jump back when an older look at the call arrives.
 */
export function useLayout(base: string, composition: Composition, refresh: () => void): LayoutControl {
  const [pending, setPending] = useState<Pending[]>([]);
  const open = pending.filter((one) => one.revision > composition.revision);
  const params: Params = {...composition.layout.params};
  let preset = composition.layout.preset;
  for (const one of open) {
    preset = one.preset ?? preset;
    for (const [name, value] of Object.entries(one.params)) {
      if (value === null) delete params[name];
      else params[name] = value;
    }
  }
  return {
    preset,
    params,
    async set({preset: wanted, params: changes = {}, scene, transition}) {
      const mine: Pending = {preset: wanted, params: changes, revision: Infinity};
      if (!scene) setPending((all) => [...all, mine]);
      const ok = await attempt(async () => {
        const layout = {...(wanted ? {preset: wanted} : {}), ...(Object.keys(changes).length ? {params: changes} : {})};
        const answer = await change<{revision: number; warnings: string[]}>(
          'PATCH',
          base,
          {...(scene ? {scene} : {layout}), ...(transition ? {transition} : {})},
        );
        mine.revision = answer.revision;
        answer.warnings.forEach(say);
      });
      setPending((all) => (ok ? all.filter((one) => one.revision > composition.revision) : all.filter((one) => one !== mine)));
      refresh();
      return ok;
    },
  };
}
