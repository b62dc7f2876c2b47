import {authorization, path} from '../api/client';

/** A worker that died is replaced in less, ms, and its viewers go on. */
const PATIENCE = 3000;

/** So long pictures may take to come, ms: where UDP does not get through, they never do. */
const FIRST = 5000;

/**
 * Watches a composition by WHEP until that does not work any more, or never did.
 *
 * @param playing told when there are pictures
 */
async function watchOnce(
  video: HTMLVideoElement,
  call: string,
  composition: string,
  signal: AbortSignal,
  playing: () => void,
): Promise<void> {
  const connection = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  let session: string | null = null;
  const leave = () => {
    connection.close();
    if (session) {
      void fetch(session, {method: 'DELETE', headers: authorization(), keepalive: true}).catch(() => {});
      session = null;
    }
  };
  // Also when the page goes away, which ends no promise.
  addEventListener('pagehide', leave);
  try {
    const stream = new MediaStream();
    for (const kind of ['video', 'audio']) {
      stream.addTrack(connection.addTransceiver(kind, {direction: 'recvonly'}).receiver.track);
    }
    video.srcObject = stream;
    // Not by the attribute: what cannot be seen would not begin.
    void video.play().catch(() => {});
    const offer = await connection.createOffer();
    // Browsers decode Opus in mono unless they say so.
    const sdp = (offer.sdp ?? '').replace('useinbandfec=1', 'useinbandfec=1;stereo=1');
    await connection.setLocalDescription({type: 'offer', sdp});
    const answer = await fetch(path`/v1/calls/${call}/compositions/${composition}/whep`, {
      method: 'POST',
      headers: {...authorization(), 'Content-Type': 'application/sdp'},
      body: connection.localDescription!.sdp,
      signal,
    });
    if (!answer.ok) return;
    session = answer.headers.get('Location');
    const over = new Promise<boolean>((resolve) => {
      let broken = 0;
      const end = () => resolve(false);
      connection.onconnectionstatechange = () => {
        clearTimeout(broken);
        const state = connection.connectionState;
        if (state === 'failed' || state === 'closed') end();
        if (state === 'disconnected') broken = window.setTimeout(end, PATIENCE);
      };
      signal.addEventListener('abort', end);
    });
    await connection.setRemoteDescription({type: 'answer', sdp: await answer.text()});
    const first = new Promise<boolean>((resolve) => {
      video.onplaying = () => resolve(true);
      setTimeout(() => resolve(false), FIRST);
    });
    if (!(await Promise.race([first, over]))) return;
    playing();
    await over;
  } finally {
    removeEventListener('pagehide', leave);
    leave();
  }
}

/** Watches again and again until it is aborted; `live` is told whether there are pictures. */
export async function watch(
  video: HTMLVideoElement,
  call: string,
  composition: string,
  signal: AbortSignal,
  live: (now: boolean) => void,
): Promise<void> {
  let wait = 1000;
  while (!signal.aborted) {
    const since = Date.now();
    await watchOnce(video, call, composition, signal, () => live(true)).catch(() => {});
    if (signal.aborted) return;
    live(false);
    wait = Date.now() - since > 10_000 ? 1000 : Math.min(30_000, 2 * wait);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
