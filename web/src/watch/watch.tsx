import {away, get, path, Problem} from '../api/client';
import type {Call, Composition} from '../api/types';
import {bitrate, bytes, duration} from '../app/format';
import {usePoll} from '../app/poll';
import {Chip, Heading, Trouble} from '../parts/parts';
import {Picture} from '../parts/picture';

/** One composition and nothing to change: its picture, live with its sound where that gets through, and how it goes. */
export function Watch({call: name, id}: {call: string; id: string}) {
  const {data: call, error} = usePoll(name, (signal) => get<Call>(path`/v1/calls/${name}`, signal), 1000);
  const composition = call?.compositions.find((one) => one.id === id);
  const runs = !composition || ['starting', 'live', 'paused'].includes(composition.state);
  return (
    <main class="watch">
      <Heading title={`${name} / ${id}`}>
        {composition && <Chip state={composition.state} title={composition.reason} />}
      </Heading>
      <p class="away" role="status">
        {away.value && 'The node does not answer. It is asked again and again.'}
      </p>
      {error instanceof Problem && error.status === 401 ? (
        <p class="trouble" role="alert">
          {error.detail} Open the page with #token=… in its address.
        </p>
      ) : (
        <Trouble error={error} />
      )}
      {call && !composition && (
        <p class="trouble" role="alert">
          The call has no such composition.
        </p>
      )}
      {composition?.reason && <p class="trouble">{composition.reason}</p>}
      {composition && runs && !composition.video.off && (
        <Picture
          call={name}
          composition={id}
          label={`${id} as it is now`}
          aspect={composition.canvas.width / composition.canvas.height}
          width={1280}
          millis={500}
          live
        />
      )}
      {call && composition && <Facts call={call} composition={composition} />}
    </main>
  );
}

function Facts({call, composition}: {call: Call; composition: Composition}) {
  const {canvas, stats} = composition;
  const speaker = call.participants.find((one) => one.id === call.speaker)?.name ?? call.speaker;
  return (
    <>
      <p class="facts">
        <span>layout {composition.layout.preset}</span>
        <span>
          {canvas.width}×{canvas.height} at {canvas.fps}
        </span>
        <span>{call.participants.length} in the call</span>
        <span>{speaker ? `${speaker} speaks` : 'nobody speaks'}</span>
        {stats && <span class="time">{duration(stats.mediaTime)}</span>}
        {stats && <span>{bitrate(stats.bitrate)}</span>}
        {stats && <span>{stats.skippedTicks} skipped</span>}
      </p>
      {composition.outputs.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Outputs">
          <table>
            <thead>
              <tr>
                <th>Output</th>
                <th>To</th>
                <th>State</th>
                <th class="number">Sent</th>
                <th class="number">Dropped</th>
              </tr>
            </thead>
            <tbody>
              {composition.outputs.map((one) => (
                <tr key={one.id}>
                  <td>
                    <span class="name">{one.id}</span>
                  </td>
                  <td>
                    <span class="name">{one.url ?? one.type}</span>
                  </td>
                  <td>
                    <Chip state={one.state} title={one.reason} />
                  </td>
                  <td class="number">{bytes(one.bytes)}</td>
                  <td class="number">{one.dropped}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
