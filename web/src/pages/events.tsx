import {useState} from 'preact/hooks';
import {events} from '../api/events';
import type {CallEvent} from '../api/types';
import {clock, date} from '../app/format';
import {link} from '../app/router';
import {Empty, Heading, Switch} from '../parts/parts';

const NOISY = ['layer.hint', 'participant.speaking'];

export function EventsPage() {
  const [type, setType] = useState('');
  const [call, setCall] = useState('');
  const [all, setAll] = useState(false);
  const calls = [...new Set(events.value.map((one) => one.call))].sort();
  const families = [...new Set(events.value.map((one) => one.type.split('.')[0]!))].sort();
  return (
    <>
      <Heading title="Events" />
      <div class="filters">
        <label class="field">
          <span>Call</span>
          <select value={call} onChange={(e) => setCall(e.currentTarget.value)}>
            <option value="">All</option>
            {calls.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Of</span>
          <select value={type} onChange={(e) => setType(e.currentTarget.value)}>
            <option value="">Everything</option>
            {families.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="check">
          <Switch on={all} onChange={setAll} /> Also who speaks, and layer hints
        </label>
      </div>
      <div class="panel">
        <EventList call={call || undefined} type={type || undefined} noisy={all} rows={400} withCall />
      </div>
    </>
  );
}

/** The newest first. */
export function EventList({
  call,
  type,
  noisy,
  rows,
  withCall,
}: {
  call?: string;
  type?: string;
  noisy?: boolean;
  rows: number;
  withCall?: boolean;
}) {
  const shown = events.value
    .filter(
      (one) =>
        (!call || one.call === call) &&
        (!type || one.type.startsWith(`${type}.`)) &&
        (noisy || type || !NOISY.includes(one.type)),
    )
    .slice(-rows)
    .reverse();
  if (!shown.length) return <Empty>Nothing happened lately.</Empty>;
  return (
    <ol class="events" tabIndex={0} aria-label="Events, the newest first">
      {shown.map((one) => (
        <li key={one.id}>
          <details>
            <summary>
              <time dateTime={one.at} title={date(one.at)}>
                {clock(one.at)}
              </time>
              {withCall && <span class="of">{one.call}</span>}
              <b class={tone(one)}>{one.type}</b>
              <span class="hint">{gist(one)}</span>
            </summary>
            <pre>{JSON.stringify(one, null, 2)}</pre>
            {withCall && <a href={link('calls', one.call)}>To the call</a>}
          </details>
        </li>
      ))}
    </ol>
  );
}

function tone(event: CallEvent): string {
  if (/failed|died|crashed/.test(event.type)) return 'bad';
  const state = event.data['state'];
  if (state === 'failed') return 'bad';
  if (/stalled|degraded/.test(event.type) || state === 'retrying') return 'wait';
  return '';
}

/** The data in one line, without what is long. */
function gist(event: CallEvent): string {
  return Object.entries(event.data)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => (['state', 'participant', 'track', 'composition', 'output'].includes(name) ? value : `${name} ${value}`))
    .join(', ');
}
