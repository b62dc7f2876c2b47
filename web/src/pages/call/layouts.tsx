import {useState} from 'preact/hooks';
import {change, get, path} from '../../api/client';
import type {Page, ParamList, Params, Scene, Transition} from '../../api/types';
import {usePoll} from '../../app/poll';
import {bound} from '../../app/session';
import {attempt} from '../../parts/notice';
import {Panel, Sure} from '../../parts/parts';
import type {LayoutControl} from './layout';

/** Where the tiles are, on 32x18. */
const GLYPHS: Record<string, [number, number, number, number][]> = {
  grid: [[1, 1, 14.5, 7.5], [16.5, 1, 14.5, 7.5], [1, 9.5, 14.5, 7.5], [16.5, 9.5, 14.5, 7.5]],
  single: [[1, 1, 30, 16]],
  split: [[1, 1, 14.5, 16], [16.5, 1, 14.5, 16]],
  dominant: [[1, 1, 22, 16], [24, 1, 7, 4.6], [24, 6.7, 7, 4.6], [24, 12.4, 7, 4.6]],
  pip: [[1, 1, 30, 16], [22, 2.5, 7.5, 5]],
  portrait: [[11, 1, 10, 7.5], [11, 9.5, 10, 7.5]],
  'audio-only': [[6, 7, 2.5, 4], [11, 4, 2.5, 10], [16, 2, 2.5, 14], [21, 5, 2.5, 8], [26, 7, 2.5, 4]],
};

/** Switches layouts and scenes; the change is in the next picture. */
export function Layouts({layout}: {layout: LayoutControl}) {
  const params = usePoll('params', (signal) => get<ParamList>('/v1/params', signal), 600_000);
  const usual = (params.data?.presets ?? []).filter((one) => GLYPHS[one]);
  const others = (params.data?.presets ?? []).filter((one) => !GLYPHS[one]);
  const now = layout.preset;
  // An explicit mode wins over the preset: whoever switches the preset does not want the old mode.
  const mode = layout.params['mode'];
  const set = (preset: string) => layout.set({preset, params: mode === undefined ? {} : {mode: null}});
  return (
    <Panel title="Layout" aside={mode !== undefined && <span class="hint">mode {String(mode)} wins over the preset</span>}>
      <div class="layouts" role="group" aria-label="Presets">
        {usual.map((one) => (
          <button key={one} type="button" aria-pressed={now === one} onClick={() => set(one)}>
            <svg viewBox="0 0 32 18" aria-hidden="true">
              {GLYPHS[one]!.map(([x, y, width, height], i) => (
                <rect key={i} x={x} y={y} width={width} height={height} rx="1.2" class={`tile${i}`} />
              ))}
            </svg>
            {one}
          </button>
        ))}
        {others.length > 0 && (
          <label class="field">
            <span class="unseen">Other presets</span>
            <select value={others.includes(now) ? now : ''} onChange={(e) => e.currentTarget.value && set(e.currentTarget.value)}>
              <option value="">Others …</option>
              {others.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      {!bound() && <Scenes layout={layout} />}
    </Panel>
  );
}

/** By which a scene comes in; the first is what each scene has itself. */
const TRANSITIONS = ['', 'cut', 'cross-fade', 'wipe-left', 'wipe-right', 'wipe-up', 'wipe-down'];

function Scenes({layout}: {layout: LayoutControl}) {
  const scenes = usePoll('scenes', (signal) => get<Page<Scene>>('/v1/scenes?limit=100', signal), 20_000);
  const [name, setName] = useState('');
  const [type, setType] = useState('');
  const [seconds, setSeconds] = useState('0.5'); // as typed: what is half typed must outlive a redraw
  const transition: Transition | undefined = type === '' ? undefined : {type, duration: Math.min(10, Math.max(0.1, Number(seconds) || 0.5))};
  const all = scenes.data?.items ?? [];
  const same = (scene: Scene) => JSON.stringify(sorted(scene.layout)) === JSON.stringify(sorted(layout));
  return (
    <div class="scenes">
      <h3>Scenes</h3>
      <div class="row">
        {all.map((scene) => (
          <span key={scene.name} class="joined">
            <button
              type="button"
              aria-pressed={same(scene)}
              title={`${scene.layout.preset}, ${Object.keys(scene.layout.params).length} params${scene.transition ? `, by ${scene.transition.type}` : ''}`}
              onClick={() => layout.set({scene: scene.name, transition})}
            >
              {scene.name}
            </button>
            <Sure
              label={`Delete the scene ${scene.name}`}
              title={`Delete the scene ${scene.name}?`}
              question="Compositions that were switched to it stay as they are."
              yes="Delete it"
              onYes={() => attempt(() => change('DELETE', path`/v1/scenes/${scene.name}`)).then(scenes.refresh)}
            >
              ✕
            </Sure>
          </span>
        ))}
        <form
          class="inline"
          onSubmit={async (e) => {
            e.preventDefault();
            const {preset, params} = layout;
            if (
              await attempt(
                () => change('PUT', path`/v1/scenes/${name}`, {layout: {preset, params}, ...(transition ? {transition} : {})}),
                `The layout as it is now is the scene ${name}`,
              )
            ) {
              setName('');
              scenes.refresh();
            }
          }}
        >
          <input
            required
            aria-label="Name of a new scene"
            placeholder="Keep this as …"
            maxLength={64}
            pattern="[A-Za-z0-9._\-]+"
            value={name}
            onInput={(e) => setName(e.currentTarget.value)}
          />
          <button type="submit">Keep</button>
        </form>
        <label class="field inline">
          by
          <select aria-label="Transition" value={type} onChange={(e) => setType(e.currentTarget.value)}>
            {TRANSITIONS.map((one) => (
              <option key={one} value={one}>
                {one === '' ? 'what the scene has' : one}
              </option>
            ))}
          </select>
          {type !== '' && type !== 'cut' && (
            <input
              type="number"
              aria-label="Seconds of the transition"
              min="0.1"
              max="10"
              step="0.1"
              value={seconds}
              onInput={(e) => setSeconds(e.currentTarget.value)}
            />
          )}
        </label>
      </div>
    </div>
  );
}

function sorted(layout: {preset: string; params: Params}): unknown {
  return [layout.preset, Object.entries(layout.params).sort(([a], [b]) => (a < b ? -1 : 1))];
}
