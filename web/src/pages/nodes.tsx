import {get} from '../api/client';
import type {Node, Page, Storage} from '../api/types';
import {usePoll} from '../app/poll';
import {Bar, Chip, Heading, Panel, Trouble} from '../parts/parts';

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
              <Chip state={one.state} />
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
              <dt>RTP ports</dt>
              <dd>
                {one.rtpPorts.used} of {one.rtpPorts.used + one.rtpPorts.free} ({one.rtpPorts.from}–{one.rtpPorts.to})
                <Bar
                  value={one.rtpPorts.used / Math.max(1, one.rtpPorts.used + one.rtpPorts.free)}
                  label={`RTP ports of ${one.id}`}
                />
              </dd>
            </dl>
          </li>
        ))}
      </ul>
      <Panel title="Storages">
        <Trouble error={storages.error} />
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
