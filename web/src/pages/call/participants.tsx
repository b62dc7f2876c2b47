import {change, path} from '../../api/client';
import type {Call, Participant, Track} from '../../api/types';
import {bitrate, plural} from '../../app/format';
import {attempt} from '../../parts/notice';
import {Chip, Empty, Meter, Panel, TextInput} from '../../parts/parts';
import type {Rates} from './rates';
import {TracksRecording} from './tracks';

const SOURCES = {mic: 'Microphone', camera: 'Camera', screen: 'Screen', screenAudio: 'Screen sound'};

export function Participants({
  call,
  rates,
  control,
  refresh,
}: {
  call: Call;
  rates: Rates;
  control: boolean;
  refresh: () => void;
}) {
  const refusedPackets = call.endpoints.reduce(
    (sum, one) => sum + (one.stats ? one.stats.refusedAddress + one.stats.malformed + one.stats.authFailed : 0),
    0,
  );
  return (
    <Panel
      title="Participants"
      aside={
        <span class="actions">
          <span class="facts">{call.participants.length}</span>
          {control && <TracksRecording call={call} refresh={refresh} />}
          {call.speaker && control && (
            <button type="button" class="small" title="Let levels tell who speaks" onClick={() => speak(null)}>
              Detect the speaker
            </button>
          )}
        </span>
      }
    >
      {call.participants.length === 0 && (
        <Empty>
          Nobody. <code>PUT …/participants/ID</code> declares one with its tracks.
        </Empty>
      )}
      <ul class="people">
        {call.participants.map((one) => (
          <Person
            key={one.id}
            call={call}
            person={one}
            speaking={call.speaker === one.id}
            rates={rates}
            control={control}
            refresh={refresh}
            onSpeaker={() => speak(one.id)}
          />
        ))}
      </ul>
      {rates.strangers() && <p class="hint">Packets of no declared track come in: is an SSRC wrong, or not declared?</p>}
      {refusedPackets > 0 && (
        <p class="hint">{plural(refusedPackets, 'packet')} refused: another address, malformed, or not decrypted.</p>
      )}
    </Panel>
  );

  function speak(participant: string | null): void {
    void attempt(() => change('PUT', path`/v1/calls/${call.id}/speaker`, {participant})).then(refresh);
  }
}

function Person({
  call,
  person,
  speaking,
  rates,
  control,
  refresh,
  onSpeaker,
}: {
  call: Call;
  person: Participant;
  speaking: boolean;
  rates: Rates;
  control: boolean;
  refresh: () => void;
  onSpeaker: () => void;
}) {
  const mic = person.tracks.find((one) => one.source === 'mic') ?? person.tracks.find((one) => one.kind === 'audio');
  const set = (what: Partial<Participant>) =>
    attempt(() => change('PATCH', path`/v1/calls/${call.id}/participants/${person.id}`, what)).then(refresh);
  return (
    <li class={speaking ? 'speaking' : ''}>
      <div class="who">
        <b title={person.id}>{person.name}</b>
        {person.owner && <span class="chip">owner</span>}
        {speaking && <span class="chip accent">speaks</span>}
        {person.muted && <span class="chip wait">muted</span>}
        {control && (
          <span class="actions">
            <button type="button" class="small" aria-pressed={speaking} title="Name as the speaker" onClick={onSpeaker}>
              Speaker
              <span class="unseen">: {person.name}</span>
            </button>
            <button
              type="button"
              class="small"
              aria-pressed={person.muted}
              title="Leave out of the mix"
              onClick={() => set({muted: !person.muted})}
            >
              Mute
              <span class="unseen"> {person.name}</span>
            </button>
            <label class="gain" title="Gain in the mix, 0 to 4">
              <span aria-hidden="true">×</span>
              <TextInput
                type="number"
                step="0.1"
                min={0}
                max={4}
                aria-label={`Gain of ${person.name}`}
                value={String(person.gain)}
                onDone={(text) => set({gain: Number(text)})}
              />
            </label>
          </span>
        )}
      </div>
      {mic && (
        <Meter
          label={`Level of ${person.name}`}
          level={mic.stats?.level ?? -127}
          quiet={!mic.stats?.live || person.muted || mic.paused}
        />
      )}
      {person.tracks.map((track) => (
        <TrackRow key={track.id} person={person} track={track} rates={rates} />
      ))}
      {person.tracks.length === 0 && <p class="hint">No tracks.</p>}
    </li>
  );
}

function TrackRow({person, track, rates}: {person: Participant; track: Track; rates: Rates}) {
  const {stats} = track;
  const rate = rates.track(person.id, track.id);
  const loss = rates.loss(person.id, track.id);
  const state = track.paused ? 'paused' : !stats ? '' : stats.stalled ? 'stalled' : stats.live ? 'live' : 'waiting';
  return (
    <div class="track">
      <span class="source">
        {SOURCES[track.source]} <small>{track.codec}</small>
      </span>
      {state && state !== 'live' && <Chip state={state} title={state === 'stalled' ? 'Nothing came for 5 s' : undefined} />}
      {stats && (
        <span class="facts">
          {track.kind === 'video' && stats.width > 0 && (
            <span title={stats.layerHint ? `Shown at ${stats.layerHint}` : 'Not shown'}>
              {stats.width}×{stats.height} at {Math.round(stats.fps)}
            </span>
          )}
          {rate !== undefined && <span>{bitrate(rate)}</span>}
          {loss !== undefined && (
            <span
              class={loss > 0.05 ? 'bad' : loss > 0.01 ? 'wait' : ''}
              title={`${stats.lost} of ${stats.packets + stats.lost} packets lost, ${stats.recovered} recovered`}
            >
              {(100 * loss).toFixed(1)} % lost
            </span>
          )}
          <span class={stats.jitter > 50 ? 'wait' : ''} title="Jitter">
            {stats.jitter.toFixed(0)} ms
          </span>
          {track.kind === 'video' && (
            <span title="Key frames asked for">
              {stats.keyFramesRequested} PLI
            </span>
          )}
          {!stats.decoded && !track.paused && <span title="Nobody sees or hears it now">not decoded</span>}
        </span>
      )}
    </div>
  );
}
