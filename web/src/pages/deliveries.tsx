import {useState} from 'preact/hooks';
import {change, get, path} from '../api/client';
import type {Delivery, Page, Webhook} from '../api/types';
import {clock, date, plural} from '../app/format';
import {usePoll} from '../app/poll';
import {attempt} from '../parts/notice';
import {Chip, Empty, Panel, Trouble} from '../parts/parts';
import {Pager} from './calls';

const STATES = ['pending', 'delivered', 'failed'];

/** The log of what a webhook was told: what was sent, how often, and what came back. */
export function Deliveries({webhook}: {webhook: Webhook}) {
  const [state, setState] = useState('');
  const [pages, setPages] = useState<string[]>([]);
  const after = pages[pages.length - 1];
  const query = new URLSearchParams({limit: '25', ...(state ? {state} : {}), ...(after ? {after} : {})});
  const {data, error, refresh} = usePoll(
    `deliveries ${webhook.id} ${query}`,
    (signal) => get<Page<Delivery>>(path`/v1/webhooks/${webhook.id}/deliveries` + `?${query}`, signal),
    3000,
  );
  return (
    <Panel
      title="Deliveries"
      aside={
        <label class="inline check">
          Of state
          <select
            value={state}
            onChange={(e) => {
              setState(e.currentTarget.value);
              setPages([]);
            }}
          >
            <option value="">any</option>
            {STATES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      }
    >
      <Trouble error={error} />
      {data?.items.length === 0 && <Empty>None{state && ` is ${state}`}. What is over is kept for seven days.</Empty>}
      <ul class="log">
        {data?.items.map((one) => (
          <DeliveryRow key={one.id} webhook={webhook} delivery={one} refresh={refresh} />
        ))}
      </ul>
      <Pager pages={pages} next={data?.next} onPages={setPages} />
    </Panel>
  );
}

function DeliveryRow({webhook, delivery, refresh}: {webhook: Webhook; delivery: Delivery; refresh: () => void}) {
  const {event} = delivery;
  const base = path`/v1/webhooks/${webhook.id}/deliveries/${delivery.id}`;
  return (
    <li>
      <details>
        <summary>
          <Chip state={delivery.state} />
          <time dateTime={delivery.createdAt} title={date(delivery.createdAt)}>
            {clock(delivery.createdAt)}
          </time>
          <b>{event.type}</b>
          <span class="of">{event.call}</span>
          <span class="hint">
            {[
              delivery.status !== undefined && `answer ${delivery.status}`,
              delivery.took !== undefined && `${Math.round(1000 * delivery.took)} ms`,
              delivery.attempts === 0 ? 'waits for its turn' : delivery.attempts > 1 && plural(delivery.attempts, 'attempt'),
              delivery.error,
            ]
              .filter(Boolean)
              .join(', ')}
          </span>
        </summary>
        <dl class="pairs">
          {delivery.error && (
            <>
              <dt>Trouble</dt>
              <dd class="bad">{delivery.error}</dd>
            </>
          )}
          {delivery.answer && (
            <>
              <dt>Answer</dt>
              <dd class="code">{delivery.answer}</dd>
            </>
          )}
          {delivery.lastAttemptAt && (
            <>
              <dt>Last attempt</dt>
              <dd>{date(delivery.lastAttemptAt)}</dd>
            </>
          )}
          {delivery.nextAttemptAt && delivery.state === 'pending' && (
            <>
              <dt>Next attempt</dt>
              <dd>{date(delivery.nextAttemptAt)}</dd>
            </>
          )}
          <dt>Sent</dt>
          <dd>
            <pre>{JSON.stringify(event, null, 2)}</pre>
          </dd>
        </dl>
        <div class="actions">
          <button
            type="button"
            class="small"
            disabled={!webhook.enabled}
            title={webhook.enabled ? 'At once, in no order with others' : 'The webhook is disabled'}
            onClick={() => attempt(() => change('POST', `${base}/redeliver`), 'It is delivered once more').then(refresh)}
          >
            Deliver again<span class="unseen">: {event.type}</span>
          </button>
        </div>
      </details>
    </li>
  );
}
