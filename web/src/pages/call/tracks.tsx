import {useState} from 'preact/hooks';
import {change, path} from '../../api/client';
import type {Call} from '../../api/types';
import {link} from '../../app/router';
import {attempt} from '../../parts/notice';
import {Dialog, Field, Sure} from '../../parts/parts';
import {StorageField} from '../../parts/storages';

/** Each track in files of its own, as it comes: begins, and ends it. */
export function TracksRecording({call, refresh}: {call: Call; refresh: () => void}) {
  const [asking, setAsking] = useState(false);
  const base = path`/v1/calls/${call.id}/tracks-recording`;
  if (call.tracksRecording) {
    return (
      <>
        <a href={link('recordings', call.tracksRecording.recording)}>Tracks are recorded</a>
        <Sure
          class="small"
          label="End the recording of tracks"
          title="End the recording of tracks?"
          question="Its files are finished and stay. Compositions and their outputs go on."
          yes="End it"
          onYes={() => attempt(() => change('DELETE', base), 'The files of tracks are ready in a moment').then(refresh)}
        >
          End
        </Sure>
      </>
    );
  }
  return (
    <>
      <button type="button" class="small" onClick={() => setAsking(true)}>
        Record tracks …
      </button>
      {asking && <Begin base={base} onClose={() => setAsking(false)} onDone={refresh} />}
    </>
  );
}

function Begin({base, onClose, onDone}: {base: string; onClose: () => void; onDone: () => void}) {
  const [storage, setStorage] = useState('');
  const [gigabytes, setGigabytes] = useState('');
  return (
    <Dialog title="Record the tracks" onClose={onClose}>
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          const body = {
            ...(storage ? {storage} : {}),
            ...(gigabytes ? {quota: Math.round(Number(gigabytes) * 1e9)} : {}),
          };
          if (await attempt(() => change('POST', base, body), 'Tracks are recorded, each as it comes')) {
            onClose();
            onDone();
          }
        }}
      >
        <p class="hint">
          The media of each participant as it comes, in files of their own, with a manifest of what belongs where. Nothing is
          decoded, and what nobody sees or hears is recorded too.
        </p>
        <StorageField value={storage} onChange={setStorage} />
        <Field label="At most, in GB" hint="All files together; it ends then. Without a limit where this is empty.">
          <input
            type="number"
            min="0.001"
            step="any"
            value={gigabytes}
            onInput={(e) => setGigabytes(e.currentTarget.value)}
          />
        </Field>
        <div class="actions">
          <button type="submit" class="main">
            Record them
          </button>
        </div>
      </form>
    </Dialog>
  );
}
