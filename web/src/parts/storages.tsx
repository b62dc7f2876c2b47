import {get} from '../api/client';
import type {Page, Storage} from '../api/types';
import {usePoll} from '../app/poll';
import {bound} from '../app/session';
import {Field} from './parts';

/** Which of the node's storages files go to: '' is the standard one, and all that a key of some calls is told of. */
export function StorageField({value, onChange}: {value: string; onChange: (storage: string) => void}) {
  const storages = usePoll(
    'storages',
    (signal) => (bound() ? Promise.resolve({items: []}) : get<Page<Storage>>('/v1/storages', signal)),
    60_000,
  );
  return (
    <Field label="Storage">
      <select value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        <option value="">Standard</option>
        {storages.data?.items.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name} ({one.kind})
          </option>
        ))}
      </select>
    </Field>
  );
}
