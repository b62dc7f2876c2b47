import {useState} from 'preact/hooks';
import {change, get, path} from '../api/client';
import type {Key, Page} from '../api/types';
import {date} from '../app/format';
import {usePoll} from '../app/poll';
import {attempt} from '../parts/notice';
import {Chip, Dialog, Field, Heading, Sure, Trouble} from '../parts/parts';
import {Secret} from '../parts/secret';

const SCOPES = ['read', 'control', 'admin'];

export function KeysPage() {
  const keys = usePoll('keys', (signal) => get<Page<Key>>('/v1/keys?limit=200', signal), 20_000);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Heading title="Keys">
        <div class="actions">
          <button type="button" onClick={() => setAdding(true)}>
            Make a key …
          </button>
        </div>
      </Heading>
      <Trouble error={keys.error} />
      {keys.data?.items.length === 0 && <p class="empty">There is none.</p>}
      {keys.data && keys.data.items.length > 0 && (
        <div class="panel scroll" tabIndex={0} role="region" aria-label="Keys">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Id</th>
                <th>Scopes</th>
                <th>Calls</th>
                <th>Made</th>
                <th>
                  <span class="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.data.items.map((one) => (
                <tr key={one.id}>
                  <td>
                    <span class="name">{one.name}</span>
                  </td>
                  <td class="code">{one.id}</td>
                  <td>
                    {one.scopes.map((scope) => (
                      <span key={scope} class="chip">
                        {scope}
                      </span>
                    ))}
                  </td>
                  <td class="long">{one.calls?.join(', ') ?? 'all'}</td>
                  <td>{date(one.createdAt)}</td>
                  <td>
                    {one.revokedAt ? (
                      <Chip state="revoked" title={date(one.revokedAt)} />
                    ) : (
                      <Sure
                        class="small"
                        label={`Revoke ${one.name || one.id}`}
                        title="Revoke the key?"
                        question="Whoever uses it is refused at once, and for good."
                        yes="Revoke it"
                        onYes={() => attempt(() => change('DELETE', path`/v1/keys/${one.id}`), 'The key is revoked').then(keys.refresh)}
                      >
                        Revoke …
                      </Sure>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <AddKey onClose={() => setAdding(false)} onDone={keys.refresh} />}
    </>
  );
}

function AddKey({onClose, onDone}: {onClose: () => void; onDone: () => void}) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState('read');
  const [calls, setCalls] = useState('');
  const [made, setMade] = useState<Key>();
  return (
    <Dialog title="Make a key" onClose={onClose}>
      {made ? (
        <Secret text={made.key!} onDone={onClose} />
      ) : (
        <form
          onSubmit={async (e) => {
            e.preventDefault();
            const only = scope === 'admin' ? [] : calls.split(/[\s,]+/).filter(Boolean);
            const body = {name, scopes: [scope], ...(only.length ? {calls: only} : {})};
            await attempt(async () => setMade(await change<Key>('POST', '/v1/keys', body)));
            onDone();
          }}
        >
          <Field label="Name" hint="So that one knows later what it was for.">
            <input required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} />
          </Field>
          <fieldset class="choices">
            <legend>It may</legend>
            {SCOPES.map((one) => (
              <label key={one}>
                <input type="radio" name="scope" checked={scope === one} onChange={() => setScope(one)} />
                {one}
              </label>
            ))}
          </fieldset>
          {scope !== 'admin' && (
            <Field label="Calls" hint="Ids, or beginnings of ids (standup-*), with commas between; all where this is empty.">
              <input value={calls} spellcheck={false} onInput={(e) => setCalls(e.currentTarget.value)} />
            </Field>
          )}
          <div class="actions">
            <button type="submit" class="main">
              Make it
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
