import type { RtpCapabilities, RtpCodecCapability, RtpParameters } from 'mediasoup/types';
import type { Track } from './api.js';
import { CallcastError } from './http.js';

const CODECS: Record<string, Track['codec']> = {
  'video/vp8': 'VP8',
  'video/vp9': 'VP9',
  'video/h264': 'H264',
  'audio/opus': 'opus',
  'audio/pcmu': 'PCMU',
  'audio/pcma': 'PCMA',
};

/** Loudness, and which way is up; what else a packet may carry is of no use to a recorder. */
const EXTENSIONS = new Set(['urn:ietf:params:rtp-hdrext:ssrc-audio-level', 'urn:3gpp:video-orientation']);

/** No congestion control is negotiated: it would send packets of its own to probe the way. */
const FEEDBACK = new Set(['nack', 'nack pli', 'ccm fir']);

/** What Callcast can receive of what a router can send. */
export function capabilities(router: RtpCapabilities): RtpCapabilities {
  const codecs: RtpCodecCapability[] = [];
  const payloadTypes = new Set<number>();
  for (const codec of router.codecs ?? []) {
    if (CODECS[codec.mimeType.toLowerCase()] !== undefined) {
      codecs.push({
        ...codec,
        rtcpFeedback: (codec.rtcpFeedback ?? []).filter((one) => FEEDBACK.has(`${one.type} ${one.parameter ?? ''}`.trim())),
      });
      payloadTypes.add(codec.preferredPayloadType);
    }
  }
  for (const codec of router.codecs ?? []) {
    if (/\/rtx$/i.test(codec.mimeType) && payloadTypes.has(Number(codec.parameters?.['apt']))) {
      codecs.push(codec);
    }
  }
  return { codecs, headerExtensions: (router.headerExtensions ?? []).filter((one) => EXTENSIONS.has(one.uri)) };
}

/** What Callcast has to know of a stream. */
export type Stream = Pick<Track, 'ssrc' | 'payloadType' | 'codec' | 'clockRate' | 'channels' | 'rtx' | 'headerExtensions'>;

/** A consumer's stream in the words of the API. */
export function stream(parameters: RtpParameters): Stream {
  const encoding = parameters.encodings?.[0];
  const codec = parameters.codecs[0];
  const name = codec === undefined ? undefined : CODECS[codec.mimeType.toLowerCase()];
  if (encoding?.ssrc === undefined || codec === undefined || name === undefined) {
    throw new CallcastError(
      `${codec?.mimeType ?? 'a stream without a codec'} cannot be recorded`,
      0,
      undefined,
      'Produce VP8, VP9, H.264, Opus or G.711.',
    );
  }
  const audio = codec.mimeType.toLowerCase().startsWith('audio/');
  const rtx = parameters.codecs.find((one) => /\/rtx$/i.test(one.mimeType) && one.parameters?.['apt'] === codec.payloadType);
  return {
    ssrc: encoding.ssrc,
    payloadType: codec.payloadType,
    codec: name,
    clockRate: codec.clockRate as 90000 | 48000 | 8000,
    ...(audio ? { channels: codec.channels ?? 1 } : {}),
    ...(encoding.rtx === undefined || rtx === undefined
      ? {}
      : { rtx: { ssrc: encoding.rtx.ssrc, payloadType: rtx.payloadType } }),
    headerExtensions: (parameters.headerExtensions ?? [])
      .filter((one) => EXTENSIONS.has(one.uri))
      .map((one) => ({ uri: one.uri, id: one.id })),
  };
}
