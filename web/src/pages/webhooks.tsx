import {useState} from 'preact/hooks';
import {change, get, path} from '../api/client';
import type {Page, Webhook} from '../api/types';
import {date} from '../app/format';
import {usePoll} from '../app/poll';
import {go, link} from '../app/router';
import {attempt} from '../parts/notice';
import {Chip, Dialog, Empty, Field, Heading, Panel, Sure, Trouble} from '../parts/parts';
import {Secret} from '../parts/secret';
import {Deliveries} from './deliveries';

/** Whoever is told of events by POST. */
export function WebhooksPage() {
  const webhooks = usePoll('webhooks', (signal) => get<Page<Webhook>>('/v1/webhooks?limit=200', signal), 10_000);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Heading title="Webhooks">
        <div class="actions">
          <button type="button" class="main" onClick={() => setAdding(true)}>
            Add a webhook …
          </button>
        </div>
      </Heading>
      <Trouble error={webhooks.error} />
      {webhooks.data?.items.length === 0 && (
        <Empty>None: nobody is told. A webhook is posted each event that it wants, signed, in order and at least once.</Empty>
      )}
      {webhooks.data && webhooks.data.items.length > 0 && (
        <div class="panel scroll" tabIndex={0} role="region" aria-label="Table of webhooks">
          <table>
            <thead>
              <tr>
                <th>URL</th>
                <th>State</th>
                <th>Events</th>
                <th>Calls</th>
                <th>Made</th>
              </tr>
            </thead>
            <tbody>
              {webhooks.data.items.map((one) => (
                <tr key={one.id}>
                  <td class="long">
                    <a href={link('webhooks', one.id)}>{one.url}</a>
                  </td>
                  <td>
                    <State webhook={one} />
                  </td>
                  <td class="long">{one.events.join(', ')}</td>
                  <td class="long">{one.calls.join(', ')}</td>
                  <td>{date(one.createdAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {webhooks.data?.next && <p class="hint">Only the first 200 are shown.</p>}
      {adding && <AddWebhook onClose={() => setAdding(false)} onDone={webhooks.refresh} />}
    </>
  );
}

function State({webhook}: {webhook: Webhook}) {
  return <Chip state={webhook.enabled ? 'enabled' : 'disabled'} title={webhook.reason} />;
}

/** One webhook, and what was delivered to it. */
export function WebhookPage({id}: {id: string}) {
  const {data: webhook, error, refresh} = usePoll(
    id,
    (signal) => get<Webhook>(path`/v1/webhooks/${id}`, signal),
    10_000,
  );
  const [dialog, setDialog] = useState<'change' | 'secret'>();
  const base = path`/v1/webhooks/${id}`;
  return (
    <>
      <Heading title="Webhook">
        <p class="facts">
          {webhook && <State webhook={webhook} />}
          <a href={link('webhooks')}>All webhooks</a>
        </p>
        {webhook && (
          <div class="actions">
            <button type="button" onClick={() => setDialog('change')}>
              Change …
            </button>
            <button
              type="button"
              onClick={() =>
                attempt(
                  () => change('PATCH', base, {enabled: !webhook.enabled}),
                  webhook.enabled ? 'It is told of nothing any more' : 'It is told of events from now on',
                ).then(refresh)
              }
            >
              {webhook.enabled ? 'Disable' : 'Enable'}
            </button>
            <button type="button" onClick={() => setDialog('secret')}>
              New secret …
            </button>
            <Sure
              class="danger"
              title="Delete the webhook?"
              question="Its log goes with it, and what still waits is not delivered."
              yes="Delete it"
              onYes={() =>
                attempt(() => change('DELETE', base), 'The webhook is deleted').then((ok) => ok && go('webhooks'))
              }
            >
              Delete …
            </Sure>
          </div>
        )}
      </Heading>
      <Trouble error={error} />
      {webhook && (
        <>
          <Panel title="What it is told">
            <dl class="pairs">
              <dt>URL</dt>
              <dd class="code">{webhook.url}</dd>
              <dt>Events</dt>
              <dd>{webhook.events.join(', ')}</dd>
              <dt>Calls</dt>
              <dd>{webhook.calls.join(', ')}</dd>
              <dt>Made</dt>
              <dd>{date(webhook.createdAt)}</dd>
              {webhook.previousSecretUntil && (
                <>
                  <dt>Old secret</dt>
                  <dd>signs as well until {date(webhook.previousSecretUntil)}</dd>
                </>
              )}
              {webhook.reason && (
                <>
                  <dt>Disabled</dt>
                  <dd>{webhook.reason}</dd>
                </>
              )}
              <dt>Id</dt>
              <dd class="code">{webhook.id}</dd>
            </dl>
          </Panel>
          <Deliveries webhook={webhook} />
        </>
      )}
      {dialog === 'change' && webhook && (
        <Dialog title="Change the webhook" onClose={() => setDialog(undefined)}>
          <WebhookForm
            was={webhook}
            button="Change it"
            onSend={async (body) => {
              if (await attempt(() => change('PATCH', base, body), 'The webhook is changed')) {
                setDialog(undefined);
                refresh();
              }
            }}
          />
        </Dialog>
      )}
      {dialog === 'secret' && <RotateSecret base={base} onClose={() => setDialog(undefined)} onDone={refresh} />}
    </>
  );
}

function AddWebhook({onClose, onDone}: {onClose: () => void; onDone: () => void}) {
  const [made, setMade] = useState<Webhook>();
  return (
    <Dialog title="Add a webhook" onClose={onClose}>
      {made ? (
        <>
          <p>With this secret the receiver verifies who posts.</p>
          <Secret text={made.secret!} onDone={onClose} />
        </>
      ) : (
        <WebhookForm
          button="Add it"
          onSend={async (body) => {
            await attempt(async () => setMade(await change<Webhook>('POST', '/v1/webhooks', body)));
            onDone();
          }}
        />
      )}
    </Dialog>
  );
}

interface Wanted {
  url: string;
  events: string[];
  calls: string[];
}

function WebhookForm({was, button, onSend}: {was?: Webhook; button: string; onSend: (body: Wanted) => Promise<void>}) {
  const [url, setUrl] = useState(was?.url ?? '');
  const [events, setEvents] = useState(was?.events.join(', ') ?? '*');
  const [calls, setCalls] = useState(was?.calls.join(', ') ?? '*');
  const [busy, setBusy] = useState(false);
  return (
    <form
      onSubmit={async (e) => {
        e.preventDefault();
        setBusy(true);
        await onSend({url: url.trim(), events: parted(events), calls: parted(calls)});
        setBusy(false);
      }}
    >
      <Field label="URL" hint="Each event is posted there, as JSON. Addresses of private networks need the node's configuration.">
        <input
          type="url"
          required
          maxLength={2000}
          value={url}
          spellcheck={false}
          autocomplete="off"
          placeholder="https://example.com/hook"
          onInput={(e) => setUrl(e.currentTarget.value)}
        />
      </Field>
      <Field label="Events" hint="Types (recording.ready), kinds (recording.*) or all (*), with commas between.">
        <input required value={events} spellcheck={false} onInput={(e) => setEvents(e.currentTarget.value)} />
      </Field>
      <Field label="Calls" hint="Ids, beginnings of ids (standup-*) or all (*), with commas between.">
        <input required value={calls} spellcheck={false} onInput={(e) => setCalls(e.currentTarget.value)} />
      </Field>
      <div class="actions">
        <button type="submit" class="main" disabled={busy}>
          {button}
        </button>
      </div>
    </form>
  );
}

function parted(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

const OVERLAPS: [number, string][] = [
  [0, 'at once: the old one signs no more'],
  [3600, 'for an hour both sign'],
  [86_400, 'for a day both sign'],
  [604_800, 'for a week both sign'],
];

function RotateSecret({base, onClose, onDone}: {base: string; onClose: () => void; onDone: () => void}) {
  const [overlap, setOverlap] = useState(86_400);
  const [made, setMade] = useState<Webhook>();
  return (
    <Dialog title="Another secret" onClose={onClose}>
      {made ? (
        <Secret text={made.secret!} onDone={onClose} />
      ) : (
        <form
          onSubmit={async (e) => {
            e.preventDefault();
            await attempt(async () => setMade(await change<Webhook>('POST', `${base}/rotate-secret`, {overlap})));
            onDone();
          }}
        >
          <Field label="It takes over" hint="While both sign, the receiver can take the new one over.">
            <select value={overlap} onChange={(e) => setOverlap(Number(e.currentTarget.value))}>
              {OVERLAPS.map(([seconds, words]) => (
                <option key={seconds} value={seconds}>
                  {words}
                </option>
              ))}
            </select>
          </Field>
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
