import {change, get, path} from '../api/client';
import type {Node, Page, Storage} from '../api/types';
import {plural} from '../app/format';
import {usePoll} from '../app/poll';
import {may} from '../app/session';
import {attempt} from '../parts/notice';
import {Bar, Chip, Empty, Heading, Panel, Sure, Trouble} from '../parts/parts';

export function NodesPage() {
  const nodes = usePoll('nodes', (signal) => get<Page<Node>>('/v1/nodes', signal), 2000);
  const storages = usePoll('storages', (signal) => get<Page<Storage>>('/v1/storages', signal), 60_000);
  return (
    <>
      <Heading title="Nodes" />
      <Trouble error={nodes.error} />
      <ul class="cards wide">
        {nodes.data?.items.map((one) => (
          <li key={one.id} class="card">
            <div class="what">
              <h2>{one.id}</h2>
              <Chip state={one.state} title={one.state === 'draining' ? 'It takes no new calls' : undefined} />
            </div>
            <dl class="pairs">
              <dt>Address</dt>
              <dd>{one.ip}</dd>
              <dt>Open calls</dt>
              <dd>{one.calls}</dd>
              <dt>Load</dt>
              <dd>
                {one.loadAverage.toFixed(2)} on {one.cores} cores
                <Bar value={one.loadAverage / one.cores} label={`Load of ${one.id}`} />
              </dd>
              <dt>Calls use</dt>
              <dd>
                {one.capacity.used.toFixed(2)}
                {one.capacity.limit === undefined ? ' cores' : ` of ${one.capacity.limit} cores that they may`}
                {one.capacity.limit !== undefined && (
                  <Bar value={one.capacity.used / one.capacity.limit} label={`What the calls of ${one.id} use`} />
                )}
              </dd>
              <dt>RTP ports</dt>
              <dd>
                {one.rtpPorts.used} of {one.rtpPorts.used + one.rtpPorts.free} ({one.rtpPorts.from}–{one.rtpPorts.to})
                <Bar
                  value={one.rtpPorts.used / Math.max(1, one.rtpPorts.used + one.rtpPorts.free)}
                  label={`RTP ports of ${one.id}`}
                />
              </dd>
            </dl>
            <Room node={one} />
            {may('admin') && <Drain node={one} refresh={nodes.refresh} />}
          </li>
        ))}
      </ul>
      <Panel title="Storages">
        <Trouble error={storages.error} />
        {storages.data?.items.length === 0 && <Empty>None is configured.</Empty>}
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of storages">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Kind</th>
                <th>Bucket</th>
                <th>Encryption</th>
                <th>Kept</th>
              </tr>
            </thead>
            <tbody>
              {storages.data?.items.map((one) => (
                <tr key={one.name}>
                  <td>
                    {one.name} {one.standard && <span class="chip">standard</span>}
                  </td>
                  <td>{one.kind}</td>
                  <td>{one.bucket && `${one.bucket}/${one.prefix ?? ''}`}</td>
                  <td>{one.encryption}</td>
                  <td>{one.retention ? `${one.retention} days` : 'for ever'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </>
  );
}

/** For how many more calls there is room, by what they are like. */
function Room({node}: {node: Node}) {
  const {room, limit} = node.capacity;
  if (!room.length) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Room on ${node.id}`}>
      <table>
        <caption>{limit === undefined ? 'What calls cost' : 'Room for more calls'}</caption>
        <thead>
          <tr>
            <th>Participants</th>
            <th>Canvas</th>
            <th class="number">Outputs</th>
            <th class="number">Cores</th>
            {limit !== undefined && <th class="number">Calls</th>}
          </tr>
        </thead>
        <tbody>
          {room.map((one, i) => (
            <tr key={i}>
              <td>{one.participants}</td>
              <td>
                {one.width}×{one.height} at {one.fps}
              </td>
              <td class="number">{one.outputs}</td>
              <td class="number">{one.cost.toFixed(2)}</td>
              {limit !== undefined && <td class={`number ${one.calls ? '' : 'wait'}`}>{one.calls ?? 0}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Only the node itself takes it; another one says so. */
function Drain({node, refresh}: {node: Node; refresh: () => void}) {
  const base = path`/v1/nodes/${node.id}/drain`;
  return (
    <div class="actions">
      {node.state === 'draining' ? (
        <button
          type="button"
          class="small"
          onClick={() => attempt(() => change('DELETE', base), `${node.id} takes new calls again`).then(refresh)}
        >
          Take new calls again<span class="unseen"> on {node.id}</span>
        </button>
      ) : (
        <Sure
          class="small"
          label={`Take no new calls … on ${node.id}`}
          title={`Take no new calls on ${node.id}?`}
          question={`Its ${plural(node.calls, 'open call')} go on. Whoever opens another one is told to ask elsewhere.`}
          yes="Take none"
          onYes={() => attempt(() => change('POST', base, {}), `${node.id} takes no new calls`).then(refresh)}
        >
          Take no new calls …
        </Sure>
      )}
    </div>
  );
}
