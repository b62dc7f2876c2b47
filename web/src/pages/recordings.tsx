import {useState} from 'preact/hooks';
import {get} from '../api/client';
import type {Page, Recording} from '../api/types';
import {bytes, date, duration} from '../app/format';
import {usePoll} from '../app/poll';
import {link, route} from '../app/router';
import {access} from '../app/session';
import {Chip, Empty, Heading, Trouble} from '../parts/parts';
import {Pager} from './calls';

export function RecordingsPage() {
  return <RecordingList key={access.value?.call} call={access.value?.call} />;
}

/** Those of one call: `#/recordings/of/CALL`. */
export function RecordingsOf() {
  const call = route.value[2];
  return <RecordingList key={call} call={call} />;
}

function RecordingList({call}: {call?: string}) {
  const [pages, setPages] = useState<string[]>([]);
  const after = pages[pages.length - 1];
  const query = new URLSearchParams({limit: '25', ...(call ? {call} : {}), ...(after ? {after} : {})});
  const {data, error} = usePoll(
    `recordings ${query}`,
    (signal) => get<Page<Recording>>(`/v1/recordings?${query}`, signal),
    4000,
    (event) => event.type.startsWith('recording.'),
  );
  return (
    <>
      <Heading title={call ? `Recordings of ${call}` : 'Recordings'}>
        {call && !access.value?.call && <a href={link('recordings')}>All recordings</a>}
      </Heading>
      <Trouble error={error} />
      {data?.items.length === 0 && <Empty>There is none.</Empty>}
      {data && data.items.length > 0 && (
        <div class="panel scroll" tabIndex={0} role="region" aria-label="Recordings">
          <table>
            <thead>
              <tr>
                <th>Recording</th>
                <th>Call</th>
                <th>State</th>
                <th class="number">Length</th>
                <th class="number">Size</th>
                <th>Began</th>
                <th>Storage</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((one) => (
                <tr key={one.id}>
                  <td>
                    <a class="name" href={link('recordings', one.id)}>
                      {one.kind === 'tracks' ? 'tracks' : `${one.composition} / ${one.output}`}
                    </a>{' '}
                    <small>{one.format}</small>
                  </td>
                  <td>
                    <a class="name" href={link('calls', one.call)}>
                      {one.call}
                    </a>
                  </td>
                  <td>
                    <Chip state={one.state} title={one.reason} />
                    {one.upload && one.upload.state !== 'done' && <small> {bytes(one.upload.lag)} behind</small>}
                  </td>
                  <td class="number">{duration(one.duration)}</td>
                  <td class="number">{bytes(one.bytes)}</td>
                  <td>{date(one.startedAt ?? one.createdAt)}</td>
                  <td>{one.storage}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager pages={pages} next={data?.next} onPages={setPages} />
    </>
  );
}
