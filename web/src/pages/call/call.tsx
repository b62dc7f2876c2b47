import {useEffect, useState} from 'preact/hooks';
import {change, get, path} from '../../api/client';
import type {Call, Composition} from '../../api/types';
import {ago, bitrate, bytes, date, duration} from '../../app/format';
import {usePoll} from '../../app/poll';
import {link} from '../../app/router';
import {access, may} from '../../app/session';
import {attempt} from '../../parts/notice';
import {Chip, Empty, Heading, Panel, Sure, Trouble} from '../../parts/parts';
import {Picture} from '../../parts/picture';
import {EventList} from '../events';
import {AddComposition} from './add';
import {useLayout} from './layout';
import {Layouts} from './layouts';
import {Outputs} from './outputs';
import {ParamsForm} from './params';
import {Participants} from './participants';
import {Rates} from './rates';
import {Show} from './show';

/** One call: what it looks like, who is in it, where it goes, and everything that can be done about it. */
export function CallPage({id, composition: wanted}: {id: string; composition?: string}) {
  const [closed, setClosed] = useState(false);
  const call = usePoll(
    id,
    (signal) => get<Call>(path`/v1/calls/${id}`, signal),
    closed ? 5000 : 1000,
    (event) => event.call === id && event.type !== 'layer.hint',
  );
  const [rates] = useState(() => new Rates());
  const [adding, setAdding] = useState(false);
  const shown = call.data;
  if (shown) rates.look(shown);
  // It may be opened again under the same id, and is then shown as it is now.
  useEffect(() => setClosed(shown?.state === 'closed'), [shown?.state]);
  const control = may('control') && shown?.state === 'open' && !access.value?.participant;
  const composition = shown && pick(shown.compositions, wanted);

  return (
    <>
      <Heading title={id}>
        {shown && (
          <p class="facts">
            <Chip state={shown.state} />
            <span title={date(shown.createdAt)}>
              {shown.closedAt ? `closed ${ago(shown.closedAt)} ago` : `for ${ago(shown.createdAt)}`}
            </span>
            <span>node {shown.node}</span>
            {shown.worker.reachable && <span>worker {bytes(shown.worker.rssBytes ?? 0)}</span>}
            {rates.cores !== undefined && shown.worker.reachable && <span>{rates.cores.toFixed(2)} cores</span>}
            {shown.state === 'open' && !shown.worker.reachable && <Chip state="starting" title="The worker cannot be asked" />}
          </p>
        )}
        {control && (
          <div class="actions">
            <button type="button" onClick={() => setAdding(true)}>
              Add a composition …
            </button>
            <Sure
              class="danger"
              title="Close the call?"
              question="All compositions and outputs stop, and recordings are finished."
              yes="Close the call"
              onYes={() => attempt(() => change('DELETE', path`/v1/calls/${id}`), `${id} is closed`).then(call.refresh)}
            >
              Close the call …
            </Sure>
          </div>
        )}
      </Heading>
      <Trouble error={call.error} />
      {closed && (
        <p class="over" role="status">
          The call is closed. <a href={link('recordings', 'of', id)}>Its recordings</a> stay.
        </p>
      )}
      {adding && shown && <AddComposition call={shown} onClose={() => setAdding(false)} onDone={call.refresh} />}
      {shown && (
        <div class="call">
          <div class="column">
            {shown.compositions.length > 1 && (
              <nav class="tabs" aria-label="Compositions">
                {shown.compositions.map((one) => (
                  <a
                    key={one.id}
                    href={link('calls', id, one.id)}
                    aria-current={one.id === composition?.id ? 'page' : undefined}
                  >
                    {one.id} <Chip state={one.state} />
                  </a>
                ))}
              </nav>
            )}
            {composition ? (
              <CompositionPanel
                key={composition.id}
                call={shown}
                composition={composition}
                control={control}
                refresh={call.refresh}
              />
            ) : (
              <Panel title="Compositions">
                <Empty>There is none: nothing of this call is seen, recorded or sent.</Empty>
                {control && (
                  <div class="actions">
                    <button type="button" class="main" onClick={() => setAdding(true)}>
                      Add a composition …
                    </button>
                  </div>
                )}
              </Panel>
            )}
          </div>
          <div class="column">
            <Participants call={shown} rates={rates} control={control} refresh={call.refresh} />
            {composition && (
              <Outputs call={shown} composition={composition} rates={rates} control={control} refresh={call.refresh} />
            )}
            <Panel
              title="Events"
              aside={<a href={link('recordings', 'of', id)}>Recordings</a>}
            >
              <EventList call={id} rows={60} />
            </Panel>
          </div>
        </div>
      )}
    </>
  );
}

function pick(all: Composition[], wanted?: string): Composition | undefined {
  return (
    all.find((one) => one.id === wanted) ??
    all.find((one) => !['stopped', 'failed'].includes(one.state)) ??
    all[all.length - 1]
  );
}

function CompositionPanel({
  call,
  composition,
  control,
  refresh,
}: {
  call: Call;
  composition: Composition;
  control: boolean;
  refresh: () => void;
}) {
  const base = path`/v1/calls/${call.id}/compositions/${composition.id}`;
  const runs = ['starting', 'live', 'paused'].includes(composition.state);
  const able = control && runs;
  const layout = useLayout(base, composition, refresh);
  const {canvas, stats, video} = composition;
  const doing = (what: string, done: string) => () =>
    attempt(() => change('POST', `${base}/${what}`), done).then(refresh);
  const skipped = stats && stats.ticks ? (100 * stats.skippedTicks) / stats.ticks : 0;
  return (
    <>
      <Panel
        title={composition.id}
        class="stage"
        aside={
          <p class="facts">
            <Chip state={composition.state} title={composition.reason} />
            {stats && <span class="time">{duration(stats.mediaTime)}</span>}
            <span>
              {canvas.width}×{canvas.height} at {canvas.fps}
            </span>
            {stats && <span>{bitrate(stats.bitrate)}</span>}
            {stats && <span title="Time for one picture">{stats.composeMillis.toFixed(1)} ms</span>}
            {stats && (
              <span class={skipped > 1 ? 'bad' : ''} title="Pictures not composed for want of time">
                {stats.skippedTicks} skipped
              </span>
            )}
            {stats && stats.degraded.length > 0 && (
              <span class="bad" title={`Given up for want of time: ${stats.degraded.join(', ')}`}>
                reduced {stats.degraded.length}/4
              </span>
            )}
          </p>
        }
      >
        {composition.reason && <p class="trouble">{composition.reason}</p>}
        {video.off ? (
          <Empty>Sound alone: there is no picture.</Empty>
        ) : runs ? (
          <Picture
            call={call.id}
            composition={composition.id}
            label={`${composition.id} as it is now, layout ${composition.layout.preset}`}
            aspect={canvas.width / canvas.height}
            width={1280}
            millis={500}
            live
          />
        ) : (
          <div class="picture none" style={{aspectRatio: '16 / 9'}}>
            {composition.state}
          </div>
        )}
        {able && (
          <div class="actions">
            {composition.state === 'paused' ? (
              <button type="button" class="main" onClick={doing('resume', 'Recordings go on')}>
                Resume
              </button>
            ) : (
              <button type="button" onClick={doing('pause', 'Recordings are paused')}>
                Pause
              </button>
            )}
            <button
              type="button"
              disabled={!composition.outputs.some((one) => one.type === 'recording' && one.state === 'live')}
              onClick={doing('split', 'The recording goes on in a new file')}
            >
              New file
            </button>
            <Marker base={base} />
            <Sure
              class="danger"
              title="Stop the composition?"
              question="Its outputs end for good, and its recordings are finished. The call goes on."
              yes="Stop it"
              onYes={doing('stop', `${composition.id} stops`)}
            >
              Stop …
            </Sure>
            {/* With an opener it has the key of this tab. */}
            <a class="button" href={path`/watch/${call.id}/${composition.id}`} target="_blank" rel="opener">
              Only the picture
            </a>
          </div>
        )}
      </Panel>
      {able && !video.off && (
        <>
          <Layouts layout={layout} />
          <Show base={base} layout={layout} />
          <ParamsForm base={base} layout={layout} />
        </>
      )}
      {!able && !video.off && (
        <Panel title="Layout">
          <dl class="pairs">
            <dt>Preset</dt>
            <dd>{composition.layout.preset}</dd>
            {Object.entries(composition.layout.params).map(([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </>
            ))}
          </dl>
        </Panel>
      )}
    </>
  );
}

function Marker({base}: {base: string}) {
  const [label, setLabel] = useState('');
  return (
    <form
      class="inline"
      onSubmit={async (e) => {
        e.preventDefault();
        if (await attempt(() => change('POST', `${base}/markers`, {label: label.trim() || 'Marker'}), 'Marked')) setLabel('');
      }}
    >
      <input
        aria-label="Marker's label"
        placeholder="Marker"
        maxLength={200}
        value={label}
        onInput={(e) => setLabel(e.currentTarget.value)}
      />
      <button type="submit">Mark</button>
    </form>
  );
}

