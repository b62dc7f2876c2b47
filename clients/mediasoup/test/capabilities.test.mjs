import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ortc from 'mediasoup/ortc';
import { capabilities, stream } from '../dist/capabilities.js';

const router = ortc.generateRouterRtpCapabilities([
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90000 },
  { kind: 'video', mimeType: 'video/H264', clockRate: 90000, parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f' } },
]);

test('only what Callcast receives is asked for, and nothing that makes mediasoup probe', () => {
  const mine = capabilities(router);
  assert.deepEqual(
    mine.codecs.map((codec) => codec.mimeType),
    ['audio/opus', 'video/VP8', 'video/H264', 'video/rtx', 'video/rtx'],
  );
  const feedback = new Set(mine.codecs.flatMap((codec) => (codec.rtcpFeedback ?? []).map((one) => one.type)));
  assert.deepEqual([...feedback].sort(), ['ccm', 'nack']);
  assert.deepEqual([...new Set(mine.headerExtensions.map((one) => one.uri))].sort(), [
    'urn:3gpp:video-orientation',
    'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  ]);
});

const produced = (mimeType, kind, payloadType) => ({
  codecs: [
    { mimeType, clockRate: kind === 'video' ? 90000 : 48000, payloadType, ...(kind === 'audio' ? { channels: 2 } : {}) },
    ...(kind === 'video' ? [{ mimeType: 'video/rtx', clockRate: 90000, payloadType: payloadType + 1, parameters: { apt: payloadType } }] : []),
  ],
  encodings: [{ ssrc: 1111, ...(kind === 'video' ? { rtx: { ssrc: 1112 } } : {}) }],
  headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 6 }, { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 }],
});

test('a stream is told with its retransmissions and extensions', () => {
  assert.deepEqual(stream(produced('video/VP8', 'video', 101)), {
    ssrc: 1111,
    payloadType: 101,
    codec: 'VP8',
    clockRate: 90000,
    rtx: { ssrc: 1112, payloadType: 102 },
    headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 6 }],
  });
  const sound = stream(produced('audio/opus', 'audio', 100));
  assert.deepEqual([sound.codec, sound.channels, sound.rtx], ['opus', 2, undefined]);
});

test('what cannot be recorded is named', () => {
  assert.throws(() => stream(produced('video/AV1', 'video', 105)), /video\/AV1 cannot be recorded/);
});
