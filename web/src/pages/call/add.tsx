import {useState} from 'preact/hooks';
import {change, get, path} from '../../api/client';
import type {Call, ParamList} from '../../api/types';
import {usePoll} from '../../app/poll';
import {go} from '../../app/router';
import {attempt} from '../../parts/notice';
import {Dialog, Field, Switch} from '../../parts/parts';

const CANVASES = ['1280x720', '1920x1080', '720x1280', '1080x1920', '1080x1080', '640x360'];

export function AddComposition({call, onClose, onDone}: {call: Call; onClose: () => void; onDone: () => void}) {
  const [id, setId] = useState(call.compositions.length ? '' : 'main');
  const [canvas, setCanvas] = useState('1280x720');
  const [fps, setFps] = useState(30);
  const [preset, setPreset] = useState('grid');
  const [mbits, setMbits] = useState(3);
  const [record, setRecord] = useState(true);
  const params = usePoll('params', (signal) => get<ParamList>('/v1/params', signal), 600_000);
  return (
    <Dialog title="Add a composition" onClose={onClose}>
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          const [width, height] = canvas.split('x').map(Number);
          let made: {id: string} | undefined;
          const ok = await attempt(
            async () =>
              (made = await change('POST', path`/v1/calls/${call.id}/compositions`, {
                ...(id ? {id} : {}),
                canvas: {width, height, fps},
                layout: {preset},
                video: {bitrate: Math.round(mbits * 1e6)},
                outputs: record ? [{id: 'rec', type: 'recording'}] : [],
              })),
            'The composition starts',
          );
          if (ok) {
            onClose();
            onDone();
            go('calls', call.id, made!.id);
          }
        }}
      >
        <Field label="Id" hint="One is made where this is empty.">
          <input value={id} maxLength={64} pattern="[A-Za-z0-9._\-]*" onInput={(e) => setId(e.currentTarget.value)} />
        </Field>
        <div class="pair">
          <Field label="Canvas">
            <select value={canvas} onChange={(e) => setCanvas(e.currentTarget.value)}>
              {CANVASES.map((one) => (
                <option key={one} value={one}>
                  {one.replace('x', ' × ')}
                </option>
              ))}
            </select>
          </Field>
          <Field label="Pictures a second">
            <input type="number" min={1} max={60} value={fps} onInput={(e) => setFps(Number(e.currentTarget.value))} />
          </Field>
        </div>
        <div class="pair">
          <Field label="Layout">
            <select value={preset} onChange={(e) => setPreset(e.currentTarget.value)}>
              {(params.data?.presets ?? ['grid']).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </Field>
          <Field label="Mbit/s">
            <input
              type="number"
              min={0.1}
              max={50}
              step={0.1}
              value={mbits}
              onInput={(e) => setMbits(Number(e.currentTarget.value))}
            />
          </Field>
        </div>
        <label class="check">
          <Switch on={record} onChange={setRecord} /> Record it
        </label>
        <div class="actions">
          <button type="submit" class="main">
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}
