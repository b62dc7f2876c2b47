import {useEffect} from 'preact/hooks';
import {away, get} from '../api/client';
import {followed, startEvents, stopEvents, streamState} from '../api/events';
import type {Access} from '../api/types';
import {CallPage} from '../pages/call/call';
import {CallsPage} from '../pages/calls';
import {EventsPage} from '../pages/events';
import {KeysPage} from '../pages/keys';
import {NodesPage} from '../pages/nodes';
import {RecordingPage} from '../pages/recording';
import {RecordingsOf, RecordingsPage} from '../pages/recordings';
import {SignIn} from '../pages/signin';
import {WebhookPage, WebhooksPage} from '../pages/webhooks';
import {Notices, fail} from '../parts/notice';
import {Heading} from '../parts/parts';
import {link, route} from './router';
import {access, bound, keep, key, may} from './session';
import {theme, type Theme} from './theme';

/** `whole`: of the node, and so not for who is bound to some calls. */
const PAGES: {name: string; path: string; scope?: 'control' | 'admin'; whole?: boolean}[] = [
  {name: 'Calls', path: 'calls'},
  {name: 'Recordings', path: 'recordings'},
  {name: 'Events', path: 'events'},
  {name: 'Nodes', path: 'nodes', whole: true},
  {name: 'Webhooks', path: 'webhooks', scope: 'control', whole: true},
  {name: 'Keys', path: 'keys', scope: 'admin', whole: true},
];

export function App() {
  const who = access.value;
  useEffect(() => {
    if (who !== undefined) return;
    let again = 0;
    const look = () =>
      get<Access>('/v1/access').then(
        (found) => (access.value = found),
        (e) => {
          if (access.value === undefined) {
            if (!away.value) fail(e);
            again = window.setTimeout(look, 2000);
          }
        },
      );
    void look();
    return () => clearTimeout(again);
  }, [who]);
  const of = who ? followed() : undefined;
  useEffect(() => {
    if (who) startEvents();
    return stopEvents;
  }, [who, of]);

  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <a class="mark" href={link()}>
          <Mark /> Callcast
        </a>
        {who && <Navigation />}
        <div class="corner">
          {who && <Stream />}
          <label class="theme">
            <span class="unseen">Colours</span>
            <select value={theme.value} onChange={(e) => (theme.value = e.currentTarget.value as Theme)}>
              <option value="auto">Auto</option>
              <option value="light">Light</option>
              <option value="dark">Dark</option>
            </select>
          </label>
          {key.value && (
            <button
              type="button"
              onClick={() => {
                keep('');
                access.value = undefined;
              }}
            >
              Sign out
            </button>
          )}
        </div>
      </header>
      <p class="away" role="status">
        {away.value && 'The node does not answer. It is asked again and again; what is shown is from before.'}
      </p>
      <main id="main" tabIndex={-1}>
        {who ? <Content /> : who === null ? <SignIn /> : <p class="empty">Asking the node …</p>}
      </main>
      <Notices />
    </>
  );
}

function skip(e: Event): void {
  e.preventDefault(); // The hash is where one is in the page.
  document.getElementById('main')!.focus();
}

function Navigation() {
  const here = route.value[0] ?? 'calls';
  const own = access.value?.call;
  const some = access.value?.calls; // Their recordings and events are asked for call by call.
  const pages = PAGES.filter(
    ({path, scope, whole}) =>
      (!scope || may(scope)) && !(whole && bound()) && !(own && path === 'calls') && !(some && path !== 'calls'),
  );
  return (
    <nav aria-label="Main">
      {own && (
        <a href={link('calls', own)} aria-current={here === 'calls' ? 'page' : undefined}>
          {own}
        </a>
      )}
      {pages.map((page) => (
        <a key={page.path} href={link(page.path)} aria-current={here === page.path ? 'page' : undefined}>
          {page.name}
        </a>
      ))}
    </nav>
  );
}

function Stream() {
  const words = {live: 'Live', connecting: 'Connecting', waiting: 'Cut off', refused: 'No events'}[streamState.value];
  return (
    <span class={`stream ${streamState.value}`} role="status" title="The stream of events">
      <i aria-hidden="true" />
      {words}
    </span>
  );
}

function Content() {
  const [page = 'calls', id, more] = route.value;
  const own = access.value?.call;
  switch (page) {
    case 'calls':
      return id || own ? <CallPage key={id ?? own} id={id ?? own!} composition={more} /> : <CallsPage />;
    case 'recordings':
      if (id === 'of') return <RecordingsOf />;
      return id ? <RecordingPage key={id} id={id} /> : <RecordingsPage />;
    case 'events':
      return <EventsPage />;
    case 'nodes':
      return <NodesPage />;
    case 'webhooks':
      return id ? <WebhookPage key={id} id={id} /> : <WebhooksPage />;
    case 'keys':
      return <KeysPage />;
    default:
      return (
        <Heading title="There is no such page">
          <a href={link()}>To the calls</a>
        </Heading>
      );
  }
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M7.5 8h6a1.5 1.5 0 0 1 1.5 1.500v4a1.5 1.5 0 0 1-1.5 1.500h-6a1.5 1.5 0 0 1-1.5-1.500v-4a1.5 1.5 0 0 1 1.5-1.500zm11 0h6a1.5 1.5 0 0 1 1.5 1.500v4a1.5 1.5 0 0 1-1.5 1.500h-6a1.5 1.5 0 0 1-1.5-1.500v-4a1.5 1.5 0 0 1 1.5-1.500zm-11 9h6a1.5 1.5 0 0 1 1.5 1.500v4a1.5 1.5 0 0 1-1.5 1.500h-6a1.5 1.5 0 0 1-1.5-1.500v-4a1.5 1.5 0 0 1 1.5-1.500zm11 0h6a1.5 1.5 0 0 1 1.5 1.500v4a1.5 1.5 0 0 1-1.5 1.500h-6a1.5 1.5 0 0 1-1.5-1.500v-4a1.5 1.5 0 0 1 1.5-1.500z" />
    </svg>
  );
}
