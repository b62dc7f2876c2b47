// Shows one composition: live by WHEP where that works, else its snapshot every now and then. A token, where one is needed, is taken
// from the address after "#token=", which browsers do not send.
'use strict';

const [, , call, composition] = location.pathname.split('/');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
const headers = token ? {Authorization: `Bearer ${token}`} : {};
const base = `/v1/calls/${call}`;
const byId = (id) => document.getElementById(id);

byId('title').textContent = `${decodeURIComponent(call)} / ${decodeURIComponent(composition)}`;

async function ask(path) {
  const response = await fetch(path, {headers, cache: 'no-store'});
  if (!response.ok) {
    const problem = await response.json().catch(() => ({detail: response.statusText}));
    throw new Error(problem.detail);
  }
  return response;
}

async function showPicture() {
  if (!byId('video').hidden) return;
  const width = Math.min(1280, 2 * Math.ceil(byId('picture').clientWidth / 2)) || 640;
  const blob = await (await ask(`${base}/compositions/${composition}/snapshot.jpg?width=${width}`)).blob();
  const url = URL.createObjectURL(blob);
  const picture = byId('picture');
  const old = picture.src;
  picture.src = url;
  await picture.decode().catch(() => {});
  if (old) URL.revokeObjectURL(old);
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** A worker that died is replaced in less, and its viewers go on. */
const PATIENCE = 3000;

/** Watches until the connection is lost. */
async function watchLive() {
  const video = byId('video');
  const connection = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  let session;
  const leave = () => {
    connection.close();
    if (session) fetch(session, {method: 'DELETE', headers, keepalive: true}).catch(() => {});
    session = undefined;
  };
  addEventListener('pagehide', leave); // which ends no promise
  try {
    const stream = new MediaStream();
    for (const kind of ['video', 'audio']) {
      stream.addTrack(connection.addTransceiver(kind, {direction: 'recvonly'}).receiver.track);
    }
    video.srcObject = stream;
    // Not by the attribute: what cannot be seen would not begin.
    video.play().catch(() => {});
    const offer = await connection.createOffer();
    // Browsers decode Opus in mono unless they say so.
    offer.sdp = offer.sdp.replace('useinbandfec=1', 'useinbandfec=1;stereo=1');
    await connection.setLocalDescription(offer);
    const answer = await fetch(`${base}/compositions/${composition}/whep`, {
      method: 'POST',
      headers: {...headers, 'Content-Type': 'application/sdp'},
      body: connection.localDescription.sdp,
    });
    if (!answer.ok) return;
    session = answer.headers.get('Location');
    const over = new Promise((resolve) => {
      let broken;
      connection.onconnectionstatechange = () => {
        clearTimeout(broken);
        const state = connection.connectionState;
        if (state === 'failed' || state === 'closed') resolve();
        if (state === 'disconnected') broken = setTimeout(resolve, PATIENCE);
      };
    });
    await connection.setRemoteDescription({type: 'answer', sdp: await answer.text()});
    // Where UDP does not get through, or there are no pictures, snapshots do.
    const playing = new Promise((resolve) => {
      video.onplaying = () => resolve(true);
      setTimeout(() => resolve(false), 5000);
    });
    if (!(await Promise.race([playing, over]))) return;
    video.hidden = false;
    byId('picture').hidden = true;
    await over;
  } finally {
    video.hidden = true;
    byId('picture').hidden = false;
    removeEventListener('pagehide', leave);
    leave();
  }
}

async function keepWatching() {
  let wait = 1000;
  for (;;) {
    const since = Date.now();
    await watchLive().catch(() => {});
    wait = Date.now() - since > 10_000 ? 1000 : Math.min(30_000, 2 * wait);
    await pause(wait);
  }
}

function row(cells, state) {
  const tr = document.createElement('tr');
  for (const text of cells) {
    const td = document.createElement('td');
    td.textContent = text;
    tr.append(td);
  }
  const badge = document.createElement('span');
  badge.className = `state ${state.state}`;
  badge.textContent = state.state + (state.reason ? `: ${state.reason}` : '');
  tr.children[2].replaceChildren(badge);
  return tr;
}

function facts(pairs) {
  return pairs.filter(([, value]) => value !== undefined).map(([name, value]) => {
    const div = document.createElement('div');
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = value;
    div.append(dt, dd);
    return div;
  });
}

async function showState() {
  const shown = await (await ask(base)).json();
  const one = shown.compositions.find((item) => item.id === decodeURIComponent(composition));
  if (!one) throw new Error('The call has no such composition.');
  byId('state').textContent = one.state;
  byId('state').className = `state ${one.state}`;
  const speaker = shown.participants.find((item) => item.id === shown.speaker);
  const stats = one.stats || {};
  byId('facts').replaceChildren(...facts([
    ['Layout', one.layout.preset],
    ['Canvas', `${one.canvas.width}×${one.canvas.height} at ${one.canvas.fps}`],
    ['Participants', shown.participants.length],
    ['Speaker', speaker ? speaker.name : shown.speaker || 'nobody'],
    ['Time', stats.mediaTime === undefined ? undefined : `${stats.mediaTime.toFixed(1)} s`],
    ['Bit rate', stats.bitrate === undefined ? undefined : `${(stats.bitrate / 1e6).toFixed(2)} Mbit/s`],
    ['Skipped', stats.skippedTicks],
  ]));
  byId('outputs').replaceChildren(...one.outputs.map((output) => row([
    output.id, output.url || output.type, '', `${(output.bytes / 1e6).toFixed(1)} MB`, output.dropped,
  ], output)));
}

async function repeat(work, millis) {
  for (;;) {
    try {
      await work();
      byId('problem').textContent = '';
    } catch (e) {
      byId('problem').textContent = e.message;
    }
    await pause(millis);
  }
}

repeat(showPicture, 500);
keepWatching();
repeat(showState, 1000);
