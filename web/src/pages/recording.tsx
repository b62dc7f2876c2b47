import {useEffect, useRef, useState} from 'preact/hooks';
import {change, get, path, Problem} from '../api/client';
import type {Recording, Report, Span} from '../api/types';
import {bytes, date, duration, plural} from '../app/format';
import {usePoll} from '../app/poll';
import {go, link} from '../app/router';
import {may} from '../app/session';
import {attempt, fail} from '../parts/notice';
import {Chip, Empty, Heading, Panel, Sure, Trouble} from '../parts/parts';

/** Reasons for its end that nobody has to be told of. */
const ORDINARY = ['split', 'stopped'];

export function RecordingPage({id}: {id: string}) {
  const {data: recording, error, refresh} = usePoll(
    id,
    (signal) => get<Recording>(path`/v1/recordings/${id}`, signal),
    3000,
    (event) => event.type.startsWith('recording.') && event.data['recording'] === id,
  );
  const player = useRef<HTMLVideoElement>(null);
  if (!recording) {
    return (
      <>
        <Heading title="Recording" />
        <Trouble error={error} />
      </>
    );
  }
  const name = recording.kind === 'tracks' ? 'tracks' : `${recording.composition} / ${recording.output}`;
  const seek = (seconds: number) => {
    if (player.current) {
      player.current.currentTime = seconds;
      void player.current.play().catch(() => {});
    }
  };
  const over = recording.state === 'ready' || recording.state === 'failed';
  return (
    <>
      <Heading title={`${recording.call}: ${name}`}>
        <p class="facts">
          <Chip state={recording.state} title={recording.reason} />
          {recording.duration > 0 && <span>{duration(recording.duration)}</span>}
          <span>{bytes(recording.bytes)}</span>
          <span>{date(recording.startedAt ?? recording.createdAt)}</span>
          <a href={link('calls', recording.call)}>The call</a>
          {recording.previous && <a href={link('recordings', recording.previous)}>Part before</a>}
          {recording.next && <a href={link('recordings', recording.next)}>Part after</a>}
        </p>
        <div class="actions">
          {recording.kind === 'composition' && (
            <button type="button" onClick={() => download(recording)}>
              Download
            </button>
          )}
          {may('control') && over && (
            <Sure
              class="danger"
              title="Delete the recording?"
              question="Its file is deleted from its storage, and cannot be brought back."
              yes="Delete it"
              onYes={() =>
                attempt(() => change('DELETE', path`/v1/recordings/${id}`), 'The recording is deleted').then(
                  (ok) => ok && go('recordings'),
                )
              }
            >
              Delete …
            </Sure>
          )}
        </div>
      </Heading>
      <Trouble error={error} />
      {recording.reason && !ORDINARY.includes(recording.reason) && (
        <p class={recording.state === 'failed' ? 'trouble' : 'over'}>{recording.reason}</p>
      )}
      <div class="call">
        <div class="column">
          {recording.kind === 'composition' ? (
            <Player recording={recording} video={player} refresh={refresh} />
          ) : (
            <Tracks recording={recording} />
          )}
          {recording.kind === 'composition' && over && <ReportPanel recording={recording} onSeek={seek} />}
        </div>
        <div class="column">
          {recording.kind === 'composition' && (
            <Panel title="Markers">
              {recording.markers.length === 0 && <Empty>None. Markers become chapters of the file.</Empty>}
              <ul class="plainlist">
                {recording.markers.map((one) => (
                  <li key={one.id}>
                    <button type="button" class="link" disabled={one.time === undefined} onClick={() => seek(one.time!)}>
                      <span class="time">{duration(one.time ?? one.mediaTime)}</span> {one.label}
                    </button>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel title="Where it is">
            <dl class="pairs">
              <dt>Storage</dt>
              <dd>{recording.storage}</dd>
              <dt>Key</dt>
              <dd class="code">{recording.key}</dd>
              {recording.upload && (
                <>
                  <dt>Upload</dt>
                  <dd>
                    {recording.upload.state}, {plural(recording.upload.parts, 'part')}, {bytes(recording.upload.lag)} behind
                    {recording.upload.retries > 0 && `, ${plural(recording.upload.retries, 'retry', 'retries')}`}
                  </dd>
                  {recording.upload.error && (
                    <>
                      <dt>Trouble</dt>
                      <dd class="bad">{recording.upload.error}</dd>
                    </>
                  )}
                </>
              )}
              <dt>Id</dt>
              <dd class="code">{recording.id}</dd>
            </dl>
          </Panel>
        </div>
      </div>
    </>
  );
}

interface AccessLink {
  url: string;
  expiresAt: string;
}

async function linkTo(recording: string, how: Record<string, string>): Promise<string> {
  const query = new URLSearchParams({expiresIn: '14400', ...how});
  return (await get<AccessLink>(path`/v1/recordings/${recording}/access-link` + `?${query}`)).url;
}

function save(url: string): void {
  const a = document.createElement('a');
  a.href = url;
  a.rel = 'noopener';
  a.download = '';
  a.click();
}

async function download(recording: Recording): Promise<void> {
  try {
    save(await linkTo(recording.id, {name: `${recording.call}-${recording.composition}.${recording.format ?? 'mp4'}`}));
  } catch (e) {
    fail(e);
  }
}

function Player({
  recording,
  video,
  refresh,
}: {
  recording: Recording;
  video: {current: HTMLVideoElement | null};
  refresh: () => void;
}) {
  const [url, setUrl] = useState('');
  const [trouble, setTrouble] = useState<Error>();
  const playable = recording.bytes > 0 && recording.state !== 'failed';
  const grows = recording.state === 'recording';
  // A growing file is what it was when it was opened: "Load what came since" opens it anew.
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!playable) return;
    let gone = false;
    linkTo(recording.id, {disposition: 'inline'}).then(
      (found) => gone || setUrl(local(found)),
      (e) => gone || setTrouble(e),
    );
    return () => {
      gone = true;
    };
  }, [recording.id, playable, recording.state, round]);
  const sound = recording.format === 'm4a' || recording.format === 'ogg';
  return (
    <Panel
      title="Player"
      aside={
        grows && (
          <button
            type="button"
            class="small"
            onClick={() => {
              setRound(round + 1);
              refresh();
            }}
          >
            Load what came since
          </button>
        )
      }
    >
      <Trouble error={trouble} />
      {!playable && <Empty>{recording.state === 'failed' ? 'There is nothing to play.' : 'Nothing is written yet.'}</Empty>}
      {playable && url && (
        <video
          key={`${url} ${round}`}
          ref={video}
          class={sound ? 'sound' : ''}
          src={url}
          controls
          preload="metadata"
          aria-label={`Recording of ${recording.call}`}
          onError={() => setTrouble(new Problem(0, 'The browser cannot play it.', 'Download it instead.'))}
        />
      )}
    </Panel>
  );
}

/** A link to this very node is taken by its path: then it is asked under the name by which the page was opened. */
function local(url: string): string {
  const parsed = new URL(url, location.href);
  return parsed.pathname.startsWith('/v1/') ? parsed.pathname + parsed.search : url;
}

function Tracks({recording}: {recording: Recording}) {
  const open = async (file?: string) => {
    try {
      save(await linkTo(recording.id, file ? {file} : {}));
    } catch (e) {
      fail(e);
    }
  };
  return (
    <Panel
      title="Files"
      aside={
        <button type="button" class="small" onClick={() => open()}>
          Manifest
        </button>
      }
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Files of the tracks">
        <table>
          <thead>
            <tr>
              <th>File</th>
              <th>Participant</th>
              <th>Track</th>
              <th>Codec</th>
              <th class="number">From</th>
              <th class="number">Length</th>
              <th class="number">Size</th>
            </tr>
          </thead>
          <tbody>
            {recording.files?.map((one) => (
              <tr key={one.name}>
                <td>
                  <button type="button" class="link name" onClick={() => open(one.name)}>
                    {one.name}
                  </button>
                </td>
                <td>
                  <span class="name">{one.participant}</span>
                </td>
                <td>
                  <span class="name">{one.track}</span>
                </td>
                <td>{one.codec}</td>
                <td class="number">{duration(one.offset)}</td>
                <td class="number">{one.duration > 0 ? duration(one.duration) : '…'}</td>
                <td class="number">{bytes(one.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function ReportPanel({recording, onSeek}: {recording: Recording; onSeek: (seconds: number) => void}) {
  const [report, setReport] = useState<Report>();
  const [trouble, setTrouble] = useState<Error>();
  useEffect(() => {
    const abort = new AbortController();
    get<Report>(path`/v1/recordings/${recording.id}/report`, abort.signal).then(
      setReport,
      (e) => abort.signal.aborted || setTrouble(e),
    );
    return () => abort.abort();
  }, [recording.id, recording.state]);
  if (trouble instanceof Problem && (trouble.status === 404 || trouble.status === 409)) return null;
  return (
    <Panel title="Report">
      <Trouble error={trouble} />
      {report && (
        <>
          <p class="facts">
            <span>{plural(report.ticks, 'picture')}</span>
            <span class={report.skippedTicks ? 'wait' : ''}>{report.skippedTicks} skipped</span>
            <span>{plural(report.workers, 'worker')}</span>
            {report.gaps.length > 0 && <span class="bad">{plural(report.gaps.length, 'gap')}</span>}
          </p>
          <div class="timeline">
            {report.participants.map((one) => (
              <Lane key={one.id} title={one.name} spans={one.present} report={report} tone="present" onSeek={onSeek} />
            ))}
            <Lane title="Pauses" spans={report.pauses} report={report} tone="pause" onSeek={onSeek} optional />
            <Lane title="Gaps" spans={report.gaps} report={report} tone="bad" onSeek={onSeek} optional />
            <Lane title="Nothing to see" spans={report.black} report={report} tone="wait" onSeek={onSeek} optional />
            <Lane title="Nothing moves" spans={report.frozen} report={report} tone="wait" onSeek={onSeek} optional />
            <Lane title="Silence" spans={report.silent} report={report} tone="wait" onSeek={onSeek} optional />
          </div>
          <div class="scroll" tabIndex={0} role="region" aria-label="Losses">
            <table>
              <thead>
                <tr>
                  <th>Participant</th>
                  <th>Track</th>
                  <th class="number">Packets</th>
                  <th class="number">Lost</th>
                  <th class="number">Recovered</th>
                  <th class="number">Picture after sound</th>
                </tr>
              </thead>
              <tbody>
                {report.participants.flatMap((one) =>
                  one.tracks.map((track, i) => (
                    <tr key={`${one.id} ${track.id}`}>
                      <td>{i === 0 && <span class="name">{one.name}</span>}</td>
                      <td>{track.id}</td>
                      <td class="number">{track.packets}</td>
                      <td class={`number ${track.lost ? 'wait' : ''}`}>{track.lost}</td>
                      <td class="number">{track.recovered}</td>
                      <td class="number">{i === 0 && one.avOffset && `${one.avOffset.median.toFixed(0)} ms`}</td>
                    </tr>
                  )),
                )}
              </tbody>
            </table>
          </div>
          {report.hashes && (
            <p class="hint code" title="SHA-256 over the SHA-256s of the parts">
              SHA-256 {report.hashes.overall}
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

/** Spans on the composition's media time; a click goes to where the player shows it. */
function Lane({
  title,
  spans,
  report,
  tone,
  onSeek,
  optional,
}: {
  title: string;
  spans: Span[];
  report: Report;
  tone: string;
  onSeek: (seconds: number) => void;
  optional?: boolean;
}) {
  if (optional && !spans.length) return null;
  const length = Math.max(0.001, report.end - report.start);
  return (
    <div class="lane">
      <span title={title}>{title}</span>
      <div class="track">
        {spans.map((span, i) => {
          const from = Math.max(0, (span.from - report.start) / length);
          const to = Math.min(1, (span.to - report.start) / length);
          return (
            <button
              key={i}
              type="button"
              class={tone}
              style={{left: `${100 * from}%`, width: `${100 * Math.max(0.003, to - from)}%`}}
              aria-label={`${title}, ${duration(span.from - report.start)} to ${duration(span.to - report.start)}`}
              onClick={() => onSeek(played(report, span.from))}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Where the file shows a media time: what was paused is not in it. */
function played(report: Report, mediaTime: number): number {
  let sum = 0;
  for (const segment of report.segments) {
    if (mediaTime < segment.from) break;
    sum += Math.min(mediaTime, segment.to) - segment.from;
  }
  return Math.max(0, sum);
}
