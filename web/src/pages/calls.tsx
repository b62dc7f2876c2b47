import {useState} from 'preact/hooks';
import {change, get, path} from '../api/client';
import type {Call, CallSummary, Page} from '../api/types';
import {ago, bitrate, date, plural} from '../app/format';
import {usePoll} from '../app/poll';
import {go, link} from '../app/router';
import {access, may} from '../app/session';
import {attempt} from '../parts/notice';
import {Chip, Dialog, Empty, Field, Heading, Panel, Switch, Trouble} from '../parts/parts';
import {Picture} from '../parts/picture';

const SHOWN = 24;

export function CallsPage() {
  return access.value?.calls ? <SomeCalls patterns={access.value.calls} /> : <AllCalls />;
}

/** For a key that may not list calls: it is asked for one by its id. */
function SomeCalls({patterns}: {patterns: string[]}) {
  const [id, setId] = useState('');
  const known = patterns.filter((one) => !one.endsWith('*'));
  return (
    <>
      <Heading title="Calls" />
      <Panel title="Your key is for some calls">
        <p class="hint">{patterns.join(', ')}</p>
        {known.length > 0 && (
          <ul class="plainlist">
            {known.map((one) => (
              <li key={one}>
                <a href={link('calls', one)}>{one}</a>
              </li>
            ))}
          </ul>
        )}
        <form
          onSubmit={(e) => {
            e.preventDefault();
            go('calls', id);
          }}
        >
          <Field label="Id of the call">
            <span class="inline">
              <input
                required
                value={id}
                maxLength={64}
                pattern="[A-Za-z0-9._\-]+"
                onInput={(e) => setId(e.currentTarget.value)}
              />
              <button type="submit">Go to it</button>
            </span>
          </Field>
        </form>
      </Panel>
    </>
  );
}

function AllCalls() {
  const open = usePoll(
    'open calls',
    (signal) => get<Page<CallSummary>>(`/v1/calls?state=open&limit=${SHOWN}`, signal),
    5000,
    (event) => event.type.startsWith('call.'),
  );
  const [dialog, setDialog] = useState<'call' | 'demo'>();
  return (
    <>
      <Heading title="Calls">
        {may('control') && (
          <div class="actions">
            <button type="button" onClick={() => setDialog('call')}>
              Open a call …
            </button>
            <button type="button" class="main" onClick={() => setDialog('demo')}>
              Start a demo call …
            </button>
          </div>
        )}
      </Heading>
      <Trouble error={open.error} />
      {open.data?.items.length === 0 && (
        <Empty>
          No call is open. <code>POST /v1/calls</code> opens one.
        </Empty>
      )}
      <ul class="cards">
        {open.data?.items.map((call) => (
          <CallCard key={call.id + call.createdAt} summary={call} />
        ))}
      </ul>
      {open.data?.next && <p class="hint">Only the newest {SHOWN} are shown.</p>}
      <ClosedCalls />
      {dialog === 'call' && <OpenCall onClose={() => setDialog(undefined)} />}
      {dialog === 'demo' && <StartDemo onClose={() => setDialog(undefined)} />}
    </>
  );
}

function CallCard({summary}: {summary: CallSummary}) {
  const {data: call, error} = usePoll(
    summary.id,
    (signal) => get<Call>(path`/v1/calls/${summary.id}`, signal),
    2500,
    (event) => event.call === summary.id && /^(composition|participant|output)\./.test(event.type),
  );
  const composition = call?.compositions.find((one) => ['live', 'paused'].includes(one.state));
  const outputs = call?.compositions.flatMap((one) => one.outputs) ?? [];
  const troubled = outputs.filter((one) => one.state === 'retrying' || one.state === 'failed').length;
  const stalled = call?.participants.flatMap((one) => one.tracks).filter((one) => one.stats?.stalled).length ?? 0;
  return (
    <li class="card">
      <a href={link('calls', summary.id)} class="cover">
        <span class="unseen">Call {summary.id}</span>
        {composition && !composition.video.off ? (
          <Picture
            call={summary.id}
            composition={composition.id}
            label=""
            aspect={16 / 9}
            width={480}
            millis={2000}
          />
        ) : (
          <div class="picture none">{call ? 'no composition is live' : '…'}</div>
        )}
      </a>
      <div class="what">
        <h2>
          <a href={link('calls', summary.id)}>{summary.id}</a>
        </h2>
        <span class="hint" title={date(summary.createdAt)}>
          {ago(summary.createdAt)}
        </span>
      </div>
      <Trouble error={error} />
      {call && (
        <p class="facts">
          <span>{plural(call.participants.length, 'participant')}</span>
          <span>{plural(outputs.filter((one) => one.state === 'live').length, 'live output')}</span>
          {composition?.stats && <span>{bitrate(composition.stats.bitrate)}</span>}
          {stalled > 0 && <Chip state="stalled" title={plural(stalled, 'track')} />}
          {troubled > 0 && <Chip state="retrying" title={plural(troubled, 'output')} />}
        </p>
      )}
    </li>
  );
}

function ClosedCalls() {
  const [pages, setPages] = useState<string[]>([]);
  const after = pages[pages.length - 1];
  const {data, error} = usePoll(
    `closed ${after ?? ''}`,
    (signal) => get<Page<CallSummary>>(`/v1/calls?state=closed&limit=15${after ? `&after=${encodeURIComponent(after)}` : ''}`, signal),
    15_000,
    (event) => event.type === 'call.closed',
  );
  if (data?.items.length === 0 && !after) return null;
  return (
    <Panel title="Closed">
      <Trouble error={error} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Closed calls">
        <table>
          <thead>
            <tr>
              <th>Call</th>
              <th>Opened</th>
              <th>Closed</th>
              <th>Node</th>
              <th>
                <span class="unseen">Recordings</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data?.items.map((call) => (
              <tr key={call.id + call.createdAt}>
                <td>
                  <a class="name" href={link('calls', call.id)}>
                    {call.id}
                  </a>
                </td>
                <td>{date(call.createdAt)}</td>
                <td>{call.closedAt && date(call.closedAt)}</td>
                <td>{call.node}</td>
                <td>
                  <a href={link('recordings', 'of', call.id)}>
                    Recordings<span class="unseen"> of {call.id}</span>
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager pages={pages} next={data?.next} onPages={setPages} />
    </Panel>
  );
}

/** Back and forth by cursors. */
export function Pager({pages, next, onPages}: {pages: string[]; next?: string; onPages: (pages: string[]) => void}) {
  if (!pages.length && !next) return null;
  return (
    <div class="actions">
      <button type="button" disabled={!pages.length} onClick={() => onPages(pages.slice(0, -1))}>
        Newer
      </button>
      <button type="button" disabled={!next} onClick={() => next && onPages([...pages, next])}>
        Older
      </button>
    </div>
  );
}

function OpenCall({onClose}: {onClose: () => void}) {
  const [id, setId] = useState('');
  return (
    <Dialog title="Open a call" onClose={onClose}>
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          let made: CallSummary | undefined;
          if (await attempt(async () => (made = await change<CallSummary>('POST', '/v1/calls', id ? {id} : {})))) {
            go('calls', made!.id);
          }
        }}
      >
        <Field label="Id" hint="Letters, digits and . _ -; one is made where this is empty.">
          <input value={id} maxLength={64} pattern="[A-Za-z0-9._\-]*" onInput={(e) => setId(e.currentTarget.value)} />
        </Field>
        <div class="actions">
          <button type="submit" class="main">
            Open
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A call with made-up participants, a composition and a recording: all that there is to see, without an SFU. */
function StartDemo({onClose}: {onClose: () => void}) {
  const [id, setId] = useState('');
  const [participants, setParticipants] = useState(4);
  const [record, setRecord] = useState(true);
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title="Start a demo call" onClose={onClose}>
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          setBusy(true);
          const ok = await attempt(async () => {
            const call = await change<CallSummary>('POST', '/v1/calls', {id: id || `demo-${Date.now().toString(36)}`});
            const base = path`/v1/calls/${call.id}`;
            const endpoint = await change<{id: string}>('POST', `${base}/endpoints`, {});
            await change('POST', `${base}/demo`, {endpoint: endpoint.id, participants});
            await change('POST', `${base}/compositions`, {
              id: 'main',
              layout: {preset: 'grid', params: {'videoSettings.showParticipantLabels': true, enableLayoutAnims: true}},
              outputs: record ? [{id: 'rec', type: 'recording'}] : [],
            });
            go('calls', call.id);
          });
          if (!ok) setBusy(false);
        }}
      >
        <p class="hint">
          Made-up participants send real RTP from this machine. The first time it takes some seconds until their clips are
          encoded.
        </p>
        <Field label="Id" hint="One is made where this is empty.">
          <input value={id} maxLength={64} pattern="[A-Za-z0-9._\-]*" onInput={(e) => setId(e.currentTarget.value)} />
        </Field>
        <Field label="Participants">
          <input
            type="number"
            min={1}
            max={16}
            required
            value={participants}
            onInput={(e) => setParticipants(Number(e.currentTarget.value))}
          />
        </Field>
        <label class="check">
          <Switch on={record} onChange={setRecord} /> Record it
        </label>
        <div class="actions">
          <button type="submit" class="main" disabled={busy}>
            Start
          </button>
        </div>
      </form>
    </Dialog>
  );
}
