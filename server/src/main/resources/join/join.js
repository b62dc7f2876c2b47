// Joins a call from the browser, by WHIP. The call is named by ?call=; a token, where one is needed,
// is taken from behind "#token=", which browsers do not send.

const query = new URLSearchParams(location.search);
const token = new URLSearchParams(location.hash.slice(1)).get('token');
const byId = (id) => document.getElementById(id);
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

let call = query.get('call') || 'me';
let participant = query.get('participant');
let mayControl = false; // of the whole call: to open it, to compose, to record

// --- the API

class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail, problem.fix].filter(Boolean).join(' '));
    this.status = status;
  }
}

async function ask(method, path, body, type = 'application/json', more = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = type;
  const sent = body === undefined || type !== 'application/json' ? body : JSON.stringify(body);
  const response = await fetch(path, {method, headers, body: sent, cache: 'no-store', ...more});
  if (!response.ok) {
    throw new Refused(response.status, await response.json().catch(() => ({detail: response.statusText})));
  }
  return response;
}

const json = async (...request) => (await ask(...request)).json();
const base = () => `/v1/calls/${encodeURIComponent(call)}`;

// --- one session: it offers again whenever the way to the server is lost, until it is stopped

/** So long a connection may be broken before another one is made, ms: a worker is back in less. */
const PATIENCE = 2000;

class Session {
  constructor(source, tracks, onState) {
    this.source = source;
    this.tracks = tracks; // by kind; null where there is none at the moment
    this.onState = onState;
    this.stopped = false;
    this.done = this.#keep();
  }

  async #keep() {
    let wait = 250;
    while (!this.stopped) {
      try {
        const {over} = await this.#connect();
        wait = 250;
        this.onState('connected');
        if ((await over) === 'closed') {
          // The server said goodbye: somebody else decided that this is over.
          this.#drop();
          if (!this.stopped) this.onState('removed');
          return;
        }
        if (!this.stopped) this.onState('lost');
      } catch (e) {
        if (e instanceof Refused && e.status < 500 && e.status !== 429 && e.status !== 408) {
          this.#drop();
          if (!this.stopped) this.onState('refused', e);
          return;
        }
        if (!this.stopped) this.onState('lost', e);
      }
      this.#drop();
      await pause(wait);
      wait = Math.min(2 * wait, 2000);
    }
  }

  /** Resolves when connected, to a promise of how it ends: in an object, or it would be awaited. */
  async #connect() {
    const connection = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
    this.connection = connection;
    this.senders = {};
    for (const [kind, track] of Object.entries(this.tracks)) {
      const {sender} = connection.addTransceiver(track || kind, {direction: 'sendonly'});
      this.senders[kind] = sender;
    }
    await connection.setLocalDescription(await connection.createOffer());
    const asked = new URLSearchParams({source: this.source});
    if (participant) asked.set('participant', participant);
    const name = byId('name').value.trim();
    if (name) asked.set('name', name);
    const answer = await ask('POST', `${base()}/whip?${asked}`, connection.localDescription.sdp, 'application/sdp');
    this.location = answer.headers.get('Location');
    await connection.setRemoteDescription({type: 'answer', sdp: await answer.text()});
    const connected = Promise.withResolvers();
    const over = Promise.withResolvers();
    let broken;
    const look = () => {
      const transport = Object.values(this.senders)[0].transport;
      const state = transport?.state === 'closed' ? 'closed' : connection.connectionState;
      clearTimeout(broken);
      if (state === 'connected') connected.resolve();
      if (state === 'closed' || state === 'failed') {
        over.resolve(state);
        connected.reject(new Error('The connection failed.'));
      }
      if (state === 'disconnected') broken = setTimeout(() => over.resolve('failed'), PATIENCE);
    };
    connection.onconnectionstatechange = look;
    Object.values(this.senders)[0].transport.onstatechange = look;
    const late = setTimeout(() => connected.reject(new Error('The server is not reached by UDP.')), 10_000);
    try {
      await connected.promise;
    } finally {
      clearTimeout(late);
    }
    return {over: over.promise};
  }

  /** Another track in the place of one, or none. */
  async replace(kind, track) {
    this.tracks[kind] = track;
    await this.senders?.[kind]?.replaceTrack(track);
  }

  #drop() {
    this.connection?.close();
    this.connection = undefined;
  }

  /** Leaves. */
  async stop() {
    this.stopped = true;
    this.#drop();
    Object.values(this.tracks).forEach((track) => track?.stop());
    if (this.location) {
      // keepalive: also when the page goes away.
      await ask('DELETE', this.location, undefined, undefined, {keepalive: true}).catch(() => {});
    }
  }
}

// --- the page

let local; // what camera and microphone give
let session;
let screen;

function say(text) {
  byId('status').textContent = text;
}

function complain(e) {
  byId('problem').textContent = e ? e.message || String(e) : '';
}

const chosen = (id) => {
  const value = byId(id).value;
  return value === 'none' ? false : value ? {deviceId: {exact: value}} : true;
};

async function open() {
  local?.getTracks().forEach((track) => track.stop());
  const camera = chosen('camera');
  const microphone = chosen('microphone');
  if (!camera && !microphone) {
    local = new MediaStream();
  } else {
    if (!navigator.mediaDevices) {
      throw new Error('Browsers give camera and microphone to pages of HTTPS and of this machine only.');
    }
    local = await navigator.mediaDevices.getUserMedia({
      audio: microphone,
      video: camera && {...(camera === true ? {} : camera), width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30, max: 30}},
    });
  }
  byId('self').srcObject = local;
}

async function list() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const [id, kind, none] of [['camera', 'videoinput', 'No camera'], ['microphone', 'audioinput', 'No microphone']]) {
    const select = byId(id);
    const before = select.value;
    const options = devices
      .filter((device) => device.kind === kind && device.deviceId)
      .map((device, i) => new Option(device.label || `${kind === 'videoinput' ? 'Camera' : 'Microphone'} ${i + 1}`, device.deviceId));
    if (!options.length) options.push(new Option('Default', ''));
    options.push(new Option(none, 'none'));
    select.replaceChildren(...options);
    if ([...select.options].some((option) => option.value === before)) select.value = before;
  }
}

async function prepare() {
  byId('call').textContent = call;
  const access = await json('GET', '/v1/access').catch((e) => {
    throw e.status === 401 ? new Error('This page needs a link with a token: /join?call=…#token=…') : e;
  });
  if (access.call) call = access.call;
  if (access.participant) participant = access.participant;
  byId('call').textContent = call;
  document.title = `Join ${call}`;
  mayControl = access.scopes.includes('control') || access.scopes.includes('admin');
  if (!mayControl) throw new Error('The token of this link may only look. Ask for one with the scope control.');
  if (access.participant) mayControl = false;
  byId('name').value = query.get('name') || sessionStorage.getItem('name') || '';
  await open();
  await list();
}

/** The call's open run, which is made where that is allowed. */
async function enter() {
  const state = await json('GET', base()).catch((e) => {
    if (e.status === 404 && mayControl) return null;
    throw e;
  });
  if (!state || (state.state === 'closed' && mayControl)) {
    await ask('POST', '/v1/calls', {id: call});
  }
  if (!participant) {
    const letters = byId('name').value.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    participant = `${letters.slice(0, 40) || 'guest'}-${Math.random().toString(36).slice(2, 6)}`;
  }
}

async function join() {
  await enter();
  const tracks = {};
  const [sound] = local.getAudioTracks();
  const [picture] = local.getVideoTracks();
  if (sound) tracks.audio = sound;
  if (picture) tracks.video = picture;
  if (!sound && !picture) throw new Error('Choose a camera or a microphone.');
  session = new Session('camera', tracks, (state, e) => {
    if (state === 'connected') {
      complain();
      say('You are in the call.');
      settle().catch(complain);
    } else if (state === 'lost') {
      say(`The connection was lost; joining again …${e ? ` (${e.message})` : ''}`);
    } else {
      left(state === 'removed' ? new Error('You were taken out of the call, or joined from elsewhere.') : e);
    }
  });
  byId('join').hidden = true;
  byId('controls').hidden = false;
  byId('mute').disabled = !sound;
  byId('hide').disabled = !picture;
  byId('share').disabled = !navigator.mediaDevices?.getDisplayMedia;
  byId('record').hidden = !mayControl;
  say('Joining …');
  byId('mute').focus();
}

/** Shows the form again. */
function left(e) {
  session = undefined;
  screen?.stop();
  byId('join').hidden = false;
  byId('controls').hidden = true;
  byId('composed').hidden = true;
  for (const id of ['mute', 'hide', 'share', 'record']) byId(id).setAttribute('aria-pressed', 'false');
  complain(e);
  say(e ? '' : 'You have left.');
  open().catch(complain);
  byId('name').focus();
}

const pressed = (id) => byId(id).getAttribute('aria-pressed') === 'true';

/** Tells the call what is muted, also after a new session has begun. */
async function settle() {
  const state = await json('GET', base());
  const me = state.participants.find((one) => one.id === participant);
  if (!me) return;
  const change = {};
  if (me.muted !== pressed('mute')) change.muted = pressed('mute');
  if (me.tracks.some((track) => track.source === 'camera' && track.paused !== pressed('hide'))) {
    change.tracks = me.tracks.map(({id, kind, source, endpoint, ssrc, payloadType, codec, clockRate, channels, rtx, paused, headerExtensions}) => ({
      id, kind, source, endpoint, ssrc, payloadType, codec, clockRate, channels, rtx, headerExtensions,
      paused: source === 'camera' ? pressed('hide') : paused,
    }));
  }
  if (Object.keys(change).length) {
    await ask('PATCH', `${base()}/participants/${encodeURIComponent(participant)}`, change);
  }
}

function toggle(id) {
  const now = !pressed(id);
  byId(id).setAttribute('aria-pressed', String(now));
  return now;
}

async function mute() {
  const now = toggle('mute');
  session.tracks.audio.enabled = !now;
  await settle();
}

async function hide() {
  const now = toggle('hide');
  if (now) {
    session.tracks.video?.stop(); // The camera's light goes out.
    await session.replace('video', null);
    byId('self').srcObject = null;
  } else {
    await open();
    session.tracks.audio?.stop();
    const [sound] = local.getAudioTracks();
    if (sound) {
      sound.enabled = !pressed('mute');
      await session.replace('audio', sound);
    }
    await session.replace('video', local.getVideoTracks()[0]);
  }
  await settle();
}

async function share() {
  if (screen) {
    await screen.stop();
    return;
  }
  const shown = await navigator.mediaDevices.getDisplayMedia({video: {frameRate: {max: 15}}, audio: true});
  const [picture] = shown.getVideoTracks();
  picture.contentHint = 'detail';
  const [sound] = shown.getAudioTracks();
  const mine = new Session('screen', sound ? {audio: sound, video: picture} : {video: picture}, (state, e) => {
    if (state === 'refused') complain(e);
  });
  screen = mine;
  byId('share').setAttribute('aria-pressed', 'true');
  const over = () => {
    if (screen === mine) {
      screen = undefined;
      byId('share').setAttribute('aria-pressed', 'false');
    }
  };
  picture.addEventListener('ended', () => mine.stop());
  mine.done.then(over);
  const stop = mine.stop.bind(mine);
  mine.stop = async () => {
    over();
    await stop();
  };
}

// --- what is composed of it

const running = (state) => state.compositions.find((one) => ['starting', 'live', 'paused'].includes(one.state));

async function record() {
  const state = await json('GET', base());
  const composition = running(state);
  const taken = composition?.outputs.find((one) => one.type === 'recording' && !['stopped', 'failed'].includes(one.state));
  if (taken) {
    await ask('DELETE', `${base()}/compositions/${encodeURIComponent(composition.id)}/outputs/${encodeURIComponent(taken.id)}`);
  } else if (composition) {
    await ask('POST', `${base()}/compositions/${encodeURIComponent(composition.id)}/outputs`, {type: 'recording'});
  } else {
    await ask('POST', `${base()}/compositions`, {outputs: [{type: 'recording'}]});
  }
}

async function showComposed() {
  if (!session) return;
  const state = await json('GET', base());
  const composition = running(state);
  byId('composed').hidden = !composition;
  if (mayControl) {
    const records = composition?.outputs.some((one) => one.type === 'recording' && !['stopped', 'failed'].includes(one.state));
    byId('record').setAttribute('aria-pressed', String(Boolean(records)));
  }
  if (!composition || composition.state === 'starting') return;
  const picture = byId('picture');
  const answer = await ask('GET', `${base()}/compositions/${encodeURIComponent(composition.id)}/snapshot.jpg?width=640`);
  const url = URL.createObjectURL(await answer.blob());
  const old = picture.src;
  picture.src = url;
  await picture.decode().catch(() => {});
  if (old) URL.revokeObjectURL(old);
}

async function showRecordings() {
  if (!mayControl || !participant) return;
  const {items} = await json('GET', `/v1/recordings?call=${encodeURIComponent(call)}&limit=10`);
  const ready = items.filter((one) => one.state === 'ready');
  if (byId('recordings').children.length === ready.length) return;
  const rows = await Promise.all(ready.map(async (one) => {
    const {url} = await json('GET', `/v1/recordings/${one.id}/access-link`);
    const link = document.createElement('a');
    link.href = url;
    link.target = '_blank';
    link.textContent = `Recording of ${new Date(one.startedAt).toLocaleString()}, ${Math.round(one.duration)} s`;
    const row = document.createElement('li');
    row.append(link);
    return row;
  }));
  byId('recordings').replaceChildren(...rows);
}

async function repeat(work, millis) {
  for (;;) {
    await work().catch(() => {}); // It is said elsewhere that the node is away.
    await pause(millis);
  }
}

const attempt = (work) => async () => {
  complain();
  await work().catch(complain);
};

byId('join').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('name', byId('name').value);
  attempt(join)();
});
byId('camera').addEventListener('change', attempt(open));
byId('microphone').addEventListener('change', attempt(open));
byId('mute').addEventListener('click', attempt(mute));
byId('hide').addEventListener('click', attempt(hide));
byId('share').addEventListener('click', attempt(share));
byId('record').addEventListener('click', attempt(record));
byId('leave').addEventListener('click', attempt(async () => {
  const one = session;
  await one.stop();
  left();
}));
navigator.mediaDevices?.addEventListener('devicechange', () => list().catch(() => {}));
window.addEventListener('pagehide', () => {
  session?.stop();
  screen?.stop();
});

attempt(prepare)();
repeat(showComposed, 700);
repeat(showRecordings, 2000);
