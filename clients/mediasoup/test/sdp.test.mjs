import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dtls, offer } from '../bench/sdp.mjs';

const transport = {
  iceParameters: { usernameFragment: 'u', password: 'p' },
  iceCandidates: [{ foundation: 'f', priority: 7, address: '10.0.0.1', port: 4000, protocol: 'udp', type: 'host' }],
  dtlsParameters: {
    fingerprints: [
      { algorithm: 'sha-1', value: '01' },
      { algorithm: 'sha-256', value: 'AA:BB' },
    ],
  },
};
const picture = {
  participant: 'ada',
  kind: 'video',
  rtpParameters: {
    mid: '0',
    codecs: [
      {
        mimeType: 'video/VP8',
        clockRate: 90000,
        payloadType: 101,
        rtcpFeedback: [{ type: 'nack', parameter: '' }, { type: 'nack', parameter: 'pli' }],
      },
      { mimeType: 'video/rtx', clockRate: 90000, payloadType: 102, parameters: { apt: 101 } },
    ],
    headerExtensions: [{ id: 1, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }],
    encodings: [{ ssrc: 11, rtx: { ssrc: 12 } }],
    rtcp: { cname: 'c' },
  },
};
const sound = {
  participant: 'ada',
  kind: 'audio',
  rtpParameters: {
    mid: '1',
    codecs: [{ mimeType: 'audio/opus', clockRate: 48000, channels: 2, payloadType: 100, parameters: {} }],
    headerExtensions: [],
    encodings: [{ ssrc: 21 }],
    rtcp: { cname: 'c' },
  },
};

test('an offer has a section for each consumer, all on one transport', () => {
  const lines = offer(transport, [picture, sound]).split('\r\n');
  assert.equal(lines.at(-1), '', 'the last line ends too');
  assert.ok(lines.includes('a=group:BUNDLE 0 1'));
  assert.ok(lines.includes('a=fingerprint:sha-256 AA:BB'));
  const at = lines.findIndex((line) => line.startsWith('m=audio'));
  const [first, second] = [lines.slice(0, at), lines.slice(at)];
  for (const line of [
    'm=video 9 UDP/TLS/RTP/SAVPF 101 102',
    'a=msid:ada ada-video',
    'a=candidate:f 1 udp 7 10.0.0.1 4000 typ host',
    'a=rtpmap:101 VP8/90000',
    'a=rtcp-fb:101 nack',
    'a=rtcp-fb:101 nack pli',
    'a=fmtp:102 apt=101',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=ssrc-group:FID 11 12',
    'a=ssrc:12 cname:c',
  ]) {
    assert.ok(first.includes(line), line);
  }
  for (const line of ['m=audio 9 UDP/TLS/RTP/SAVPF 100', 'a=mid:1', 'a=rtpmap:100 opus/48000/2', 'a=ssrc:21 cname:c']) {
    assert.ok(second.includes(line), line);
  }
  assert.ok(!second.some((line) => line.startsWith('a=fmtp') || line.startsWith('a=ssrc-group')));
});

test('the answer tells who begins with DTLS, and by which certificate', () => {
  const answer = 'v=0\r\na=fingerprint:sha-256 CC:DD\r\nm=video 9 x\r\na=setup:active\r\n';
  assert.deepEqual(dtls(answer), { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'CC:DD' }] });
  assert.equal(dtls(answer.replace('active', 'passive')).role, 'server');
  assert.throws(() => dtls('v=0\r\n'), /no fingerprint/);
});
