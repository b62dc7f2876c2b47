import {useEffect, useMemo, useState} from 'preact/hooks';
import {get, send} from '../../api/client';
import type {ParamInfo, ParamList, ParamValue} from '../../api/types';
import {usePoll} from '../../app/poll';
import {Panel, Switch, TextInput} from '../../parts/parts';
import type {Changes, LayoutControl} from './layout';

const TITLES: Record<string, string> = {
  '': 'What is shown',
  videoSettings: 'Videos',
  'videoSettings.placeholder': 'Videos: placeholder',
  'videoSettings.highlight': 'Videos: border of the speaker',
  'videoSettings.split': 'Split',
  'videoSettings.grid': 'Grid',
  'videoSettings.dominant': 'Dominant',
  'videoSettings.pip': 'Picture in picture',
  'videoSettings.labels': 'Labels',
  'videoSettings.margin': 'Margins',
  text: 'Text',
  image: 'Image',
  banner: 'Banner',
  toast: 'Toast',
  openingSlate: 'Opening slate',
  titleSlate: 'Title slate',
  sidebar: 'Sidebar',
  highlightLines: 'Highlighted lines',
  emojiReactions: 'Reactions',
  debug: 'Debugging',
  portrait: 'Portrait',
  layoutAnims: 'Moves',
};

const UNITS: Record<string, string> = {gu: 'grid units', pct: '%', secs: 's', deg: '°', px: 'px'};

/** Every param of the layout: a form that the node's own table of params makes. */
export function ParamsForm({base, layout}: {base: string; layout: LayoutControl}) {
  const {data} = usePoll('params', (signal) => get<ParamList>('/v1/params', signal), 600_000);
  const [search, setSearch] = useState('');
  const [staged, setStaged] = useState<Changes>();
  const {params} = layout;
  const groups = useMemo(() => grouped(data?.items ?? []), [data]);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);

  const set = (name: string, value: ParamValue | null) => {
    if (staged) setStaged({...staged, [name]: value});
    else void layout.set({params: {[name]: value}});
  };

  const shown = (param: ParamInfo): ParamValue => {
    const value = staged && param.name in staged ? staged[param.name] : params[param.name];
    return value ?? param.default;
  };
  const given = (param: ParamInfo): boolean =>
    staged && param.name in staged ? staged[param.name] !== null : params[param.name] !== undefined;

  const count = (data?.items ?? []).filter(given).length;
  const found = groups.map(([group, items]) => {
    const shownOf = items.filter((one) => words.every((word) => one.name.toLowerCase().includes(word)));
    if (!shownOf.length) return null;
    const set_ = items.filter(given).length;
    return (
      <details key={group} open={words.length > 0 || undefined}>
        <summary>
          {TITLES[group] ?? group} <small>{set_ > 0 ? `${set_} set` : ''}</small>
        </summary>
        {shownOf.map((one) => (
          <ParamRow
            key={one.name}
            param={one}
            group={group}
            value={shown(one)}
            given={given(one)}
            onValue={(value) => set(one.name, value)}
          />
        ))}
      </details>
    );
  });

  return (
    <Panel
      title="Params"
      aside={
        <label class="check" title="Changes are collected and looked at before they go on air">
          <Switch on={!!staged} onChange={(on) => setStaged(on ? {} : undefined)} /> Try before
        </label>
      }
    >
      {staged && (
        <Staged
          base={base}
          staged={staged}
          onApply={async () => {
            if (await layout.set({params: staged})) setStaged({});
          }}
          onForget={() => setStaged({})}
        />
      )}
      <label class="field">
        <span class="unseen">Search the params</span>
        <input type="search" placeholder="Search the params" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
      </label>
      <div class="params">
        {search ? found : (
          <details class="all">
            <summary>
              All of them <small>{count > 0 ? `${count} set` : ''}</small>
            </summary>
            {found}
          </details>
        )}
      </div>
    </Panel>
  );
}

/** What the changes would look like: the node composes the picture, and nothing on air changes. */
function Staged({
  base,
  staged,
  onApply,
  onForget,
}: {
  base: string;
  staged: Changes;
  onApply: () => void;
  onForget: () => void;
}) {
  const [url, setUrl] = useState('');
  const [trouble, setTrouble] = useState('');
  const names = Object.keys(staged);
  const wanted = JSON.stringify(staged);
  useEffect(() => {
    if (!names.length) {
      setUrl('');
      setTrouble('');
      return;
    }
    const abort = new AbortController();
    let made = '';
    send('POST', `${base}/preview`, {layout: {params: staged}}, abort.signal)
      .then((response) => response.blob())
      .then(
        (blob) => {
          if (abort.signal.aborted) return;
          made = URL.createObjectURL(blob);
          setUrl(made);
          setTrouble('');
        },
        (e) => abort.signal.aborted || setTrouble(e.message),
      );
    return () => {
      abort.abort();
      URL.revokeObjectURL(made);
    };
  }, [wanted, base]);
  return (
    <div class="staged">
      {url ? <img src={url} alt="What it would look like" /> : <p class="hint">Change something below: it is shown here, and not on air.</p>}
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {names.length > 0 && <p class="hint">{names.join(', ')}</p>}
      <div class="actions">
        <button type="button" class="main" disabled={!names.length} onClick={onApply}>
          Put on air
        </button>
        <button type="button" disabled={!names.length} onClick={onForget}>
          Forget
        </button>
      </div>
    </div>
  );
}

function ParamRow({
  param,
  group,
  value,
  given,
  onValue,
}: {
  param: ParamInfo;
  group: string;
  value: ParamValue;
  given: boolean;
  onValue: (value: ParamValue | null) => void;
}) {
  const id = `param-${param.name}`;
  const tail = group ? param.name.slice(group.length + 1) : param.name;
  const unit = /_(gu|pct|secs|deg|px)(?:_|$)/.exec(tail)?.[1];
  return (
    <div class={`param ${given ? 'given' : ''}`}>
      <label for={id} title={param.name}>
        {words(tail)}
        {unit && <small> {UNITS[unit]}</small>}
      </label>
      <Control id={id} param={param} value={value} onValue={onValue} />
      <button
        type="button"
        class="plain"
        aria-label={`Reset ${param.name}`}
        title={`Back to ${String(param.default) || 'nothing'}`}
        disabled={!given}
        onClick={() => onValue(null)}
      >
        ↺
      </button>
    </div>
  );
}

function Control({
  id,
  param,
  value,
  onValue,
}: {
  id: string;
  param: ParamInfo;
  value: ParamValue;
  onValue: (value: ParamValue) => void;
}) {
  switch (param.kind) {
    case 'boolean':
      return <Switch id={id} on={value === true} onChange={onValue} />;
    case 'number':
    case 'integer':
      return (
        <TextInput
          id={id}
          type="number"
          step={param.kind === 'integer' ? '1' : 'any'}
          min={param.least}
          max={param.most}
          value={String(value)}
          onDone={(text) => {
            if (text.trim() !== '' && Number.isFinite(Number(text))) onValue(Number(text));
          }}
        />
      );
    case 'choice':
      return (
        <select id={id} value={String(value)} onChange={(e) => onValue(e.currentTarget.value)}>
          {param.default === '' && <option value="">–</option>}
          {param.choices?.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      );
    case 'font':
      return (
        <>
          <TextInput id={id} list={`${id}-list`} value={String(value)} placeholder="or asset:NAME" onDone={onValue} />
          <datalist id={`${id}-list`}>
            {param.choices?.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </>
      );
    case 'color':
      return <ColorControl id={id} value={String(value)} onValue={onValue} />;
    case 'text':
      return <TextInput id={id} lines={/content|items/.test(param.name) ? 3 : 1} value={String(value)} onDone={onValue} />;
    case 'ids':
    case 'numbers':
    case 'choices':
      return (
        <TextInput
          id={id}
          value={String(value)}
          placeholder={param.choices?.join(', ') ?? 'comma-separated'}
          onDone={onValue}
        />
      );
  }
}

/** A colour as CSS writes it, and a picker for all of it but how much shines through, which it leaves as it is. */
function ColorControl({id, value, onValue}: {id: string; value: string; onValue: (value: string) => void}) {
  const {hex, alpha} = parsed(value);
  return (
    <span class="color">
      <input
        type="color"
        aria-label="Pick a colour"
        value={hex}
        onChange={(e) => {
          const picked = e.currentTarget.value;
          const [r, g, b] = [1, 3, 5].map((at) => parseInt(picked.slice(at, at + 2), 16));
          onValue(alpha < 1 ? `rgba(${r}, ${g}, ${b}, ${alpha})` : picked);
        }}
      />
      <TextInput id={id} value={value} onDone={onValue} />
    </span>
  );
}

function parsed(color: string): {hex: string; alpha: number} {
  const probe = document.createElement('i');
  probe.style.color = color;
  document.body.append(probe);
  const numbers = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  probe.remove();
  const hex = '#' + numbers.slice(0, 3).map((n) => Math.round(n).toString(16).padStart(2, '0')).join('');
  return {hex, alpha: numbers[3] ?? 1};
}

/** By what stands before the name; what is within a graphic stays with it. */
function grouped(items: ParamInfo[]): [string, ParamInfo[]][] {
  const groups = new Map<string, ParamInfo[]>();
  for (const item of items) {
    const parts = item.name.split('.');
    const group =
      parts.length === 1 ? '' : parts[0] === 'videoSettings' ? parts.slice(0, Math.min(2, parts.length - 1)).join('.') : parts[0]!;
    groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  return [...groups];
}

/** dominant.splitPos → Dominant split pos */
function words(name: string): string {
  const text = name
    .replace(/_(gu|pct|secs|deg|px)(?=_|$)/g, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[._]/g, ' ')
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
