// Shows one composition: polls its snapshot and its call. A token, where one is needed, is taken
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
  const width = Math.min(1280, 2 * Math.ceil(byId('picture').clientWidth / 2)) || 640;
  const blob = await (await ask(`${base}/compositions/${composition}/snapshot.jpg?width=${width}`)).blob();
  const url = URL.createObjectURL(blob);
  const picture = byId('picture');
  const old = picture.src;
  picture.src = url;
  await picture.decode().catch(() => {});
  if (old) URL.revokeObjectURL(old);
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
    await new Promise((resolve) => setTimeout(resolve, millis));
  }
}

repeat(showPicture, 500);
repeat(showState, 1000);
