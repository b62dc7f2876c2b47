import {useState} from 'preact/hooks';
import {change, get, path} from '../../api/client';
import type {Call, Composition, Destination, Output} from '../../api/types';
import {ago, bitrate, bytes, plural} from '../../app/format';
import {usePoll} from '../../app/poll';
import {link} from '../../app/router';
import {bound} from '../../app/session';
import {attempt} from '../../parts/notice';
import {Chip, Dialog, Empty, Field, Panel, Spark, Sure, Switch} from '../../parts/parts';
import {StorageField} from '../../parts/storages';
import type {Rates} from './rates';

const TYPES = {rtmp: 'RTMP or RTMPS', srt: 'SRT', hls: 'HLS', recording: 'Recording'} as const;

export function Outputs({
  call,
  composition,
  rates,
  control,
  refresh,
}: {
  call: Call;
  composition: Composition;
  rates: Rates;
  control: boolean;
  refresh: () => void;
}) {
  const [adding, setAdding] = useState(false);
  const runs = ['starting', 'live', 'paused'].includes(composition.state);
  return (
    <Panel
      title="Outputs"
      aside={
        control &&
        runs && (
          <button type="button" class="small" onClick={() => setAdding(true)}>
            Add …<span class="unseen"> an output</span>
          </button>
        )
      }
    >
      {composition.outputs.length === 0 && <Empty>None: nothing of {composition.id} is kept or sent.</Empty>}
      <ul class="outputs">
        {composition.outputs.map((one) => (
          <OutputRow
            key={one.id}
            base={path`/v1/calls/${call.id}/compositions/${composition.id}/outputs/${one.id}`}
            output={one}
            line={rates.output(composition.id, one.id)}
            control={control}
            refresh={refresh}
          />
        ))}
      </ul>
      {adding && (
        <AddOutput
          base={path`/v1/calls/${call.id}/compositions/${composition.id}/outputs`}
          onClose={() => setAdding(false)}
          onDone={refresh}
        />
      )}
    </Panel>
  );
}

function OutputRow({
  base,
  output,
  line,
  control,
  refresh,
}: {
  base: string;
  output: Output;
  line: number[];
  control: boolean;
  refresh: () => void;
}) {
  const over = output.state === 'stopped' || output.state === 'failed';
  const now = line[line.length - 1];
  return (
    <li>
      <div class="who">
        <b>{output.id}</b>
        <Chip state={output.state} title={`for ${ago(output.since)}`} />
        <span class="hint">
          {output.type === 'hls' ? (
            <a href={output.url}>HLS, {output.playlist}</a>
          ) : (
            [output.destination, output.url ?? output.type, output.format, output.storage].filter(Boolean).join(' · ')
          )}
        </span>
        {output.recording && (
          <a href={link('recordings', output.recording)}>
            File<span class="unseen"> of {output.id}</span>
          </a>
        )}
        {control && (
          <span class="actions">
            <Sure
              class="small"
              label={`${over ? 'Remove' : 'End'} ${output.id}`}
              title={`${over ? 'Remove' : 'End'} ${output.id}?`}
              question={
                output.type === 'recording'
                  ? 'Its file is finished and stays. No other output is touched.'
                  : output.type === 'hls'
                    ? 'Its playlist ends. No other output is touched.'
                    : 'The connection is closed. No other output is touched.'
              }
              yes={over ? 'Remove it' : 'End it'}
              onYes={() => attempt(() => change('DELETE', base), `${output.id} ends`).then(refresh)}
            >
              {over ? 'Remove' : 'End'}
            </Sure>
          </span>
        )}
      </div>
      {output.reason && <p class="trouble">{output.reason}</p>}
      {output.error && <p class="trouble">Not published: {output.error}</p>}
      {output.backupUrl && <p class="hint">backup {output.backupUrl}</p>}
      {!over && (
        <div class="flow">
          <Spark
            values={line}
            label={now === undefined ? 'no bitrate yet' : `Bitrate of the last two minutes, now ${bitrate(now)}`}
          />
          <span class="facts">
            {now !== undefined && <span>{bitrate(now)}</span>}
            <span>{bytes(output.bytes)}</span>
            {output.dropped > 0 && <span class="wait">{output.dropped} dropped</span>}
            {output.reconnects > 0 && <span class="wait">{plural(output.reconnects, 'reconnect')}</span>}
          </span>
        </div>
      )}
    </li>
  );
}

function AddOutput({base, onClose, onDone}: {base: string; onClose: () => void; onDone: () => void}) {
  const [type, setType] = useState<keyof typeof TYPES>('rtmp');
  const [id, setId] = useState('');
  const [destination, setDestination] = useState('');
  const [url, setUrl] = useState('');
  const [backupUrl, setBackup] = useState('');
  const [verify, setVerify] = useState(true);
  const [storage, setStorage] = useState('');
  const [format, setFormat] = useState('mp4');
  const [playlist, setPlaylist] = useState('live');
  const [low, setLow] = useState(false);
  const [srt, setSrt] = useState({url: '', mode: 'caller', passphrase: '', streamId: ''});
  const destinations = usePoll(
    'destinations',
    (signal) =>
      bound() ? Promise.resolve({items: []}) : get<{items: Destination[]}>('/v1/destinations', signal),
    60_000,
  );
  const kept = storage ? {storage} : {};
  const bodies = {
    rtmp: () =>
      destination
        ? {type, destination}
        : {type, url, ...(backupUrl ? {backupUrl} : {}), ...(verify ? {} : {tlsVerify: false})},
    srt: () => ({type, ...Object.fromEntries(Object.entries(srt).filter(([, value]) => value))}),
    hls: () => ({type, playlist, ...(low && playlist !== 'vod' ? {partDuration: 0.333} : {}), ...kept}),
    recording: () => ({type, format, ...kept}),
  };
  return (
    <Dialog title="Add an output" onClose={onClose}>
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          if (await attempt(() => change('POST', base, {...bodies[type](), ...(id ? {id} : {})}), 'The output is added')) {
            onDone();
            onClose();
          }
        }}
      >
        <fieldset class="choices">
          <legend>Type</legend>
          {(Object.keys(TYPES) as (keyof typeof TYPES)[]).map((one) => (
            <label key={one}>
              <input type="radio" name="type" checked={type === one} onChange={() => setType(one)} />
              {TYPES[one]}
            </label>
          ))}
        </fieldset>
        <Field label="Id" hint="One is made where this is empty.">
          <input value={id} maxLength={64} pattern="[A-Za-z0-9._\-]*" onInput={(e) => setId(e.currentTarget.value)} />
        </Field>
        {type === 'rtmp' && destinations.data && destinations.data.items.length > 0 && (
          <Field label="Destination" hint="Those of the node's configuration, which has their keys.">
            <select value={destination} onChange={(e) => setDestination(e.currentTarget.value)}>
              <option value="">A URL</option>
              {destinations.data.items.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                  {one.service && ` (${one.service})`}
                </option>
              ))}
            </select>
          </Field>
        )}
        {type === 'srt' && <Srt srt={srt} onSrt={setSrt} />}
        {type === 'rtmp' && !destination && (
          <>
            <Field label="URL" hint="With application and stream key. The key is kept encrypted and never shown again.">
              <input
                required
                value={url}
                spellcheck={false}
                autocomplete="off"
                placeholder="rtmps://host/app/key"
                onInput={(e) => setUrl(e.currentTarget.value)}
              />
            </Field>
            <Field label="Backup URL" hint="Tried when the first one fails.">
              <input
                value={backupUrl}
                spellcheck={false}
                autocomplete="off"
                onInput={(e) => setBackup(e.currentTarget.value)}
              />
            </Field>
            <label class="check">
              <Switch on={verify} onChange={setVerify} /> Check the server's certificate
            </label>
          </>
        )}
        {(type === 'hls' || type === 'recording') && (
          <>
            {type === 'hls' ? (
              <>
                <Field label="Playlist">
                  <select value={playlist} onChange={(e) => setPlaylist(e.currentTarget.value)}>
                    <option value="live">Live: the newest segments</option>
                    <option value="event">Event: all segments</option>
                    <option value="vod">VOD: all segments, at the end</option>
                  </select>
                </Field>
                {playlist !== 'vod' && (
                  <label class="check">
                    <Switch on={low} onChange={setLow} /> Low latency, where this node serves it
                  </label>
                )}
              </>
            ) : (
              <Field label="Format">
                <select value={format} onChange={(e) => setFormat(e.currentTarget.value)}>
                  <option value="mp4">MP4</option>
                  <option value="m4a">M4A, sound alone</option>
                  <option value="ogg">Ogg Opus, sound alone</option>
                </select>
              </Field>
            )}
            <StorageField value={storage} onChange={setStorage} />
          </>
        )}
        <div class="actions">
          <button type="submit" class="main">
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface SrtDraft {
  url: string;
  mode: string;
  passphrase: string;
  streamId: string;
}

function Srt({srt, onSrt}: {srt: SrtDraft; onSrt: (srt: SrtDraft) => void}) {
  const calls = srt.mode === 'caller';
  return (
    <>
      <Field label="Who connects">
        <select value={srt.mode} onChange={(e) => onSrt({...srt, mode: e.currentTarget.value, streamId: ''})}>
          <option value="caller">Callcast, to a server</option>
          <option value="listener">Receivers, to Callcast</option>
        </select>
      </Field>
      <Field label="Address" hint={calls ? undefined : 'Of this machine, with a port from 1024 on.'}>
        <input
          required
          value={srt.url}
          maxLength={300}
          spellcheck={false}
          placeholder={calls ? 'srt://host:port' : 'srt://0.0.0.0:9000'}
          onInput={(e) => onSrt({...srt, url: e.currentTarget.value})}
        />
      </Field>
      {calls && (
        <Field label="Stream id" hint="What the server knows the stream by, where it wants one.">
          <input
            value={srt.streamId}
            maxLength={512}
            spellcheck={false}
            onInput={(e) => onSrt({...srt, streamId: e.currentTarget.value})}
          />
        </Field>
      )}
      <Field label="Passphrase" hint="10 to 79 characters; without one nothing is encrypted.">
        <input
          type="password"
          minLength={10}
          maxLength={79}
          autocomplete="off"
          value={srt.passphrase}
          onInput={(e) => onSrt({...srt, passphrase: e.currentTarget.value})}
        />
      </Field>
    </>
  );
}
